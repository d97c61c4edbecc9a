"""Table 2: errors, recovery of the truth and consistency on the simulated cohort."""

import pandas as pd

from aenmf.jobs import job
from aenmf.store import write_table
from aenmf.tables.render import write_layout
from aenmf.tables.table2 import layout, table2

with job(snakemake.log[0]):
    tables = (pd.read_csv(snakemake.input[name]) for name in ("errors", "recovery", "consistency"))
    cohort = snakemake.params.cohort[0]
    frame = table2(*tables, cohort.cohort, snakemake.params.entries)
    write_table(snakemake.output.csv, frame)
    write_layout(layout(frame, cohort.title), snakemake.output.md, snakemake.output.tex)
