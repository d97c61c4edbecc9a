"""The tables of the audit over all cohorts, and what they say in numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from aenmf import formats
from aenmf.data.datasets import Cohort
from aenmf.evaluation.statistics import CONFIDENCE, mean_interval
from aenmf.files.layout import Cell, Layout
from aenmf.formats import MODEL_TITLES
from aenmf.seeds import Seed
from aenmf.verdicts.judge import FAILS

MEANS = ["cohort", "method", "set", "n", "mean", "low", "high", "ratio"]
PAIRED = [
    *("cohort", "fit", "published", "set", "n", "at_or_below", "ratio", "ratio_low", "ratio_high"),
    *("least_ratio", "greatest_ratio", "cosine", "cosine_low"),
]
NOT_REACHED = ["cohort", "split", "fit", "published", "published_mse", "ours", "excess", "starts", "continued"]


def mean_errors_table(bounds: pd.DataFrame) -> pd.DataFrame:
    """Mean error of every published method over splits, with the bounds that uncertain columns leave.

    Returns:
        Columns ``MEANS``: ``low`` and ``high`` are means of the bounds of every split; ``ratio``: mean over splits of
        the error of NMF over that of the method, as in the paper's Table 3.
    """
    rows = []
    nmf = bounds[bounds["method"] == "nmf"].set_index(["cohort", "set", "split"])["value"].sort_index()
    for (cohort, method, which), group in bounds.groupby(["cohort", "method", "set"], sort=False):
        base = nmf.loc[cohort, which].loc[group["split"]].to_numpy()
        ratio = float((base / group["value"].to_numpy()).mean())
        rows.append((cohort, method, which, len(group), *group[["value", "low", "high"]].mean(), ratio))
    return pd.DataFrame(rows, columns=MEANS)


def paired(
    fits: pd.DataFrame, published: pd.DataFrame, cosines: pd.DataFrame, tolerance: float, seed: Seed
) -> pd.DataFrame:
    """Our fits next to the published ones, split by split.

    Returns:
        One row per cohort, fit and set (columns ``PAIRED``): ``at_or_below``: splits on which our error is at most
        1 + tolerance times the published; ``ratio``: geometric mean of ours / published with its BCa interval, and the
        extremes; ``cosine``: median cosine similarity of matched signatures, ``cosine_low``: its 5 % quantile.
    """
    theirs = published.set_index(["cohort", "method", "split"]).sort_index()
    rows = []
    for (cohort, name, method), group in fits.groupby(["cohort", "fit", "published"], sort=False):
        alike = cosines.loc[(cosines["cohort"] == cohort) & (cosines["fit"] == name), "cosine"]
        for which in ("train", "test"):
            other = theirs.loc[cohort, method].loc[group["split"], f"{which}_mse"].to_numpy()
            ratio = group[f"{which}_mse"].to_numpy() / other
            low, high = np.exp(mean_interval(np.log(ratio), seed.child("paired", cohort, name, which)))
            reached = int((ratio <= 1 + tolerance).sum())
            numbers = (np.exp(np.log(ratio).mean()), low, high, ratio.min(), ratio.max())
            rows.append(
                (cohort, name, method, which, len(group), reached, *numbers, alike.median(), alike.quantile(0.05))
            )
    return pd.DataFrame(rows, columns=PAIRED)


def not_reached(fits: pd.DataFrame, published: pd.DataFrame, tolerance: float) -> pd.DataFrame:
    """Splits on which the best of our starts stays above the published training error: columns ``NOT_REACHED``.

    ``excess`` is relative; ``continued`` is the training error to which the published fit itself goes on.
    """
    theirs = published.set_index(["cohort", "split", "method"])["train_mse"]
    ahead = fits[fits["fit"].str.startswith("continued_")].set_index(["cohort", "split", "published"])["train_mse"]
    rows = []
    for row in fits[~fits["fit"].str.startswith("continued_")].itertuples():
        place = (row.cohort, row.split, row.published)
        excess = row.train_mse / theirs[place] - 1
        if excess > tolerance:
            numbers = (theirs[place], row.train_mse, excess, row.starts, ahead[place])
            rows.append((row.cohort, row.split, row.fit, row.published, *numbers))
    return pd.DataFrame(rows, columns=NOT_REACHED)


def error_layout(means: pd.DataFrame, cohorts: Sequence[Cohort]) -> Layout:
    """Mean errors of the published fits as a table: value, and in brackets the bounds where they differ from it."""
    titles = {cohort.cohort: cohort.title for cohort in cohorts}
    rows, methods = [], list(dict.fromkeys(means["method"]))
    for cohort in dict.fromkeys(means["cohort"]):
        for which in ("train", "test"):
            part = means[(means["cohort"] == cohort) & (means["set"] == which)].set_index("method")
            cells = [bounded(part.loc[m]) for m in methods]
            ratios = [formats.ratio(part.loc[m, "ratio"]) for m in methods if m != "nmf"]
            rows.append([titles[cohort], which, *cells, *ratios])
    ratio_titles = [f"NMF/{MODEL_TITLES[m]}" for m in methods if m != "nmf"]
    n = " or ".join(str(v) for v in sorted(means["n"].unique()))
    return Layout(
        caption=f"Mean errors (MSE, {n} splits) of the published matrices on the recovered patients.",
        label="published-errors",
        columns=["Cohort", "Set", *(MODEL_TITLES[m] for m in methods), *ratio_titles],
        rows=rows,
        align="ll" + "r" * (len(methods) + len(ratio_titles)),
        notes=["In brackets what the mean could be at least and at most, given the columns with alternative patients. "
               "Ratios are means over splits, as in the paper's Table 3."],
    )  # fmt: skip


def bounded(row: pd.Series) -> str:
    """A mean with its bounds where they are visible: ``1.05e2 (1.05e2 to 1.06e2)``."""
    value, low, high = (formats.error(row[name]) for name in ("mean", "low", "high"))
    return value if low == value == high else f"{value} ({low} to {high})"


def paired_layout(table: pd.DataFrame, cohorts: Sequence[Cohort], titles: Mapping[str, str]) -> Layout:
    """Our fits next to the published ones as a table; ``titles``: fit → title."""
    names = {cohort.cohort: cohort.title for cohort in cohorts}
    rows: list[list[Cell | str]] = []
    rules: list[int] = []
    for cohort in dict.fromkeys(table["cohort"]):
        rules.append(len(rows))
        for fit in dict.fromkeys(table.loc[table["cohort"] == cohort, "fit"]):
            part = table[(table["cohort"] == cohort) & (table["fit"] == fit)].set_index("set")
            row: list[Cell | str] = [names[cohort], titles[fit], MODEL_TITLES[part["published"].iloc[0]]]
            row.append(f"{part.loc['train', 'at_or_below']}/{part.loc['train', 'n']}")
            for which in ("train", "test"):
                found = part.loc[which]
                ratio, low, high = (formats.ratio(found[name]) for name in ("ratio", "ratio_low", "ratio_high"))
                row.append(f"{ratio} ({low} to {high})")
            row.append(formats.similarity(part.loc["train", "cosine"]))
            rows.append(row)
    ratios = [f"{which} ratio ({CONFIDENCE:.0%} CI)" for which in ("Train", "Test")]
    return Layout(
        caption="Our fits of the published training sets next to the published fits.",
        label="paired",
        columns=["Cohort", "Our fit", "Published", "At or below", *ratios, "Cosine"],
        rows=rows,
        align="lllrrrr",
        rules=rules,
        notes=["At or below: splits on which our training error does not exceed the published. Ratio: our error over the "
               "published, geometric mean over splits. Cosine: median cosine similarity of matched signatures."],
    )  # fmt: skip


def verdict_layout(table: pd.DataFrame) -> Layout:
    """The comparison of verdicts as shown."""
    rows = []
    for row in table.fillna("").itertuples():
        cells = [row.place, row.claim, shown(row.paper), row.tolerance]
        for value, verdict in (
            (row.published, row.published_verdict),
            (row.same_patients, row.same_patients_verdict),
            (row.own_splits, row.own_splits_verdict),
        ):
            cells.append(Cell(f"{shown(value)}: {verdict}" if value else verdict, bold=verdict == FAILS))
        rows.append(cells)
    return Layout(
        caption="The paper's claims, from the published matrices, our fits of the same patients, and our own splits.",
        label="audit-verdicts",
        columns=["Place", "Claim", "Paper", "Tolerance or rule", "Published matrices", "Same patients", "Own splits"],
        rows=rows,
        align="lllllll",
    )


def shown(text: object) -> str:
    """A number with few digits; words as they are."""
    try:
        value = float(str(text))
    except ValueError:
        return str(text)
    return f"{value:.0f}" if value.is_integer() and abs(value) < 1e6 else formats.ratio(value, 2)
