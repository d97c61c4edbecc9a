"""AE-NMF's and C-NMF's fits of one cohort, each mapped to the other model and checked there."""

import pandas as pd

from aenmf.data.problems import training_problems
from aenmf.files.fits import load_fits
from aenmf.files.tables import keyed, write_table
from aenmf.run.jobs import job
from aenmf.studies.theorem import check_splits

with job(snakemake.log[0]) as log:
    cohort, params, parts = snakemake.wildcards.cohort, snakemake.params, []
    for loss in params.losses:
        aenmf, cnmf = (
            load_fits(path for path in snakemake.input[model] if f"/{loss}/" in path) for model in ("aenmf", "cnmf")
        )
        asked = {"cohort": cohort, "rank": params.rank, "loss": loss, "seed": params.seed}
        problems = training_problems(snakemake.input.catalogue, snakemake.input.splits, aenmf, **asked)
        parts.append(keyed(check_splits(problems, aenmf, cnmf), cohort=cohort, loss=loss))
        log.info("%s: checked %d splits", loss, len(problems))
    write_table(snakemake.output.table, pd.concat(parts, ignore_index=True))
