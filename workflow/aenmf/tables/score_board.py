"""The board of scores, made from result files alone: by cohort, and over cohorts, with groups of methods that look alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from aenmf import formats
from aenmf.evaluation.resampled import holm
from aenmf.evaluation.scores import COSTS, SCORES, between
from aenmf.evaluation.statistics import CONFIDENCE, mean_interval, signed_rank
from aenmf.files.layout import Cell, Layout, bold_lowest
from aenmf.losses import MEASURE_OF_LOSS
from aenmf.seeds import Seed

LEVEL = 0.05
"""Below this adjusted p-value two methods are distinguished."""
RANKED = ("composite", "manhattan")
"""The scores by which methods are put into groups: one of signatures, one of exposures."""
SHOWN = ("f1", "cosine", "composite", "k_error", "manhattan", "misassigned", "presence_f1", "consistency")
CONTROL, POSITIVE = "control_", "control_truth"
BASELINE = "nmf"
"""The entry that all others are compared with."""
KEYS = ["protocol", "cohort", "method", "title", "score"]


def by_cohort(table: pd.DataFrame, seed: Seed) -> pd.DataFrame:
    """Mean and bootstrap interval over the seeds of a cohort; costs, which no one can compute again, are left out.

    Args:
        table: what :func:`aenmf.evaluation.results.results_table` returns.
        seed: of the bootstrap.

    Returns:
        :data:`KEYS`, ``n`` seeds, ``value`` (mean), ``low``, ``high``, and ``scaled``: where the mean lies between the controls
        of the cohort, missing without them.
    """
    rows = []
    for key, group in table[~table["score"].isin(COSTS)].groupby(KEYS, sort=False):
        low, high = mean_interval(group["value"], seed.child("seeds", *key))
        rows.append((*key, len(group), group["value"].mean(), low, high))
    result = pd.DataFrame(rows, columns=[*KEYS, "n", "value", "low", "high"])
    result["scaled"] = np.nan
    for (_, _, score), group in result.groupby(["protocol", "cohort", "score"]):
        values = group.set_index("method")["value"]
        negative = [name for name in values.index if name.startswith(CONTROL) and name != POSITIVE]
        if POSITIVE in values and negative:
            places = [between(score, value, values[negative], values[POSITIVE]) for value in group["value"]]
            result.loc[group.index, "scaled"] = places
    return result


def overall(cohorts: pd.DataFrame, seed: Seed) -> pd.DataFrame:
    """Mean and bootstrap interval over cohorts, and groups by the :data:`RANKED` scores.

    A protocol's cohorts are those that NMF has or, without NMF, at least half of its methods; methods that lack one of them are
    left out, see :func:`incomplete`. Controls are in no group.

    Args:
        cohorts: what :func:`by_cohort` returns.
        seed: of the bootstrap.

    Returns:
        ``protocol``, ``method``, ``title``, ``score``, ``cohorts``, ``value``, ``low``, ``high``, ``scaled`` (mean) and ``group``
        (1 the best; missing for scores that do not rank).
    """
    keys, rows = ["protocol", "method", "title", "score"], []
    shared = _shared(cohorts)
    for key, group in shared.groupby(keys, sort=False):
        low, high = mean_interval(group["value"], seed.child("cohorts", *key))
        rows.append((*key, len(group), group["value"].mean(), low, high, group["scaled"].mean()))
    result = pd.DataFrame(rows, columns=[*keys, "cohorts", "value", "low", "high", "scaled"])
    result["group"] = pd.array([None] * len(result), dtype="Int64")
    for (protocol, score), of_score in shared[shared["score"].isin(RANKED)].groupby(["protocol", "score"]):
        values = of_score.pivot(index="cohort", columns="method", values="value")
        methods = [name for name in values.columns if not name.startswith(CONTROL)]
        groups = rank_groups(values[methods].map(SCORES[score].badness))
        for method, group in groups.items():
            here = (result["protocol"] == protocol) & (result["score"] == score) & (result["method"] == method)
            result.loc[here, "group"] = group
    return result


def _shared(cohorts: pd.DataFrame) -> pd.DataFrame:
    """The rows of methods that have a protocol's cohorts, all of them, on these cohorts."""
    kept = []
    for _, block in cohorts.groupby("protocol", sort=False):
        methods = block[~block["method"].str.startswith(CONTROL)]
        by_cohort = methods.groupby("cohort")["method"].nunique()
        nmf = methods.loc[methods["method"].str.startswith(f"{BASELINE}-"), "cohort"]
        wanted = set(nmf if len(nmf) else by_cohort.index[2 * by_cohort >= methods["method"].nunique()])
        block = block[block["cohort"].isin(wanted)]
        n = block.groupby("method")["cohort"].transform("nunique")
        kept.append(block[n == len(wanted)])
    return pd.concat(kept)


