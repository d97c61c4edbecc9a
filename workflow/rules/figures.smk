# The paper's figures.
FIGURES = []
