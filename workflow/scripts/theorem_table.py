"""The table of the theorem: on how many splits each check holds."""

import pandas as pd

from aenmf.files.layout import write_layout
from aenmf.files.tables import write_table
from aenmf.run.jobs import job
from aenmf.solvers.common import OPTIMUM
from aenmf.tables.theorem import layout, theorem_table

with job(snakemake.log[0]):
    splits = pd.concat([pd.read_csv(path) for path in snakemake.input.parts], ignore_index=True)
    frame = theorem_table(splits, OPTIMUM)
    write_table(snakemake.output.splits, splits)
    write_table(snakemake.output.csv, frame)
    write_layout(layout(frame, snakemake.params.cohorts), snakemake.output.shown)