def incomplete(cohorts: pd.DataFrame) -> pd.DataFrame:
    """The methods that :func:`overall` leaves out: ``protocol``, ``title`` and the number of ``cohorts`` they have."""
    shared = _shared(cohorts)
    there = set(zip(shared["protocol"], shared["method"], strict=True))
    groups = (
        cohorts.groupby(["protocol", "method", "title"], sort=False)["cohort"].nunique().reset_index(name="cohorts")
    )
    out = [
        (protocol, method) not in there and not method.startswith(CONTROL)
        for protocol, method in zip(groups["protocol"], groups["method"], strict=True)
    ]
    return groups[out].drop(columns="method").reset_index(drop=True)


def costs(table: pd.DataFrame) -> pd.DataFrame:
    """What answers cost: ``protocol``, ``cohort``, ``method``, ``title``, ``processor``, and medians over seeds of :data:`COSTS`.

    Args:
        table: what :func:`aenmf.evaluation.results.results_table` returns.
    """
    keys = ["protocol", "cohort", "method", "title", "processor"]
    spent = table[table["score"].isin(COSTS)].groupby([*keys, "score"], sort=False)["value"].median()
    return spent.unstack("score").reindex(columns=list(COSTS)).reset_index()


def rank_groups(badness: pd.DataFrame) -> dict[str, int]:
    """Groups of methods that cannot be distinguished.

    The best mean opens a group. Every method without a group is compared with it by the signed-rank test over cohorts, the
    p-values adjusted for all these comparisons (Holm 1979); those that do not differ join the group, and the best of the others
    opens the next one.

    Args:
        badness: cohorts × methods, lower is better.

    Returns:
        Method → group, the best first.
    """
    groups: dict[str, int] = {}
    left = list(badness.mean().sort_values(kind="stable").index)
    while left:
        best, *others = left
        p_values = holm([signed_rank(badness[name] - badness[best]) for name in others])
        apart = [name for name, p in zip(others, p_values, strict=True) if p < LEVEL]
        number = max(groups.values(), default=0) + 1
        groups |= {name: number for name in left if name not in apart}
        left = apart
    return groups


def layout(
    frame: pd.DataFrame,
    spent: pd.DataFrame,
    lacking_cohorts: pd.DataFrame,
    left_out: Sequence[tuple[str, str, str]] = (),
) -> Layout:
    """The board as shown, a block per protocol, the best composite first and the controls last.

    Args:
        frame: what :func:`overall` returns.
        spent: what :func:`costs` returns.
        lacking_cohorts: what :func:`incomplete` returns.
        left_out: title, loss and reason of the methods that were to be scored and could not be run.
    """
    rows: list[list[Cell | str]] = []
    rules = []
    scores = [name for name in SHOWN if (frame["score"] == name).any()]
    ranked = [name for name in RANKED if name in scores]
    for protocol, block in frame.groupby("protocol", sort=False):
        rules.append(len(rows))
        median = spent[spent["protocol"] == protocol].groupby("method")[list(COSTS)].median()
        rows += [[str(protocol), *cells] for cells in _block(block, scores, ranked, median)]
    n, m = int(frame["cohorts"].max()), frame.loc[frame["group"].notna(), "method"].nunique()
    headings = [f"{what} {SCORES[name].title}" for what in ("Group by", "0 to 1:") for name in ranked]
    headings += [SCORES[name].title for name in (*scores, *COSTS)]
    lacking = "; ".join(f"{of.title} ({of.protocol}: {of.cohorts})" for of in lacking_cohorts.itertuples())
    caption = f"Scores over {n} cohorts: mean, and {CONFIDENCE:.0%} bootstrap interval over cohorts."
    return Layout(
        caption=caption if n > 1 else "Scores on one cohort.",
        label="score-board",
        columns=["Protocol", "Method", *headings],
        rows=rows,
        align="ll" + "r" * len(headings),
        rules=rules,
        notes=[
            _note(n, m),
            *_processors(spent[spent["method"].isin(frame["method"])]),
            *[f"Not here, for want of cohorts: {lacking}."] * bool(lacking),
            *_left_out(left_out),
        ],
    )


