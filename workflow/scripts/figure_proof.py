"""The proof of concept: recovered exposures and signatures over the truth."""

import pandas as pd

from aenmf.figures.batch import sheets
from aenmf.figures.proof import proof_of_concept_panels
from aenmf.run.jobs import job

with job(snakemake.log[0]):
    inputs, params = snakemake.input, snakemake.params
    table = pd.read_csv(inputs.table)
    for sheet in sheets(snakemake.output, params.figures, params.look):
        sheet.write(proof_of_concept_panels(table, loss=sheet.settings["loss"], methods=sheet.methods))
