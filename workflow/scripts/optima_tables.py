"""How often each way ends at the lowest loss, what luck does, and whether the optimum is unique."""

import pandas as pd

from aenmf.evaluation.best_known import read_best_known
from aenmf.files.fits import load_arrays
from aenmf.files.layout import write_layout
from aenmf.files.tables import write_table
from aenmf.run.jobs import job
from aenmf.studies import optima_tables
from aenmf.studies.known import problems_of

with job(snakemake.log[0]):
    inputs, params, output = snakemake.input, snakemake.params, snakemake.output
    ends, seconds, fits = (
        pd.concat([pd.read_csv(path) for path in inputs[name]], ignore_index=True)
        for name in ("ends", "seconds", "fits")
    )
    signatures = [one for path in inputs.signatures for one in load_arrays(path)["signatures"]]
    ranks = {cohort.cohort: cohort.rank for cohort in params.cohorts}
    problems = problems_of(zip(ranks, ranks.values(), inputs.catalogues, inputs.splits, strict=True))
    known = read_best_known(inputs.get("best_known"))
    tried, fitted = optima_tables.with_excess(ends, fits, params.models, problems, known)
    ways = optima_tables.ways_table(tried)
    write_table(output.ends, ends)
    write_table(output.ways, ways)
    write_table(output.ways_seconds, cost := optima_tables.seconds_table(tried, seconds))
    write_layout(optima_tables.cost_layout(cost), output.cost_shown)
    write_table(output.luck, optima_tables.luck_table(tried, fitted))
    write_table(output.uniqueness, optima_tables.uniqueness_table(tried, signatures))
    titles = {cohort.cohort: cohort.title for cohort in params.cohorts}
    write_layout(optima_tables.ways_layout(ways, params.titles, titles), output.ways_shown)
