"""Consensus signatures of every method and loss of one cohort."""

import numpy as np

from aenmf.channels import CHANNELS
from aenmf.evaluation.consensus import clusters_table, consensus, consensus_table
from aenmf.files.fits import load_fits
from aenmf.files.tables import keyed, sections, write_tables
from aenmf.run.jobs import job

with job(snakemake.log[0]) as log:
    combinations = snakemake.params.combinations
    parts = {"consensus": [], "clusters": []}
    for (method, loss), paths in zip(combinations, sections(combinations, snakemake.input.fits), strict=True):
        keys = {"cohort": snakemake.wildcards.cohort, "method": method, "loss": loss}
        fits = load_fits(paths)
        result = consensus(np.stack([fit.signatures for fit in fits.values()]))
        log.info("%s %s: total dissimilarity to the medoids %.6g", method, loss, result.deviation)
        parts["consensus"].append(keyed(consensus_table(result, CHANNELS), **keys))
        parts["clusters"].append(keyed(clusters_table(result, list(fits)), **keys))
    write_tables(snakemake.output, parts)
