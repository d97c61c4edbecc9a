"""The scores of the answers that the authors of MUSE-XAE published."""

from aenmf.data.fetch import resolve
from aenmf.data.muse_outputs import SCENARIOS, read_runs
from aenmf.data.truth import truth_of
from aenmf.files.layout import write_layout
from aenmf.files.tables import write_table
from aenmf.run.jobs import job
from aenmf.studies.muse_outputs import over_runs, run_scores
from aenmf.tables.muse_outputs import layout

with job(snakemake.log[0]):
    params, output = snakemake.params, snakemake.output
    found = resolve(params.source.data, params.data_dir)
    cohorts = {name: truth_of(name, params.registry, params.data_dir) for name in SCENARIOS.values()}
    runs = run_scores(read_runs(found.path), cohorts)
    summary = over_runs(runs)
    write_table(output.runs, runs)
    write_table(output.csv, summary)
    write_layout(layout(summary, params.titles), output.shown)
