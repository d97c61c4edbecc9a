"""Out-of-bag error against the number of signatures."""

import pandas as pd

from aenmf.figures.batch import sheets
from aenmf.figures.rank import rank_errors
from aenmf.run.jobs import job

with job(snakemake.log[0]):
    inputs, params = snakemake.input, snakemake.params
    rank, choice = pd.read_csv(inputs.rank), pd.read_csv(inputs.choice)
    for sheet in sheets(snakemake.output, params.figures, params.look):
        sheet.write(rank_errors(rank, choice, **sheet.shown("loss", "measure")))
