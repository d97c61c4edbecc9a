"""Whether the fits of the run are at the lowest loss."""

import pandas as pd

from aenmf.evaluation.best_known import read_best_known
from aenmf.files.layout import write_layout
from aenmf.files.tables import write_table
from aenmf.run.jobs import job
from aenmf.studies.known import problems_of
from aenmf.tables.optima import beside_best, layout, lower_than_known, optima_table, said

with job(snakemake.log[0]) as log:
    inputs, params = snakemake.input, snakemake.params
    ranks = {cohort.cohort: cohort.rank for cohort in params.cohorts}
    titles = {cohort.cohort: cohort.title for cohort in params.cohorts}
    problems = problems_of(zip(ranks, ranks.values(), inputs.catalogues, inputs.splits, strict=True))
    known = read_best_known(inputs.get("best_known"))
    table = beside_best(pd.read_csv(inputs.fits), problems, known, params.entries)
    lower = lower_than_known(table)
    for sentence in said(lower, titles, {entry.name: entry.title for entry in params.entries}):
        log.warning("lower than best known: %s", sentence)
    frame = optima_table(table, params.entries)
    write_table(snakemake.output.csv, frame)
    write_layout(layout(frame, lower, titles), snakemake.output.shown)
