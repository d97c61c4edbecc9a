"""Matches of every split's signatures to a reference."""

import pandas as pd

from aenmf.figures.match_tiles import match_tiles
from aenmf.figures.names import looks
from aenmf.figures.style import save
from aenmf.jobs import job

with job(snakemake.log[0]):
    figure, look, inputs = snakemake.params.figure, snakemake.params.look, snakemake.input
    methods, cohorts = looks(look, figure["methods"], [figure["cohort"]])
    drawn = match_tiles(
        pd.read_csv(inputs.split_matches),
        pd.read_csv(inputs.clusters),
        cohort=figure["cohort"],
        loss=figure["loss"],
        methods=methods,
        reference=figure["reference"],
        order=pd.read_csv(inputs.order),
        title=cohorts[figure["cohort"]],
    )
    save(drawn, *snakemake.output)
