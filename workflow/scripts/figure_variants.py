"""Errors of the ways to keep the autoencoder non-negative."""

import pandas as pd

from aenmf.figures.boxes import variant_boxes
from aenmf.figures.names import looks
from aenmf.figures.style import save
from aenmf.jobs import job

with job(snakemake.log[0]):
    figure, look, inputs = snakemake.params.figure, snakemake.params.look, snakemake.input
    methods, cohorts = looks(look, figure["methods"], figure["cohorts"])
    variants = {name: style.label for name, style in methods.items()}
    shown = {"loss": figure["loss"], "measure": figure["measure"], "variants": variants, "cohorts": cohorts}
    save(variant_boxes(pd.read_csv(inputs.errors), **shown), *snakemake.output)
