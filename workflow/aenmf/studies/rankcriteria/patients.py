"""Errors of patients left out of bootstrap samples: the mean, as in the paper, and one that every patient decides alike."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from aenmf.losses import FROBENIUS, loss_value
from aenmf.solvers.refit import refit
from aenmf.studies.rank import bootstrap_samples, within_one_standard_error
from aenmf.studies.rankcriteria.base import (
    ERROR,
    Criterion,
    Quantities,
    Row,
    Task,
    lowest_mean,
    paired_one_standard_error,
    smoothed,
)

ACTIVE = 1e-6
"""Share of a patient's mutations above which a signature counts as active in the patient."""

NEGLIGIBLE = 0.01
"""Share of a patient's Poisson noise below which an error is no evidence: that of rounding, in a catalogue without noise."""


def left_out(task: Task) -> Iterator[tuple[int, int, np.ndarray, np.ndarray, np.ndarray]]:
    """Rank, bootstrap sample, and the signatures, their exposures and the places of the left-out patients of every fit."""
    samples = bootstrap_samples(task.catalogue.shape[1], task.resamples, task.seed)
    for rank in task.ranks:
        problems = [
            task.problem(task.catalogue[:, drawn], rank, f"bootstrap {b}", drawn)
            for b, (drawn, _) in enumerate(samples)
        ]
        for b, fit in enumerate(task.fit(problems)):
            yield rank, b, fit.signatures, fit.exposures, samples[b][1]


def mean_errors(task: Task) -> list[Row]:
    """The loss of the left-out patients."""
    rows: list[Row] = []
    for rank, b, signatures, _, places in left_out(task):
        patients, alpha = np.ascontiguousarray(task.catalogue[:, places]), task.dispersion_of(places)
        fitted = signatures @ refit(task.loss, patients, signatures, alpha)
        rows.append((rank, b, ERROR, loss_value(task.loss, patients, fitted, alpha)))
    return rows


def relative_errors(task: Task) -> list[Row]:
    """The mean over left-out patients of the logarithm of error / (1 − active signatures / channels)².

    Refitted exposures follow a patient's noise. Generalised cross-validation corrects for that (Craven & Wahba 1979), and the
    logarithm makes a change of one per cent count alike in every patient. Neither needs the noise to be Poisson's.
    """
    rows: list[Row] = []
    for rank, b, signatures, exposures, places in left_out(task):
        patients = np.ascontiguousarray(task.catalogue[:, places])
        known = smoothed(signatures, exposures)
        fitted = refit(task.loss, patients, known, task.dispersion_of(places))
        active = (fitted > ACTIVE * fitted.sum(axis=0)).sum(axis=0)
        errors = np.maximum(task.errors(patients, known @ fitted, places), NEGLIGIBLE * noise(task.loss, patients))
        rows.append((rank, b, ERROR, float(np.mean(np.log(errors) - 2 * np.log1p(-active / len(patients))))))
    return rows


def noise(loss: str, patients: np.ndarray) -> np.ndarray:
    """The error (N,) that noise alone leaves a patient: 1 per channel as a deviance, with Poisson's the mutations as squares."""
    return patients.sum(axis=0) if loss == FROBENIUS else np.full(patients.shape[1], float(len(patients)))


def one_standard_error(found: Quantities) -> int:
    """The paper study's rule: the standard error is that of the lowest mean."""
    return within_one_standard_error(found[ERROR].mean(), found[ERROR].sem())


MEAN_ERROR = Criterion(
    title="mean error of left-out patients",
    measures="The mean error of the patients left out of bootstrap samples, their exposures refitted.",
    rule="The smallest number at most one standard error above the lowest mean.",
    reference="Egendal et al. 2025; Breiman et al. 1984 (one-standard-error rule)",
    values=mean_errors,
    choose=one_standard_error,
    best=lowest_mean,
)

RELATIVE_ERROR = Criterion(
    title="relative error of left-out patients",
    measures="The mean over left-out patients of the logarithm of their error, corrected for the exposures that were refitted.",
    rule="The smallest number at most one standard error, of the differences between samples, above the lowest mean.",
    reference="Craven & Wahba 1979, Numerische Mathematik 31: 377–403",
    values=relative_errors,
    choose=paired_one_standard_error,
    best=lowest_mean,
)
