"""The proof of concept: recovered exposures and signatures over the truth."""

import pandas as pd

from aenmf.figures.names import looks
from aenmf.figures.proof import proof_of_concept_panels
from aenmf.figures.style import save
from aenmf.jobs import job

with job(snakemake.log[0]):
    figure, look, inputs = snakemake.params.figure, snakemake.params.look, snakemake.input
    methods, _ = looks(look, figure["methods"], [])
    save(proof_of_concept_panels(pd.read_csv(inputs.table), loss=figure["loss"], methods=methods), *snakemake.output)
