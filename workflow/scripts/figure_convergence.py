"""Loss of every solver against iterations and seconds."""

import pandas as pd

from aenmf.figures.batch import sheets
from aenmf.figures.convergence import convergence_curves
from aenmf.run.jobs import job

with job(snakemake.log[0]):
    inputs, params = snakemake.input, snakemake.params
    curves = pd.read_csv(inputs.curves)
    for sheet in sheets(snakemake.output, params.figures, params.look):
        sheet.write(convergence_curves(curves, models=params.look["models"], **sheet.shown("loss")))
