"""What was run, and sums over the long tables: the parts of the page that are neither the paper's tables nor figures."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from aenmf import formats
from aenmf.data.datasets import Cohort
from aenmf.data.owncohorts import is_own
from aenmf.data.splits import read_splits
from aenmf.files.matrices import read_matrix_tsv
from aenmf.report.about import About
from aenmf.report.tables import Table, make_table

KEYS = ["cohort", "method", "loss"]
LEFT_OUT = ("logs", "benchmarks", "report.html")
"""Parts of a run that are not its results."""


def run_facts(folder: Path) -> dict[str, Any]:
    """The run's own record, with the configuration as text; empty where there is none."""
    path = folder / "run.json"
    if not path.is_file():
        return {}
    facts = json.loads(path.read_text(encoding="utf-8"))
    config = facts.get("config", {})
    return facts | {"config_text": yaml.safe_dump(config, sort_keys=False, allow_unicode=True, width=100)}


def cohorts_table(folder: Path, about: About) -> Table:
    """Sizes, source and checksum of every cohort."""
    rows = []
    for name, cohort in about.cohorts.items():
        place = folder / "data" / name
        facts = _json(place / "provenance.json")
        train, test = _sizes(folder / f"splits/{name}.tsv")
        catalogue = place / "catalogue.tsv"
        totals = read_matrix_tsv(catalogue).sum() if catalogue.is_file() else pd.Series(dtype=float)
        median = f"{totals.median():.0f}" if len(totals) else formats.MISSING
        rows.append(
            (cohort.title, cohort.rank, facts.get("samples", formats.MISSING), train, test, median)
            + (_source(cohort, facts), facts.get("sha256") or formats.MISSING, len(facts.get("dropped", ())))
        )
    return make_table(
        "cohorts",
        "The cohorts: number of signatures K, patients, patients of one split, and where the data came from.",
        ["Cohort", "K", "Patients", "Training", "Test", "Median mutations", "Source", "sha256", "Left out"],
        rows,
        "lrrrrrllr",
        ["Median mutations: per patient. Left out: patients without any mutation. sha256: of the source file."],
    )


def methods_table(facts: dict[str, Any], about: About) -> Table | None:
    """Model, solver and options of the methods compared."""
    config = facts.get("config", {})
    entries = config.get("methods", {})
    rows = []
    for name in config.get("compare", []):
        entry = entries.get(name, {})
        solver = entry.get("solver", "")
        by_loss = isinstance(solver, dict)
        shown = ", ".join(f"{about.loss(k)}: {v}" for k, v in solver.items()) if by_loss else str(solver)
        options = {key: value for key, value in entry.items() if key not in ("model", "title", "solver")}
        said = ", ".join(f"{key}: {value}" for key, value in options.items()) or "defaults"
        rows.append((about.method(name), name, entry.get("model", ""), shown, said))
    columns = ["Method", "Entry", "Model", "Solver", "Options"]
    return make_table("methods", "The methods compared.", columns, rows, "lllll") if rows else None


def signatures_table(folder: Path, about: About) -> Table | None:
    """The consensus signatures with their share of all mutations, and the name of the files with them and the exposures."""
    fits = _table(folder, "fits")
    rows = []
    for key in [] if fits is None else fits[KEYS].drop_duplicates().itertuples(index=False):
        file = f"{key.cohort}/{key.method}/{key.loss}.tsv"
        if all((folder / kind / file).is_file() for kind in ("signatures", "exposures")):
            sums = read_matrix_tsv(folder / "exposures" / file).sum(axis=1)
            shown = ", ".join(f"{name}: {share:.0%}" for name, share in (sums / sums.sum()).items())
            names = (about.cohort(key.cohort), about.method(key.method), about.loss(key.loss))
            rows.append((*names, shown, file))
    caption = "The consensus signatures, and the share of the cohort's mutations that the exposures give to each."
    columns = ["Cohort", "Method", "Loss", "Signatures", "File"]
    return make_table("signatures", caption, columns, rows, "lllll") if rows else None


def tiles(folder: Path, about: About, facts: dict[str, Any], verdicts: dict[str, int]) -> list[tuple[str, str]]:
    """The run in a few numbers, each with what it counts."""
    shown = [(str(len(about.cohorts)), "cohort" if len(about.cohorts) == 1 else "cohorts")]
    fits = _table(folder, "fits")
    if fits is not None:
        shown.append((str(fits["method"].nunique()), "methods"))
        shown.append((str(fits["split"].nunique()), "splits of each cohort"))
        shown.append((f"{int(fits['converged'].sum())} of {len(fits)}", "fits converged"))
    if verdicts:
        shown.append((str(verdicts.get("reproduced", 0)), "claims reproduced"))
        shown.append((str(verdicts.get("not reproduced", 0)), "not reproduced"))
        shown.append((str(verdicts.get("cannot be checked", 0)), "cannot be checked here"))
    return shown


