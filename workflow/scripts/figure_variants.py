"""Errors of the ways to keep the autoencoder non-negative."""

import pandas as pd

from aenmf.figures.batch import sheets
from aenmf.figures.boxes import variant_boxes, variant_labels
from aenmf.run.jobs import job

with job(snakemake.log[0]):
    inputs, params = snakemake.input, snakemake.params
    errors = pd.read_csv(inputs.errors)
    for sheet in sheets(snakemake.output, params.figures, params.look):
        titles = {name: style.label for name, style in sheet.methods.items()}
        variants = variant_labels(snakemake.config["methods"], titles, loss=sheet.settings["loss"])
        shown = {name: sheet.settings[name] for name in ("loss", "measure")}
        sheet.write(variant_boxes(errors, variants=variants, cohorts=sheet.cohorts, **shown))
