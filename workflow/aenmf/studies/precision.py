"""What single precision does to the training of AE-NMF: where the paper's stopping rule fires in float32 and in float64.

Three trainings from the same start: as configured (the paper: float32, stop when two consecutive losses differ relatively
by less than 1e-10), the same in float64, and in float64 until a plateau is reached. They are compared with the lowest
known loss of convex NMF, which is the same function of the weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from aenmf.figures.trainings import PLATEAU, PUBLISHED, SAME_RULE
from aenmf.methods.cnmf import ConvexNMF, polish
from aenmf.methods.registry import build_method
from aenmf.problem import Fit, Problem

CONVEX_SOLVER = {"frobenius": "blocks", "kullback-leibler": "newton"}
CURVES = ["training", "dtype", "iteration", "value"]
SUMMARY = [
    "training", "dtype", "stopping", "objective", "n_iter", "converged", "seconds", "basin", "basin_gap", "best", "gap",
]  # fmt: skip


def trainings(entry: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The entry itself and its two counterparts in float64, by name; the learning rate is the same."""
    return {
        PUBLISHED: dict(entry),
        SAME_RULE: {**entry, "dtype": "float64"},
        PLATEAU: {**entry, "dtype": "float64", "stopping": "plateau"},
    }


def compare_precisions(problem: Problem, name: str, entry: Mapping[str, Any]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Train three times from one start.

    Args:
        problem: the training matrix (M, N), K and loss.
        name, entry: a method entry with the solver ``adam``.

    Returns:
        The losses on the way (columns ``CURVES``; mean per cell, in the precision of the training), and one row per training
        (``SUMMARY``). ``basin`` is the loss of the convex optimum reached from where the training ended, ``best`` the lowest
        loss known, of these and of convex NMF from the same start; gaps are objective / that − 1.
    """
    fits: dict[str, Fit] = {}
    basins: dict[str, float] = {}
    options = trainings(entry)
    for training, own in options.items():
        fit = fits[training] = build_method(name, own).fit([problem])[0]
        basins[training] = float(polish(problem, fit.extras["weights"], fit.exposures).trajectory.losses.min())
    convex = ConvexNMF(CONVEX_SOLVER).fit([problem])[0]
    best = min(convex.objective, *basins.values(), *(fit.objective for fit in fits.values()))
    curves, rows = [], []
    for training, fit in fits.items():
        dtype = options[training].get("dtype", "float64")
        path = fit.trajectory
        curves += [
            (training, dtype, *point) for point in zip(path.iterations.tolist(), path.losses.tolist(), strict=True)
        ]
        ended = (fit.objective, fit.n_iter, fit.converged, fit.seconds)
        gaps = (basins[training], fit.objective / basins[training] - 1, best, fit.objective / best - 1)
        rows.append((training, dtype, options[training].get("stopping", "plateau"), *ended, *gaps))
    return pd.DataFrame(curves, columns=CURVES), pd.DataFrame(rows, columns=SUMMARY)
