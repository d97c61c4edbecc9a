"""What the tries of the study of local optima show: ways to the lowest loss, luck, and whether the optimum is unique."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from aenmf import formats
from aenmf.evaluation.best_known import PROBLEM_TITLES, Function, basin, best_of, excess, lowest
from aenmf.evaluation.matching import match
from aenmf.files.layout import Layout
from aenmf.losses import LOSS_TITLES
from aenmf.studies.optima import EARLY, RANDOM

WITHIN = (1e-6, 1e-4)
"""Relative distances of losses that count as the same optimum."""

NEAR = 1e-3
"""Tries this close to the lowest loss are asked whether their signatures are the same."""

GROUP = 5
"""Starts of which the published comparison's kind of fit keeps the best."""

ONE, FIVE, SEARCH = "one start", "best of five", "search"
KEYS = ["cohort", "loss", "method"]
WAYS = [*KEYS, "model", "way", "tries", "hits_1e-06", "hits_1e-04", "optima", "excess_median", "excess_highest"]
SECONDS = [*KEYS, "model", "way", "tries", "hits_1e-04", "seconds_per_try", "seconds_per_hit"]
LUCK = [*KEYS, "model", "kind", "split", "number", "objective", "excess"]
UNIQUENESS = [*KEYS, "model", "stopped", "tries", "near", "cosine_least", "cosine_median"]


def count_optima(objectives: np.ndarray, within: float) -> int:
    """How many groups of losses there are when neighbours in ascending order less than ``within`` apart are one."""
    ordered = np.sort(objectives)
    return 1 + int(np.count_nonzero(np.diff(ordered) > within * ordered[:-1]))


