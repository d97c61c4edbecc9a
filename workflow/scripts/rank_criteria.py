"""What the criteria of the number of signatures choose, with the truth where it is known."""

import pandas as pd

from aenmf.files.layout import write_layout
from aenmf.files.matrices import read_matrix_tsv
from aenmf.files.tables import write_table
from aenmf.run.jobs import job
from aenmf.seeds import Seed
from aenmf.studies.rankcriteria.table import CRITERIA, choices
from aenmf.tables.rank_criteria import layout, warnings

with job(snakemake.log[0]) as log:
    params = snakemake.params
    files = zip(params.with_truth, snakemake.input.truth, strict=True)
    true = {cohort: read_matrix_tsv(file).shape[1] for cohort, file in files}
    chosen = choices(pd.read_csv(snakemake.input.values), true, Seed(params.seed).child("rank criteria"))
    seconds = pd.read_csv(snakemake.input.seconds)
    criteria = {name: (criterion.title, criterion.description) for name, criterion in CRITERIA.items()}
    for sentence in warnings(chosen, params.cohorts):
        log.warning("%s", sentence)
    write_table(snakemake.output.csv, chosen)
    write_layout(layout(chosen, seconds, criteria, params.cohorts, params.methods), snakemake.output.shown)
