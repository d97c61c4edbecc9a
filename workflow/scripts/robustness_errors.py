"""Errors of one method with one loss on one cohort, in every variant of the study of robustness."""

from aenmf.data.splits import read_sets
from aenmf.files.matrices import read_matrix
from aenmf.files.tables import keyed, write_table
from aenmf.methods.registry import build_method
from aenmf.run.jobs import job
from aenmf.run.progress import Progress
from aenmf.solvers.listening import told
from aenmf.studies.robustness import DEVIANCE, settings, variant_errors

with job(snakemake.log[0]) as log:
    wildcards, params = snakemake.wildcards, snakemake.params
    made = settings(
        read_matrix(snakemake.input.catalogue),
        read_sets(snakemake.input.splits),
        params.variants,
        cohort=wildcards.cohort,
        **params.asked,
    )
    name = f"robustness of {wildcards.cohort} {wildcards.entry} {wildcards.loss}"
    progress = Progress(name, terminal=snakemake.config["progress"], log=log)
    method = build_method(wildcards.entry, params.entry)
    with told(progress, sum(len(setting.training) for setting in made.values())):
        table = variant_errors(made, DEVIANCE in params.variants, method, wildcards.loss, progress)
    keys = {"cohort": wildcards.cohort, "loss": wildcards.loss, "method": wildcards.entry}
    write_table(snakemake.output.errors, keyed(table, **keys))
