"""What single precision does to the training of AE-NMF: where the paper's stopping rule fires in float32 and in float64.

Four trainings from the same start: as configured (the paper: float32, stop when two consecutive losses differ relatively
by less than 1e-10), the same in float64, in float64 until a plateau is reached, and in float32 without any rule for as many steps
as that took. They are compared with the lowest known loss of convex NMF, which is the same function of the weights.

Is it single-precision training that stops early, or the rounding of the loss alone? To tell, the path of the training as
configured is walked again, and the loss of the same weights is computed in float64 after every step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from aenmf.figures.trainings import NO_RULE, PLATEAU, PUBLISHED, SAME_RULE
from aenmf.methods.autoencoder import AENMF
from aenmf.methods.cnmf import ConvexNMF, polish
from aenmf.methods.registry import build_method
from aenmf.problem import Fit, Problem
from aenmf.solvers.ae_adam import DTYPES, AdamOptions, Training

CONVEX_SOLVER = {"frobenius": "blocks", "kullback-leibler": "newton"}
CURVES = ["training", "dtype", "iteration", "value"]
SUMMARY = [
    "training", "dtype", "stopping", "learning_rate", "objective", "n_iter", "converged", "seconds", "basin", "basin_gap", "best",
    "gap", "least_change", "least_change_float64",
]  # fmt: skip


def trainings(entry: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The entry itself and its counterparts, by name; the learning rate is the same."""
    return {
        PUBLISHED: dict(entry),
        SAME_RULE: {**entry, "dtype": "float64"},
        PLATEAU: {**entry, "dtype": "float64", "stopping": "plateau"},
        NO_RULE: {**entry, "dtype": "float32", "stopping": "none"},
    }


def least_changes(problem: Problem, options: AdamOptions, steps: int) -> tuple[float, float]:
    """The smallest relative change of the loss from one step to the next, on the way of a training.

    Args:
        problem: the training matrix (M, N), K and loss.
        options: of the training, which starts as every fit of the problem does.
        steps: how many are looked at.

    Returns:
        The change as the training sees it, in its own precision, and that of the same weights' losses in float64.
    """
    training = Training(problem, problem.start(), replace(options, stopping="none"))
    dtypes = (options.dtype, "float64")
    least, last = [np.inf, np.inf], [training.loss(dtype) for dtype in dtypes]
    real = np.dtype(DTYPES[options.dtype])
    for _ in range(steps):
        training.advance(1)
        losses = [float(real.type(training.loss(dtypes[0]))), training.loss("float64")]
        least = [min(old, abs(a - b) / b) for old, a, b in zip(least, losses, last, strict=True)]
        last = losses
    return least[0], least[1]


def compare_precisions(problem: Problem, name: str, entry: Mapping[str, Any]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Train four times from one start.

    Args:
        problem: the training matrix (M, N), K and loss.
        name, entry: a method entry with the solver ``adam``.

    Returns:
        The losses on the way (columns ``CURVES``; mean per cell, in the precision of the training), and one row per training
        (``SUMMARY``). ``basin`` is the loss of the convex optimum reached from where the training ended, ``best`` the lowest
        loss known, of these and of convex NMF from the same start; gaps are objective / that − 1. For the training as
        configured, ``least_change`` and ``least_change_float64`` are what :func:`least_changes` finds up to where it stopped.
    """
    fits: dict[str, Fit] = {}
    basins: dict[str, float] = {}
    options = trainings(entry)
    for training, own in options.items():
        if training == NO_RULE:
            own["max_iter"] = fits[PLATEAU].n_iter
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
        method = build_method(name, options[training])
        assert isinstance(method, AENMF)
        adam = method.settings[problem.loss][1]
        changes = least_changes(problem, adam, fit.n_iter) if training == PUBLISHED else (np.nan, np.nan)
        rows.append((training, dtype, adam.stopping, adam.learning_rate, *ended, *gaps, *changes))
    return pd.DataFrame(curves, columns=CURVES), pd.DataFrame(rows, columns=SUMMARY)
