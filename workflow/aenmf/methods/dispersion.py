"""The dispersion α of negative-binomial counts, variance v̂ + v̂²/α: given, or estimated from a cohort.

It is estimated once for a cohort and a number of signatures, before anything is compared: NMF's signatures and exposures and
the α of highest likelihood are found in turn until α stays. NMF is used for every method, because its mean is the freest; an
α of each method's own would hide a bad fit. As the mean follows the noise, α would come out too high, by a quarter where
counts are low; so the likelihood is the adjusted one of Cox & Reid (1987), with ½ log det of the information on the factors
taken off. Of that its part of every cell is taken to be the share of the factors' parameters in the patient's channels.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from scipy.special import digamma

from aenmf.losses import KULLBACK_LEIBLER, NEGATIVE_BINOMIAL
from aenmf.methods.nmf import NMF
from aenmf.problem import Problem, Start
from aenmf.seeds import Seed
from aenmf.solvers.nb_nmf import MM
from aenmf.solvers.residual import ResidualOptions

ONE, PER_PATIENT = "one", "per-patient"
SMALLEST, LARGEST = 1e-3, 1e6
"""Between these α is sought; where the likelihood still rises at the largest, the counts are Poisson's and α is infinite."""

ACTIVE = 1e-6
"""Entries of signatures, and shares of a patient's mutations, above which a factor counts as free."""

STILL, ROUNDS, HALVINGS, STARTS = 1e-4, 30, 50, 5
"""Relative change of α to stop at, rounds at most, halvings of the interval of log α, and random starts of the first NMF."""


def dispersion(catalogue: np.ndarray, setting: float | str, rank: int, seed: Seed) -> np.ndarray:
    """The dispersion (N,) of the patients of a catalogue (M, N).

    Args:
        catalogue: counts.
        setting: a number for all, ``one`` to estimate it, or ``per-patient`` to estimate one for each.
        rank: number of signatures of the mean.
        seed: stream of the starting points.
    """
    if not isinstance(setting, str):
        return np.full(catalogue.shape[1], float(setting))
    options: Any = {"restarts": STARTS, "kkt_tol": 1e-5}
    problem = Problem(catalogue, rank, KULLBACK_LEIBLER, seed)
    [fit] = NMF({KULLBACK_LEIBLER: "ccd"}, options).fit([problem])
    signatures, exposures = fit.signatures, fit.exposures
    per_patient = setting == PER_PATIENT
    alpha = likeliest(catalogue, signatures, exposures, per_patient)
    for _ in range(ROUNDS):
        overdispersed = replace(problem, loss=NEGATIVE_BINOMIAL, dispersion=alpha)
        start = Start(signatures, exposures, problem.start().weights)
        solution = MM.solve(overdispersed, start, ResidualOptions(kkt_tol=1e-5))
        signatures, exposures = solution.signatures, solution.exposures
        before, alpha = alpha, likeliest(catalogue, signatures, exposures, per_patient)
        if np.all(np.abs(np.reciprocal(alpha) - np.reciprocal(before)) <= STILL * np.reciprocal(before)):
            break
    return alpha


def parameters(signatures: np.ndarray, exposures: np.ndarray) -> np.ndarray:
    """The share (N,) of the free parameters of the mean in the cells of each patient; those at zero are not free."""
    (m, k), n = signatures.shape, exposures.shape[1]
    active = (exposures > ACTIVE * exposures.sum(axis=0)).sum(axis=0)
    return (active + ((signatures > ACTIVE).sum() - k) / n) / m


def likeliest(catalogue: np.ndarray, signatures: np.ndarray, exposures: np.ndarray, per_patient: bool) -> np.ndarray:
    """The α (N,) of highest adjusted likelihood for given factors: one for all patients, or one for each.

    The derivative of the log-likelihood is Σ ψ(v + α) − ψ(α) + log(α/(α + v̂)) + 1 − (v + α)/(v̂ + α), and that of the
    adjustment −Σ ρ v̂/(2α(α + v̂)), with ρ the share of parameters. The zero is found by halving an interval of log α.
    """
    n, mean, share = catalogue.shape[1], signatures @ exposures, parameters(signatures, exposures)

    def rises(alpha: np.ndarray) -> np.ndarray:
        score = (
            digamma(catalogue + alpha) - digamma(alpha) - np.log1p(mean / alpha) + (mean - catalogue) / (mean + alpha)
        )
        by_patient = (score - 0.5 * share * mean / (alpha * (alpha + mean))).sum(axis=0)
        return by_patient > 0 if per_patient else np.full(n, by_patient.sum() > 0)

    low, high = np.full(n, np.log(SMALLEST)), np.full(n, np.log(LARGEST))
    poisson = rises(np.exp(high))
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        up = rises(np.exp(middle))
        low, high = np.where(up, middle, low), np.where(up, high, middle)
    return np.where(poisson, np.inf, np.exp(0.5 * (low + high)))
