"""Read the true signatures that a user gave for a cohort of their own."""

from aenmf.catalogues import write_matrix_tsv
from aenmf.jobs import job
from aenmf.references import read_signatures

with job(snakemake.log[0]):
    write_matrix_tsv(snakemake.output.signatures, read_signatures(snakemake.input.own))
