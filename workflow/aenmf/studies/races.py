"""Who was first: each fast solver against the fastest of its peers, split by split."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from aenmf import formats
from aenmf.evaluation.best_known import PROBLEM_TITLES
from aenmf.files.layout import Layout
from aenmf.losses import LOSS_TITLES
from aenmf.studies.benchmark import FAILED, REACHED
from aenmf.studies.contestants import OURS, PEER

PLACE = ["cohort", "loss", "problem"]
FIRSTS = [
    *PLACE, "method", "solver", "splits", "reached", "first", "peer", "median", "min", "max", "lower_bounds", "peer_alone",
]  # fmt: skip
OF_THE_PAPER = ("mu", "adam")
"""Solvers of the paper, which are there to be compared with."""


def firsts(found: pd.DataFrame) -> pd.DataFrame:
    """How each fast solver did against the fastest peer of each split.

    Args:
        found: the table of :func:`aenmf.studies.benchmark.times`.

    Returns:
        Columns ``FIRSTS``: on how many ``splits`` the solver ``reached`` the best known loss, and was ``first``; the ``peer``
        that was the fastest one most often, missing if none reached it; median, least and largest ratio of the fastest peer's
        seconds to the solver's own, on the splits that it reached itself; on ``lower_bounds`` of them no peer did, and
        the most seconds that one spent stand for it; and on how many splits only a peer reached the loss.
    """
    rows = []
    for where, group in found.groupby(PLACE, sort=False):
        peers = group[(group["kind"] == PEER) & (group["outcome"] != FAILED)]
        if peers.empty:
            continue
        there = peers[peers["outcome"] == REACHED].sort_values("seconds", kind="stable").groupby("split").first()
        names = there["method"] + ", " + there["solver"]
        spent = peers.groupby("split")["spent"].max()
        rival = there["seconds"].reindex(spent.index)
        most = names.mode().sort_values().iloc[0] if len(names) else None
        for who, mine in group[group["kind"] == OURS].groupby(["method", "solver"], sort=False):
            if who[1] in OF_THE_PAPER:
                continue
            own = mine.set_index("split")["seconds"].where((mine["outcome"] == REACHED).to_numpy()).reindex(spent.index)
            ratio = (rival.fillna(spent) / own).dropna()
            first = int((own <= rival.fillna(np.inf)).sum())
            spread = (ratio.median(), ratio.min(), ratio.max()) if len(ratio) else (np.nan,) * 3
            bounds = int((own.notna() & rival.isna()).sum())
            alone = int((own.isna() & rival.notna()).sum())
            rows.append((*where, *who, len(spent), int(own.notna().sum()), first, most, *spread, bounds, alone))
    return pd.DataFrame(rows, columns=FIRSTS)


def firsts_layout(frame: pd.DataFrame, titles: Mapping[str, str], within: float) -> Layout:
    """The table of :func:`firsts` as shown.

    Args:
        frame: the table.
        titles: method entry → name.
        within: relative distance from the best known loss that counts as reached.
    """
    rows: list[list[str]] = []
    rules, before = [], None
    for row in frame.itertuples():
        place = (row.cohort, row.loss, row.problem)
        if place != before:
            rules.append(len(rows))
        before = place
        sign = "≥ " if row.lower_bounds else ""
        values = [
            sign + formats.error(v) if np.isfinite(v) else formats.MISSING for v in (row.median, row.min, row.max)
        ]
        front = [str(row.cohort), LOSS_TITLES[row.loss], PROBLEM_TITLES[row.problem]]
        front.append(f"{titles.get(row.method, row.method)}, {row.solver}")
        counts = [f"{row.reached}/{row.splits}", f"{row.first}/{row.splits}"]
        rows.append([*front, *counts, formats.MISSING if pd.isna(row.peer) else str(row.peer), *values])
    won, splits = int(frame["first"].sum()), int(frame["splits"].sum())
    return Layout(
        caption=(
            f"The solvers here against the fastest peer of each split, to within {within:g} of the best known loss: first in "
            f"{won} of {splits} races."
        ),
        label="benchmarkfirsts",
        columns=[
            "Cohort",
            "Loss",
            "Problem",
            "Solver",
            "Reached",
            "First",
            "Fastest peer",
            "Ratio: median",
            "Min",
            "Max",
        ],
        rows=rows,
        align="llllrrlrrr",
        rules=rules,
        notes=[
            "Ratio: seconds of the fastest peer of a split / seconds of the solver, on splits where the solver reached the loss; "
            "above 1 the solver is first. ≥: on some of them no peer reached it, and the most seconds that one spent stand for "
            "it. Fastest peer: the one that was so most often; it is chosen after the race, for each split anew."
        ],
    )
