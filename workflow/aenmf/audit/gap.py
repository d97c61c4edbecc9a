"""How much of the published gap between NMF and AE-NMF is the convex constraint, and how much is stopping early.

On one split the gap is the ratio of the two published errors. It is the product of four ratios, from NMF to AE-NMF:

    unfinished NMF   best NMF found / published NMF (at most 1 in training)
    constraint       best convex NMF found / best NMF found
    local optimum    published AE-NMF continued to its optimum / best convex NMF found
    stopping early   published AE-NMF / published AE-NMF continued to its optimum

"Best found" is the fit with the lowest training error among ours and the continued ones; its test error is that of the
same fit. Logarithms add, so each ratio has a share of the gap: its mean logarithm over the mean logarithm of the gap.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from aenmf import formats
from aenmf.data.datasets import Cohort
from aenmf.evaluation.statistics import CONFIDENCE, RESAMPLES, mean_interval
from aenmf.files.layout import Cell, Layout
from aenmf.seeds import Seed

STAGES = ("published NMF", "best NMF", "best convex NMF", "continued AE-NMF", "published AE-NMF")
PARTS = ("unfinished NMF", "constraint", "local optimum", "stopping early")
WHOLE = "gap"
COLUMNS = [
    *("cohort", "set", "part", "n", "ratio", "ratio_low", "ratio_high", "share", "share_low", "share_high"),
    *("difference", "difference_low", "difference_high"),
]


def best_fits(fits: pd.DataFrame, models: Mapping[str, str]) -> pd.DataFrame:
    """The fit with the lowest training error per cohort, split and family.

    Args:
        fits: columns of :data:`aenmf.audit.replication.FITS`.
        models: fit → ``nmf``, ``cnmf`` or ``aenmf``; the last two are the convex family.

    Returns:
        Columns ``cohort``, ``split``, ``family`` (nmf, convex), ``fit``, ``train_mse``, ``test_mse``.
    """
    family = fits["fit"].map({name: "nmf" if model == "nmf" else "convex" for name, model in models.items()})
    table = fits.assign(family=family)
    chosen = table.loc[table.groupby(["cohort", "split", "family"], sort=False)["train_mse"].idxmin()]
    return chosen[["cohort", "split", "family", "fit", "train_mse", "test_mse"]].reset_index(drop=True)


def stages(published: pd.DataFrame, fits: pd.DataFrame, best: pd.DataFrame) -> pd.DataFrame:
    """The errors of the five stages of every split, in long form.

    Args:
        published: columns ``cohort``, ``split``, ``method``, ``train_mse``, ``test_mse``.
        fits: the continued fits among others.
        best: from :func:`best_fits`.

    Returns:
        Columns ``cohort``, ``split``, ``set``, and one per stage.
    """
    keys = ["cohort", "split"]
    sources = {
        "published NMF": published[published["method"] == "nmf"],
        "best NMF": best[best["family"] == "nmf"],
        "best convex NMF": best[best["family"] == "convex"],
        "continued AE-NMF": fits[fits["fit"] == "continued_aenmf"],
        "published AE-NMF": published[published["method"] == "aenmf"],
    }
    tables = []
    for which in ("train", "test"):
        columns = [table.set_index(keys)[f"{which}_mse"].rename(stage) for stage, table in sources.items()]
        tables.append(pd.concat(columns, axis=1, join="inner").assign(set=which).reset_index())
    return pd.concat(tables, ignore_index=True)[[*keys, "set", *STAGES]]


def decompose(table: pd.DataFrame, seed: Seed) -> pd.DataFrame:
    """The parts of the gap of every cohort and set, with confidence intervals over splits.

    Returns:
        Columns ``COLUMNS``. ``ratio``: geometric mean over splits, its interval by the BCa bootstrap of the mean
        logarithm; ``share``: of the logarithm of the gap, its interval by the percentile bootstrap over splits;
        ``difference``: mean over splits of the difference of errors in mutations², with a BCa interval.
    """
    rows = []
    for (cohort, which), group in table.groupby(["cohort", "set"], sort=False):
        errors = group[list(STAGES)].to_numpy()
        logs, steps = np.diff(np.log(errors), axis=1), np.diff(errors, axis=1)
        parts = {name: (logs[:, i], steps[:, i]) for i, name in enumerate(PARTS)}
        parts[WHOLE] = (logs.sum(axis=1), steps.sum(axis=1))
        draws = seed.child("share", cohort, which).generator().integers(len(group), size=(RESAMPLES, len(group)))
        whole = parts[WHOLE][0][draws].mean(axis=1)
        for name, (log, step) in parts.items():
            stream = seed.child(name, cohort, which)
            low, high = mean_interval(log, stream)
            share = log.mean() / parts[WHOLE][0].mean()
            tail = (1 - CONFIDENCE) / 2
            shares = np.quantile(log[draws].mean(axis=1) / whole, [tail, 1 - tail])
            rows.append(
                (
                    *(cohort, which, name, len(group), *np.exp([log.mean(), low, high]), share, *shares),
                    *(step.mean(), *mean_interval(step, stream.child("difference"))),
                )
            )
    return pd.DataFrame(rows, columns=COLUMNS)


def layout(frame: pd.DataFrame, cohorts: Sequence[Cohort]) -> Layout:
    """The table of the parts: ratios with intervals, and shares of the gap, training and test side by side."""
    titles = {cohort.cohort: cohort.title for cohort in cohorts}
    rows: list[list[Cell | str]] = []
    rules: list[int] = []
    for cohort in dict.fromkeys(frame["cohort"]):
        rules.append(len(rows))
        for part in (*PARTS, WHOLE):
            row: list[Cell | str] = [titles[cohort], part]
            for which in ("train", "test"):
                found = frame[(frame["cohort"] == cohort) & (frame["set"] == which) & (frame["part"] == part)].iloc[0]
                ratio, low, high = (formats.ratio(found[name]) for name in ("ratio", "ratio_low", "ratio_high"))
                row += [f"{ratio} ({low} to {high})", share_text(found)]
            rows.append(row)
    n = " or ".join(str(v) for v in sorted(frame["n"].unique()))
    columns = [f"Ratio ({CONFIDENCE:.0%} CI)", f"Share ({CONFIDENCE:.0%} CI)"]
    return Layout(
        caption=f"The gap between the published NMF and AE-NMF errors (MSE, {n} splits) as a product of four ratios.",
        label="gap",
        columns=["Cohort", "Part", *columns, *columns],
        groups=[("", 2), ("Train", 2), ("Test", 2)],
        rows=rows,
        align="llrrrr",
        rules=rules,
        notes=[
            "Unfinished NMF: best NMF found / published NMF. Constraint: best convex NMF found / best NMF found. Local "
            "optimum: published AE-NMF continued to its optimum / best convex NMF found. Stopping early: published "
            "AE-NMF / the same continued. Gap: published AE-NMF / published NMF. Geometric means over splits; shares "
            "of the logarithm of the gap."
        ],
    )


def share_text(row: pd.Series) -> str:
    """A share with its interval: ``62 % (55 to 70)``."""
    return f"{100 * row['share']:.0f} % ({100 * row['share_low']:.0f} to {100 * row['share_high']:.0f})"
