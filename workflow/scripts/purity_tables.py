"""Recovery against purity, and the purity of cohorts."""

import pandas as pd

from aenmf.files.layout import write_layout
from aenmf.files.tables import write_table
from aenmf.run.jobs import job
from aenmf.tables.purity import cohorts_layout, cohorts_table, purity_layout, purity_table

with job(snakemake.log[0]):
    inputs, output, params = snakemake.input, snakemake.output, snakemake.params
    fits = pd.concat([pd.read_csv(path) for path in inputs.fits], ignore_index=True)
    signatures = pd.concat([pd.read_csv(path) for path in inputs.cohorts], ignore_index=True)
    recovered, cohorts = purity_table(fits), cohorts_table(signatures)
    write_table(output.fits, fits)
    write_table(output.cohorts, cohorts)
    write_table(output.purity, recovered)
    write_layout(purity_layout(recovered, params.titles), output.purity_shown)
    write_layout(cohorts_layout(cohorts, params.cohorts), output.cohorts_shown)
