"""Loss of AE-NMF in float32 and in float64 against iterations."""

import pandas as pd

from aenmf.figures.convergence import precision_curves
from aenmf.figures.precisionlevels import drawn
from aenmf.figures.style import save
from aenmf.run.jobs import job

with job(snakemake.log[0]):
    inputs, params = snakemake.input, snakemake.params
    curves, levels = drawn(pd.read_csv(inputs.curves), pd.read_csv(inputs.summary))
    save(precision_curves(curves, levels, loss=params.loss, cohorts=params.cohorts), *snakemake.output)
