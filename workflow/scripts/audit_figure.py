"""Draw the published fits beside ours."""

import pandas as pd

from aenmf.figures.published import paired_figure
from aenmf.figures.style import save
from aenmf.run.jobs import job

with job(snakemake.log[0]):
    names, params = ("published_errors", "fits", "cosines", "stages"), snakemake.params
    tables = [pd.read_csv(snakemake.input[name]) for name in names]
    drawn = paired_figure(*tables, cohorts=params.cohorts, models=params.models, titles=params.titles)
    save(drawn, *snakemake.output)
