"""AE-NMF trained in float32 and in float64 on the first split."""

from aenmf.data.splits import read_splits, samples_of
from aenmf.files.matrices import counts_of, read_matrix_tsv
from aenmf.files.tables import keyed, write_table
from aenmf.problem import Problem
from aenmf.run.jobs import job
from aenmf.run.progress import Progress
from aenmf.seeds import Seed
from aenmf.solvers.listening import told
from aenmf.studies.precision import compare_precisions

with job(snakemake.log[0]) as log:
    wildcards, params = snakemake.wildcards, snakemake.params
    catalogue = read_matrix_tsv(snakemake.input.catalogue)
    problem = Problem(
        catalogue=counts_of(catalogue, samples_of(read_splits(snakemake.input.splits), 0, "train")),
        n_signatures=params.rank,
        loss=wildcards.loss,
        seed=Seed(params.seed).child(wildcards.cohort, "split 0"),
    )
    keys = {"cohort": wildcards.cohort, "loss": wildcards.loss, "method": params.name}
    name = f"precision of {wildcards.cohort} {params.name} {wildcards.loss}"
    with told(Progress(name, terminal=snakemake.config["progress"], log=log)):
        curves, summary = compare_precisions(problem, params.name, params.entry)
    write_table(snakemake.output.curves, keyed(curves, **keys))
    write_table(snakemake.output.summary, keyed(summary, **keys))
