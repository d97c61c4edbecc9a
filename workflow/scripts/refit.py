"""Exposures of the test patients on the fixed signatures of each fit of one cohort, method and loss."""

import numpy as np

from aenmf.data.splits import read_splits, samples_of
from aenmf.files.fits import load_fits, save_arrays
from aenmf.files.matrices import counts_of, read_matrix_tsv
from aenmf.run.jobs import job
from aenmf.solvers.refit import refit

with job(snakemake.log[0]) as log:
    catalogue = read_matrix_tsv(snakemake.input.catalogue)
    table = read_splits(snakemake.input.splits)
    fits = load_fits(snakemake.input.fits)
    exposures = []
    for split, fit in fits.items():
        test = counts_of(catalogue, samples_of(table, split, "test"))
        exposures.append(refit(snakemake.wildcards.loss, test, fit.signatures))
        log.info("split %d: refitted %d patients", split, test.shape[1])
    save_arrays(snakemake.output.refits, {"splits": np.array(list(fits)), "exposures": np.stack(exposures)})
