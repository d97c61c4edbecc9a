"""Box plots of train and test errors."""

import pandas as pd

from aenmf.figures.boxes import error_boxes
from aenmf.figures.names import looks
from aenmf.figures.style import save
from aenmf.jobs import job

with job(snakemake.log[0]):
    figure, look = snakemake.params.figure, snakemake.params.look
    methods, cohorts = looks(look, figure["methods"], figure["cohorts"])
    errors = pd.read_csv(snakemake.input.errors)
    drawn = error_boxes(errors, loss=figure["loss"], measure=figure["measure"], methods=methods, cohorts=cohorts)
    save(drawn, *snakemake.output)
