"""Profiles of the consensus signatures of one cohort."""

import pandas as pd

from aenmf.figures.batch import sheets
from aenmf.figures.profiles import signature_profiles
from aenmf.run.jobs import job

with job(snakemake.log[0]):
    inputs, params = snakemake.input, snakemake.params
    consensus, matches, order = (pd.read_csv(inputs[name]) for name in ("consensus", "matches", "order"))
    for sheet in sheets(snakemake.output, params.figures, params.look):
        shown = {"loss": sheet.settings["loss"], "methods": sheet.methods, "order": order, **sheet.cohort}
        sheet.write(signature_profiles(consensus, matches, **shown))
