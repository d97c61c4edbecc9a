"""Seconds per fit against the number of signatures."""

import pandas as pd

from aenmf.figures.batch import sheets
from aenmf.figures.rank import rank_seconds
from aenmf.run.jobs import job

with job(snakemake.log[0]):
    inputs, params = snakemake.input, snakemake.params
    seconds = pd.read_csv(inputs.seconds)
    for sheet in sheets(snakemake.output, params.figures, params.look):
        sheet.write(rank_seconds(seconds, **sheet.shown("loss")))
