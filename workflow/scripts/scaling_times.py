"""Seconds and memory of one method entry and loss at all sizes."""

from aenmf.files.matrices import counts_of, read_matrix_tsv
from aenmf.files.tables import keyed, write_table
from aenmf.methods.registry import build_method
from aenmf.run.jobs import job
from aenmf.seeds import Seed
from aenmf.studies.scaling import measure, study_sizes

with job(snakemake.log[0]) as log:
    wildcards, params, study = snakemake.wildcards, snakemake.params, snakemake.params.study
    catalogue = read_matrix_tsv(snakemake.input.catalogue)
    counts = counts_of(catalogue, catalogue.columns)
    method = build_method(wildcards.entry, params.entry)
    seed = Seed(params.seed).child(params.cohort)
    table = measure(
        wildcards.entry,
        params.entry,
        wildcards.loss,
        counts,
        study_sizes(study["patients"], study["ranks"], counts.shape[1], params.rank),
        iterations=study["iterations"],
        repeats=study["repeats"],
        budget=study["budget_seconds"],
        seed=seed,
        report=log.info,
    )
    keys = {"cohort": params.cohort, "method": wildcards.entry, "model": params.entry["model"]}
    keys |= {"solver": method.solver_name(wildcards.loss), "loss": wildcards.loss}
    write_table(snakemake.output.table, keyed(table, **keys))
