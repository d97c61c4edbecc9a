"""The forest tables as they are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from aenmf import formats
from aenmf.evaluation.statistics import CONFIDENCE
from aenmf.files.layout import Cell, Layout
from aenmf.formats import counted
from aenmf.losses import LOSS_TITLES
from aenmf.methods.entries import Entry
from aenmf.tables.forest import HYPERMUTATED, PREDICTORS
from aenmf.tables.marks import ALL, Single

_SETS = {"train": "Train", "test": "Test"}
_CI = f"({CONFIDENCE:.0%} CI)"
_NOTE_RATIOS = (
    "Geometric mean over splits of the ratio of the two methods' errors on the same split, with its t interval. Splits of one "
    "cancer share patients and are not independent: the variance is that of Nadeau and Bengio (2003), S² (1/n + test/train). "
    "Cancers have different patients and are independent."
)
_NOTE_MEAN = (
    "Random-effects mean of the k logarithms y of these ratios, with their corrected standard errors s: with w = 1/(s² + τ²) the "
    "mean is μ = Σwy/Σw, and τ² is such that Σw (y − μ)² = k − 1, or 0 where that sum is smaller even then (Paule and Mandel "
    "1982). The variance of μ is Σw (y − μ)² / ((k − 1) Σw), and its interval that of t with k − 1 degrees of freedom (Hartung "
    "and Knapp 2001). The errors s are estimates and are taken as known."
)
_NOTE_SPREAD = (
    "CI below 1: cancers whose whole interval is below 1. New cancer: where the ratio of another cancer is expected (95 %, "
    "Higgins et al. 2009). I² = 1 − (k − 1)/Q, with Q = Σw (y − μ)² for w = 1/s²: share of the spread that is not within the "
    "cancers (Higgins and Thompson 2002). "
    "τ: standard deviation between cancers, of the logarithm."
)


def forest_layout(
    frame: pd.DataFrame,
    summary: pd.DataFrame,
    titles: Mapping[str, str],
    entries: Sequence[Entry],
    single: Single | None = None,
) -> Layout:
    """A row per loss and cancer, training and test side by side; the last row of a loss is the mean.

    Args:
        frame, summary: what :func:`aenmf.tables.forest.forest` and :func:`aenmf.tables.forest.summary` return.
        titles: cohort → how it is called.
        entries: methods with their titles.
        single: fits of all cohorts together whose lowest loss was found from one start only.
    """
    shown = dict(zip(titles, formats.without_shared_words(list(titles.values())), strict=True))
    comparisons = frame.drop_duplicates("method").set_index("method")["title"].to_dict()
    places = [(which, method) for which in _SETS for method in comparisons]
    rows: list[list[Cell | str]] = []
    rules: list[int] = []
    for loss, of_loss in frame.groupby("loss", sort=False):
        rules.append(len(rows))
        for cohort, part in of_loss.groupby("cohort", sort=False):
            first = part.iloc[0]
            facts = [
                str(first["patients"]),
                str(first["rank"]),
                f"{first['burden']:.0f}",
                _percent(first["hypermutated"]),
            ]
            rows.append([LOSS_TITLES[loss], shown[cohort], *facts, *_ratios(part, places)])
        means = _ratios(summary[summary["loss"] == loss], places)
        rows.append([Cell(text, bold=True) for text in (LOSS_TITLES[loss], "Random-effects mean", *[""] * 4, *means)])
    n = " or ".join(str(value) for value in sorted(frame["splits"].unique()))
    block = list(comparisons.values())
    return Layout(
        caption=f"Ratios of errors {_CI} in {counted(len(shown), 'cancer')}, over {counted(n, 'split')}.",
        label="forest",
        columns=["Loss", "Cancer", "Patients", "K", "Median burden", "Hypermutated", *block, *block],
        groups=[("", 6), *((title, len(block)) for title in _SETS.values())],
        rows=rows,
        align="ll" + "r" * (4 + len(places)),
        rules=rules,
        notes=[
            _NOTE_RATIOS,
            _NOTE_MEAN,
            f"Median burden: mutations of a patient. Hypermutated: patients with more than {HYPERMUTATED} times as many.",
            *_left_out(frame, shown),
            *_not_found_again(single or {}, entries),
        ],
    )


def summary_layout(summary: pd.DataFrame) -> Layout:
    """A row per loss, set and comparison: the mean, how far the cancers differ, and what that follows."""
    rows: list[list[Cell | str]] = []
    for row in summary.itertuples():
        place: list[Cell | str] = [LOSS_TITLES[row.loss], _SETS[row.set], row.title]
        mean = [formats.interval(row.ratio, row.low, row.high), f"{row.cohorts_below}/{row.cohorts}"]
        new = f"{formats.ratio(row.new_low)} to {formats.ratio(row.new_high)}"
        spread = [new, _percent(row.i2), formats.decimals(row.tau)]
        lost = [_percent(getattr(row, f"lost_{name}")) for name in PREDICTORS]
        rows.append([*place, *mean, *spread, _percent(row.followed), *lost])
    without = [f"less, without {name}" for name in PREDICTORS.values()]
    columns = ["Loss", "Set", "Ratio", f"Mean {_CI}", "CI below 1", "New cancer", "I²", "τ", "R²", *without]
    sizes = list(dict.fromkeys(summary["loss"]))
    return Layout(
        caption=sentence(summary),
        label="forest-summary",
        columns=columns,
        rows=rows,
        align="lll" + "r" * (len(columns) - 3),
        rules=[int(np.flatnonzero(summary["loss"] == loss)[0]) for loss in sizes],
        notes=[_NOTE_SPREAD, *_note_followed(summary)],
    )


def sentence(summary: pd.DataFrame) -> str:
    """The main number in a sentence: the mean ratio of test errors, to the last method, with each loss."""
    tested = summary[summary["set"] == "test"]
    tested = tested[tested["method"] == tested["method"].iloc[-1]]
    per_loss = [
        f"{formats.ratio(row.ratio)} ({formats.ratio(row.low)} to {formats.ratio(row.high)}) with {LOSS_TITLES[row.loss]}"
        for row in tested.itertuples()
    ]
    below = " and ".join(str(n) for n in tested["cohorts_below"])
    return (
        f"The ratio of test errors, {tested['title'].iloc[0]}, is {' and '.join(per_loss)} in the mean over "
        f"{tested['cohorts'].max()} cancers {_CI}; the cancer's own interval is below 1 in {below} of them."
    )


def _ratios(part: pd.DataFrame, places: list[tuple[str, str]]) -> list[str]:
    known = part.set_index(["set", "method"])[["ratio", "low", "high"]].reindex(places)
    return [formats.interval(*row) for row in known.itertuples(index=False)]


def _percent(share: float) -> str:
    return formats.MISSING if np.isnan(share) else f"{100 * share:.0f} %"


def _left_out(frame: pd.DataFrame, titles: Mapping[str, str]) -> list[str]:
    """What is not part of the means, and why; nothing where all is."""
    notes = []
    fewer = frame[frame["splits"] < frame["splits"].max()]
    if len(fewer):
        names = ", ".join(titles[name] for name in fewer["cohort"].unique())
        notes.append(
            f"Fewer splits, as an error is infinite (a patient has mutations where the fit has none): {names}."
        )
    without = frame[frame["weight"].isna()]
    if len(without):
        names = ", ".join(titles[name] for name in without["cohort"].unique())
        notes.append(f"Not part of every mean, as a ratio has no standard error: {names}.")
    return notes


def _not_found_again(single: Single, entries: Sequence[Entry]) -> list[str]:
    """How many fits may lie above their lowest loss; nothing where none may."""
    counts = {(entry.title, loss): single.get((ALL, loss, entry.name)) for loss in LOSS_TITLES for entry in entries}
    parts = [f"{n[0]} of {n[1]} ({title}, {LOSS_TITLES[loss]})" for (title, loss), n in counts.items() if n]
    return (
        [f"Fits whose lowest loss was found from one start, or one kind of start, only: {', '.join(parts)}."]
        if parts
        else []
    )


def _note_followed(summary: pd.DataFrame) -> list[str]:
    if summary["followed"].isna().all():
        return []
    chance = _percent(summary["chance"].max())
    return [
        "R²: share of the weighted variance of the logarithms between cancers that weighted least squares explain by the "
        "logarithms of the median burden, of K and of the number of patients, and the share of hypermutated patients; then "
        f"by how much it is less without each. With caution: of {summary['cohorts'].max()} cancers, predictors that say nothing "
        f"are expected to give {chance}; what two of them share is in neither's part; and no cause can be read off."
    ]
