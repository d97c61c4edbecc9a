"""Box plots of the similarity of signatures between splits."""

import pandas as pd

from aenmf.figures.boxes import consistency_boxes
from aenmf.figures.names import looks
from aenmf.figures.style import save
from aenmf.jobs import job

with job(snakemake.log[0]):
    figure, look = snakemake.params.figure, snakemake.params.look
    methods, cohorts = looks(look, figure["methods"], figure["cohorts"])
    consistency = pd.read_csv(snakemake.input.consistency)
    save(consistency_boxes(consistency, loss=figure["loss"], methods=methods, cohorts=cohorts), *snakemake.output)
