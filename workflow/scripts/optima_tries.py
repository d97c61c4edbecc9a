"""Many fits of one method with one loss to the first splits, by every way to an optimum."""

from aenmf.data.problems import training_problems
from aenmf.files.fits import save_arrays
from aenmf.files.tables import keyed, write_table
from aenmf.run.jobs import job
from aenmf.run.progress import Progress
from aenmf.solvers.listening import told
from aenmf.studies.optima import fit_tries, ways

with job(snakemake.log[0]) as log:
    wildcards, params, output = snakemake.wildcards, snakemake.params, snakemake.output
    asked = {"cohort": wildcards.cohort, "rank": params.rank, "loss": wildcards.loss, "seed": params.seed}
    problems = training_problems(snakemake.input.catalogue, snakemake.input.splits, params.splits, **asked)
    name = f"tries of {wildcards.cohort} {wildcards.entry} {wildcards.loss}"
    progress = Progress(name, unit="try", terminal=snakemake.config["progress"], log=log)
    chosen = ways(params.strategies, params.moves)
    with told(progress, len(problems) * len(chosen) * params.tries):
        made = fit_tries(
            dict(zip(params.splits, problems, strict=True)),
            wildcards.entry,
            params.entry,
            chosen,
            params.tries,
            progress,
        )
    keys = {"cohort": wildcards.cohort, "loss": wildcards.loss, "method": wildcards.entry}
    write_table(output.ends, keyed(made.ends, **keys))
    # Clocks differ from run to run: seconds are in a table of their own.
    seconds = made.ends[["split", "way", "try"]].assign(seconds=made.seconds)
    write_table(output.seconds, keyed(seconds, **keys))
    save_arrays(output.signatures, {"signatures": made.signatures})
