"""Consensus signatures of every method and loss of one cohort as wide tables, and the exposures of all its patients."""

import pandas as pd

from aenmf.data.problems import read_dispersion
from aenmf.evaluation.signatures import exposures_wide, signatures_wide
from aenmf.files.matrices import read_matrix_tsv, write_matrix_tsv
from aenmf.run.jobs import job

with job(snakemake.log[0]) as log:
    inputs, outputs, cohort = snakemake.input, snakemake.output, snakemake.wildcards.cohort
    catalogue = read_matrix_tsv(inputs.catalogue)
    alpha = read_dispersion(inputs.dispersion, catalogue.columns) if "dispersion" in inputs.keys() else None
    tables = [pd.read_csv(inputs[name]) for name in ("consensus", "matches", "order")]
    tables = [table[table["cohort"] == cohort] for table in tables]
    places = zip(snakemake.params.combinations, outputs.signatures, outputs.exposures, strict=True)
    for (method, loss), signatures_path, exposures_path in places:
        own = [table[(table["method"] == method) & (table["loss"] == loss)] for table in tables]
        signatures = signatures_wide(*own)
        exposures = exposures_wide(loss, catalogue, signatures, alpha)
        log.info("%s %s: refitted %d patients on %d signatures", method, loss, *exposures.shape[::-1])
        write_matrix_tsv(signatures_path, signatures)
        write_matrix_tsv(exposures_path, exposures)
