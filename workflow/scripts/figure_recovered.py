"""Recovered signatures of a simulated cohort over the true ones."""

import pandas as pd

from aenmf.catalogues import read_matrix_tsv
from aenmf.figures.names import looks
from aenmf.figures.profiles import recovered_profiles
from aenmf.figures.style import save
from aenmf.jobs import job

with job(snakemake.log[0]):
    figure, look, inputs = snakemake.params.figure, snakemake.params.look, snakemake.input
    methods, cohorts = looks(look, figure["methods"], [figure["cohort"]])
    path = next(path for path in inputs.truth if f"/{figure['cohort']}/" in path)
    truth = read_matrix_tsv(path).reset_index().melt(id_vars="channel", var_name="signature")
    drawn = recovered_profiles(
        truth,
        pd.read_csv(inputs.consensus),
        pd.read_csv(inputs.matches),
        cohort=figure["cohort"],
        loss=figure["loss"],
        methods=methods,
        title=cohorts[figure["cohort"]],
    )
    save(drawn, *snakemake.output)
