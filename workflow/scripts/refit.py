"""Exposures of the test patients on the fixed signatures of each fit of one cohort, method and loss."""

import numpy as np

from aenmf.catalogues import counts_of, read_matrix_tsv
from aenmf.jobs import job
from aenmf.refit import refit
from aenmf.splits import read_splits, samples_of
from aenmf.store import load_fits, save_arrays

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
