"""The losses that several starts of one method end at, on the first split."""

import pandas as pd

from aenmf.data.problems import training_problems
from aenmf.files.tables import keyed, write_table
from aenmf.methods.checked import checked_fits
from aenmf.methods.registry import build_method
from aenmf.run.jobs import job
from aenmf.run.progress import Progress
from aenmf.solvers.listening import told

with job(snakemake.log[0]) as log:
    wildcards, params = snakemake.wildcards, snakemake.params
    asked = {"cohort": wildcards.cohort, "rank": params.rank, "loss": wildcards.loss, "seed": params.seed}
    [problem] = training_problems(snakemake.input.catalogue, snakemake.input.splits, [0], **asked)
    method = build_method(wildcards.entry, {**params.entry, "restarts": params.starts, "screening": 0})
    name = f"starts of {wildcards.cohort} {wildcards.entry} {wildcards.loss}"
    with told(Progress(name, terminal=snakemake.config["progress"], log=log)):
        fit = checked_fits(method, [problem])[0]
    ends = pd.DataFrame({"start": range(params.starts), "objective": fit.extras["start_objectives"]})
    keys = {"cohort": wildcards.cohort, "method": wildcards.entry, "loss": wildcards.loss}
    write_table(snakemake.output.table, keyed(ends, **keys))
