"""The dispersion of every patient of one cohort, given or estimated at one number of signatures."""

import numpy as np
import pandas as pd

from aenmf.files.atomic import atomic_path
from aenmf.files.matrices import counts_of, read_matrix_tsv
from aenmf.methods.dispersion import dispersion
from aenmf.run.jobs import job
from aenmf.seeds import Seed

with job(snakemake.log[0]) as log:
    cohort, rank, setting = snakemake.wildcards.cohort, int(snakemake.wildcards.rank), snakemake.params.setting
    catalogue = read_matrix_tsv(snakemake.input.catalogue)
    seed = Seed(snakemake.params.seed).child(cohort, "dispersion")
    alpha = dispersion(counts_of(catalogue, catalogue.columns), setting, rank, seed)
    log.info(
        "dispersion of %s: median %.4g, %d of %d infinite", cohort, np.median(alpha), np.isinf(alpha).sum(), len(alpha)
    )
    table = pd.DataFrame({"sample": catalogue.columns, "dispersion": alpha})
    with atomic_path(snakemake.output.table) as path:
        table.to_csv(path, sep="\t", index=False)
