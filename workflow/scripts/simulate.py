"""Regenerate the simulated cohort with its truth."""

from aenmf.data.fetch import Downloads, resolve
from aenmf.data.scenarios import simulate
from aenmf.files.matrices import write_matrix_tsv
from aenmf.files.tables import write_json
from aenmf.run.jobs import job

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
