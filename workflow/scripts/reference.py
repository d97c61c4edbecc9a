"""Find and read reference signatures."""

from aenmf.data.fetch import Downloads, resolve
from aenmf.data.references import read_signatures
from aenmf.files.matrices import write_matrix_tsv
from aenmf.run.jobs import job

with job(snakemake.log[0]):
    downloads = Downloads(progress=snakemake.config["progress"])
    reference, organ = snakemake.params.source
    found = resolve(reference.data, snakemake.params.data_dir, downloads=downloads)
    signatures = read_signatures(found.path, selection=reference.selection, organ=organ)
    write_matrix_tsv(snakemake.output.signatures, signatures)
