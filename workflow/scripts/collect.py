"""One long table from the tables of all cohorts, methods and losses."""

from aenmf.jobs import job
from aenmf.store import join_tables

with job(snakemake.log[0]):
    join_tables(snakemake.input.parts, snakemake.output.table)
