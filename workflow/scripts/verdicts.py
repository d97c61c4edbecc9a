"""A verdict on every number and claim of the paper."""

import pandas as pd

from aenmf.data.splits import read_splits, samples_of
from aenmf.files.layout import write_layout
from aenmf.files.tables import write_table
from aenmf.run.jobs import job
from aenmf.seeds import Seed
from aenmf.tables.table3 import bootstrap_seed
from aenmf.tables.table4 import read_table4
from aenmf.verdicts.claims import load_claims
from aenmf.verdicts.evaluators import Run
from aenmf.verdicts.judge import counts, evaluate_claims, layout

TABLES = ("errors", "consistency", "recovery", "matches", "scaling", "ranks", "proof_of_concept")

with job(snakemake.log[0]) as log:
    inputs, params = snakemake.input, snakemake.params
    splits = {cohort.cohort: read_splits(path) for cohort, path in zip(params.cohorts, inputs.splits, strict=True)}
    run = Run(
        entries=params.entries,
        table4=read_table4(inputs.side_by_side),
        samples={name: table["sample"].nunique() for name, table in splits.items()},
        training={name: len(samples_of(table, 0, "train")) for name, table in splits.items()},
        seed=bootstrap_seed(Seed(params.seed)),
        **{name: pd.read_csv(inputs[name]) for name in TABLES if name in inputs.keys()},
    )
    verdicts = evaluate_claims(load_claims(inputs.claims), run)
    for verdict, number in counts(verdicts).items():
        log.info("%s: %d", verdict, number)
    write_table(snakemake.output.csv, verdicts)
    write_layout(layout(verdicts), snakemake.output.shown)
