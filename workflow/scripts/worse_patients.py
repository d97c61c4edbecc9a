"""The share of new patients of one cohort that each method reconstructs worse than NMF."""

import numpy as np
import pandas as pd

from aenmf.data.problems import read_dispersion
from aenmf.data.splits import read_splits, samples_of
from aenmf.evaluation.patients import WORSE, patient_errors, worse
from aenmf.evaluation.resampled import Sizes
from aenmf.files.fits import load_arrays, load_fits
from aenmf.files.matrices import read_matrix_tsv
from aenmf.files.tables import keyed, sections, write_table
from aenmf.losses import MEASURE_OF_LOSS, NEGATIVE_BINOMIAL
from aenmf.run.jobs import job

with job(snakemake.log[0]) as log:
    inputs, combinations, against = snakemake.input, snakemake.params.combinations, snakemake.params.against
    catalogue = read_matrix_tsv(inputs.catalogue)
    counts, splits = catalogue.to_numpy(dtype=float), read_splits(inputs.splits)
    alpha = read_dispersion(inputs.dispersion, catalogue.columns) if "dispersion" in inputs.keys() else None
    refits = load_arrays(inputs.refits)
    tests = [catalogue.columns.isin(samples_of(splits, split, "test")) for split in refits["splits"].tolist()]
    errors = {}
    paths = zip(*(sections(combinations, inputs[name]) for name in ("fits", "seconds")), strict=True)
    for (method, loss), files in zip(combinations, paths, strict=True):
        signatures = np.stack([fit.signatures for fit in load_fits(*files).values()])
        own = alpha if loss == NEGATIVE_BINOMIAL else None
        exposures = refits[f"{method} {loss}"]
        errors[method, loss] = patient_errors(counts, tests, signatures, exposures, MEASURE_OF_LOSS[loss], own)
    parts = [
        keyed(
            worse(found, errors[against, loss], counts.sum(axis=0), Sizes.of(splits)),
            cohort=snakemake.wildcards.cohort,
            method=method,
            loss=loss,
        )
        for (method, loss), found in errors.items()
        if method != against and (against, loss) in errors
    ]
    empty = pd.DataFrame(columns=["cohort", "method", "loss", *WORSE])
    write_table(snakemake.output.table, pd.concat(parts, ignore_index=True) if parts else empty)
