"""Errors, recovery of the truth, consistency and sparsity of all fits of one cohort."""

import numpy as np
import pandas as pd

from aenmf.data.splits import read_splits, samples_of
from aenmf.evaluation.fits import RECOVERY, consistency, fit_errors, fit_summary, recovery
from aenmf.files.fits import load_arrays, load_fits
from aenmf.files.matrices import counts_of, read_matrix_tsv
from aenmf.files.tables import keyed, sections, write_tables
from aenmf.run.jobs import job
from aenmf.studies.convergence import sparsity

with job(snakemake.log[0]) as log:
    inputs, combinations = snakemake.input, snakemake.params.combinations
    catalogue = read_matrix_tsv(inputs.catalogue)
    counts = catalogue.to_numpy(dtype=float)
    table = read_splits(inputs.splits)
    truth = read_matrix_tsv(inputs.truth) if "truth" in inputs.keys() else None
    parts: dict[str, list[pd.DataFrame]] = {}
    paths = zip(*(sections(combinations, inputs[name]) for name in ("fits", "seconds", "refits")), strict=True)
    for (method, loss), (fit_paths, second_paths, refit_paths) in zip(combinations, paths, strict=True):
        fits = load_fits(fit_paths, second_paths)
        refits = load_arrays(*refit_paths)
        test_exposures = dict(zip(refits["splits"].tolist(), refits["exposures"], strict=True))
        splits = list(fits)
        signatures = np.stack([fit.signatures for fit in fits.values()])
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
                np.stack([test_exposures[split] for split in splits]),
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
    write_tables(snakemake.output, parts)
