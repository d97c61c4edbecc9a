"""The leaderboard: every method's recovery of the truth, errors and speed, by cohort and overall, with mean ranks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from aenmf import formats
from aenmf.evaluation.scores import RECOVERED_AT
from aenmf.evaluation.statistics import own_measure
from aenmf.files.layout import Cell, Layout, bold_lowest
from aenmf.formats import counted
from aenmf.losses import LOSS_TITLES
from aenmf.methods.entries import Entry
from aenmf.tables.marks import ALL, Single, marked, note

KEYS = ["cohort", "loss", "method"]
RECOVERY = ["acs", "precision", "recall", "f1"]
RATIOS = ["train_ratio", "test_ratio"]
SCORES = [*RECOVERY, "cosmic", *RATIOS, "converged"]
COLUMNS = ["cohort", "loss", "method", "title", "n", "rank", "n_true", *SCORES]
RANKED = {"acs": False, "f1": False, "test_ratio": True}
"""What methods are ranked by, and whether the lowest value is the best."""
DECIMALS = 3
"""Scores are rounded so before they are ranked: what reads the same has the same rank."""
OVERALL = ["loss", "method", "title", "cohorts", "mean_rank", *(f"rank_{name}" for name in RANKED), *SCORES]

_HEADINGS = {"acs": "ACS", "precision": "Precision", "recall": "Recall", "f1": "F1", "cosmic": "COSMIC"} | {
    "train_ratio": "Train ratio",
    "test_ratio": "Test ratio",
    "converged": "Converged",
}
_NOTES = (
    "ACS: mean cosine similarity to the true signatures, matched one-to-one. Precision and recall: share of the found and of "
    f"the true signatures whose match has cosine similarity {RECOVERED_AT:g} or more; F1: their harmonic mean. COSMIC: mean "
    "cosine similarity of the consensus signatures to their COSMIC matches, no measure of truth. Train and test ratio: error "
    "over the lowest error of any method on the same split. Seconds: median of a fit on one thread. All are means over "
    "splits. In each block the best mean is bold, with all that read the same; the figure of the cohorts rings the same of ACS, "
    "F1 and test ratio. Bold is no test: means that differ by less than the splits scatter may change places with other splits."
)


def scores_by_split(errors: pd.DataFrame, recovery: pd.DataFrame, fits: pd.DataFrame, n_true: Mapping[str, int]):
    """The scores of every fit.

    Args:
        errors, recovery, fits: rows of the long tables of those names.
        n_true: cohort → number of true signatures; cohorts without truth are not in it.

    Returns:
        Columns ``cohort``, ``loss``, ``method``, ``split``, ``rank``, ``converged``, ``acs``, ``precision``, ``recall``, ``f1``
        (missing without truth), ``train_ratio`` and ``test_ratio`` (error over the lowest of any method on the split; 1 for the
        lowest, infinite for an infinite error).
    """
    table = fits[[*KEYS, "split", "rank", "converged"]].copy()
    found = recovery.assign(hit=recovery["cosine"] >= RECOVERED_AT).groupby([*KEYS, "split"], sort=False)
    matched = found.agg(acs=("cosine", "mean"), hits=("hit", "sum")).reset_index()
    table = table.merge(matched, on=[*KEYS, "split"], how="left", validate="one_to_one")
    true = table["cohort"].map(dict(n_true)).astype(float)
    table["precision"] = table["hits"].astype(float) / table["rank"]
    table["recall"] = table["hits"].astype(float) / true
    table["f1"] = 2 * table["hits"].astype(float) / (table["rank"] + true)
    own = own_measure(errors)
    for which in ("train", "test"):
        part = own.loc[own["set"] == which, [*KEYS, "split", "value"]]
        lowest = part.groupby(["cohort", "loss", "split"])["value"].transform("min")
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(part["value"] == lowest, 1.0, part["value"] / lowest)
        ratio = np.where(np.isinf(part["value"]), np.inf, ratio)
        part = part.drop(columns="value").assign(**{f"{which}_ratio": ratio})
        table = table.merge(part, on=[*KEYS, "split"], how="left", validate="one_to_one")
    return table.drop(columns="hits")


def spread(splits: pd.DataFrame) -> pd.DataFrame:
    """From where to where the splits go: the middle 95 % of each score that methods are ranked by; of a few splits, nearly all.

    Args:
        splits: what :func:`scores_by_split` returns.

    Returns:
        Columns ``cohort``, ``loss``, ``method``, ``score``, ``low``, ``high``; scores that a cohort has not are left out.
    """
    long = splits.melt(KEYS, list(RANKED), var_name="score").dropna(subset="value")
    ends = long.groupby([*KEYS, "score"], sort=False)["value"].quantile([0.025, 0.975], interpolation="nearest")
    return ends.unstack().set_axis(["low", "high"], axis=1).reset_index()


def by_cohort(
    errors: pd.DataFrame,
    recovery: pd.DataFrame,
    fits: pd.DataFrame,
    matches: pd.DataFrame,
    n_true: Mapping[str, int],
    entries: Sequence[Entry],
) -> pd.DataFrame:
    """The leaderboard by cohort, loss and method.

    Args:
        errors, recovery, fits, matches: rows of the long tables of those names.
        n_true: cohort → number of true signatures, of the cohorts that have a truth.
        entries: the compared methods in order.

    Returns:
        :data:`COLUMNS`, one row per cohort, loss and method that was fitted: ``n`` splits, ``rank`` K, and means over the
        splits of the scores of :func:`scores_by_split`; ``cosmic`` is the mean cosine similarity of the consensus signatures to
        their matches in the reference ``cosmic``, missing where the run has none; ``converged`` is a share. Cohorts and
        losses are in order of appearance.
    """
    split = scores_by_split(errors, recovery, fits, n_true)
    groups = split.groupby(KEYS, sort=False)
    table = groups[[name for name in SCORES if name != "cosmic"]].mean()
    table["n"], table["rank"] = groups.size(), groups["rank"].first()
    cosmic = matches[matches["reference"] == "cosmic"].groupby(KEYS)["cosine"].mean()
    table["cosmic"] = cosmic.reindex(table.index)
    table = table.reset_index()
    table["n_true"] = table["cohort"].map(dict(n_true)).astype("Int64")
    titles = {entry.name: entry.title for entry in entries}
    table["title"] = table["method"].map(titles)
    places = {"method": list(titles)} | {key: list(dict.fromkeys(fits[key])) for key in ("cohort", "loss")}
    order = table.sort_values(KEYS, key=lambda column: column.map({v: i for i, v in enumerate(places[column.name])}))
    return order[COLUMNS].reset_index(drop=True)


def overall(cohorts: pd.DataFrame) -> pd.DataFrame:
    """Means over cohorts, and mean ranks, of every method and loss.

    In every cohort the methods of a loss are ranked by each of :data:`RANKED`, 1 the best, ties sharing the mean of their
    ranks; ``rank_acs``, ``rank_f1`` and ``rank_test_ratio`` are the means over the cohorts that have the score (those without
    truth have the test error only), and ``mean_rank`` is the mean of these three.

    Args:
        cohorts: what :func:`by_cohort` returns.

    Returns:
        :data:`OVERALL`, one row per loss and method, losses in order, the best mean rank first; scores are means over
        cohorts.
    """
    table = cohorts.copy()
    for name, lowest in RANKED.items():
        groups = table.assign(value=table[name].round(DECIMALS)).groupby(["cohort", "loss"])["value"]
        table[f"rank_{name}"] = groups.rank(method="average", ascending=lowest)
    ranks = [f"rank_{name}" for name in RANKED]
    groups = table.groupby(["loss", "method", "title"], sort=False)
    result = groups[[*ranks, *SCORES]].mean()
    result["cohorts"] = groups.size()
    result["mean_rank"] = result[ranks].mean(axis=1)
    result = result.reset_index()
    order = {loss: i for i, loss in enumerate(result["loss"].unique())}
    place = result["loss"].map(order)
    result = result.assign(place=place).sort_values(["place", "mean_rank"], kind="stable")
    return result[OVERALL].reset_index(drop=True)


def median_seconds(seconds: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Median seconds of a fit: ``keys`` and ``seconds``, in order of appearance.

    Args:
        seconds: rows of timings/seconds.csv.
        keys: ``loss`` and ``method``, and ``cohort`` where they are wanted by cohort.
    """
    return seconds.groupby(list(keys), sort=False)["seconds"].median().reset_index()


