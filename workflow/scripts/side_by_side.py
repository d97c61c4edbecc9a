"""Consensus signatures of all methods side by side with their matches, of every cohort and loss."""

import pandas as pd

from aenmf.files.tables import write_table
from aenmf.run.jobs import job
from aenmf.tables.table4 import table4

with job(snakemake.log[0]):
    inputs, params = snakemake.input, snakemake.params
    known = pd.read_csv(inputs.attributions, index_col=0) if "attributions" in inputs.keys() else None
    tables = pd.read_csv(inputs.consensus), pd.read_csv(inputs.matches)
    frames = [table4(*tables, params.cohorts, params.entries, known, loss) for loss in params.losses]
    write_table(snakemake.output.table, pd.concat(frames, ignore_index=True))
