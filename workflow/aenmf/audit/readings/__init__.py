"""The paper's figures, read from the pictures published with its matrices.

:mod:`~aenmf.audit.readings.pictures` finds marks in a picture, :mod:`~aenmf.audit.readings.diamonds` reads the means
that diamonds show, :mod:`~aenmf.audit.readings.digits` the printed cosines, and :mod:`~aenmf.audit.readings.facts`
compares what was read with what follows from the published matrices.
"""
