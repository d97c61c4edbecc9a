"""The order in which consensus signatures are shown, methods side by side."""

import pandas as pd

from aenmf.evaluation.ordering import matched_order
from aenmf.files.tables import write_table
from aenmf.run.jobs import job

with job(snakemake.log[0]):
    consensus, matches = pd.read_csv(snakemake.input.consensus), pd.read_csv(snakemake.input.matches)
    table = matched_order(consensus, matches, snakemake.params.methods, snakemake.params.first)
    write_table(snakemake.output.order, table)
