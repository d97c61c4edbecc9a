"""The tables of the audit over all cohorts: collected, the paper's numbers, our fits beside the published, the gap."""

import pandas as pd

from aenmf.audit import gap, paper, summary
from aenmf.channels import CHANNELS
from aenmf.data.fetch import Downloads, resolve
from aenmf.data.references import read_attributions, read_signatures
from aenmf.evaluation.consensus import signatures_from_table
from aenmf.files.fits import load_arrays
from aenmf.files.layout import write_layout
from aenmf.files.tables import write_table
from aenmf.methods.entries import Entry
from aenmf.run.jobs import job
from aenmf.seeds import Seed
from aenmf.tables.table4 import layout as table4_layout
from aenmf.verdicts.claims import load_claims

with job(snakemake.log[0]) as log:
    downloads = Downloads(progress=snakemake.config["progress"])
    inputs, output, params = snakemake.input, snakemake.output, snakemake.params
    seed = Seed(params.seed).child("audit")
    for name in ("published_splits", "published_errors", "blemishes", "certainty", "held_out", "bounds"):
        parts = [pd.read_csv(path, dtype=str, keep_default_na=False) for path in inputs[name]]
        write_table(output[name], pd.concat(parts))
    published = pd.concat([pd.read_csv(path) for path in inputs.published_errors], ignore_index=True)
    fits = pd.concat([pd.read_csv(path) for path in inputs.fits], ignore_index=True)
    cosines = pd.concat([pd.read_csv(path) for path in inputs.cosines], ignore_index=True)
    write_table(output.fits, fits)
    write_table(output.cosines, cosines)

    means = summary.mean_errors_table(pd.concat([pd.read_csv(path) for path in inputs.bounds], ignore_index=True))
    write_table(output.mean_errors, means)
    write_layout(summary.error_layout(means, params.cohorts), output.mean_errors_shown)

    table = summary.paired(fits, published, cosines, params.tolerance, seed)
    write_table(output.paired, table)
    write_layout(summary.paired_layout(table, params.cohorts, params.titles), output.paired_shown)
    write_table(output.not_reached, summary.not_reached(fits, published, params.tolerance))

    stages = gap.stages(published, fits, gap.best_fits(fits, params.models))
    write_table(output.stages, stages)
    decomposed = gap.decompose(stages, seed.child("gap"))
    write_table(output.gap, decomposed)
    write_layout(gap.layout(decomposed, params.cohorts), output.gap_shown)

    arrays = {c.cohort: load_arrays(path) for c, path in zip(params.cohorts, inputs.recovered, strict=True)}
    references = {
        c.cohort: {
            r.reference: read_signatures(
                resolve(r.data, params.data_dir, downloads=downloads).path, selection=r.selection, organ=c.organ
            )
            for r in params.references
        }
        for c in params.cohorts
    }
    known = read_attributions(resolve(params.attributions, params.data_dir, downloads=downloads).path)
    sizes = {name: (len(a["samples"]), a["patients"].shape[1]) for name, a in arrays.items()}
    theirs = {
        (name, method): paper.FittedSplits(a["splits"], a[f"signatures_{method}"])
        for name, a in arrays.items()
        for method in summary.MODEL_TITLES
    }
    entries = [Entry(model, model, title) for model, title in summary.MODEL_TITLES.items()]
    tables = paper.long_tables(theirs, published, references)
    run = paper.run_of(tables, entries, params.cohorts, sizes, known, seed)
    ours = {
        key: paper.FittedSplits(a["splits"], a["signatures"])
        for key, a in zip(params.ours, map(load_arrays, inputs.ours), strict=True)
    }
    our_entries = [
        Entry(name, params.models[name], params.titles[name]) for name in dict.fromkeys(n for _, n in params.ours)
    ]
    our_errors = fits[fits["fit"].isin([entry.name for entry in our_entries])].rename(columns={"fit": "method"})
    our_tables = paper.long_tables(ours, our_errors, references)
    our_run = paper.run_of(our_tables, our_entries, params.cohorts, sizes, known, seed)
    own = pd.read_csv(inputs.own_splits[0], dtype=str) if inputs.own_splits else None
    claims = load_claims(inputs.claims)
    verdicts = paper.compare_verdicts(claims, run, our_run, own)
    write_table(output.verdicts, verdicts)
    write_layout(summary.verdict_layout(verdicts), output.verdicts_shown)
    write_table(output.table4, run.table4)
    write_layout(table4_layout(run.table4, params.cohorts), output.table4_shown)
    write_table(output.consistency, tables.consistency)

    numbers = [c for c in claims if c.evaluator == "mean_match_cosine" and c.parameters["reference"] == "signal"]
    searched = []
    for c in params.cohorts:
        stated = {n.parameters["method"]: float(n.paper) for n in numbers if n.parameters["cohort"] == c.cohort}
        of_cohort = tables.consensus[tables.consensus["cohort"] == c.cohort]
        medoids = {m: signatures_from_table(of_cohort[of_cohort["method"] == m], CHANNELS) for m in stated}
        if stated and "signal" in references[c.cohort]:
            searched.append(paper.left_out(medoids, references[c.cohort]["signal"], stated).assign(cohort=c.cohort))
    write_table(output.left_out, pd.concat(searched) if searched else pd.DataFrame(columns=["n", "left_out"]))
    log.info("%d claims checked on the published matrices", len(verdicts))
