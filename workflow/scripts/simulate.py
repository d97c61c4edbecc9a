"""Make or read a simulated cohort, with its truth."""

from aenmf.data.fetch import Downloads
from aenmf.data.simulated import make
from aenmf.files.matrices import write_matrix_tsv
from aenmf.files.tables import write_json
from aenmf.run.jobs import job
from aenmf.seeds import Seed

with job(snakemake.log[0]):
    params, output = snakemake.params, snakemake.output
    made = make(
        params.cohort,
        params.reference,
        Seed(params.seed),
        data_dir=params.data_dir,
        empty_samples=params.empty_samples,
        downloads=Downloads(progress=snakemake.config["progress"]),
    )
    cohort = made.cohort
    write_matrix_tsv(output.catalogue, cohort.catalogue)
    write_matrix_tsv(output.signatures, cohort.signatures)
    write_matrix_tsv(output.exposures, cohort.exposures)
    facts = {"source": made.source, "sha256": made.sha256}
    facts |= {"samples": cohort.catalogue.shape[1], "dropped": list(cohort.dropped), "reordered": False}
    write_json(output.provenance, facts)
