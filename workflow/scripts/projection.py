"""Principal components of the signatures of all methods of one cohort and loss."""

import numpy as np

from aenmf.jobs import job
from aenmf.projection import project_signatures
from aenmf.store import load_fits, write_table

with job(snakemake.log[0]):
    paths, size = list(snakemake.input.fits), snakemake.params.chunks
    signatures = {}
    for i, method in enumerate(snakemake.params.methods):
        fits = load_fits(paths[i * size : (i + 1) * size])
        signatures[method] = (list(fits), np.stack([fit.signatures for fit in fits.values()]))
    keys = dict(snakemake.wildcards.items())
    coordinates, explained = project_signatures(signatures, **keys)
    write_table(snakemake.output.coordinates, coordinates)
    write_table(snakemake.output.explained, explained)
