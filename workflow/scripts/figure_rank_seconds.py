"""Seconds per fit against the number of signatures."""

import pandas as pd

from aenmf.figures.names import looks
from aenmf.figures.rank import rank_seconds
from aenmf.figures.style import save
from aenmf.jobs import job

with job(snakemake.log[0]):
    figure, look, inputs = snakemake.params.figure, snakemake.params.look, snakemake.input
    methods, cohorts = looks(look, figure["methods"], figure["cohorts"])
    seconds = pd.read_csv(inputs.seconds)
    save(rank_seconds(seconds, loss=figure["loss"], methods=methods, cohorts=cohorts), *snakemake.output)
