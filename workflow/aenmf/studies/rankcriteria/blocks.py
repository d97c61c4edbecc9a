"""Bi-cross-validation: half of the channels of half of the patients, predicted from the three other quarters."""

from __future__ import annotations

import numpy as np

from aenmf.losses import KULLBACK_LEIBLER, NEGATIVE_BINOMIAL
from aenmf.solvers.common import FLOOR
from aenmf.solvers.nb_columns import improve_columns
from aenmf.solvers.refit import refit
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

STEPS, SOUGHT = 1000, 1e-10
"""Steps at most, and the residual sought, of channels refitted with the negative-binomial loss."""

Block = tuple[np.ndarray, np.ndarray]
"""Which channels and which patients are left out."""


def quarters(task: Task, resample: int) -> list[Block]:
    """The four blocks of a random halving of channels and of patients."""
    generator = task.seed.child(f"blocks {resample}").generator()
    m, n = task.catalogue.shape
    channels, patients = generator.permutation(m) < m // 2, generator.permutation(n) < n // 2
    return [(i, j) for i in (channels, ~channels) for j in (patients, ~patients)]


def block_error(task: Task, block: Block, signatures: np.ndarray, exposures: np.ndarray) -> float:
    """The summed error of a block, from the fit of the channels and patients that it has nothing of.

    The block's patients are refitted on the known channels, its channels on the known patients.
    """
    i, j = block
    counts = task.catalogue
    of_patients = refit(task.loss, counts[np.ix_(~i, j)], smoothed(signatures, exposures), task.dispersion_of(j))
    of_channels = refitted_channels(task, counts[np.ix_(i, ~j)], exposures, ~j)
    predicted = smoothed(of_channels, exposures) @ covered(of_patients)
    return float(task.errors(counts[np.ix_(i, j)], predicted, j).sum())


def refitted_channels(task: Task, counts: np.ndarray, exposures: np.ndarray, patients: np.ndarray) -> np.ndarray:
    """The signatures (M, K) of channels (M, N) of some patients, whose exposures (K, N) are known."""
    if task.loss != NEGATIVE_BINOMIAL:
        return refit(task.loss, counts.T, exposures.T + FLOOR).T
    alpha = np.repeat(np.asarray(task.dispersion_of(patients))[None], len(counts), axis=0)
    start = np.maximum(refit(KULLBACK_LEIBLER, counts.T, exposures.T + FLOOR).T, FLOOR)
    signatures = np.ascontiguousarray(start)
    improve_columns(
        np.ascontiguousarray(counts), np.ascontiguousarray(exposures.T + FLOOR), alpha, signatures, STEPS, SOUGHT
    )
    return signatures


def values(task: Task) -> list[Row]:
    """The error per patient, summed over the four blocks of a halving; ranks above half of the channels or patients have none."""
    blocks = [(r, block) for r in range(task.resamples) for block in quarters(task, r)]
    rows: list[Row] = []
    for rank in (rank for rank in task.ranks if rank <= min(task.catalogue.shape) // 2):
        problems = [
            task.problem(task.catalogue[np.ix_(~i, ~j)], rank, f"blocks {r}, {number % 4}", ~j)
            for number, (r, (i, j)) in enumerate(blocks)
        ]
        errors = np.zeros(task.resamples)
        for (r, block), fit in zip(blocks, task.fit(problems), strict=True):
            errors[r] += block_error(task, block, fit.signatures, fit.exposures) / task.catalogue.shape[1]
        rows += [(rank, r, ERROR, float(error)) for r, error in enumerate(errors)]
    return rows


LEFT_OUT_BLOCKS = Criterion(
    title="left-out blocks",
    measures="Channels and patients are halved at random; the error of each quarter as predicted from the three others.",
    rule="The smallest number at most one standard error, of the differences between halvings, above the lowest mean.",
    reference="Owen & Perry 2009, Annals of Applied Statistics 3: 564–594 (bi-cross-validation)",
    values=values,
    choose=paired_one_standard_error,
    best=lowest_mean,
)
