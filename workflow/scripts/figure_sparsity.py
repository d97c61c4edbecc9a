"""How many patients make a convex signature."""

import pandas as pd

from aenmf.figures.convergence import weight_sparsity
from aenmf.figures.names import looks
from aenmf.figures.style import save
from aenmf.jobs import job

with job(snakemake.log[0]):
    figure, look, inputs = snakemake.params.figure, snakemake.params.look, snakemake.input
    methods, cohorts = looks(look, figure["methods"], figure["cohorts"])
    table = pd.read_csv(inputs.table)
    save(weight_sparsity(table, loss=figure["loss"], methods=methods, cohorts=cohorts), *snakemake.output)
