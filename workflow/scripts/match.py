"""Match the consensus signatures, and the signatures of every split, of one cohort, method and loss to the references."""

import numpy as np
import pandas as pd

from aenmf.catalogues import read_matrix_tsv
from aenmf.channels import CHANNELS
from aenmf.consensus import signatures_from_table
from aenmf.evaluation import consensus_matches, keyed, reference_matches
from aenmf.jobs import job
from aenmf.store import load_fits, write_table

with job(snakemake.log[0]):
    keys = dict(snakemake.wildcards.items())
    consensus = signatures_from_table(pd.read_csv(snakemake.input.consensus), CHANNELS)
    fits = load_fits(snakemake.input.fits)
    signatures = np.stack([fit.signatures for fit in fits.values()])
    matches, split_matches = [], []
    for name, path in zip(snakemake.params.references, snakemake.input.references, strict=True):
        known = read_matrix_tsv(path)
        matches.append(keyed(consensus_matches(consensus, known, CHANNELS), **keys, reference=name))
        split_matches.append(keyed(reference_matches(signatures, list(fits), known, CHANNELS), **keys, reference=name))
    write_table(snakemake.output.matches, pd.concat(matches))
    write_table(snakemake.output.split_matches, pd.concat(split_matches))
