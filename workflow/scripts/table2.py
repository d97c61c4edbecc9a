"""Table 2: errors, recovery of the truth and consistency on the simulated cohorts."""

import pandas as pd

from aenmf.files.layout import write_layout
from aenmf.files.tables import write_table
from aenmf.run.jobs import job
from aenmf.tables.marks import not_found_again
from aenmf.tables.table2 import layout, table2

with job(snakemake.log[0]):
    tables = [pd.read_csv(snakemake.input[name]) for name in ("errors", "recovery", "consistency")]
    cohorts = {cohort.cohort: cohort.title for cohort in snakemake.params.cohort}
    frames = [table2(*tables, cohort, snakemake.params.entries) for cohort in cohorts]
    frame = pd.concat(frames, ignore_index=True)
    write_table(snakemake.output.csv, frame)
    single = not_found_again(pd.read_csv(snakemake.input.fits))
    write_layout(layout(frame, cohorts, single), snakemake.output.shown)
