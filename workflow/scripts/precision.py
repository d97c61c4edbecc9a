"""AE-NMF trained in float32 and in float64 on the first split."""

from aenmf.data.problems import training_problems
from aenmf.files.tables import keyed, write_table
from aenmf.run.jobs import job
from aenmf.run.progress import Progress
from aenmf.solvers.listening import told
from aenmf.studies.precision import compare_precisions

with job(snakemake.log[0]) as log:
    wildcards, params = snakemake.wildcards, snakemake.params
    asked = {"cohort": wildcards.cohort, "rank": params.rank, "loss": wildcards.loss, "seed": params.seed}
    [problem] = training_problems(snakemake.input.catalogue, snakemake.input.splits, [0], **asked)
    keys = {"cohort": wildcards.cohort, "loss": wildcards.loss, "method": params.name}
    name = f"precision of {wildcards.cohort} {params.name} {wildcards.loss}"
    with told(Progress(name, terminal=snakemake.config["progress"], log=log)):
        curves, summary = compare_precisions(problem, params.name, params.entry)
    write_table(snakemake.output.curves, keyed(curves, **keys))
    write_table(snakemake.output.summary, keyed(summary, **keys))
