# The paper's tables.
PAPER_TABLES = []
