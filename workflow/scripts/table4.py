"""Table 4: consensus signatures with their COSMIC and Signal matches."""

import pandas as pd

from aenmf.files.layout import write_layout
from aenmf.files.tables import write_table
from aenmf.run.jobs import job
from aenmf.tables.table4 import layout, summary, table4

with job(snakemake.log[0]):
    inputs, params = snakemake.input, snakemake.params
    known = pd.read_csv(inputs.attributions, index_col=0) if "attributions" in inputs.keys() else None
    consensus, matches = pd.read_csv(inputs.consensus), pd.read_csv(inputs.matches)
    frame = table4(consensus, matches, params.cohorts, params.entries, known, params.loss)
    write_table(snakemake.output.csv, frame)
    write_table(snakemake.output.summary, summary(frame))
    write_layout(layout(frame, params.cohorts), snakemake.output.shown)