def overall_layout(frame: pd.DataFrame, seconds: pd.DataFrame, single: Single | None = None) -> Layout:
    """The overall leaderboard as shown, a block per loss.

    Args:
        frame: what :func:`overall` returns.
        seconds: what :func:`median_seconds` returns by loss and method.
        single: fits of all cohorts, by :data:`ALL`, whose lowest loss was found from one start only; their ratios have a dagger.
    """
    single = single or {}
    shown = frame.merge(seconds, on=["loss", "method"], how="left")
    shown["single"] = [(ALL, *key) in single for key in zip(shown["loss"], shown["method"], strict=True)]
    daggers = [
        (f"{row.title}, {LOSS_TITLES[row.loss]}", single[ALL, row.loss, row.method])
        for row in shown[shown["single"]].itertuples()
    ]
    scores = _used(shown)
    blocks = [((LOSS_TITLES[loss],), block) for loss, block in shown.groupby("loss", sort=False)]
    rows, rules = _rows(blocks, scores, lambda block: [_mean_ranks(block)])
    n = int(frame["cohorts"].max())
    by = "mean cosine to the truth, F1 and test error" if "acs" in scores else "test error"
    return Layout(
        caption=f"Leaderboard: means over {n} cohort{'s' if n > 1 else ''}, best mean rank first.",
        label="leaderboard",
        columns=["Loss", "Method", "Mean rank", *(_HEADINGS[name] for name in scores), "Seconds"],
        rows=rows,
        align="ll" + "r" * (len(scores) + 2),
        rules=rules,
        notes=[f"Mean rank: of the ranks in each cohort by {by}; ties share their mean rank. {_NOTES}", *note(daggers)],
    )