def with_excess(
    ends: pd.DataFrame,
    fits: pd.DataFrame,
    models: Mapping[str, str],
    problems: pd.DataFrame,
    known: Mapping[Function, float],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tries and the run's own fits of the same problems, with the columns model, problem and excess.

    The excess is over the lowest loss known: by any try or fit of the same function, or by ``known``.

    Args:
        ends: columns ``KEYS``, split, way, try, objective.
        fits: rows of fits.csv.
        models: method entry → model.
        problems: columns cohort, split, problem.
        known: best known losses.
    """
    tried, fitted = (
        table.assign(model=table["method"].map(models)).merge(problems, on=["cohort", "split"], how="left")
        for table in (ends, fits)
    )
    fitted = fitted[fitted["problem"].isin(tried["problem"])].reset_index(drop=True)
    columns = ["problem", "loss", "model", "objective"]
    found = pd.concat([tried[columns], fitted[columns]]).dropna().rename(columns={"objective": "best"})
    best = lowest(found)
    best |= {key: min(value, best[key]) for key, value in known.items() if key in best}
    tried, fitted = (t.assign(excess=excess(t["objective"], best_of(t, best))) for t in (tried, fitted))
    return tried, fitted


def ways_table(tried: pd.DataFrame) -> pd.DataFrame:
    """How often each way ended at the lowest loss known.

    Args:
        tried: what :func:`with_excess` returns.

    Returns:
        Columns ``WAYS``: ``hits_1e-06`` and ``hits_1e-04`` of the tries, ``optima`` is the number of different optima, mean over
        the splits, those within 1e-4 of each other being one.
    """
    rows = []
    for keys, group in tried[tried["way"] != EARLY].groupby([*KEYS, "model", "way"], sort=False):
        optima = [count_optima(part["objective"].to_numpy(), WITHIN[1]) for _, part in group.groupby("split")]
        hits = [int((group["excess"] <= distance).sum()) for distance in WITHIN]
        rows.append((*keys, len(group), *hits, np.mean(optima), group["excess"].median(), group["excess"].max()))
    return pd.DataFrame(rows, columns=WAYS)


def seconds_table(tried: pd.DataFrame, seconds: pd.DataFrame) -> pd.DataFrame:
    """CPU seconds of each way, per try and per hit; columns ``SECONDS``.

    Args:
        tried: what :func:`with_excess` returns.
        seconds: columns ``KEYS``, split, way, try, seconds.
    """
    taken = tried.merge(seconds, on=[*KEYS, "split", "way", "try"], validate="one_to_one")
    rows = []
    for keys, group in taken[taken["way"] != EARLY].groupby([*KEYS, "model", "way"], sort=False):
        hits, total = int((group["excess"] <= WITHIN[1]).sum()), group["seconds"].sum()
        rows.append((*keys, len(group), hits, total / len(group), total / hits if hits else np.nan))
    return pd.DataFrame(rows, columns=SECONDS)


def luck_table(tried: pd.DataFrame, fitted: pd.DataFrame) -> pd.DataFrame:
    """What one random start, the best of five, and the run's own fits end at; columns ``LUCK``.

    Args:
        tried, fitted: what :func:`with_excess` returns. Of the fits, those of the study's methods are shown.
    """
    one = tried[tried["way"] == RANDOM].assign(kind=ONE).rename(columns={"try": "number"})
    groups = [*KEYS, "model", "split", "number"]
    numbered = one.assign(number=one["number"] // GROUP)
    whole = numbered[numbered.groupby(groups)["excess"].transform("size") == GROUP]
    five = whole.groupby(groups, sort=False)[["objective", "excess"]].min().reset_index()
    own = fitted[fitted["method"].isin(tried["method"])].assign(kind=SEARCH, number=0)
    return pd.concat([one[LUCK], five.assign(kind=FIVE)[LUCK], own[LUCK]], ignore_index=True)


def uniqueness_table(tried: pd.DataFrame, signatures: np.ndarray) -> pd.DataFrame:
    """Whether fits with nearly the lowest loss have its signatures.

    Args:
        tried: what :func:`with_excess` returns.
        signatures: (T, M, K) of every row, as a list where cohorts differ in K.

    Returns:
        Columns ``UNIQUENESS``, apart for tries that were run to an optimum and for those that were stopped early: how many are
        within ``NEAR`` of the lowest loss, and the least and the median cosine similarity of their signatures to the matched
        ones of the best try of the same function; the best try itself does not count.
    """
    table = tried.reset_index(drop=True)
    to_end = table[table["way"] != EARLY].assign(function=lambda rows: rows["model"].map(basin))
    best = to_end.loc[to_end.groupby(["problem", "loss", "function"])["objective"].idxmin()]
    best_row = {(r.problem, r.loss, r.function): r.Index for r in best.itertuples()}
    rows = []
    for keys, group in table.groupby([*KEYS, "model"], sort=False):
        for stopped in ("optimum", EARLY):
            part = group[(group["way"] == EARLY) == (stopped == EARLY)]
            near = part[part["excess"] <= NEAR]
            cosines = [
                match(signatures[place], signatures[row.Index]).cosines
                for row in near.itertuples()
                if (place := best_row[(row.problem, row.loss, basin(row.model))]) != row.Index
            ]
            joined = np.concatenate(cosines) if cosines else np.array([np.nan])
            rows.append((*keys, stopped, len(part), len(near), joined.min(), np.median(joined)))
    return pd.DataFrame(rows, columns=UNIQUENESS)


def ways_layout(frame: pd.DataFrame, titles: Mapping[str, str], cohorts: Mapping[str, str]) -> Layout:
    """What :func:`ways_table` returns, as shown.

    Args:
        frame: the table.
        titles: method entry → name.
        cohorts: cohort → title.
    """
    rows: list[Sequence[str]] = []
    rules, block = [], None
    for row in frame.to_dict("records"):
        key = tuple(row[name] for name in KEYS)
        if key != block:
            block = key
            rules.append(len(rows))
        front = [cohorts[row["cohort"]], LOSS_TITLES[row["loss"]], titles[row["method"]], row["way"]]
        hits = [f"{row[name]}/{row['tries']}" for name in ("hits_1e-06", "hits_1e-04")]
        rows.append(
            [*front, *hits, f"{row['optima']:.1f}", percent(row["excess_median"]), percent(row["excess_highest"])]
        )
    return Layout(
        caption="Ways to an optimum: how often each ends at the lowest loss known.",
        label="ways",
        columns=["Cohort", "Loss", "Method", "Way", "Within 1e-6", "Within 1e-4", "Optima", "Above it, %", "Most"],
        rows=rows,
        align="llllrrrrr",
        rules=rules,
        notes=[
            "Tries within a relative distance of the lowest loss known for the split; different optima of a split (losses less "
            "than 1e-4 apart are one), mean over splits; median and highest loss above the lowest. random, residual, profiles, "
            "nmf and other_loss are single starts; swap, merge and shake are a residual start followed by such moves."
        ],
    )


def cost_layout(frame: pd.DataFrame) -> Layout:
    """What the ways cost, over cohorts and methods, by loss and by the function that is minimised; those that always hit first.

    Args:
        frame: what :func:`seconds_table` returns.
    """
    rows: list[Sequence[str]] = []
    rules = []
    table = frame.assign(function=frame["model"].map(basin), seconds=frame["seconds_per_try"] * frame["tries"])
    for (loss, function), block in table.groupby(["loss", "function"], sort=False):
        rules.append(len(rows))
        found = block.groupby("way", sort=False).agg(
            problems=("tries", "size"),
            tries=("tries", "sum"),
            hits=("hits_1e-04", "sum"),
            never=("hits_1e-04", lambda hits: int((hits == 0).sum())),
            seconds=("seconds", "sum"),
        )
        found = found.assign(per_hit=found["seconds"] / found["hits"].where(found["hits"] > 0))
        for way, row in found.sort_values(["never", "per_hit"], kind="stable").iterrows():
            per_hit = formats.error(row["per_hit"]) if np.isfinite(row["per_hit"]) else formats.MISSING
            counts = [f"{row['hits']:.0f}/{row['tries']:.0f}", f"{row['never']:.0f} of {row['problems']:.0f}"]
            front = [LOSS_TITLES[loss], PROBLEM_TITLES[function], str(way)]
            rows.append([*front, *counts, formats.error(row["seconds"] / row["tries"]), per_hit])
    return Layout(
        caption="What each way to an optimum costs: first those that reach every one, the cheapest before the others.",
        label="ways-seconds",
        columns=["Loss", "Problem", "Way", "Within 1e-4", "Never", "Seconds per try", "Seconds per hit"],
        rows=rows,
        align="lllrrrr",
        rules=rules,
        notes=[
            "Tries within 1e-4 of the lowest loss known, over cohorts and methods. Never: pairs of cohort and method without "
            "such a try. CPU seconds per try, and per such hit. random, residual, profiles, nmf and other_loss are single "
            "starts; swap, merge and shake are a residual start followed by such moves."
        ],
    )


def percent(share: float) -> str:
    """An excess in per cent; none within the distance that is the same optimum."""
    return formats.error(0.0 if share < WITHIN[0] else 100 * share)
