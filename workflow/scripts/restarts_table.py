"""How often each method finds the same optimum."""

import pandas as pd

from aenmf.files.tables import write_table
from aenmf.run.jobs import job
from aenmf.studies.restarts import summarise

with job(snakemake.log[0]):
    starts = pd.concat([pd.read_csv(path) for path in snakemake.input.parts], ignore_index=True)
    write_table(snakemake.output.starts, starts)
    write_table(snakemake.output.table, summarise(starts, snakemake.params.models))
