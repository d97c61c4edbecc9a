"""Whether the fits of a run are at the lowest loss: found again, as low as the best one known, alike where they should be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from aenmf import formats
from aenmf.evaluation.best_known import SAME, Function, basin, best_of, excess
from aenmf.files.layout import Layout
from aenmf.losses import LOSS_TITLES
from aenmf.methods.entries import Entry

WITHIN = (1e-4, 1e-2)
"""Relative distances that are counted."""

KEYS = ["cohort", "loss", "method"]
COLUMNS = [
    *KEYS, "title", "fits", "found_again", "starts_median", "starts_most", "converged",
    "known", "within_1e-04", "within_1e-02", "lower", "same_as", "agree_1e-04", "agree_1e-02",
]  # fmt: skip
COUNTS = ["known", "within_1e-04", "within_1e-02", "lower", "agree_1e-04", "agree_1e-02"]


def several_starts(fits: pd.DataFrame, entries: Sequence[Entry]) -> pd.DataFrame:
    """The fits of entries that used more than one start, with the column model."""
    models = {entry.name: entry.model for entry in entries}
    own = fits[fits["method"].isin(models)]
    several = own.groupby(KEYS)["starts"].transform("max") > 1
    return own[several].assign(model=own["method"].map(models))


def beside_best(
    fits: pd.DataFrame, problems: pd.DataFrame, known: Mapping[Function, float], entries: Sequence[Entry]
) -> pd.DataFrame:
    """The fits of entries that used more than one start, with the best known loss of each problem as ``best``, nan without one.

    Args:
        fits: rows of fits.csv.
        problems: columns cohort, split, problem.
        known: best known losses.
        entries: the compared methods.
    """
    table = several_starts(fits, entries).merge(problems, on=["cohort", "split"], how="left", validate="many_to_one")
    return table.assign(best=best_of(table, known))


def lower_than_known(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of :func:`beside_best` whose loss is lower than the best known by more than ``SAME``."""
    return table[table["objective"] < table["best"] * (1 - SAME)]


def optima_table(table: pd.DataFrame, entries: Sequence[Entry]) -> pd.DataFrame:
    """How good the fits are as minima.

    Args:
        table: what :func:`beside_best` returns.
        entries: the compared methods, in the order shown.

    Returns:
        Columns ``COLUMNS``, a row per cohort, loss and method with several starts. Of the ``known`` fits whose problem has a best
        known loss, some are ``within`` a relative distance of it and some ``lower``. ``same_as`` is the first other method that
        minimises the same function, and ``agree`` the splits on which the two losses are so close; missing for the first itself.
    """
    below = lower_than_known(table).groupby(KEYS).size()
    rows = []
    for (cohort, loss), block in table.groupby(["cohort", "loss"], sort=False):
        first: dict[str, str] = {}
        for entry in entries:
            own = block[block["method"] == entry.name]
            if own.empty:
                continue
            peer = first.setdefault(basin(entry.model), entry.name)
            other = block[block["method"] == peer] if peer != entry.name else None
            rows.append(
                (cohort, loss, entry.name, entry.title, len(own), int(own["found_again"].sum()))
                + (float(own["starts"].median()), int(own["starts"].max()), int(own["converged"].sum()))
                + _near(own, int(below.get((cohort, loss, entry.name), 0)))
                + _agreement(own, other)
            )
    counts = dict.fromkeys(COUNTS, "Int64")
    return pd.DataFrame(rows, columns=COLUMNS).astype(counts)


def _near(own: pd.DataFrame, lower: int) -> tuple[int | None, ...]:
    known = int(own["best"].notna().sum())
    if not known:
        return (None,) * (len(WITHIN) + 2)
    above = excess(own["objective"], own["best"])
    return (known, *(int(np.sum(above <= distance)) for distance in WITHIN), lower)


def _agreement(own: pd.DataFrame, other: pd.DataFrame | None) -> tuple[str | int | None, ...]:
    if other is None:
        return (None,) * (len(WITHIN) + 1)
    both = own.merge(other[["split", "objective"]], on="split", suffixes=("", "_other"))
    pair = both[["objective", "objective_other"]]
    apart = excess(pair.max(axis=1), pair.min(axis=1))
    return (other["method"].iloc[0], *(int(np.sum(apart <= distance)) for distance in WITHIN))


def layout(frame: pd.DataFrame, lower: pd.DataFrame, cohorts: Mapping[str, str]) -> Layout:
    """What :func:`optima_table` returns, as shown.

    Args:
        frame: the table.
        lower: the fits lower than the best known loss.
        cohorts: cohort → title.
    """
    titles = dict(zip(frame["method"], frame["title"], strict=True))
    rows: list[list[str]] = []
    rules, block = [], None
    for row in frame.to_dict("records"):
        if block != (row["cohort"], row["loss"]):
            block = (row["cohort"], row["loss"])
            rules.append(len(rows))
        starts = f"{row['starts_median']:g} ({row['starts_most']})"
        fits = row["fits"]
        rows.append(
            [cohorts[row["cohort"]], LOSS_TITLES[row["loss"]], row["title"], str(fits)]
            + [_share(row["found_again"], fits), starts, _share(row["converged"], fits)]
            + [_share(row[name], row["known"]) for name in ("within_1e-04", "within_1e-02")]
            + [titles[row["same_as"]] if isinstance(row["same_as"], str) else formats.MISSING]
            + [_share(row[name], fits) for name in ("agree_1e-04", "agree_1e-02")]
        )
    notes = [
        "Found again: the lowest loss was reached from independent starts, of two kinds where the search uses several. Starts: "
        "median over fits, and the most. Of the best known within: fits at most so far above the best loss known for the same "
        "training matrix and rank, relatively. Same loss: the first other method that minimises the same function, and the "
        "splits on which the two losses are so close.",
    ]
    if frame.empty:
        notes.append("No method was started more than once.")
    elif frame["known"].isna().all():
        notes.append("No best loss is known for these problems.")
    if len(lower):
        notes.append("Lower than best known: " + "; ".join(said(lower, cohorts, titles)) + ".")
    return Layout(
        caption="Whether the fits are at the lowest loss.",
        label="optima",
        columns=["Cohort", "Loss", "Method", "Fits", "Found again", "Starts (most)", "Converged"]
        + ["1e-4", "1e-2", "as", "1e-4", "1e-2"],
        groups=[("", 7), ("Of the best known within", len(WITHIN)), ("Same loss", len(WITHIN) + 1)],
        rows=rows,
        align="lllrrrrrrlrr",
        rules=rules,
        notes=notes,
    )


def said(lower: pd.DataFrame, cohorts: Mapping[str, str], titles: Mapping[str, str]) -> list[str]:
    """The fits that are lower than the best known loss, in words."""
    return [
        f"{titles[row.method]}, {cohorts[row.cohort]}, {LOSS_TITLES[row.loss]}, split {row.split}, "
        f"by {formats.error(100 * (1 - row.objective / row.best))} %"
        for row in lower.itertuples()
    ]


def _share(count: object, of: object) -> str:
    return formats.MISSING if pd.isna(count) else f"{count}/{of}"
