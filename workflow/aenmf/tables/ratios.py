"""NMF's error relative to each other method's in every cohort of a run, next to that of the matrices published with the paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from aenmf.evaluation.resampled import Sizes, corrected_ratios
from aenmf.losses import FROBENIUS
from aenmf.methods.entries import Entry, playing

COLUMNS = ["cohort", "loss", "measure", "set", "first", "second", "ratio", "low", "high", "published"]
SETS = ("train", "test")


def ratio_table(
    errors: pd.DataFrame, entries: Sequence[Entry], sizes: Mapping[str, Sizes], published: pd.DataFrame | None = None
) -> pd.DataFrame:
    """The ratios with intervals for new patients.

    Args:
        errors: rows of errors.csv.
        entries: the compared methods; the first one of model ``nmf``, or else the first, is divided by the others.
        sizes: patients in a split, by cohort.
        published: errors of the published matrices on every split; None without their patients.

    Returns:
        :data:`COLUMNS`: ``ratio`` is the geometric mean over the splits with the corrected interval ``low``, ``high``;
        ``published`` the same mean over the published matrices, missing where there are none.
    """
    first = playing(entries, "nmf") or entries[0]
    theirs = published_ratios(published)
    parts = []
    for entry in entries:
        if entry is not first:
            found = corrected_ratios(errors, first.name, entry.name, sizes).assign(first=first.name, second=entry.name)
            keys = [(*key, first.model, entry.model) for key in zip(found["cohort"], found["set"], strict=True)]
            of_paper = pd.Series([theirs.get(key) for key in keys], index=found.index, dtype=float)
            parts.append(found.assign(published=of_paper.where(found["loss"] == FROBENIUS)))
    if not parts:
        return pd.DataFrame(columns=COLUMNS)
    names = {"geometric": "ratio", "corrected_low": "low", "corrected_high": "high"}
    return pd.concat(parts, ignore_index=True).rename(columns=names)[COLUMNS]


def published_ratios(published: pd.DataFrame | None) -> dict[tuple[str, str, str, str], float]:
    """The geometric mean ratio of the published matrices by cohort, set and the models of the two methods.

    They were trained for the squared error. It is the same mean as that of a run's splits, so that both go on one axis; the
    ratio of the mean errors is another number, which a few splits with large errors decide.
    """
    if published is None:
        return {}
    logs = {
        which: np.log(published.pivot(index=["cohort", "split"], columns="method", values=f"{which}_mse"))
        for which in SETS
    }
    return {
        (str(cohort), which, a, b): float(np.exp((part[a] - part[b]).mean()))
        for which, table in logs.items()
        for cohort, part in table.groupby("cohort")
        for a in table.columns
        for b in table.columns
        if a != b
    }
