"""Fit one method with one loss to the training patients of a chunk of splits."""

from aenmf.data.problems import training_problems
from aenmf.files.fits import save_fits
from aenmf.methods.checked import checked_fits
from aenmf.methods.registry import build_method
from aenmf.run.jobs import job
from aenmf.run.progress import Progress
from aenmf.solvers.listening import told

with job(snakemake.log[0]) as log:
    wildcards, params = snakemake.wildcards, snakemake.params
    asked = {"cohort": wildcards.cohort, "rank": params.rank, "loss": wildcards.loss, "seed": params.seed}
    asked["dispersion"] = snakemake.input.get("dispersion")
    problems = training_problems(snakemake.input.catalogue, snakemake.input.splits, params.splits, **asked)
    method = build_method(wildcards.method, params.entry)
    name = f"{wildcards.cohort} {wildcards.method} {wildcards.loss}"
    progress = Progress(name, terminal=snakemake.config["progress"], log=log)
    with told(progress, len(problems)):
        fits = checked_fits(method, problems, progress)
    log.info("computed on %s", " and ".join(sorted({fit.device for fit in fits})))
    for split, fit in zip(params.splits, fits, strict=True):
        if not fit.converged:
            log.warning(
                "%s %s %s split %d ended after %d iterations before converging, with a residual of %.1e",
                *(wildcards.cohort, wildcards.method, wildcards.loss, split, fit.n_iter, fit.kkt),
            )
    save_fits(snakemake.output.fits, snakemake.output.seconds, params.splits, fits)
