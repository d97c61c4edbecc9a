"""NMF's error relative to each other method's in every cohort of a run, next to the ratio that the paper's figures show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from aenmf.evaluation.resampled import Sizes, corrected_ratios
from aenmf.losses import FROBENIUS
from aenmf.methods.entries import Entry, playing

COLUMNS = ["cohort", "loss", "measure", "set", "first", "second", "ratio", "low", "high", "published"]


def ratio_table(
    errors: pd.DataFrame, entries: Sequence[Entry], sizes: Mapping[str, Sizes], readings: pd.DataFrame
) -> pd.DataFrame:
    """The ratios with intervals for new patients.

    Args:
        errors: rows of errors.csv.
        entries: the compared methods; the first one of model ``nmf``, or else the first, is divided by the others.
        sizes: patients in a split, by cohort.
        readings: config/paper_figures.tsv.

    Returns:
        :data:`COLUMNS`: ``ratio`` is the geometric mean over the splits with the corrected interval ``low``, ``high``;
        ``published`` the ratio of the mean errors that the paper draws, missing where it draws none.
    """
    first = playing(entries, "nmf") or entries[0]
    drawn = published_ratios(readings)
    parts = []
    for entry in entries:
        if entry is not first:
            found = corrected_ratios(errors, first.name, entry.name, sizes).assign(first=first.name, second=entry.name)
            keys = [(*key, first.model, entry.model) for key in zip(found["cohort"], found["set"], strict=True)]
            of_paper = pd.Series([drawn.get(key) for key in keys], index=found.index, dtype=float)
            parts.append(found.assign(published=of_paper.where(found["loss"] == FROBENIUS)))
    if not parts:
        return pd.DataFrame(columns=COLUMNS)
    names = {"geometric": "ratio", "corrected_low": "low", "corrected_high": "high"}
    return pd.concat(parts, ignore_index=True).rename(columns=names)[COLUMNS]


def published_ratios(readings: pd.DataFrame) -> dict[tuple[str, str, str, str], float]:
    """The ratio of the mean errors in the paper's figures by cohort, set and the models of the two methods."""
    means = readings[readings["quantity"] == "mean_error"]
    value = means.set_index(["cohort", "item", "method"])["value"].astype(float)
    return {
        (cohort, which, a, b): float(value[cohort, which, a] / value[cohort, which, b])
        for cohort, which, a in value.index
        for b in means["method"].unique()
        if (cohort, which, b) in value.index
    }
