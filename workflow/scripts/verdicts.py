"""A verdict on every claim of the paper."""

import pandas as pd

from aenmf.data.splits import read_splits, samples_of
from aenmf.files.layout import write_layout
from aenmf.files.tables import write_table
from aenmf.run.jobs import job
from aenmf.tables.table4 import read_table4
from aenmf.verdicts.claims import load_claims
from aenmf.verdicts.judge import counts, evaluate_claims
from aenmf.verdicts.layouts import headline_layout, parts_layout, unchecked_layout
from aenmf.verdicts.measuring import Run, with_controls

TABLES = ("errors", "consistency", "recovery", "matches", "split_matches", "architectures")
OPTIONAL = ("scaling", "times", "proof_of_concept", "variants", "theorem")

with job(snakemake.log[0]) as log:
    inputs, params = snakemake.input, snakemake.params
    splits = {cohort.cohort: read_splits(path) for cohort, path in zip(params.cohorts, inputs.splits, strict=True)}
    run = Run(
        entries=params.entries,
        table4=read_table4(inputs.side_by_side),
        samples={name: table["sample"].nunique() for name, table in splits.items()},
        training={name: len(samples_of(table, 0, "train")) for name, table in splits.items()},
        **{name: pd.read_csv(inputs[name]) for name in (*TABLES, *OPTIONAL) if name in inputs.keys()},
        ranks=with_controls(*(pd.read_csv(inputs[name]) for name in ("ranks", "controls") if name in inputs.keys())),
    )
    claims = load_claims(inputs.claims)
    verdicts = evaluate_claims(claims, run)
    for verdict, number in counts(verdicts).items():
        log.info("%s: %d", verdict, number)
    write_table(snakemake.output.csv, verdicts)
    write_layout(headline_layout(verdicts, claims.rule), snakemake.output.shown)
    write_layout(parts_layout(verdicts), snakemake.output.parts)
    write_layout(unchecked_layout(verdicts), snakemake.output.unchecked)
