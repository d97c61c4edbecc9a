"""What the paper's own solvers take and where they end, next to the fast ones: one row per cohort, loss and method."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from aenmf.files.layout import Layout
from aenmf.formats import MISSING, error
from aenmf.losses import LOSS_TITLES
from aenmf.methods.entries import Entry, playing

KEYS = ["cohort", "method", "loss", "split"]
COLUMNS = [
    *("cohort", "loss", "method", "title", "fits", "converged", "n_iter", "seconds", "seconds_longest"),
    *("fast_seconds", "excess", "excess_least", "excess_most"),
]


def solvers_table(
    fits: pd.DataFrame,
    seconds: pd.DataFrame,
    entries: Sequence[Entry],
    fast_fits: pd.DataFrame,
    fast_seconds: pd.DataFrame,
    fast_entries: Sequence[Entry],
) -> pd.DataFrame:
    """Fits by the paper's solvers next to those of the same splits, losses and models by the fast ones.

    Args:
        fits, seconds: the long tables ``fits`` and ``seconds`` of the run with the paper's solvers.
        entries: its methods, in the order shown.
        fast_fits, fast_seconds, fast_entries: the same of the other run; a method's peer is the first one of its model.

    Returns:
        Columns ``COLUMNS``: fits, how many met their stopping rule, medians over splits of iterations and of seconds
        per fit, the longest fit, the peer's median seconds, and how far the objective lies above the peer's
        (objective / peer's − 1; median, least and most over the splits that both have). nan without a peer.
    """
    taken = fits.merge(seconds, on=KEYS, validate="one_to_one")
    fast = fast_fits.merge(fast_seconds, on=KEYS, validate="one_to_one")
    rows = []
    for cohort in taken["cohort"].unique():
        for loss in taken["loss"].unique():
            for entry in entries:
                own = taken[(taken["cohort"] == cohort) & (taken["loss"] == loss) & (taken["method"] == entry.name)]
                if own.empty:
                    continue
                peer = playing(fast_entries, entry.model)
                beside = fast[fast["method"] == (peer.name if peer else None)]
                both = own.merge(beside, on=["cohort", "loss", "split"], suffixes=("", "_fast"))
                excess = both["objective"] / both["objective_fast"] - 1
                rows.append(
                    (cohort, loss, entry.name, entry.title, len(own), int(own["converged"].sum()))
                    + (own["n_iter"].median(), own["seconds"].median(), own["seconds"].max())
                    + (both["seconds_fast"].median(), excess.median(), excess.min(), excess.max())
                )
    return pd.DataFrame(rows, columns=COLUMNS)


def layout(frame: pd.DataFrame) -> Layout:
    """What :func:`solvers_table` returns, as shown."""
    rows = [
        [
            *(row.cohort, LOSS_TITLES[row.loss], row.title, f"{row.converged}/{row.fits}"),
            *(f"{row.n_iter:.0f}", error(row.seconds), error(row.seconds_longest), error(row.fast_seconds)),
            *(_percent(value) for value in (row.excess, row.excess_least, row.excess_most)),
        ]
        for row in frame.itertuples()
    ]
    return Layout(
        caption="Fits by the paper's solvers, and how far above the fast solver's loss they end.",
        label="solvers",
        columns=[
            *("Cohort", "Loss", "Method", "At their stopping rule", "Iterations", "Seconds", "Longest", "Fast solver"),
            *("Loss above it, %", "Least", "Most"),
        ],
        rows=rows,
        align="lll" + "r" * 8,
        notes=[
            "Iterations, seconds per fit and the loss's excess are medians over splits. The paper's solvers fit from one start; "
            "the fast solver's seconds are those of all its starts, and its loss is that of the best. Where a loss is lower "
            "than the fast solver's, or higher by tens of per cent, the two ended in different local optima."
        ],
    )


def _percent(share: float) -> str:
    return MISSING if pd.isna(share) else f"{100 * share:.{3 if abs(share) < 0.01 else 1}f}"
