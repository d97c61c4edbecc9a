"""Who was first: each fast solver against the fastest of its peers, split by split."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from aenmf import formats
from aenmf.evaluation.best_known import PROBLEM_TITLES
from aenmf.files.layout import Layout
from aenmf.losses import LOSS_TITLES
from aenmf.studies.benchmark import FAILED, OUT_OF_TIME, REACHED
from aenmf.studies.contestants import OURS, PEER

PLACE = ["cohort", "loss", "problem"]
FIRSTS = [
    *PLACE, "method", "solver", "splits", "reached", "first", "alone", "peer_alone", "peer", "median", "min", "max",
    "lower_bounds",
]  # fmt: skip
OF_THE_PAPER = ("mu", "adam")
"""Solvers of the paper, which are there to be compared with."""


def firsts(found: pd.DataFrame) -> pd.DataFrame:
    """How each fast solver did against the fastest peer of each split.

    Args:
        found: the table of :func:`aenmf.studies.benchmark.times`.

    Returns:
        Columns ``FIRSTS``: on how many ``splits`` the solver ``reached`` the best known loss, was ``first``, and was
        ``alone``, as no peer reached it; on how many a peer was (``peer_alone``); the ``peer`` that was the fastest on
        most of the splits on which one reached it, of several the first by name, missing if none did; median, least and
        largest ratio of the fastest peer's seconds to the solver's own, on the splits that it reached itself. On
        ``lower_bounds`` of these splits no peer reached the loss, and the ratio takes the seconds after which the first
        of them was stopped; where all had ended at other optima there is no ratio. Splits on which every peer failed
        are no race.
    """
    rows = []
    for where, group in found.groupby(PLACE, sort=False):
        peers = group[(group["kind"] == PEER) & (group["outcome"] != FAILED)]
        if peers.empty:
            continue
        there = peers[peers["outcome"] == REACHED].sort_values("seconds", kind="stable").groupby("split").first()
        names = there["method"] + ", " + there["solver"]
        most = names.mode().sort_values().iloc[0] if len(names) else None
        splits = pd.Index(peers["split"].unique())
        rival = there["seconds"].reindex(splits)
        stopped = peers[peers["outcome"] == OUT_OF_TIME].groupby("split")["spent"].min().reindex(splits)
        for who, mine in group[group["kind"] == OURS].groupby(["method", "solver"], sort=False):
            if who[1] in OF_THE_PAPER:
                continue
            own = mine[mine["outcome"] == REACHED].set_index("split")["seconds"].reindex(splits)
            ratio = (rival.fillna(stopped) / own).dropna()
            first = int((own <= rival.fillna(np.inf)).sum())
            spread = (ratio.median(), ratio.min(), ratio.max()) if len(ratio) else (np.nan,) * 3
            bounds = int((own.notna() & rival.isna() & stopped.notna()).sum())
            alone, peer_alone = (int((one.notna() & other.isna()).sum()) for one, other in ((own, rival), (rival, own)))
            reached = int(own.notna().sum())
            rows.append((*where, *who, len(splits), reached, first, alone, peer_alone, most, *spread, bounds))
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
        counts = [f"{n}/{row.splits}" for n in (row.reached, row.first, row.alone)]
        rows.append([*front, *counts, formats.MISSING if pd.isna(row.peer) else str(row.peer), *values])
    won = frame.groupby(["problem", "loss"], sort=False)[["first", "alone", "splits"]].sum()
    said = []
    for (problem, loss), row in won.iterrows():
        alone = f" ({row['alone']} of them as no peer reached the loss)" if row["alone"] else ""
        said.append(f"{PROBLEM_TITLES[problem]}, {LOSS_TITLES[loss]}: {row['first']} of {row['splits']}{alone}")
    return Layout(
        caption=(
            f"Each solver against the fastest peer of each split, to within {within:g} of the best known loss; a race is one "
            f"solver on one split. First: {'; '.join(said)}."
        ),
        label="benchmarkfirsts",
        columns=[
            "Cohort",
            "Loss",
            "Problem",
            "Solver",
            "Reached",
            "First",
            "No peer reached it",
            "Fastest peer",
            "Ratio: median",
            "Min",
            "Max",
        ],
        rows=rows,
        align="llllrrrlrrr",
        rules=rules,
        notes=[
            "Ratio: seconds of the fastest peer of a split / seconds of the solver, on splits where the solver reached the "
            "loss; above 1 the solver is first. ≥: on some of them no peer reached it, and the ratio takes the seconds after "
            "which the first of them was stopped; where all peers ended at other optima there is no ratio. Fastest peer: of "
            "the splits that one reached, the fastest on most, of several the first by name; the ratio takes the fastest of "
            "each split. All peers of convex NMF are plain numpy. The paper's updates and Adam, compiled, are in the table of "
            "all contestants."
        ],
    )
