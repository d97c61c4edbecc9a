"""Simulate a cohort from COSMIC signatures, with its truth."""

from aenmf.catalogues import write_matrix_tsv
from aenmf.fetch import resolve
from aenmf.jobs import job
from aenmf.seeds import Seed
from aenmf.simulation import simulate
from aenmf.store import write_json

with job(snakemake.log[0]):
    params, output = snakemake.params, snakemake.output
    found = resolve(params.source.data, params.data_dir)
    cohort = simulate(
        snakemake.wildcards.cohort, params.simulation, found.path, Seed(params.seed), params.empty_samples
    )
    write_matrix_tsv(output.catalogue, cohort.catalogue)
    write_matrix_tsv(output.signatures, cohort.signatures)
    write_matrix_tsv(output.exposures, cohort.exposures)
    facts = {"source": f"simulated from {params.source.title} ({found.source})", "sha256": found.sha256}
    facts |= {"samples": cohort.catalogue.shape[1], "dropped": list(cohort.dropped), "reordered": False}
    write_json(output.provenance, facts)
