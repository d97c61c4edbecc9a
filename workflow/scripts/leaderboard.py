"""The leaderboard of all methods, by cohort and overall."""

from pathlib import Path

import pandas as pd

from aenmf.files.layout import write_layout
from aenmf.files.matrices import read_matrix_tsv
from aenmf.files.tables import write_table
from aenmf.run.jobs import job
from aenmf.tables import leaderboard
from aenmf.tables.marks import not_found_again

with job(snakemake.log[0]):
    inputs, output, params = snakemake.input, snakemake.output, snakemake.params
    tables = [pd.read_csv(inputs[name]) for name in ("errors", "recovery", "fits", "matches")]
    n_true = {Path(path).parent.name: read_matrix_tsv(path).shape[1] for path in inputs.get("truth", [])}
    by_cohort = leaderboard.by_cohort(*tables, n_true, params.entries)
    splits = leaderboard.scores_by_split(*tables[:3], n_true)
    overall = leaderboard.overall(by_cohort)
    seconds = pd.read_csv(inputs.seconds)
    cohort_seconds = leaderboard.median_seconds(seconds, leaderboard.KEYS)
    write_table(output.csv, overall)
    write_table(output.by_cohort, by_cohort)
    write_table(output.spread, leaderboard.spread(splits))
    write_table(output.seconds, cohort_seconds)
    all_seconds = leaderboard.median_seconds(seconds, ["loss", "method"])
    fits = tables[2]
    overall_shown = leaderboard.overall_layout(overall, all_seconds, not_found_again(fits, together=True))
    write_layout(overall_shown, output.shown)
    shown = leaderboard.cohort_layout(by_cohort, cohort_seconds, params.titles, not_found_again(fits))
    write_layout(shown, output.by_cohort_shown)
