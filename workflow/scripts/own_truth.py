"""Read the true signatures that a user gave for a cohort of their own."""

from aenmf.data.references import read_signatures
from aenmf.files.matrices import write_matrix_tsv
from aenmf.run.jobs import job

with job(snakemake.log[0]):
    write_matrix_tsv(snakemake.output.signatures, read_signatures(snakemake.input.own))
