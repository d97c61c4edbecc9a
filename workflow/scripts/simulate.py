"""Regenerate the simulated cohort with its truth."""

from aenmf.catalogues import write_matrix_tsv
from aenmf.fetch import Downloads, resolve
from aenmf.jobs import job
from aenmf.scenario8 import simulate
from aenmf.store import write_json

with job(snakemake.log[0]):
    downloads = Downloads(progress=snakemake.config["progress"])
    source = snakemake.params.source
    found = resolve(source.data, snakemake.params.data_dir, downloads=downloads)
    cohort = simulate(found.path)
    output = snakemake.output
    write_matrix_tsv(output.catalogue, cohort.catalogue)
    write_matrix_tsv(output.signatures, cohort.signatures)
    write_matrix_tsv(output.exposures, cohort.exposures)
    facts = {"source": f"simulated from {source.title} ({found.source})", "sha256": found.sha256}
    write_json(output.provenance, facts | {"samples": cohort.catalogue.shape[1], "dropped": [], "reordered": False})
