"""Trajectories of all solvers on the first split of each cohort."""

from aenmf.files.fits import load_fits
from aenmf.files.tables import write_table
from aenmf.run.jobs import job
from aenmf.studies.convergence import curves

with job(snakemake.log[0]):
    inputs, params = snakemake.input, snakemake.params
    fits = {
        tuple(key): load_fits([path], [seconds])[0]
        for key, path, seconds in zip(params.fits, inputs.fits, inputs.seconds, strict=True)
    }
    trajectories, summary = curves(fits, params.models, params.solvers)
    write_table(snakemake.output.curves, trajectories)
    write_table(snakemake.output.summary, summary)
