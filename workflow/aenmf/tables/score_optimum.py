"""How near to the optimum the fits behind the board are: their losses next to those that are known to be possible."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from aenmf import formats
from aenmf.files.layout import Cell, Layout
from aenmf.losses import KULLBACK_LEIBLER, MEASURE_OF_LOSS
from aenmf.tables.score_board import POSITIVE

MEASURE = MEASURE_OF_LOSS[KULLBACK_LEIBLER]
SHOWN = (POSITIVE, *(f"{model}-{MEASURE}" for model in ("nmf", "cnmf", "aenmf")))
"""NMF's optimum is no higher than the truth's divergence nor than C-NMF's optimum, and AE-NMF's is C-NMF's."""
FAR = 1.1
"""Beyond so many times what is known to be possible a fit says little about its model."""
GIVEN = "K given, full"


def optimum(cohorts: pd.DataFrame) -> pd.DataFrame:
    """Mean losses with K given, and how far they are above what is known to be possible.

    Args:
        cohorts: what :func:`aenmf.tables.score_board.by_cohort` returns.

    Returns:
        By ``cohort``: the methods of :data:`SHOWN`, ``nmf_above`` (NMF's loss / the lowest of the truth's, NMF's and
        C-NMF's) and ``aenmf_above`` (AE-NMF's loss / the lower one of its and C-NMF's).
    """
    rows = cohorts[(cohorts["protocol"] == GIVEN) & (cohorts["score"] == MEASURE) & cohorts["method"].isin(SHOWN)]
    table = rows.pivot(index="cohort", columns="method", values="value").reindex(columns=list(SHOWN))
    nmf, convex, network = (table[name] for name in SHOWN[1:])
    table["nmf_above"] = nmf / table[list(SHOWN[:3])].min(axis=1)
    table["aenmf_above"] = network / pd.concat([convex, network], axis=1).min(axis=1)
    table.columns.name = None
    return table.reset_index()


def layout(frame: pd.DataFrame, titles: Mapping[str, str]) -> Layout:
    """The losses as shown, with what they mean in the caption.

    Args:
        frame: what :func:`optimum` returns.
        titles: of cohorts, by name; of one that is not there, the name.
    """
    far = {
        title: [titles.get(cohort, cohort) for cohort in frame.loc[frame[above] > FAR, "cohort"]]
        for title, above in (("NMF", "nmf_above"), ("AE-NMF", "aenmf_above"))
    }
    sentences = [
        f"{title} ends far above a loss that is known to be possible on {formats.counted(len(names), 'cohort')} "
        f"({'; '.join(names)}): its scores there are those of a local optimum, not of its model."
        for title, names in far.items()
        if names
    ]
    said = " ".join(sentences) or "No fit of the board ends far above a loss that is known to be possible."
    rows = [
        [
            titles.get(row["cohort"], row["cohort"]),
            *(formats.error(row[name]) for name in SHOWN),
            *(Cell(formats.ratio(row[name], 2), bold=row[name] > FAR) for name in ("nmf_above", "aenmf_above")),
        ]
        for _, row in frame.iterrows()
    ]
    return Layout(
        caption=said,
        label="score-optimum",
        columns=["Cohort", "Truth", "NMF", "C-NMF", "AE-NMF", "NMF / possible", "AE-NMF / possible"],
        rows=rows,
        align="l" + "r" * 6,
        notes=[
            "Kullback–Leibler divergence per cell, mean over seeds, K given. NMF's optimum is at most the truth's divergence and "
            "at most C-NMF's, whose signatures NMF may have too; AE-NMF's is C-NMF's. Bold: more than "
            f"{FAR:g} times what these say is possible."
        ],
    )