def cohort_layout(
    frame: pd.DataFrame, seconds: pd.DataFrame, cohorts: Mapping[str, str], single: Single | None = None
) -> Layout:
    """The leaderboard of every cohort as shown, a block per cohort and loss.

    Args:
        frame: what :func:`by_cohort` returns.
        seconds: what :func:`median_seconds` returns by cohort, loss and method.
        cohorts: cohort → title.
        single: fits whose lowest loss was found from one start only; their ratios have a dagger.
    """
    single = single or {}
    shown = frame.merge(seconds, on=KEYS, how="left")
    shown["single"] = [key in single for key in shown[KEYS].itertuples(index=False, name=None)]
    daggers = [
        (f"{row.title}, {cohorts[row.cohort]}, {LOSS_TITLES[row.loss]}", single[row.cohort, row.loss, row.method])
        for row in shown[shown["single"]].itertuples()
    ]
    scores = _used(shown)
    groups = shown.groupby(["cohort", "loss"], sort=False)
    blocks = [((cohorts[cohort], LOSS_TITLES[loss]), block) for (cohort, loss), block in groups]
    rows, rules = _rows(blocks, scores)
    n = " or ".join(str(v) for v in sorted(frame["n"].unique()))
    return Layout(
        caption=f"Leaderboard by cohort: means over {counted(n, 'split')}.",
        label="leaderboard-cohorts",
        columns=["Cohort", "Loss", "Method", *(_HEADINGS[name] for name in scores), "Seconds"],
        rows=rows,
        align="lll" + "r" * (len(scores) + 1),
        rules=rules,
        notes=[_NOTES, *note(daggers)],
    )


def _mean_ranks(block: pd.DataFrame) -> list[Cell]:
    return list(bold_lowest(block["mean_rank"], [f"{v:.2f}" for v in block["mean_rank"]]))


def _rows(
    blocks: Iterable[tuple[tuple[str, ...], pd.DataFrame]],
    scores: Sequence[str],
    more: Callable[[pd.DataFrame], list[list[Cell]]] = lambda block: [],
) -> tuple[list[list[Any]], list[int]]:
    """The rows of all blocks and where blocks begin: a block's names, the method, ``more`` columns, scores, seconds."""
    rows: list[list[Any]] = []
    rules: list[int] = []
    for names, block in blocks:
        rules.append(len(rows))
        columns = [*more(block), *(_cells(block, name) for name in scores), _seconds(block)]
        rows += [[*names, title, *(column[i] for column in columns)] for i, title in enumerate(block["title"])]
    return rows, rules


def _used(frame: pd.DataFrame) -> list[str]:
    """The scores that at least one row has."""
    return [name for name in SCORES if frame[name].notna().any()]


def _cells(block: pd.DataFrame, name: str) -> list[Cell]:
    values = block[name]
    if name == "converged":
        return [Cell(f"{value:.0%}") for value in values]
    texts = [(formats.ratio if name in RATIOS else formats.similarity)(value) for value in values]
    if name == "cosmic":
        return [Cell(text) for text in texts]
    if name in RATIOS:
        return marked(bold_lowest(values, texts), block["single"])
    return bold_lowest(-values, texts)


def _seconds(block: pd.DataFrame) -> list[Cell]:
    texts = [formats.MISSING if pd.isna(v) else f"{v:.2f}" if v < 10 else f"{v:.0f}" for v in block["seconds"]]
    return [Cell(text) for text in texts]
