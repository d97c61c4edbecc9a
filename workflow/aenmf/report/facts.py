"""What was run, and sums over the long tables: the parts of the page that are neither the paper's tables nor figures."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from aenmf import formats
from aenmf.data.catalogues import Catalogue
from aenmf.data.datasets import Cohort
from aenmf.data.owncohorts import is_own
from aenmf.data.splits import read_splits
from aenmf.data.warnings import careful
from aenmf.files.matrices import read_matrix_tsv
from aenmf.losses import MEASURE_OF_LOSS
from aenmf.report.about import About
from aenmf.report.files import Files
from aenmf.report.tables import Table, make_table

KEYS = ["cohort", "method", "loss"]


def run_facts(files: Files) -> dict[str, Any]:
    """The run's own record, with the configuration as text."""
    facts = _json(files.record)
    return facts | {"config_text": yaml.safe_dump(facts["config"], sort_keys=False, allow_unicode=True, width=100)}


def warnings(files: Files, about: About, config: dict[str, Any]) -> list[str]:
    """What to know about the user's own cohorts before their results are believed, in sentences without full stops."""
    said = []
    for name, cohort in about.cohorts.items():
        if is_own(cohort.data):
            counts = read_matrix_tsv(files.catalogues[name])
            catalogue = Catalogue(tuple(counts.columns), counts.to_numpy(dtype=float))
            found = careful(catalogue, config["n_splits"], config["train_fraction"])
            said += [f"{cohort.title}: {sentence}" for sentence in found]
    return said


def cohorts_table(files: Files, about: About) -> Table:
    """Sizes, source and checksum of every cohort."""
    rows = []
    for name, cohort in about.cohorts.items():
        facts = _json(files.provenance[name])
        splits = read_splits(files.splits[name])
        sizes = splits[splits["split"] == splits["split"].min()]["set"].value_counts()
        median = read_matrix_tsv(files.catalogues[name]).sum().median()
        rows.append(
            (cohort.title, cohort.rank, facts["samples"], sizes["train"], sizes["test"], f"{median:.0f}")
            + (_source(cohort, facts), facts["sha256"] or formats.MISSING, len(facts["dropped"]))
        )
    return make_table(
        "cohorts",
        "The cohorts: number of signatures K, patients, patients of one split, and where the data came from.",
        ["Cohort", "K", "Patients", "Training", "Test", "Median mutations", "Source", "sha256", "Left out"],
        rows,
        "lrrrrrllr",
        ["Median mutations: per patient. Left out: patients without any mutation. sha256: of the source file."],
    )


def methods_table(facts: dict[str, Any], about: About) -> Table:
    """Model, solver and options of the methods compared."""
    rows = []
    for name in facts["config"]["compare"]:
        entry = facts["config"]["methods"][name]
        solver = entry.get("solver", "")
        by_loss = isinstance(solver, dict)
        shown = ", ".join(f"{about.loss(k)}: {v}" for k, v in solver.items()) if by_loss else str(solver)
        options = {key: value for key, value in entry.items() if key not in ("model", "title", "solver")}
        said = ", ".join(f"{key}: {value}" for key, value in options.items()) or "defaults"
        rows.append((about.method(name), name, entry["model"], shown, said))
    columns = ["Method", "Entry", "Model", "Solver", "Options"]
    return make_table("methods", "The methods compared.", columns, rows, "lllll")


def signatures_table(files: Files, about: About) -> Table:
    """The consensus signatures with their share of all mutations, and the name of the files with them and the exposures."""
    rows = []
    for (cohort, method, loss), path in files.exposures.items():
        sums = read_matrix_tsv(path).sum(axis=1)
        shown = ", ".join(f"{name}: {100 * share:.0f} %" for name, share in (sums / sums.sum()).items())
        file = files.named(path).partition("/")[2]
        rows.append((about.cohort(cohort), about.method(method), about.loss(loss), shown, file))
    caption = "The consensus signatures, and the share of the cohort's mutations that the exposures give to each."
    columns = ["Cohort", "Method", "Loss", "Signatures", "File"]
    return make_table("signatures", caption, columns, rows, "lllll")


def convergence_table(files: Files, about: About) -> Table:
    """How many fits met their stopping rule, how far the others were off, and how long fits took."""
    seconds = files.table("seconds")
    rows = []
    for key, part in files.table("fits").groupby(KEYS, sort=False):
        cohort, method, loss = map(str, key)
        took = seconds[(seconds[KEYS] == list(key)).all(axis=1)]["seconds"]
        rows.append(
            (about.cohort(cohort), about.method(method), about.loss(loss), len(part), int(part["converged"].sum()))
            + (_digits(part["kkt"].max()), int(part["n_iter"].median()), int(part["n_iter"].max()))
            + (_seconds(took.median()), _seconds(took.max()), _seconds(took.sum()))
        )
    return make_table(
        "fits",
        "Convergence of the fits.",
        ["Cohort", "Method", "Loss", "Fits", "Converged", "Worst KKT", "Iterations, median", "Iterations, most"]
        + ["Seconds, median", "Seconds, most", "Seconds, sum"],
        rows,
        "lllrrrrrrrr",
        [
            "Worst KKT: the largest relative residual of the optimality conditions; 0 exactly at a stationary point. "
            "Iterations of different solvers are different amounts of work. Seconds are wall-clock time of one thread."
        ],
        files.named(files.tables["fits"]),
    )


