"""The published matrices as a regression oracle: reading them, recovering their splits, and refitting the same patients.

Egendal et al. (2025) published the signatures and training exposures of 30 splits of three cohorts, but neither the
names of the training patients nor the errors. :mod:`~aenmf.data.published` reads the files,
:mod:`~aenmf.audit.recovery` finds out who trained each split, :mod:`~aenmf.audit.replication` fits the same patients
again, and :mod:`~aenmf.audit.findings` writes what follows.
"""
