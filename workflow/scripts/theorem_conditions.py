"""The conditions of the theorem broken one by one, on the first splits of one cohort."""

import pandas as pd

from aenmf.data.problems import training_problems
from aenmf.files.fits import load_fits
from aenmf.files.tables import keyed, write_table
from aenmf.run.jobs import job
from aenmf.studies.conditions import break_splits

with job(snakemake.log[0]) as log:
    cohort, params, parts = snakemake.wildcards.cohort, snakemake.params, []
    for loss in params.losses:
        fits = {
            model: load_fits(path for path in paths if f"/{loss}/" in path)
            for model, paths in snakemake.input.items()
            if model in ("nmf", "cnmf", "aenmf")
        }
        asked = {"cohort": cohort, "rank": params.rank, "loss": loss, "seed": params.seed}
        problems = training_problems(snakemake.input.catalogue, snakemake.input.splits, range(params.splits), **asked)
        convex = [fits[model] for model in ("cnmf", "aenmf")]
        broken = break_splits(dict(enumerate(problems)), convex, fits["nmf"], params.starts)
        parts.append(keyed(broken, cohort=cohort, loss=loss))
        log.info("%s: broke the conditions on %d splits", loss, len(problems))
    write_table(snakemake.output.table, pd.concat(parts, ignore_index=True))
