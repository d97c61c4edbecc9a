"""Box plots of train and test errors."""

import pandas as pd

from aenmf.figures.batch import sheets
from aenmf.figures.boxes import error_boxes
from aenmf.run.jobs import job

with job(snakemake.log[0]):
    inputs, params = snakemake.input, snakemake.params
    errors = pd.read_csv(inputs.errors)
    for sheet in sheets(snakemake.output, params.figures, params.look):
        sheet.write(error_boxes(errors, **sheet.shown("loss", "measure")))
