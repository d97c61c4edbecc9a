"""The paper's claims on its own matrices, next to our fits of the same patients and to a run on splits of its own."""

import pandas as pd

from aenmf.audit import paper, summary
from aenmf.files.fits import load_arrays
from aenmf.files.layout import write_layout
from aenmf.files.matrices import read_matrix_tsv
from aenmf.files.tables import write_table
from aenmf.run.jobs import job
from aenmf.tables.table4 import layout as table4_layout
from aenmf.verdicts.claims import load_claims

with job(snakemake.log[0]) as log:
    inputs, output, params = snakemake.input, snakemake.output, snakemake.params
    claims = load_claims(inputs.claims)
    references = {name: {} for name in params.cohorts}
    for (cohort, reference), path in zip(params.references, inputs.references, strict=True):
        references[cohort][reference] = read_matrix_tsv(path)
    audited = paper.Audited(
        cohorts=params.cohorts,
        recovered={name: load_arrays(path) for name, path in zip(params.cohorts, inputs.recovered, strict=True)},
        references=references,
        attributions=pd.read_csv(inputs.attributions, index_col=0),
    )
    tables, run = audited.published(pd.read_csv(inputs.published))
    ours = dict(zip(params.ours, map(load_arrays, inputs.ours), strict=True))
    own = pd.read_csv(inputs.own_splits[0], dtype=str) if inputs.own_splits else None
    again = audited.fitted_again(ours, pd.read_csv(inputs.fits), params.models, params.titles)
    verdicts = paper.compare_verdicts(claims, run, again, own)
    write_table(output.verdicts, verdicts)
    write_table(output.table4, run.table4)
    write_table(output.consistency, tables.consistency)
    write_table(output.left_out, paper.left_out_of_signal(claims, tables.consensus, references))
    write_layout(summary.verdict_layout(verdicts), output.verdicts_shown)
    write_layout(table4_layout(run.table4, list(params.cohorts.values())), output.table4_shown)
    log.info("%d claims checked on the published matrices", len(verdicts))
