"""The boards of scores from a folder of result files: all that is there, whichever run made it."""

from pathlib import Path

from aenmf.evaluation.results import autoencoders, read_results, results_table
from aenmf.files.layout import write_layout
from aenmf.files.tables import write_table
from aenmf.run.jobs import job
from aenmf.seeds import Seed
from aenmf.tables import score_baseline, score_controls, score_optimum, score_parts
from aenmf.tables.score_board import by_cohort, costs, incomplete, layout, overall

with job(snakemake.log[0]):
    output, seed = snakemake.output, Seed(snakemake.params.seed)
    results = read_results(Path(snakemake.input[0]).parent, snakemake.input.submitted)
    table = results_table(results)
    cohorts, spent = by_cohort(table, seed), costs(table)
    board = overall(cohorts, seed)
    controls = score_controls.beaten(cohorts)
    baseline = score_baseline.against(cohorts, spent, autoencoders(results), seed)
    optimum = score_optimum.optimum(table)
    frames = {"by_cohort": cohorts, "csv": board, "costs": spent, "controls": controls, "baseline": baseline}
    frames["optimum"] = optimum
    parts = score_parts.parts(table)
    for name, frame in frames.items():
        write_table(output[name], frame)
    write_layout(layout(board, spent, incomplete(cohorts), snakemake.params.left_out), output.shown)
    write_layout(score_controls.layout(controls), output.controls_shown)
    write_layout(score_baseline.layout(baseline), output.baseline_shown)
    write_layout(score_optimum.layout(optimum, snakemake.params.titles), output.optimum_shown)
    write_layout(score_parts.layout(parts), output.parts_shown)
