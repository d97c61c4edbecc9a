"""Seconds of every contestant to the best known loss."""

import pandas as pd

from aenmf.figures.benchmark import seconds_to_target
from aenmf.figures.style import save
from aenmf.run.jobs import job

with job(snakemake.log[0]):
    params = snakemake.params
    times = pd.read_csv(snakemake.input.times)
    shown = {"models": params.models, "titles": params.titles, "cohorts": params.cohorts, "within": params.within}
    save(seconds_to_target(times, loss=params.loss, **shown), *snakemake.output)
