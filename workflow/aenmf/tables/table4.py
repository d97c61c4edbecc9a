"""Table 4: consensus signatures with their COSMIC and Signal matches, methods side by side in matched order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from aenmf import formats
from aenmf.data.datasets import Cohort
from aenmf.data.references import pcawg_name, seen_in
from aenmf.evaluation.ordering import matched_order
from aenmf.files.layout import Cell, Layout
from aenmf.losses import LOSS_TITLES
from aenmf.methods.entries import Entry, playing

REFERENCES = ("cosmic", "signal")
COLUMNS = [
    *("cohort", "loss", "position", "method", "title", "cluster", "beside"),
    *("cosmic", "cosmic_cosine", "seen_in_cancer_type", "signal", "signal_cosine"),
]


def table4(
    consensus: pd.DataFrame,
    matches: pd.DataFrame,
    cohorts: Sequence[Cohort],
    entries: Sequence[Entry],
    attributions: pd.DataFrame | None,
    loss: str = "frobenius",
) -> pd.DataFrame:
    """Consensus signatures of every cohort and method with their matches.

    The signatures of the first method (the first entry of model ``nmf``, else the first entry fitted) are in the
    order of the COSMIC names they match; those of the others are next to the ones they resemble most (Hungarian).

    Args:
        consensus, matches: rows of the long tables of those names.
        cohorts: which cohorts, in order; others are left out.
        entries: methods in the order shown; combinations that were not fitted have no rows.
        attributions: PCAWG's, from :func:`aenmf.data.references.read_attributions`, or None where they are not at hand.
        loss: which fits.

    Returns:
        One row per cohort, position 1 … K and method: ``cluster``, ``beside`` (cosine similarity to the first method's
        signature at this position), ``cosmic``, ``cosmic_cosine``, ``seen_in_cancer_type`` (missing where PCAWG cannot
        tell), ``signal``, ``signal_cosine`` (missing where a reference was not matched).
    """
    chosen = consensus[consensus["loss"] == loss]
    first = playing(entries, "nmf") or entries[0]
    placed = matched_order(chosen, matches, [entry.name for entry in entries], first.name)
    found = matches[matches["loss"] == loss].set_index(["reference", "cohort", "method", "cluster"]).sort_index()
    titles = {entry.name: entry.title for entry in entries}
    rows = []
    for label in cohorts:
        for at in placed[placed["cohort"] == label.cohort].itertuples():
            cosmic, signal = (_match(found, kind, label.cohort, at.method, at.cluster) for kind in REFERENCES)
            known = _seen(cosmic[0], label.pcawg, attributions)
            place = (label.cohort, loss, at.position, at.method, titles[at.method], at.cluster, at.beside)
            rows.append((*place, *cosmic, known, *signal))
    return pd.DataFrame(rows, columns=COLUMNS).astype({"seen_in_cancer_type": "boolean"})


def read_table4(path: str | Path) -> pd.DataFrame:
    """Read a frame of :func:`table4`."""
    return pd.read_csv(path, dtype={"seen_in_cancer_type": "boolean"})


def summary(frame: pd.DataFrame) -> pd.DataFrame:
    """Means and counts of Table 4.

    Returns:
        One row per cohort and method: ``k`` signatures, ``seen`` of them seen by PCAWG in the cancer type (missing
            where
        unknown), ``cosmic_mean`` and ``signal_mean`` cosine similarity to the matches (missing where not matched).
    """
    rows = []
    for (cohort, loss, method), block in frame.groupby(["cohort", "loss", "method"], sort=False):
        known = block["seen_in_cancer_type"]
        count = int(known.sum()) if known.notna().any() else pd.NA
        means = (block["cosmic_cosine"].mean(), block["signal_cosine"].mean())
        rows.append((cohort, loss, method, block["title"].iloc[0], len(block), count, *means))
    columns = ["cohort", "loss", "method", "title", "k", "seen", "cosmic_mean", "signal_mean"]
    return pd.DataFrame(rows, columns=columns).astype({"seen": "Int64"})


def layout(frame: pd.DataFrame, cohorts: Sequence[Cohort]) -> Layout:
    """Table 4 as shown: a block of rows per cohort, closed by means and counts.

    Signal has columns where a cohort was matched to it, and the mark † a note where PCAWG's attributions were at hand.
    """
    titles = {label.cohort: label.title for label in cohorts}
    methods = frame.drop_duplicates("method").set_index("method")["title"].to_dict()
    totals = summary(frame).set_index(["cohort", "method"])
    references = ["COSMIC", "Signal"] if frame["signal"].notna().any() else ["COSMIC"]
    seen = bool(frame["seen_in_cancer_type"].notna().any())
    width = 2 * len(references)
    rows: list[list[Cell | str]] = []
    rules: list[int] = []
    for cohort, block in frame.groupby("cohort", sort=False):
        rules.append(len(rows))
        for _, at in block.groupby("position"):
            cells: list[Cell | str] = [titles[cohort]]
            for method in methods:
                row = at[at["method"] == method]
                cells += _cells(row.iloc[0])[:width] if len(row) else [formats.MISSING] * width
            rows.append(cells)
        closing: list[Cell | str] = [f"{titles[cohort]}, mean"]
        for method in methods:
            known = (cohort, method) in totals.index
            closing += _totals(totals.loc[(cohort, method)])[:width] if known else [formats.MISSING] * width
        rows.append(closing)
    loss = LOSS_TITLES[frame["loss"].iloc[0]] if len(frame) else ""
    in_signal = " and in the organ's signatures in Signal" if "Signal" in references else ""
    closed_by = (
        "† PCAWG saw this signature in this cancer type (SBS40a, b and c count as SBS40); the last row of a cohort "
        "gives the number of such matches and the mean cosine similarities."
    )
    if not seen:
        closed_by = "The last row of a cohort gives the mean cosine similarities."
    return Layout(
        caption=f"Consensus signatures ({loss}) and their matches in COSMIC{in_signal}.",
        label="signatures",
        columns=["Cohort", *[title for name in references for title in (name, "Cosine")] * len(methods)],
        groups=[("", 1), *((title, width) for title in methods.values())],
        rows=rows,
        align="l" + "lr" * len(references) * len(methods),
        rules=rules,
        notes=[f"{closed_by} Signatures in one row are matched to each other."],
    )


def signal_title(name: str) -> str:
    """A Signal signature as shown: ``signal_title("common_SBS8") == "SBS8 (common)"``; other names as they are."""
    found = re.fullmatch(r"(common|rare)_(.+)", name)
    return f"{found[2]} ({found[1]})" if found else name


def _seen(name: object, cancer_type: str, attributions: pd.DataFrame | None) -> object:
    """Whether PCAWG saw a COSMIC signature in a cancer type; missing where that is unknown."""
    if attributions is None or not cancer_type or pd.isna(name):
        return pd.NA
    return pcawg_name(str(name), attributions.columns) in seen_in(attributions, cancer_type)


def _match(found: pd.DataFrame, reference: str, cohort: str, method: str, cluster: int) -> tuple:
    key = (reference, cohort, method, cluster)
    if key not in found.index:
        return pd.NA, np.nan
    row = found.loc[key]
    return row["match"], float(row["cosine"])


def _cells(row: pd.Series) -> list[str]:
    known = row["seen_in_cancer_type"]
    mark = " †" if not pd.isna(known) and known else ""
    cosmic = formats.MISSING if pd.isna(row["cosmic"]) else f"{row['cosmic']}{mark}"
    signal = formats.MISSING if pd.isna(row["signal"]) else signal_title(row["signal"])
    return [cosmic, formats.cosine(row["cosmic_cosine"]), signal, formats.cosine(row["signal_cosine"])]


def _totals(row: pd.Series) -> list[str]:
    count = "" if pd.isna(row["seen"]) else f"{row['seen']}/{row['k']} †"
    return [count, formats.cosine(row["cosmic_mean"]), "", formats.cosine(row["signal_mean"])]
