"""One long table from the tables of all cohorts, methods and losses."""

import pandas as pd

from aenmf.jobs import job
from aenmf.store import write_table

with job(snakemake.log[0]):
    parts = [pd.read_csv(path, dtype=str, keep_default_na=False) for path in snakemake.input.parts]
    write_table(snakemake.output.table, pd.concat(parts))
