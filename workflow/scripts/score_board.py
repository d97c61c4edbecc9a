"""The board of scores from a folder of result files."""

from pathlib import Path

from aenmf.evaluation.results import read_results, results_table
from aenmf.files.layout import write_layout
from aenmf.files.tables import write_table
from aenmf.run.jobs import job
from aenmf.seeds import Seed
from aenmf.tables.score_board import by_cohort, layout, overall

with job(snakemake.log[0]):
    output, seed = snakemake.output, Seed(snakemake.params.seed)
    cohorts = by_cohort(results_table(read_results(Path(snakemake.input[0]).parent)), seed)
    board = overall(cohorts, seed)
    write_table(output.by_cohort, cohorts)
    write_table(output.csv, board)
    write_layout(layout(board, snakemake.params.left_out), output.shown)
