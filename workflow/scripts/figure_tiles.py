"""Matches of every split's signatures to a reference."""

import pandas as pd

from aenmf.figures.batch import sheets
from aenmf.figures.match_tiles import match_tiles
from aenmf.run.jobs import job

with job(snakemake.log[0]):
    inputs, params = snakemake.input, snakemake.params
    split_matches, clusters, order = (pd.read_csv(inputs[name]) for name in ("split_matches", "clusters", "order"))
    for sheet in sheets(snakemake.output, params.figures, params.look):
        shown = {name: sheet.settings[name] for name in ("loss", "reference")}
        sheet.write(match_tiles(split_matches, clusters, methods=sheet.methods, order=order, **shown, **sheet.cohort))
