"""Find and check the PCAWG attributions of mutations to signatures."""

from aenmf.fetch import resolve
from aenmf.jobs import job
from aenmf.references import read_attributions
from aenmf.store import write_table

with job(snakemake.log[0]):
    found = resolve(snakemake.params.source.data, snakemake.params.data_dir)
    write_table(snakemake.output.table, read_attributions(found.path).reset_index())
