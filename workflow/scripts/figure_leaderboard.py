"""Scores of every method in every cohort."""

import pandas as pd

from aenmf.figures.leaderboard import leaderboard_dots
from aenmf.figures.names import looks
from aenmf.figures.style import save
from aenmf.run.jobs import job
from aenmf.tables.leaderboard import KEYS

with job(snakemake.log[0]):
    inputs, params = snakemake.input, snakemake.params
    scores = pd.read_csv(inputs.by_cohort).merge(pd.read_csv(inputs.seconds), on=KEYS, how="left")
    methods, cohorts = looks(params.look, params.methods, params.cohorts)
    save(leaderboard_dots(scores, loss=params.loss, methods=methods, cohorts=cohorts), *snakemake.output)