def convergence_table(folder: Path, about: About) -> Table | None:
    """How many fits met their stopping rule, how far the others were off, and how long fits took."""
    fits = _table(folder, "fits")
    if fits is None:
        return None
    timing = folder / "timings/seconds.csv"
    seconds = pd.read_csv(timing) if timing.is_file() else None
    rows = []
    for key, part in fits.groupby(KEYS, sort=False):
        cohort, method, loss = map(str, key)
        took = pd.Series(dtype=float)
        if seconds is not None:
            took = seconds[(seconds[KEYS] == list(key)).all(axis=1)]["seconds"]
        times = [_seconds(v) for v in (took.median(), took.max(), took.sum())] if len(took) else [formats.MISSING] * 3
        rows.append(
            (about.cohort(cohort), about.method(method), about.loss(loss), len(part), int(part["converged"].sum()))
            + (_digits(part["kkt"].max()), int(part["n_iter"].median()), int(part["n_iter"].max()), *times)
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
        "tables/fits.csv",
    )


def summaries(folder: Path, about: About) -> list[Table]:
    """Sums over the long tables that the paper's tables do not hold."""
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
        table = _table(folder, name)
        if table is None or table.empty:
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
        made.append(
            make_table(
                f"summary-{name}", caption, titles, rows, "lll" + "l" * len(extra) + "rrrr", (), f"tables/{name}.csv"
            )
        )
    sparse = _table(folder, "sparsity")
    if sparse is not None and len(sparse):
        rows = []
        for key, part in sparse.groupby(KEYS, sort=False):
            cohort, method, loss = map(str, key)
            medians = [f"{part[column].median():g}" for column in ("patients_50", "patients_90", "nonzero")]
            rows.append((about.cohort(cohort), about.method(method), about.loss(loss), len(part), *medians))
        columns = ["Cohort", "Method", "Loss", "Signatures", "Half of the weight", "Nine tenths", "All"]
        caption = (
            "Convex models: in how many patients the weight of a signature lies (median over signatures and splits)."
        )
        made.append(make_table("summary-sparsity", caption, columns, rows, "lllrrrr", (), "tables/sparsity.csv"))
    return made


def rank_table(folder: Path, about: About) -> Table | None:
    """The number of signatures chosen, beside the paper's where a cohort is the paper's."""
    table = _table(folder, "rank_choice")
    if table is None:
        return None
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
    return make_table("rank", "Rank selection.", columns, rows, align, [note], "tables/rank_choice.csv")


def variants_table(folder: Path, about: About) -> Table | None:
    """Mean errors of the ways to keep the autoencoder's weights non-negative."""
    table = _table(folder, "variants")
    if table is None:
        return None
    own = table[table["measure"] == table["loss"].map(lambda loss: about.loss(loss).lower())]
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
    return make_table("variants", "Mean errors of the variants.", columns, rows, "lllrr", (), "tables/variants.csv")


def manifest(folder: Path, left_out: Sequence[str] = LEFT_OUT) -> Table:
    """The run's files with size and checksum."""
    rows = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        place = path.relative_to(folder)
        if place.parts[0] not in left_out and not path.name.startswith("."):
            rows.append((place.as_posix(), path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest()))
    caption = f"The {len(rows)} files of the run, relative to its folder."
    return make_table("manifest", caption, ["File", "Bytes", "sha256"], rows, "lrl")


def _source(cohort: Cohort, facts: dict[str, Any]) -> str:
    """Where a cohort's data came from: of the user's own, the name of the file or folder."""
    data = cohort.data
    return Path(data.path).name if data is not None and is_own(data) else facts.get("source", formats.MISSING)


def _sizes(path: Path) -> tuple[str, str]:
    if not path.is_file():
        return formats.MISSING, formats.MISSING
    table = read_splits(path)
    counts = table[table["split"] == table["split"].min()]["set"].value_counts()
    return str(counts.get("train", 0)), str(counts.get("test", 0))


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


def _json(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _table(folder: Path, name: str) -> pd.DataFrame | None:
    path = folder / f"tables/{name}.csv"
    return pd.read_csv(path) if path.is_file() else None
