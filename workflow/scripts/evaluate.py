"""Errors, recovery of the truth and consistency of all fits of one cohort, method and loss."""

import numpy as np
import pandas as pd

from aenmf.catalogues import read_matrix_tsv
from aenmf.evaluation import consistency, fit_errors, fit_summary, keyed, recovery
from aenmf.jobs import job
from aenmf.splits import read_splits, samples_of
from aenmf.store import load_arrays, load_fits, write_table

with job(snakemake.log[0]) as log:
    output, keys = snakemake.output, dict(snakemake.wildcards.items())
    catalogue = read_matrix_tsv(snakemake.input.catalogue)
    table = read_splits(snakemake.input.splits)
    fits = load_fits(snakemake.input.fits, snakemake.input.seconds)
    test_exposures: dict[int, np.ndarray] = {}
    for path in snakemake.input.refits:
        arrays = load_arrays(path)
        test_exposures.update(zip(arrays["splits"].tolist(), arrays["exposures"], strict=True))

    splits = list(fits)
    signatures = np.stack([fits[split].signatures for split in splits])
    errors = fit_errors(
        catalogue.to_numpy(dtype=float),
        np.stack([catalogue.columns.isin(samples_of(table, split, "train")) for split in splits]),
        splits,
        signatures,
        np.stack([fits[split].exposures for split in splits]),
        np.stack([test_exposures[split] for split in splits]),
    )
    recovered = pd.DataFrame(columns=["split", "truth", "signature", "cosine"])
    if "truth" in snakemake.input.keys():
        recovered = recovery(signatures, splits, read_matrix_tsv(snakemake.input.truth))
    summary, seconds = fit_summary(fits)
    write_table(output.errors, keyed(errors, **keys))
    write_table(output.fits, keyed(summary, **keys))
    write_table(output.seconds, keyed(seconds, **keys))
    write_table(output.recovery, keyed(recovered, **keys))
    write_table(output.consistency, keyed(consistency(signatures, splits), **keys))
    log.info("%d of %d fits converged", summary["converged"].sum(), len(summary))
