"""Exponents with which the cost of a fit grows, beside the paper's."""

import pandas as pd

from aenmf.claims import load_claims
from aenmf.jobs import job
from aenmf.scaling import exponents, layout, stated_exponents
from aenmf.store import write_table
from aenmf.tables.render import write_layout

with job(snakemake.log[0]):
    inputs, outputs = snakemake.input, snakemake.output
    times = pd.concat([pd.read_csv(path) for path in inputs.times], ignore_index=True)
    found = exponents(times, stated_exponents(load_claims(inputs.claims)))
    write_table(outputs.times, times)
    write_table(outputs.exponents, found)
    write_layout(layout(found, snakemake.params.titles), outputs.md, outputs.tex)
