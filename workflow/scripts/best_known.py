"""The lowest losses known, of this run's long searches or from before."""

import pandas as pd

from aenmf.evaluation.best_known import exact, read_table
from aenmf.files.tables import write_table
from aenmf.run.jobs import job
from aenmf.studies.known import EARLIER, best_known_table, problems_of

with job(snakemake.log[0]) as log:
    inputs, params = snakemake.input, snakemake.params
    fits, *tried = (
        pd.read_csv(path, converters={"objective": exact}) for path in (inputs.fits, *inputs.get("ends", []))
    )
    ends = pd.concat(tried, ignore_index=True) if tried else fits.iloc[:0]
    problems = problems_of(zip(params.ranks, params.ranks.values(), inputs.catalogues, inputs.splits, strict=True))
    table = best_known_table(fits, ends, params.models, problems, read_table(inputs.get("best_known")))
    log.info("%d of %d losses are from before", (table["source"] == EARLIER).sum(), len(table))
    write_table(snakemake.output.table, table)