def _processors(spent: pd.DataFrame) -> list[str]:
    """What seconds are worth, for each protocol whose results are not all from one kind of processor that they name."""
    notes = []
    for protocol, block in spent[~spent["method"].str.startswith(CONTROL)].groupby("protocol", sort=False):
        kinds = set(block.loc[block["seconds"].notna(), "processor"])
        if "" in kinds or len(kinds) > 1:
            which = "not all results name their processor" if "" in kinds else "results are from different processors"
            notes.append(f"Seconds, {protocol}: {which}, so that they indicate the order of magnitude only.")
    return notes


def _left_out(entries: Sequence[tuple[str, str, str]]) -> list[str]:
    """A sentence for each method and reason, with the losses it is about."""
    losses: dict[tuple[str, str], list[str]] = {}
    for title, loss, reason in entries:
        losses.setdefault((title, reason), []).append(MEASURE_OF_LOSS[loss].upper())
    return [
        f"Left out: {title} ({' and '.join(measures)}), as {reason}." for (title, reason), measures in losses.items()
    ]


def _block(
    block: pd.DataFrame, scores: Sequence[str], ranked: Sequence[str], median: pd.DataFrame
) -> list[list[Cell | str]]:
    """The rows of a protocol: title, groups, places between the controls, scores, and median costs."""
    value, low, high, group, scaled = (
        block.pivot(index=["method", "title"], columns="score", values=v)
        for v in ("value", "low", "high", "group", "scaled")
    )
    order = sorted(value.index, key=lambda key: (key[0].startswith(CONTROL), -value.loc[key, "composite"]))
    columns: list[Sequence[Cell | str]] = [[title for _, title in order]]
    columns += [[_group(group, key, name) for key in order] for name in ranked]
    columns += [[formats.fixed(scaled.loc[key, name], 2) for key in order] for name in ranked]
    columns += [_cells(name, value.loc[order], low.loc[order], high.loc[order]) for name in scores]
    columns += [[_cost(median, method, name) for method, _ in order] for name in COSTS]
    return [list(row) for row in zip(*columns, strict=True)]


def _cost(median: pd.DataFrame, method: str, name: str) -> str:
    value = median[name].get(method, np.nan)
    return formats.fixed(value, 2 if name == "seconds" and value < 10 else 0)


def _group(places: pd.DataFrame, key: tuple[str, str], name: str) -> str:
    group = places.loc[key, name]
    return formats.MISSING if pd.isna(group) else str(int(group))


def _cells(name: str, values: pd.DataFrame, low: pd.DataFrame, high: pd.DataFrame) -> list[Cell]:
    """The cells of a score; the best of the methods is bold."""
    bad = [
        np.nan if key[0].startswith(CONTROL) else SCORES[name].badness(values.loc[key, name]) for key in values.index
    ]
    texts = []
    for key in values.index:
        text = formats.fixed(values.loc[key, name], 2 if name == "k_error" else 3)
        ends = low.loc[key, name], high.loc[key, name]
        texts.append(text if np.isnan(ends).any() else f"{text} ({ends[0]:.2f} to {ends[1]:.2f})")
    means = bold_lowest(bad, [text.partition(" (")[0] for text in texts])
    return [replace(cell, text=text) for cell, text in zip(means, texts, strict=True)]


def _note(cohorts: int, methods: int) -> str:
    least = 2.0 ** (1 - cohorts) * max(1, methods - 1)
    power = "" if least < LEVEL else " With so few cohorts nothing can be distinguished by it."
    return (
        "Methods of one group cannot be distinguished from its best one: signed-rank test over cohorts, p-values adjusted for "
        f"all comparisons with it (Holm), level {LEVEL:g}.{power} 0 to 1: 0 is the best negative control and 1 the truth, means "
        "over cohorts. Controls are in no group. Seconds and memory are medians."
    )
