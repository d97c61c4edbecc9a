"""What starts and moves are made of: exposures on fixed signatures, patients' losses, and factors as a starting point."""

from __future__ import annotations

import numpy as np

from aenmf.losses import FROBENIUS, NEGATIVE_BINOMIAL, needed, negative_binomial_cells
from aenmf.problem import Problem, Start
from aenmf.solvers.ae_decoder import best_decoder_frobenius, best_decoder_kl
from aenmf.solvers.nb_columns import improve_columns

SOFT = 0.01
"""Share of the cohort's mean profile in each signature of a start: solvers that multiply cannot leave a zero."""

LEAST_SHARE = 1e-3
"""Smallest exposure of a start, as a part of the patient's mutations over K."""

NEWTON = 1e-4
"""Accuracy of the Kullback–Leibler exposures, as a part of the patient's mutations; a start needs no more."""

STEPS = 30
"""Steps at most to the negative-binomial exposures of a start."""

LEAST = 1e-10
"""Smallest reconstructed share of a patient's mutations: a channel without any signature costs much, but not infinitely."""


class Cohort:
    """A problem's patients as profiles.

    Attributes:
        problem: the problem.
        totals: (N,) mutations.
        profiles: (N, M) profiles of sum 1, zero for a patient without mutations.
        mean: (M,) the mean profile of the patients with mutations.
        stakes: (N,) what a patient's loss of the profile is multiplied by in the loss of the catalogue.
        dispersion: (N, M) that of the profiles, α over the patient's mutations; only with the negative-binomial loss.
    """

    def __init__(self, problem: Problem):
        self.problem = problem
        self.totals = problem.catalogue.sum(axis=0)
        self.profiles = np.ascontiguousarray(problem.catalogue.T) / np.where(self.totals > 0, self.totals, 1.0)[:, None]
        self.mean = self.profiles.sum(axis=0) / np.count_nonzero(self.totals)
        scale = self.totals / self.totals.max()
        self.stakes = scale**2 if problem.loss == FROBENIUS else scale
        if problem.loss == NEGATIVE_BINOMIAL:
            own = np.asarray(needed(problem.dispersion)) / np.where(self.totals > 0, self.totals, 1.0)
            self.dispersion = np.repeat(own[:, None], len(problem.catalogue), axis=1)

    def expose(self, signatures: np.ndarray, shares: np.ndarray | None = None) -> np.ndarray:
        """The best exposures (N, K) of the profiles on signatures (K, M), warm-started from ``shares`` (N, K)."""
        sums = np.maximum(signatures.sum(axis=1), np.finfo(float).tiny)
        shares = 1.0 / (len(sums) * sums) * np.ones((len(self.totals), 1)) if shares is None else shares.copy()
        if self.problem.loss == FROBENIUS:
            best_decoder_frobenius(self.profiles, signatures, shares)
        elif self.problem.loss == NEGATIVE_BINOMIAL:
            shares = np.maximum(shares, LEAST_SHARE / len(sums))  # a step from zero is hardly ever long enough
            improve_columns(self.profiles, np.ascontiguousarray(signatures.T), self.dispersion, shares, STEPS, NEWTON)
        else:
            best_decoder_kl(self.profiles, signatures, shares, NEWTON)
        return shares

    def losses(self, signatures: np.ndarray, shares: np.ndarray) -> np.ndarray:
        """Each patient's part (N,) of the loss, up to a common factor; at least 0 and exactly 0 without mutations."""
        fitted = shares @ signatures
        if self.problem.loss == FROBENIUS:
            own = np.square(self.profiles - fitted).sum(axis=1)
        elif self.problem.loss == NEGATIVE_BINOMIAL:
            own = negative_binomial_cells(self.profiles, np.maximum(fitted, LEAST), self.dispersion).sum(axis=1)
        else:
            ratio = self.profiles / np.maximum(fitted, LEAST)
            own = (self.profiles * np.log(np.where(ratio > 0, ratio, 1.0)) - self.profiles + fitted).sum(axis=1)
        return np.maximum(own, 0.0) * self.stakes

    def draw(self, losses: np.ndarray, generator: np.random.Generator) -> int:
        """A patient with mutations, drawn in proportion to the losses (N,), or evenly if nobody has any."""
        odds = losses if losses.sum() > 0 else (self.totals > 0).astype(float)
        return int(generator.choice(len(odds), p=odds / odds.sum()))

    def start(self, signatures: np.ndarray, shares: np.ndarray, weights: np.ndarray | None) -> Start:
        """Factors as a starting point without zeros.

        Args:
            signatures: (K, M) of sum 1.
            shares: (N, K) exposures of the profiles.
            weights: (N, K), the parts of the patients' profiles in each signature; None for a model without.
        """
        n, k = shares.shape
        exposures = np.maximum(shares, LEAST_SHARE / k) * self.totals[:, None]
        if weights is None:
            thin, mixed = (1.0 - SOFT) * signatures + SOFT * self.mean, np.zeros((n, k))
        else:
            soft = (1.0 - SOFT) * weights + SOFT * (self.totals > 0)[:, None] / np.count_nonzero(self.totals)
            thin = soft.T @ self.profiles
            mixed = soft / np.where(self.totals > 0, self.totals, 1.0)[:, None]
        return Start(np.ascontiguousarray(thin.T), np.ascontiguousarray(exposures.T), mixed)
