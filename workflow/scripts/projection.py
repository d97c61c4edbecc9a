"""Principal components of the signatures of all methods of one cohort, each loss on its own."""

import numpy as np

from aenmf.evaluation.projection import project_signatures
from aenmf.files.fits import load_fits
from aenmf.files.tables import sections, write_tables
from aenmf.run.jobs import job

with job(snakemake.log[0]):
    combinations = snakemake.params.combinations
    signatures: dict[str, dict] = {}
    for (method, loss), paths in zip(combinations, sections(combinations, snakemake.input.fits), strict=True):
        fits = load_fits(paths)
        stack = np.stack([fit.signatures for fit in fits.values()])
        signatures.setdefault(loss, {})[method] = (list(fits), stack)
    cohort = snakemake.wildcards.cohort
    found = [project_signatures(of_methods, cohort=cohort, loss=loss) for loss, of_methods in signatures.items()]
    projection, explained = zip(*found, strict=True)
    write_tables(snakemake.output, {"projection": projection, "explained": explained})
