"""What of the precision study is drawn, apart from :mod:`aenmf.studies.precision` so that a figure does not depend on solvers."""

from __future__ import annotations

import numpy as np
import pandas as pd

LEVEL = "optimum of convex NMF"
PUBLISHED, SAME_RULE, PLATEAU = "as configured", "float64, same rule", "float64, to a plateau"
"""Names of the trainings."""


def drawn(curves: pd.DataFrame, summary: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What the figure shows: the two trainings with the same rule, and as levels the plateau and the best known loss.

    Args:
        curves, summary: tables of :func:`aenmf.studies.precision.compare_precisions` with ``cohort`` and ``loss`` in front.

    Returns:
        Columns cohort, dtype, loss, iteration, value; and columns cohort, loss, label, value.
    """
    best = summary.drop_duplicates(["cohort", "loss"]).assign(label=LEVEL, value=lambda table: table["best"])
    plateau = summary[summary["training"] == PLATEAU].assign(label=PLATEAU, value=lambda table: table["objective"])
    levels = pd.concat([best, plateau], ignore_index=True)[["cohort", "loss", "label", "value"]]
    return curves[curves["training"] != PLATEAU], levels[np.isfinite(levels["value"])]
