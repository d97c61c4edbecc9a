"""The forest tables: ratios of errors in every cancer, their mean, and what the cancers differ by."""

import pandas as pd

from aenmf.data.splits import read_splits
from aenmf.evaluation.resampled import Sizes
from aenmf.files.layout import write_layout
from aenmf.files.matrices import read_matrix_tsv
from aenmf.files.tables import write_table
from aenmf.run.jobs import job
from aenmf.tables.forest import Facts, forest, summary
from aenmf.tables.forest_layouts import forest_layout, summary_layout
from aenmf.tables.marks import not_found_again

with job(snakemake.log[0]):
    inputs, output, params = snakemake.input, snakemake.output, snakemake.params
    names = [cohort.cohort for cohort in params.cohorts]
    sizes = {name: Sizes.of(read_splits(path)) for name, path in zip(names, inputs.splits, strict=True)}
    facts = {name: Facts.of(read_matrix_tsv(path)) for name, path in zip(names, inputs.catalogues, strict=True)}
    frame = forest(pd.read_csv(inputs.errors), params.cohorts, params.entries, sizes, facts)
    means = summary(frame)
    write_table(output.csv, frame)
    write_table(output.summary, means)
    single = not_found_again(pd.read_csv(inputs.fits), together=True)
    write_layout(forest_layout(frame, means, params.titles, params.entries, single), output.shown)
    write_layout(summary_layout(means), output.summary_shown)
