"""Exposures of the test patients, and errors, recovery of the truth, consistency and sparsity of all fits of one cohort."""

import numpy as np
import pandas as pd

from aenmf.data.problems import read_dispersion
from aenmf.data.splits import read_splits, samples_of
from aenmf.evaluation.fits import RECOVERY, consistency, fit_errors, fit_summary, recovery
from aenmf.files.fits import load_fits, save_arrays
from aenmf.files.matrices import counts_of, read_matrix_tsv
from aenmf.files.tables import keyed, sections, write_tables
from aenmf.losses import NEGATIVE_BINOMIAL, measures_of
from aenmf.run.jobs import job
from aenmf.solvers.refit import refit
from aenmf.studies.convergence import sparsity

with job(snakemake.log[0]) as log:
    inputs, combinations = snakemake.input, snakemake.params.combinations
    catalogue = read_matrix_tsv(inputs.catalogue)
    counts = catalogue.to_numpy(dtype=float)
    table = read_splits(inputs.splits)
    alpha = read_dispersion(inputs.dispersion, catalogue.columns) if "dispersion" in inputs.keys() else None
    truth = read_matrix_tsv(inputs.truth) if "truth" in inputs.keys() else None
    parts: dict[str, list[pd.DataFrame]] = {}
    refits: dict[str, np.ndarray] = {}
    paths = zip(*(sections(combinations, inputs[name]) for name in ("fits", "seconds")), strict=True)
    for (method, loss), (fit_paths, second_paths) in zip(combinations, paths, strict=True):
        fits = load_fits(fit_paths, second_paths)
        splits = list(fits)
        signatures = np.stack([fit.signatures for fit in fits.values()])
        own = alpha if loss == NEGATIVE_BINOMIAL else None
        tests = [catalogue.columns.isin(samples_of(table, split, "test")) for split in splits]
        test_exposures = np.stack(
            [
                refit(loss, counts[:, test], found, None if own is None else own[test])
                for test, found in zip(tests, signatures, strict=True)
            ]
        )
        refits |= {"splits": np.array(splits), f"{method} {loss}": test_exposures}
        training = {split: samples_of(table, split, "train") for split in splits}
        summary, seconds = fit_summary(fits)
        totals = {split: counts_of(catalogue, samples).sum(axis=0) for split, samples in training.items()}
        found = {
            "errors": fit_errors(
                counts,
                np.stack([catalogue.columns.isin(training[split]) for split in splits]),
                splits,
                signatures,
                np.stack([fit.exposures for fit in fits.values()]),
                test_exposures,
                measures_of(loss),
                own,
            ),
            "fits": summary,
            "seconds": seconds,
            "recovery": pd.DataFrame(columns=RECOVERY) if truth is None else recovery(signatures, splits, truth),
            "consistency": consistency(signatures, splits),
            "sparsity": sparsity(fits, totals),
        }
        for name, part in found.items():
            parts.setdefault(name, []).append(keyed(part, cohort=snakemake.wildcards.cohort, method=method, loss=loss))
        log.info("%s %s: %d of %d fits converged", method, loss, summary["converged"].sum(), len(summary))
    save_arrays(snakemake.output.refits, refits)
    write_tables(snakemake.output, parts)
