"""Simulate a cohort from COSMIC signatures, or regenerate Scenario 8, with the truth."""

from aenmf.data import scenarios, simulation
from aenmf.data.fetch import resolve
from aenmf.files.matrices import write_matrix_tsv
from aenmf.files.tables import write_json
from aenmf.run.jobs import job
from aenmf.seeds import Seed

with job(snakemake.log[0]):
    params, output, name = snakemake.params, snakemake.output, snakemake.wildcards.cohort
    found = resolve(params.source.data, params.data_dir)
    if params.simulation is None:
        cohort = scenarios.simulate(found.path)
    else:
        cohort = simulation.simulate(name, params.simulation, found.path, Seed(params.seed), params.empty_samples)
    write_matrix_tsv(output.catalogue, cohort.catalogue)
    write_matrix_tsv(output.signatures, cohort.signatures)
    write_matrix_tsv(output.exposures, cohort.exposures)
    facts = {"source": f"simulated from {params.source.title} ({found.source})", "sha256": found.sha256}
    facts |= {"samples": cohort.catalogue.shape[1], "dropped": list(cohort.dropped), "reordered": False}
    write_json(output.provenance, facts)
