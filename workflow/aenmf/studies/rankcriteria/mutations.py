"""Prediction of left-out mutations: cross-validation in which each fold leaves out a share of the mutations of every cell.

The mutations of a Poisson catalogue that are dealt to different folds are independent, so that signatures and exposures that
follow the noise of one part predict the other part worse. In a catalogue without noise, as Scenario 8, dealing makes the noise
of two parts opposite, and the same follows.
"""

from __future__ import annotations

import numpy as np

from aenmf.seeds import Seed
from aenmf.studies.rankcriteria.base import (
    ERROR,
    Criterion,
    Row,
    Task,
    covered,
    lowest_mean,
    paired_one_standard_error,
    smoothed,
)


def dealt(catalogue: np.ndarray, n: int, seed: Seed) -> np.ndarray:
    """The mutations dealt to ``n`` folds, (n, M, N), which sum to the catalogue; fractions of a mutation go to all alike."""
    whole = np.floor(catalogue)
    folds = seed.child("folds").generator().multinomial(whole.astype(np.int64), np.full(n, 1.0 / n))
    return np.moveaxis(folds, -1, 0) + (catalogue - whole) / n


def values(task: Task) -> list[Row]:
    """The mean error of a patient's mutations in each fold, as the fit of the other folds predicts them."""
    rows: list[Row] = []
    folds = dealt(task.catalogue, task.resamples, task.seed)
    for rank in task.ranks:
        others = [task.problem(task.catalogue - fold, rank, f"fold {r}") for r, fold in enumerate(folds)]
        for r, fit in enumerate(task.fit(others)):
            predicted = smoothed(fit.signatures, fit.exposures) @ covered(fit.exposures) / (task.resamples - 1)
            rows.append((rank, r, ERROR, float(task.errors(folds[r], predicted).mean())))
    return rows


LEFT_OUT_MUTATIONS = Criterion(
    title="left-out mutations",
    measures="The mutations of every cell are dealt to folds; the error of each fold as predicted by the fit of the others.",
    rule="The smallest number at most one standard error, of the differences between folds, above the lowest mean.",
    reference="Neufeld et al. 2024, JMLR 25(57) (data thinning)",
    values=values,
    choose=paired_one_standard_error,
    best=lowest_mean,
)
