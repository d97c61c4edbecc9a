"""Match the consensus signatures, and the signatures of every split, of one cohort to the references."""

import numpy as np
import pandas as pd

from aenmf.channels import CHANNELS
from aenmf.evaluation.consensus import signatures_from_table
from aenmf.evaluation.fits import consensus_matches, reference_matches
from aenmf.files.fits import load_fits
from aenmf.files.matrices import read_matrix_tsv
from aenmf.files.tables import keyed, sections, write_tables
from aenmf.run.jobs import job

with job(snakemake.log[0]):
    combinations, paths = snakemake.params.combinations, snakemake.input.references
    references = {name: read_matrix_tsv(path) for name, path in zip(snakemake.params.references, paths, strict=True)}
    consensus = pd.read_csv(snakemake.input.consensus)
    parts = {"matches": [], "split_matches": []}
    for (method, loss), fit_paths in zip(combinations, sections(combinations, snakemake.input.fits), strict=True):
        medoids = signatures_from_table(consensus.query("method == @method and loss == @loss"), CHANNELS)
        fits = load_fits(fit_paths)
        signatures = np.stack([fit.signatures for fit in fits.values()])
        for name, known in references.items():
            keys = {"cohort": snakemake.wildcards.cohort, "method": method, "loss": loss, "reference": name}
            parts["matches"].append(keyed(consensus_matches(medoids, known, CHANNELS), **keys))
            parts["split_matches"].append(keyed(reference_matches(signatures, list(fits), known, CHANNELS), **keys))
    write_tables(snakemake.output, parts)
