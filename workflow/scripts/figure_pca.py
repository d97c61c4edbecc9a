"""Principal components of the signatures, coloured by cluster."""

import pandas as pd

from aenmf.figures.batch import sheets
from aenmf.figures.pca import signature_projection
from aenmf.run.jobs import job

with job(snakemake.log[0]):
    inputs, params = snakemake.input, snakemake.params
    tables = [pd.read_csv(inputs[name]) for name in ("projection", "explained", "clusters")]
    order = pd.read_csv(inputs.order)
    for sheet in sheets(snakemake.output, params.figures, params.look):
        sheet.write(signature_projection(*tables, order=order, **sheet.shown("loss")))
