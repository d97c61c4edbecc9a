"""One long table from the tables of all cohorts, methods and losses."""

from aenmf.files.collect import join_tables
from aenmf.run.jobs import job

with job(snakemake.log[0]):
    join_tables(snakemake.input.parts, snakemake.output.table)
