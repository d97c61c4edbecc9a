"""How often different starting points lead to the same optimum."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from aenmf.studies.convergence import BASIN

WITHIN = (1e-6, 1e-4)
"""Relative distances of losses that count as the same optimum."""

KEYS = ["cohort", "loss", "method"]
SUMMARY = [
    *KEYS, "model", "starts", "lowest", "median", "highest", "best_known", "lowest_gap",
    *(f"{which}_{distance:.0e}" for distance in WITHIN for which in ("own", "best", "optima")),
]  # fmt: skip


def count_optima(objectives: np.ndarray, within: float) -> int:
    """How many groups of losses there are when neighbours in ascending order less than ``within`` apart are one."""
    ordered = np.sort(objectives)
    return 1 + int(np.count_nonzero(np.diff(ordered) > within * ordered[:-1]))


def summarise(starts: pd.DataFrame, models: Mapping[str, str]) -> pd.DataFrame:
    """How many starts of each method found the lowest loss, its own and that of all methods of the same problem.

    Args:
        starts: columns cohort, method, loss, start, objective (mean loss per cell at the end).
        models: method entry → model; AE-NMF and convex NMF minimise the same function.

    Returns:
        Columns ``SUMMARY``: ``own_1e-06`` counts starts within 1e-6 of the method's own lowest loss, ``best_1e-06`` of the best
        known one, ``optima_1e-06`` different optima; the same for 1e-4.
    """
    problems = starts["method"].map(lambda name: BASIN.get(models[name], models[name]))
    best = starts.groupby([starts["cohort"], starts["loss"], problems])["objective"].min()
    rows = []
    for keys, group in starts.groupby(KEYS, sort=False):
        cohort, loss, method = keys
        values = group["objective"].to_numpy()
        lowest, known = values.min(), best[(cohort, loss, BASIN.get(models[method], models[method]))]
        row = [*keys, models[method], len(values), lowest, np.median(values), values.max(), known, lowest / known - 1]
        for distance in WITHIN:
            row.append(int(np.sum(values <= (1 + distance) * lowest)))
            row.append(int(np.sum(values <= (1 + distance) * known)))
            row.append(count_optima(values, distance))
        rows.append(row)
    return pd.DataFrame(rows, columns=SUMMARY)
