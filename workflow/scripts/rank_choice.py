"""The rank that the one-standard-error rule chooses, next to the paper's where it has one."""

import pandas as pd

from aenmf.files.tables import write_table
from aenmf.run.jobs import job
from aenmf.studies.rank import rank_choices

with job(snakemake.log[0]):
    errors = pd.read_csv(snakemake.input.errors)
    write_table(snakemake.output.errors, errors)
    write_table(snakemake.output.choice, rank_choices(errors, snakemake.params.paper_ranks))
