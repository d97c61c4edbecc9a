"""Box plots of the similarity of signatures between splits."""

import pandas as pd

from aenmf.figures.batch import sheets
from aenmf.figures.boxes import consistency_boxes
from aenmf.run.jobs import job

with job(snakemake.log[0]):
    inputs, params = snakemake.input, snakemake.params
    consistency = pd.read_csv(inputs.consistency)
    for sheet in sheets(snakemake.output, params.figures, params.look):
        sheet.write(consistency_boxes(consistency, **sheet.shown("loss")))
