"""Find and check the PCAWG attributions of mutations to signatures."""

from aenmf.data.fetch import Downloads, resolve
from aenmf.data.references import read_attributions, seen_in
from aenmf.files.tables import write_table
from aenmf.run.jobs import job

with job(snakemake.log[0]):
    downloads = Downloads(progress=snakemake.config["progress"])
    found = resolve(snakemake.params.source.data, snakemake.params.data_dir, downloads=downloads)
    attributions = read_attributions(found.path)
    for cancer_type in snakemake.params.cancer_types:
        seen_in(attributions, cancer_type)  # a misspelt one is known now, not after the fits
    write_table(snakemake.output.table, attributions.reset_index())
