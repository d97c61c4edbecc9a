"""Profiles of the consensus signatures of one cohort."""

import pandas as pd

from aenmf.figures.names import looks
from aenmf.figures.profiles import signature_profiles
from aenmf.figures.style import save
from aenmf.jobs import job

with job(snakemake.log[0]):
    figure, look, inputs = snakemake.params.figure, snakemake.params.look, snakemake.input
    methods, cohorts = looks(look, figure["methods"], [figure["cohort"]])
    drawn = signature_profiles(
        pd.read_csv(inputs.consensus),
        pd.read_csv(inputs.matches),
        cohort=figure["cohort"],
        loss=figure["loss"],
        methods=methods,
        order=pd.read_csv(inputs.order),
        title=cohorts[figure["cohort"]],
    )
    save(drawn, *snakemake.output)
