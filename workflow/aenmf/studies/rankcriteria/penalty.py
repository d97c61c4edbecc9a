"""Penalised likelihood: the deviance of the whole catalogue, divided by the dispersion, plus log(cells) per free parameter."""

from __future__ import annotations

import numpy as np
import pandas as pd

from aenmf.losses import FROBENIUS, NEGATIVE_BINOMIAL
from aenmf.studies.rankcriteria.base import ERROR, Criterion, Quantities, Row, Task

ROUNDING = 1.0 / 12.0
"""Variance of a count that was rounded to a whole number; no cell is known better."""

PEARSON, PARAMETERS, CELLS = "Pearson", "parameters", "cells"


def values(task: Task) -> list[Row]:
    """Deviance and Pearson's statistic of the best of some starts, and the number of free parameters.

    Signatures have M − 1 and exposures N free parameters per signature. A cell's variance is constant for
    ``frobenius``, otherwise its mean, with mean² / dispersion more for ``negative-binomial``, and at least that of rounding.
    """
    rows: list[Row] = []
    m, n = task.catalogue.shape
    for rank in task.ranks:
        fits = task.fit([task.problem(task.catalogue, rank, f"start {r}") for r in range(task.resamples)])
        fit = min(fits, key=lambda fit: fit.objective)
        fitted = fit.signatures @ fit.exposures
        squares = np.square(task.catalogue - fitted)
        variances = np.ones_like(fitted) if task.loss == FROBENIUS else fitted
        if task.loss == NEGATIVE_BINOMIAL:
            variances = fitted + np.square(fitted) / task.dispersion
        pearson = float(np.sum(np.maximum(squares, ROUNDING) / np.maximum(variances, ROUNDING)))
        deviance = float(task.errors(task.catalogue, fitted).sum())
        rows += [(rank, 0, ERROR, deviance), (rank, 0, PEARSON, pearson)]
        rows += [(rank, 0, PARAMETERS, float(rank * (m + n - 1))), (rank, 0, CELLS, float(m * n))]
    return rows


def penalised(found: Quantities) -> pd.Series:
    """Deviance / dispersion + parameters · log(cells), by rank; the dispersion is that of the largest rank."""
    deviance, pearson, parameters, cells = (found[name].loc[0] for name in (ERROR, PEARSON, PARAMETERS, CELLS))
    largest = deviance.index.max()
    dispersion = pearson[largest] / max(cells[largest] - parameters[largest], 1.0)
    return deviance / dispersion + parameters * np.log(cells)


def choose(found: Quantities) -> int:
    """The rank of the lowest penalised deviance."""
    return int(penalised(found).idxmin())


PENALTY = Criterion(
    title="penalised likelihood",
    measures="Deviance of the best of some starts and K·(M + N − 1) free parameters.",
    rule="The lowest deviance / dispersion + parameters · log(cells), the dispersion being that of the largest number tried.",
    reference="Schwarz 1978, Annals of Statistics 6: 461–464 (BIC)",
    values=values,
    choose=choose,
    resampled=False,
)
