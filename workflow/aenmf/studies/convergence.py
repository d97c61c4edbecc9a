"""How fits got to their loss and how far from the best known it is, and how many patients make a convex signature."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from aenmf.evaluation.best_known import basin
from aenmf.problem import Fit

CURVES = ["cohort", "method", "solver", "loss", "iteration", "seconds", "value", "best"]
SUMMARY = ["cohort", "method", "solver", "loss", "objective", "gap", "n_iter", "converged", "kkt", "seconds"]
SPARSITY = ["split", "signature", "patients_50", "patients_90", "nonzero"]

NEGLIGIBLE = 1e-6

Key = tuple[str, str, str]
"""Cohort, method entry, loss."""


def best_known(fits: Mapping[Key, Fit], models: Mapping[str, str]) -> dict[tuple[str, str, str], float]:
    """The lowest objective of all solvers of a problem, by cohort, problem (model) and loss.

    Args:
        fits: fits of the same split.
        models: method entry → model.
    """
    best: dict[tuple[str, str, str], float] = {}
    for (cohort, method, loss), fit in fits.items():
        key = (cohort, basin(models[method]), loss)
        lowest = min(fit.objective, float(np.nanmin(fit.trajectory.losses)))
        best[key] = min(best.get(key, np.inf), lowest)
    return best


def curves(
    fits: Mapping[Key, Fit], models: Mapping[str, str], solvers: Mapping[tuple[str, str], str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Loss on the way and at the end, next to the lowest loss that any solver found for the same problem.

    Args:
        fits: fits of one split, with their seconds.
        models: method entry → model.
        solvers: (method entry, loss) → the solver's name.

    Returns:
        The trajectories, columns ``CURVES``, and one row per fit, columns ``SUMMARY``; ``gap`` is objective / best − 1.
    """
    best = best_known(fits, models)
    rows, ends = [], []
    for (cohort, method, loss), fit in fits.items():
        lowest = best[(cohort, basin(models[method]), loss)]
        front = (cohort, method, solvers[(method, loss)], loss)
        path = fit.trajectory
        points = zip(path.iterations.tolist(), path.seconds.tolist(), path.losses.tolist(), strict=True)
        rows += [(*front, *point, lowest) for point in points]
        ends.append(
            (*front, fit.objective, fit.objective / lowest - 1, fit.n_iter, fit.converged, fit.kkt, fit.seconds)
        )
    return pd.DataFrame(rows, columns=CURVES), pd.DataFrame(ends, columns=SUMMARY)


def sparsity(fits: Mapping[int, Fit], totals: Mapping[int, np.ndarray]) -> pd.DataFrame:
    """How many patients make up half, nine tenths and all of the weight of each signature of a convex model.

    A patient's share in a signature is the share of the signature's mutations that come from the weighted patient: the
    weight times the patient's mutations. Shares below one in a million count as zero.

    Args:
        fits: by split; the extras of a convex model hold ``weights`` (N, K).
        totals: by split, mutations of the training patients (N,).

    Returns:
        Columns ``split``, ``signature``, ``patients_50``, ``patients_90``, ``nonzero``; empty for models without weights.
    """
    rows = []
    for split, fit in fits.items():
        if "weights" not in fit.extras:
            continue
        for k, weights in enumerate(fit.extras["weights"].T):
            brought = weights * totals[split]
            shares = np.sort(brought)[::-1] / brought.sum()
            reached = np.cumsum(shares)
            half, most = (int(np.searchsorted(reached, level - 1e-12) + 1) for level in (0.5, 0.9))
            rows.append((split, k, half, most, int(np.count_nonzero(shares > NEGLIGIBLE))))
    return pd.DataFrame(rows, columns=SPARSITY)
