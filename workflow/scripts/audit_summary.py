"""The paper's mean errors from its matrices, our fits of the same patients next to the published, and the gap's parts."""

import pandas as pd

from aenmf.audit import gap, summary
from aenmf.files.layout import write_layout
from aenmf.files.tables import write_table
from aenmf.run.jobs import job
from aenmf.seeds import Seed

with job(snakemake.log[0]):
    output, params = snakemake.output, snakemake.params
    published, fits, cosines, bounds = (
        pd.read_csv(snakemake.input[name]) for name in ("published", "fits", "cosines", "bounds")
    )
    seed = Seed(params.seed).child("audit")
    means = summary.mean_errors_table(bounds)
    paired = summary.paired(fits, published, cosines, params.tolerance, seed)
    stages = gap.stages(published, fits, gap.best_fits(fits, params.models))
    decomposed = gap.decompose(stages, seed.child("gap"))
    write_table(output.mean_errors, means)
    write_table(output.paired, paired)
    write_table(output.not_reached, summary.not_reached(fits, published, params.tolerance))
    write_table(output.stages, stages)
    write_table(output.gap, decomposed)
    write_layout(summary.error_layout(means, params.cohorts), output.mean_errors_shown)
    write_layout(summary.paired_layout(paired, params.cohorts, params.titles), output.paired_shown)
    write_layout(gap.layout(decomposed, params.cohorts), output.gap_shown)
