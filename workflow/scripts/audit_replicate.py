"""Fit the published training sets of one cohort again with one method."""

from aenmf.audit.replication import replicate
from aenmf.files.fits import load_arrays, save_arrays
from aenmf.files.tables import write_table
from aenmf.methods.registry import build_method
from aenmf.run.jobs import job
from aenmf.run.progress import Progress
from aenmf.seeds import Seed
from aenmf.solvers.listening import told

with job(snakemake.log[0]) as log:
    wildcards, params, output = snakemake.wildcards, snakemake.params, snakemake.output
    method = build_method(wildcards.fit, params.entry)
    progress = Progress(f"audit of {wildcards.cohort} {wildcards.fit}", terminal=snakemake.config["progress"], log=log)
    with told(progress):
        fits, cosines, signatures = replicate(
            load_arrays(snakemake.input.recovered),
            wildcards.cohort,
            wildcards.fit,
            method,
            method.model,
            Seed(params.seed),
            params.settings,
            params.tolerance,
            log.info,
        )
    write_table(output.fits, fits)
    write_table(output.cosines, cosines)
    save_arrays(output.signatures, signatures)
