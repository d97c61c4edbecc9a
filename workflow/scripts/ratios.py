"""Ratios of errors of every cohort, with intervals for new patients and those of the published matrices."""

import pandas as pd

from aenmf.data.splits import read_splits
from aenmf.evaluation.resampled import Sizes
from aenmf.files.tables import write_table
from aenmf.run.jobs import job
from aenmf.tables.ratios import ratio_table

with job(snakemake.log[0]):
    inputs, params = snakemake.input, snakemake.params
    splits = zip(params.cohorts, inputs.splits, strict=True)
    sizes = {cohort: Sizes.of(read_splits(path)) for cohort, path in splits}
    published = pd.read_csv(inputs.published[0]) if inputs.published else None
    write_table(snakemake.output.table, ratio_table(pd.read_csv(inputs.errors), params.entries, sizes, published))
