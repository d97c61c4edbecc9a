"""Out-of-bag error against the number of signatures."""

import pandas as pd

from aenmf.figures.names import looks
from aenmf.figures.rank import rank_errors
from aenmf.figures.style import save
from aenmf.jobs import job

with job(snakemake.log[0]):
    figure, look, inputs = snakemake.params.figure, snakemake.params.look, snakemake.input
    methods, cohorts = looks(look, figure["methods"], figure["cohorts"])
    rank, choice = pd.read_csv(inputs.rank), pd.read_csv(inputs.choice)
    shown = {"loss": figure["loss"], "measure": figure["measure"], "methods": methods, "cohorts": cohorts}
    save(rank_errors(rank, choice, **shown), *snakemake.output)
