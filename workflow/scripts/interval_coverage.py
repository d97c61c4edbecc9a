"""Coverage of the true exposures by the intervals of every method that gives some, on cohorts with known truth."""

import pandas as pd

from aenmf.data.splits import read_splits, samples_of
from aenmf.evaluation.coverage import COLUMNS, coverage
from aenmf.files.fits import load_fits
from aenmf.files.layout import write_layout
from aenmf.files.matrices import read_matrix_tsv
from aenmf.files.tables import sections, write_table
from aenmf.run.jobs import job
from aenmf.tables.coverage import layout

with job(snakemake.log[0]):
    inputs, params = snakemake.input, snakemake.params
    rows = []
    keys = [(cohort, method, loss) for cohort in params.cohorts for method, loss in params.combinations]
    truths = dict(zip(params.cohorts, zip(inputs.truth, inputs.exposures, inputs.splits, strict=True), strict=True))
    paths = zip(*(sections(keys, inputs[name]) for name in ("fits", "seconds")), strict=True)
    for (cohort, method, loss), files in zip(keys, paths, strict=True):
        signatures, exposures = (read_matrix_tsv(path) for path in truths[cohort][:2])
        table = read_splits(truths[cohort][2])
        for split, fit in load_fits(*files).items():
            if "lower" in fit.extras:
                true = exposures[samples_of(table, split, "train")].to_numpy()
                rows.append((cohort, method, loss, split, *coverage(signatures.to_numpy(), true, fit).values()))
    frame = pd.DataFrame(rows, columns=COLUMNS)
    write_table(snakemake.output.csv, frame)
    write_layout(layout(frame, params.titles, params.methods), snakemake.output.shown)
