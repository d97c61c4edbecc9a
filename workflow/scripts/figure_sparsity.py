"""How many patients make a convex signature."""

import pandas as pd

from aenmf.figures.batch import sheets
from aenmf.figures.convergence import weight_sparsity
from aenmf.run.jobs import job

with job(snakemake.log[0]):
    inputs, params = snakemake.input, snakemake.params
    table = pd.read_csv(inputs.table)
    for sheet in sheets(snakemake.output, params.figures, params.look):
        sheet.write(weight_sparsity(table, **sheet.shown("loss")))
