"""What decides the comparison: NMF's error relative to the other methods' when one thing at a time is changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from aenmf import formats
from aenmf.evaluation.resampled import Sizes, corrected_mean
from aenmf.evaluation.statistics import CONFIDENCE
from aenmf.files.layout import Layout
from aenmf.losses import LOSS_TITLES
from aenmf.methods.entries import Entry, playing

COLUMNS = [
    *("cohort", "loss", "variant", "set", "measure", "first", "second"),
    *("rank", "patients", "splits", "ratio", "low", "high", "p_value"),
]
SETS = ("train", "test")


def robustness_table(errors: pd.DataFrame, entries: Sequence[Entry]) -> pd.DataFrame:
    """The ratio of NMF's error to each other method's, in every variant.

    Args:
        errors: columns cohort, loss and method, and those of :data:`aenmf.studies.robustness.COLUMNS`.
        entries: the methods; the first one of model ``nmf`` is what the others are compared with, or the first entry where there
            is no such model.

    Returns:
        Columns ``COLUMNS``, a row per cohort, loss, variant, set and other method: ``ratio`` is the geometric mean over splits of
        the error of ``first`` over that of ``second``, with the interval ``low``, ``high`` and the t test of
        :func:`aenmf.evaluation.resampled.corrected_mean`. ``patients`` are those of both sets, mean over splits, and ``splits``
        those on which both errors are finite and above zero.
    """
    first = playing(entries, "nmf") or entries[0]
    rows = []
    for (cohort, loss, variant), block in errors.groupby(["cohort", "loss", "variant"], sort=False):
        mean = block.groupby("set")["patients"].mean()
        sizes = Sizes(*(round(mean[name]) for name in SETS))
        for which in SETS:
            part = block[block["set"] == which]
            sides = part.pivot(index="split", columns="method", values="value")
            fitted = [entry.name for entry in entries if entry.name in sides and entry is not first]
            for second in fitted if first.name in sides else []:
                with np.errstate(divide="ignore", invalid="ignore"):
                    logs = np.log(sides[first.name] / sides[second]).to_numpy()
                found = corrected_mean(logs[np.isfinite(logs)], sizes)
                keys = (cohort, loss, variant, which, part["measure"].iloc[0], first.name, second)
                size = (int(part["rank"].iloc[0]), sum(sizes), found.n)
                rows.append((*keys, *size, *found.ratio(), found.p_value()))
    return pd.DataFrame(rows, columns=COLUMNS)


def layout(
    frame: pd.DataFrame,
    entries: Sequence[Entry],
    cohorts: Mapping[str, str],
    variants: Mapping[str, str],
    hypermutator: float,
) -> Layout:
    """What :func:`robustness_table` returns, as shown.

    Args:
        frame: the table.
        entries: the methods.
        cohorts, variants: name → title.
        hypermutator: how many times the median burden a hypermutator exceeds.
    """
    titles = {entry.name: entry.title for entry in entries}
    pairs = list(dict.fromkeys(zip(frame["first"], frame["second"], strict=True)))
    rows: list[list[str]] = []
    rules, block = [], None
    for (cohort, loss, variant), part in frame.groupby(["cohort", "loss", "variant"], sort=False):
        if block != (cohort, loss):
            block = (cohort, loss)
            rules.append(len(rows))
        one = part.iloc[0]
        front = [cohorts[str(cohort)], LOSS_TITLES[str(loss)], variants[str(variant)]]
        sizes = [str(one[name]) for name in ("patients", "rank", "splits")]
        found = {(row.set, row.first, row.second): row for row in part.itertuples()}
        shown = [_shown(found.get((which, *pair))) for which in SETS for pair in pairs]
        rows.append([*front, *sizes, *shown])
    names = [f"{titles[first]}/{titles[second]}" for first, second in pairs]
    return Layout(
        caption="Errors of NMF relative to the other methods when one thing at a time is changed, "
        f"with {CONFIDENCE:.0%} intervals.",
        label="robustness",
        columns=["Cohort", "Loss", "Change", "Patients", "K", "Splits", *names, *names],
        groups=[("", 6), ("Train", len(pairs)), ("Test", len(pairs))],
        rows=rows,
        align="lll" + "r" * (3 + 2 * len(pairs)),
        rules=rules,
        notes=[
            "Geometric means over splits of the ratio of errors; below 1 the first method is lower. Intervals are t intervals "
            "with the variance of Nadeau and Bengio (2003), as splits share patients.",
            f"No hypermutators: without patients of more than {hypermutator:g} times the cohort's median of mutations, on the "
            "same splits. Equal totals: every patient's profile times that median. Other splits: those of runs with other "
            "seeds. Half of K: rounded up. Deviance: the fits of all patients, measured by the Poisson deviance per mutation "
            "of each patient, mean over patients.",
        ],
    )


def _shown(row: Any) -> str:
    """A ratio with its interval; a method that lacks the loss has none."""
    return formats.MISSING if row is None else formats.interval(row.ratio, row.low, row.high)
