"""Table 3: errors of the cohorts, and the ratios of the methods' errors with their tests."""

import pandas as pd

from aenmf.data.splits import read_splits
from aenmf.evaluation.resampled import Sizes
from aenmf.files.layout import write_layout
from aenmf.files.tables import write_table
from aenmf.run.jobs import job
from aenmf.seeds import Seed
from aenmf.tables.marks import not_found_again
from aenmf.tables.table3 import bootstrap_seed, layout, table3, tests_layout

with job(snakemake.log[0]):
    params = snakemake.params
    errors = pd.read_csv(snakemake.input.errors)
    splits = zip(params.cohorts, snakemake.input.splits, strict=True)
    sizes = {cohort.cohort: Sizes.of(read_splits(path)) for cohort, path in splits}
    frame = table3(errors, params.cohorts, params.entries, bootstrap_seed(Seed(params.seed)), sizes)
    write_table(snakemake.output.csv, frame)
    single = not_found_again(pd.read_csv(snakemake.input.fits))
    write_layout(layout(frame, params.cohorts, single), snakemake.output.shown)
    write_layout(tests_layout(frame, params.cohorts), snakemake.output.tests)
