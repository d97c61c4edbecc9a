"""Loss of every solver against iterations and seconds."""

import pandas as pd

from aenmf.figures.convergence import convergence_curves
from aenmf.figures.names import looks
from aenmf.figures.style import save
from aenmf.jobs import job

with job(snakemake.log[0]):
    figure, look, inputs = snakemake.params.figure, snakemake.params.look, snakemake.input
    methods, cohorts = looks(look, figure["methods"], figure["cohorts"])
    curves = pd.read_csv(inputs.curves)
    save(convergence_curves(curves, loss=figure["loss"], methods=methods, cohorts=cohorts), *snakemake.output)
