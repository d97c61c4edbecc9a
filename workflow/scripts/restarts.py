"""The losses that several starts of one method end at, on the first split."""

import pandas as pd

from aenmf.data.splits import read_splits, samples_of
from aenmf.files.matrices import counts_of, read_matrix_tsv
from aenmf.files.tables import keyed, write_table
from aenmf.methods.registry import build_method
from aenmf.problem import Problem
from aenmf.run.jobs import job
from aenmf.run.progress import Progress
from aenmf.seeds import Seed
from aenmf.solvers.listening import told

with job(snakemake.log[0]) as log:
    wildcards, params = snakemake.wildcards, snakemake.params
    catalogue = read_matrix_tsv(snakemake.input.catalogue)
    problem = Problem(
        catalogue=counts_of(catalogue, samples_of(read_splits(snakemake.input.splits), 0, "train")),
        n_signatures=params.rank,
        loss=wildcards.loss,
        seed=Seed(params.seed).child(wildcards.cohort, "split 0"),
    )
    method = build_method(wildcards.entry, {**params.entry, "restarts": params.starts, "screening": 0})
    name = f"starts of {wildcards.cohort} {wildcards.entry} {wildcards.loss}"
    with told(Progress(name, terminal=snakemake.config["progress"], log=log)):
        fit = method.fit([problem])[0]
    ends = pd.DataFrame({"start": range(params.starts), "objective": fit.extras["start_objectives"]})
    keys = {"cohort": wildcards.cohort, "method": wildcards.entry, "loss": wildcards.loss}
    write_table(snakemake.output.table, keyed(ends, **keys))
