"""Recovered signatures of a simulated cohort over the true ones."""

import pandas as pd

from aenmf.figures.batch import sheets
from aenmf.figures.profiles import recovered_profiles
from aenmf.files.matrices import read_matrix_tsv
from aenmf.run.jobs import job

with job(snakemake.log[0]):
    inputs, params = snakemake.input, snakemake.params
    consensus, matches = pd.read_csv(inputs.consensus), pd.read_csv(inputs.matches)
    for sheet in sheets(snakemake.output, params.figures, params.look):
        path = next(path for path in inputs.truth if f"/{sheet.cohort['cohort']}/" in path)
        truth = read_matrix_tsv(path).reset_index().melt(id_vars="channel", var_name="signature")
        shown = {"loss": sheet.settings["loss"], "methods": sheet.methods, **sheet.cohort}
        sheet.write(recovered_profiles(truth, consensus, matches, **shown))
