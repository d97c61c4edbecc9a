"""Consensus signatures of one cohort, method and loss."""

import numpy as np

from aenmf.channels import CHANNELS
from aenmf.consensus import clusters_table, consensus, consensus_table
from aenmf.evaluation import keyed
from aenmf.jobs import job
from aenmf.store import load_fits, write_table

with job(snakemake.log[0]) as log:
    keys = dict(snakemake.wildcards.items())
    fits = load_fits(snakemake.input.fits)
    result = consensus(np.stack([fit.signatures for fit in fits.values()]))
    log.info("total dissimilarity to the medoids %.6g", result.deviation)
    write_table(snakemake.output.consensus, keyed(consensus_table(result, CHANNELS), **keys))
    write_table(snakemake.output.clusters, keyed(clusters_table(result, list(fits)), **keys))
