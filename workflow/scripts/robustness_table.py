"""The table of the study of robustness."""

import pandas as pd

from aenmf.files.layout import write_layout
from aenmf.files.tables import write_table
from aenmf.run.jobs import job
from aenmf.tables.robustness import layout, robustness_table

with job(snakemake.log[0]):
    params, output = snakemake.params, snakemake.output
    errors = pd.concat([pd.read_csv(path) for path in snakemake.input.parts], ignore_index=True)
    frame = robustness_table(errors, params.entries)
    write_table(output.errors, errors)
    write_table(output.csv, frame)
    write_layout(layout(frame, params.entries, params.cohorts, params.variants, params.hypermutator), output.shown)
