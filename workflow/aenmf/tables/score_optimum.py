"""How near to the optimum the fits behind the board are: their losses next to those that are known to be possible."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from aenmf import formats
from aenmf.files.layout import Cell, Layout
from aenmf.losses import KULLBACK_LEIBLER, MEASURE_OF_LOSS
from aenmf.tables.score_board import POSITIVE

MEASURE = MEASURE_OF_LOSS[KULLBACK_LEIBLER]
MODELS = {"NMF": f"nmf-{MEASURE}", "C-NMF": f"cnmf-{MEASURE}", "AE-NMF": f"aenmf-{MEASURE}"}
CONVEX = [MODELS["C-NMF"], MODELS["AE-NMF"]]
SHOWN = (POSITIVE, *MODELS.values())
"""NMF's optimum is no higher than the truth's divergence nor than C-NMF's optimum, and AE-NMF's is C-NMF's."""
FAR = 1.1
"""Beyond so many times what is known to be possible a fit says little about its model."""
GIVEN = "K given, full"


def above(method: str) -> str:
    """The column that says how far the losses of a method are above what is known to be possible."""
    return f"{method.removesuffix(f'-{MEASURE}')}_above"


def optimum(seeds: pd.DataFrame) -> pd.DataFrame:
    """Mean losses with K given, and how far they are above what is known to be possible.

    Args:
        seeds: what :func:`aenmf.evaluation.results.results_table` returns.

    Returns:
        By ``cohort``: the mean losses of the methods of :data:`SHOWN`, and ``nmf_above``, ``cnmf_above`` and ``aenmf_above``:
        the mean loss / the lowest that is known to be possible, of all seeds: for NMF of the truth and all three models,
        for C-NMF and AE-NMF of these two.
    """
    rows = seeds[(seeds["protocol"] == GIVEN) & (seeds["score"] == MEASURE) & seeds["method"].isin(SHOWN)]
    by_method = rows.groupby(["cohort", "method"])["value"]
    table, lowest = (
        part.unstack("method").reindex(columns=list(SHOWN)) for part in (by_method.mean(), by_method.min())
    )
    for method in MODELS.values():
        possible = lowest[CONVEX if method in CONVEX else list(SHOWN)].min(axis=1)
        table[above(method)] = table[method] / possible
    table.columns.name = None
    return table.reset_index()


def layout(frame: pd.DataFrame, titles: Mapping[str, str]) -> Layout:
    """The losses as shown, with what they mean in the caption.

    Args:
        frame: what :func:`optimum` returns.
        titles: of cohorts, by name; of one that is not there, the name.
    """
    columns = {title: above(method) for title, method in MODELS.items()}
    far = {
        title: [titles.get(cohort, cohort) for cohort in frame.loc[frame[column] > FAR, "cohort"]]
        for title, column in columns.items()
    }
    sentences = [
        f"{title} ends on average above {FAR:g} times a loss that is known to be possible on "
        f"{formats.counted(len(names), 'cohort')} ({'; '.join(names)})."
        for title, names in far.items()
        if names
    ]
    said = " ".join(sentences) or "No fit of the board ends far above a loss that is known to be possible."
    rows = [
        [
            titles.get(row["cohort"], row["cohort"]),
            *(formats.error(row[name]) for name in SHOWN),
            *(Cell(formats.ratio(row[name], 2), bold=row[name] > FAR) for name in columns.values()),
        ]
        for _, row in frame.iterrows()
    ]
    return Layout(
        caption=said,
        label="score-optimum",
        columns=["Cohort", "Truth", *MODELS, *(f"{title} / possible" for title in MODELS)],
        rows=rows,
        align="l" + "r" * 7,
        notes=[
            "Kullback–Leibler divergence per cell, mean over seeds, K given. Possible: the lowest of all seeds, for NMF of the "
            "truth and the three models, as NMF may have the signatures of each; for C-NMF and AE-NMF, which are one problem, of "
            f"these two. Bold: above {FAR:g} times what is possible; such scores are partly those of local optima, not of the "
            "model."
        ],
    )
