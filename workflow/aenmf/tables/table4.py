"""Table 4: consensus signatures with their COSMIC and Signal matches, methods side by side in matched order."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from aenmf.channels import CHANNELS
from aenmf.consensus import signatures_from_table
from aenmf.matching import cosine, order_like
from aenmf.references import pcawg_name, seen_in
from aenmf.registry import Cohort
from aenmf.tables import render
from aenmf.tables.entries import LOSS_TITLES, Entry, playing
from aenmf.tables.render import Cell, Layout

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

    The signatures of the first method (the first entry of model ``nmf``, else the first entry fitted) stand in the
    order of the COSMIC names they match; those of the others stand beside the ones they resemble most (Hungarian).

    Args:
        consensus, matches: rows of the long tables of those names.
        cohorts: which cohorts, in order; others are left out.
        entries: methods in the order shown; combinations that were not fitted have no rows.
        attributions: PCAWG's, from :func:`aenmf.references.read_attributions`, or None where they are not at hand.
        loss: which fits.

    Returns:
        One row per cohort, position 1 … K and method: ``cluster``, ``beside`` (cosine similarity to the first method's
        signature at this position), ``cosmic``, ``cosmic_cosine``, ``seen_in_cancer_type`` (missing where PCAWG cannot
        tell), ``signal``, ``signal_cosine`` (missing where a reference was not matched).
    """
    chosen = consensus[consensus["loss"] == loss]
    found = matches[matches["loss"] == loss].set_index(["reference", "cohort", "method", "cluster"]).sort_index()
    first = playing(entries, "nmf")
    rows = []
    for label in cohorts:
        own = chosen[chosen["cohort"] == label.cohort]
        fitted = {e.name: signatures_from_table(t, CHANNELS) for e in entries if len(t := own[own["method"] == e.name])}
        if not fitted:
            continue
        base = first.name if first and first.name in fitted else next(iter(fitted))
        order = _named_order(found, label.cohort, base, fitted[base].shape[1])
        reference = fitted[base][:, order]
        for entry in entries:
            if entry.name not in fitted:
                continue
            signatures = fitted[entry.name]
            shown = order if entry.name == base else order_like(reference, signatures)
            beside = np.diag(cosine(reference, signatures[:, shown]))
            for position, column in enumerate(shown):
                cluster = int(column) + 1
                names = [_match(found, kind, label.cohort, entry.name, cluster) for kind in REFERENCES]
                known = _seen(names[0][0], label.pcawg, attributions)
                rows.append(
                    (label.cohort, loss, position + 1, entry.name, entry.title, cluster)
                    + (beside[position] if position < len(beside) else np.nan, *names[0], known, *names[1])
                )
    return pd.DataFrame(rows, columns=COLUMNS).astype({"seen_in_cancer_type": "boolean"})


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
    """Table 4 as shown: a block of rows per cohort, closed by means and counts."""
    titles = {label.cohort: label.title for label in cohorts}
    methods = frame.drop_duplicates("method").set_index("method")["title"].to_dict()
    totals = summary(frame).set_index(["cohort", "method"])
    rows: list[list[Cell | str]] = []
    rules: list[int] = []
    for cohort, block in frame.groupby("cohort", sort=False):
        rules.append(len(rows))
        for _, at in block.groupby("position"):
            cells: list[Cell | str] = [titles[cohort]]
            for method in methods:
                row = at[at["method"] == method]
                cells += _cells(row.iloc[0]) if len(row) else [render.MISSING] * 4
            rows.append(cells)
        closing: list[Cell | str] = [f"{titles[cohort]}, mean"]
        for method in methods:
            closing += (
                _totals(totals.loc[(cohort, method)]) if (cohort, method) in totals.index else [render.MISSING] * 4
            )
        rows.append(closing)
    loss = LOSS_TITLES[frame["loss"].iloc[0]] if len(frame) else ""
    return Layout(
        caption=f"Consensus signatures ({loss}) and their matches in COSMIC and in the organ's signatures in Signal.",
        label="signatures",
        columns=["Cohort", *["COSMIC", "Cosine", "Signal", "Cosine"] * len(methods)],
        groups=[("", 1), *((title, 4) for title in methods.values())],
        rows=rows,
        align="l" + "lrlr" * len(methods),
        rules=rules,
        notes=[
            "† PCAWG saw this signature in this cancer type (SBS40a, b and c count as SBS40); the last row of a cohort "
            "gives the number of such matches and the mean cosine similarities. Signatures in one row are matched to "
            "each other."
        ],
    )


def natural(name: str) -> tuple:
    """Sorting key that puts SBS2 before SBS10a: ``sorted(names, key=natural)``."""
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"(\d+)", name) if part)


def signal_title(name: str) -> str:
    """A Signal signature as shown: ``signal_title("common_SBS8") == "SBS8 (common)"``; other names as they are."""
    found = re.fullmatch(r"(common|rare)_(.+)", name)
    return f"{found[2]} ({found[1]})" if found else name


def _named_order(found: pd.DataFrame, cohort: str, method: str, k: int) -> list[int]:
    """The first method's columns by the natural order of their COSMIC matches; unmatched ones last, by cluster."""
    names = [_match(found, "cosmic", cohort, method, cluster)[0] for cluster in range(1, k + 1)]
    return sorted(range(k), key=lambda c: (pd.isna(names[c]), () if pd.isna(names[c]) else natural(names[c]), c))


def _seen(name: object, cancer_type: str, attributions: pd.DataFrame | None) -> object:
    """Whether PCAWG saw a COSMIC signature in a cancer type; missing where that cannot be told."""
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
    cosmic = render.MISSING if pd.isna(row["cosmic"]) else f"{row['cosmic']}{mark}"
    signal = render.MISSING if pd.isna(row["signal"]) else signal_title(row["signal"])
    return [cosmic, render.cosine(row["cosmic_cosine"]), signal, render.cosine(row["signal_cosine"])]


def _totals(row: pd.Series) -> list[str]:
    count = "" if pd.isna(row["seen"]) else f"{row['seen']}/{row['k']} †"
    return [count, render.cosine(row["cosmic_mean"]), "", render.cosine(row["signal_mean"])]
