"""How often each method finds the same optimum."""

import pandas as pd

from aenmf.jobs import job
from aenmf.restarts import summarise
from aenmf.store import write_table

with job(snakemake.log[0]):
    starts = pd.concat([pd.read_csv(path) for path in snakemake.input.parts], ignore_index=True)
    write_table(snakemake.output.starts, starts)
    write_table(snakemake.output.table, summarise(starts, snakemake.params.models))