def summaries(files: Files, about: About) -> list[Table]:
    """Means and extremes of the long tables, as far as the paper's tables lack them."""
    wanted = [
        (
            "consistency",
            "similarity",
            "Signature consistency: mean matched cosine similarity of two splits.",
            "Pairs",
            [],
        ),
        (
            "recovery",
            "cosine",
            "Recovery of the true signatures: cosine similarity of every split.",
            "Values",
            ["truth"],
        ),
        (
            "split_matches",
            "cosine",
            "Cosine similarity of every split's signatures to their matches.",
            "Values",
            ["reference"],
        ),
    ]
    made = []
    for name, column, caption, counted, extra in wanted:
        table = files.table(name)
        if table.empty:
            continue
        rows = []
        for key, values in table.groupby([*KEYS, *extra], sort=False)[column]:
            cohort, method, loss, *more = map(str, key)
            front = [about.cohort(cohort), about.method(method), about.loss(loss)]
            front += [about.reference(value) if extra == ["reference"] else value for value in more]
            rows.append((*front, len(values), *map(formats.similarity, (values.mean(), values.min(), values.max()))))
        titles = [
            "Cohort",
            "Method",
            "Loss",
            *(title.capitalize() for title in extra),
            counted,
            "Mean",
            "Lowest",
            "Highest",
        ]
        align = "lll" + "l" * len(extra) + "rrrr"
        made.append(make_table(f"summary-{name}", caption, titles, rows, align, (), files.named(files.tables[name])))
    sparse = files.table("sparsity")
    if len(sparse):
        rows = []
        for key, part in sparse.groupby(KEYS, sort=False):
            cohort, method, loss = map(str, key)
            medians = [f"{part[column].median():g}" for column in ("patients_50", "patients_90", "nonzero")]
            rows.append((about.cohort(cohort), about.method(method), about.loss(loss), len(part), *medians))
        columns = ["Cohort", "Method", "Loss", "Signatures", "Half of the weight", "Nine tenths", "All"]
        caption = (
            "Convex models: in how many patients the weight of a signature lies (median over signatures and splits)."
        )
        source = files.named(files.tables["sparsity"])
        made.append(make_table("summary-sparsity", caption, columns, rows, "lllrrrr", (), source))
    return made


def rank_table(files: Files, about: About) -> Table | None:
    """The number of signatures chosen, next to the paper's for its own cohorts; None without rank selection."""
    if "rank_choice" not in files.tables:
        return None
    table = files.table("rank_choice")
    columns = ["Cohort", "Method", "Loss", "Chosen", "Lowest mean error at"]
    rows: list[tuple[object, ...]] = [
        (about.cohort(row.cohort), about.method(row.method), about.loss(row.loss), row.chosen, row.lowest)
        for row in table.itertuples()
    ]
    if table["paper_rank"].notna().any():
        columns.append("Paper")
        paper = [formats.MISSING if pd.isna(rank) else int(rank) for rank in table["paper_rank"]]
        rows = [(*row, rank) for row, rank in zip(rows, paper, strict=True)]
    note = "Chosen: the smallest number whose mean test error is within one standard error of the lowest mean."
    align = "lll" + "r" * (len(columns) - 3)
    return make_table("rank", "Rank selection.", columns, rows, align, [note], files.named(files.tables["rank_choice"]))


def variants_table(files: Files, about: About) -> Table | None:
    """Mean errors of the ways to keep the autoencoder's weights non-negative; None in a run without this study."""
    if "variants" not in files.tables:
        return None
    table = files.table("variants")
    own = table[table["measure"] == table["loss"].map(MEASURE_OF_LOSS)]
    means = own.groupby([*KEYS, "set"], sort=False)["value"].mean().unstack("set")
    rows = [
        (
            about.cohort(key[0]),
            about.method(key[1]),
            about.loss(key[2]),
            *(formats.error(row.get(s)) for s in ("train", "test")),
        )
        for key, row in means.iterrows()
    ]
    columns = ["Cohort", "Variant", "Loss", "Train error", "Test error"]
    source = files.named(files.tables["variants"])
    return make_table("variants", "Mean errors of the variants.", columns, rows, "lllrr", (), source)


def manifest(files: Files) -> Table:
    """The run's files with size and checksum: all in its folder, as the targets made on demand leave files there too."""
    rows = []
    for path in sorted(path for path in Path(files.folder).rglob("*") if path.is_file()):
        if not path.name.startswith(".") and not any(map(path.is_relative_to, files.left_out)):
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            rows.append((files.named(str(path)), path.stat().st_size, digest))
    caption = f"The {len(rows)} files of the run, relative to its folder."
    return make_table("manifest", caption, ["File", "Bytes", "sha256"], rows, "lrl")


def _source(cohort: Cohort, facts: dict[str, Any]) -> str:
    """Where a cohort's data came from: of the user's own, the name of the file or folder."""
    data = cohort.data
    return Path(data.path).name if data is not None and is_own(data) else facts["source"]


def _digits(value: float) -> str:
    return (
        formats.MISSING
        if pd.isna(value)
        else formats.p_value(value)
        if value >= 0.001
        else f"{value:.1e}".replace("e-0", "e-")
    )


def _seconds(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.0f}"


def _json(path: str) -> dict[str, Any]:
    return json.loads(Path(path).read_text(encoding="utf-8"))
