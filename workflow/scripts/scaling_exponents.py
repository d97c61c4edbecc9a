"""Exponents with which the cost of a fit grows, next to the paper's."""

import pandas as pd

from aenmf.files.layout import write_layout
from aenmf.files.tables import write_table
from aenmf.run.jobs import job
from aenmf.studies.scaling import exponents, layout
from aenmf.verdicts.claims import load_claims, stated_exponents

with job(snakemake.log[0]):
    inputs, outputs = snakemake.input, snakemake.output
    times = pd.concat([pd.read_csv(path) for path in inputs.times], ignore_index=True)
    found = exponents(times, stated_exponents(load_claims(inputs.claims)))
    write_table(outputs.times, times)
    write_table(outputs.exponents, found)
    write_layout(layout(found, snakemake.params.titles), outputs.shown)
