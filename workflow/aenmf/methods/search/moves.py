"""Moves: from a local optimum to a starting point beyond it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np

from aenmf.methods.search.geometry import Cohort
from aenmf.problem import Start
from aenmf.solvers.common import Solution, scale_signatures

NEAR = 0.4
"""Probability of taking the first, else the second and so on, of the signatures ordered by what leaving one out costs."""

BACK = 0.9999
"""A move whose signatures all have at least this cosine with those before it has led back."""

ALIKE = 4
"""Two signatures are merged in proportion to this power of their cosine."""

STIR = 0.7
"""Standard deviation of the logarithm of the factors that a shake multiplies entries by."""

Left = tuple[np.ndarray, np.ndarray]


class Place:
    """A local optimum and the ways out of it.

    Attributes:
        signatures: (K, M) of sum 1.
        shares: (N, K) exposures of the profiles.
        weights: (N, K) parts of the profiles in each signature, None for a model without.
    """

    def __init__(self, cohort: Cohort, solution: Solution):
        signatures, exposures, sums = scale_signatures(solution.signatures, solution.exposures)
        self.cohort = cohort
        self.signatures = np.ascontiguousarray(signatures.T)
        self.shares = np.ascontiguousarray(exposures.T) / np.where(cohort.totals > 0, cohort.totals, 1.0)[:, None]
        weights = solution.extras.get("weights")
        self.weights = None if weights is None else weights * cohort.totals[:, None] / np.where(sums > 0, sums, 1.0)

    def is_back(self, solution: Solution) -> bool:
        """Whether a move has led back here: the same signatures, in their places."""
        other = solution.signatures / np.maximum(np.linalg.norm(solution.signatures, axis=0), 1e-300)
        own = self.signatures / np.linalg.norm(self.signatures, axis=1)[:, None]
        return bool((own * other.T).sum(axis=1).min() > BACK)

    @cached_property
    def left_out(self) -> list[Left]:
        """For each signature the others' exposures (N, K − 1) and the patients' losses (N,) without it."""
        return [self.without(k, self.signatures, self.shares) for k in range(len(self.signatures))]

    def without(self, k: int, signatures: np.ndarray, shares: np.ndarray) -> Left:
        """Exposures and losses when signature ``k`` is left out."""
        others = np.ascontiguousarray(np.delete(signatures, k, axis=0))
        kept = np.ascontiguousarray(np.delete(shares, k, axis=1))
        if len(others):
            kept = self.cohort.expose(others, kept)
        return kept, self.cohort.losses(others, kept)

    def insert(self, k: int, signatures: np.ndarray, weights: np.ndarray | None, left: Left, patient: int) -> Start:
        """The start in which signature ``k`` is the profile of a patient; exposures are the best ones."""
        signatures, shares = signatures.copy(), np.insert(left[0], k, LEAST_EXPOSURE, axis=1)
        signatures[k] = self.cohort.profiles[patient]
        if weights is not None:
            weights = weights.copy()
            weights[:, k] = 0.0
            weights[patient, k] = 1.0
        return self.cohort.start(signatures, self.cohort.expose(signatures, shares), weights)

    def swap(self, generator: np.random.Generator) -> Start:
        """Delete a signature that costs little, insert a patient drawn by the losses without it."""
        order = np.argsort([losses.sum() for _, losses in self.left_out], kind="stable")
        k = int(order[(generator.geometric(NEAR) - 1) % len(order)])
        patient = self.cohort.draw(self.left_out[k][1], generator)
        return self.insert(k, self.signatures, self.weights, self.left_out[k], patient)

    def merge(self, generator: np.random.Generator) -> Start:
        """Merge two signatures that are alike, insert a patient drawn by the losses that this leaves."""
        k = len(self.signatures)
        if k == 1:
            return self.swap(generator)
        unit = self.signatures / np.linalg.norm(self.signatures, axis=1)[:, None]
        first, second = np.triu_indices(k, 1)
        odds = np.maximum((unit @ unit.T)[first, second], 1e-3) ** ALIKE
        pair = generator.choice(len(odds), p=odds / odds.sum())
        i, j = int(first[pair]), int(second[pair])
        mass = (self.shares * self.cohort.totals[:, None]).sum(axis=0)
        part = mass[i] / max(mass[i] + mass[j], 1e-300)
        signatures, shares, weights = self.signatures.copy(), self.shares.copy(), self.weights
        signatures[i] = part * signatures[i] + (1 - part) * signatures[j]
        shares[:, i] += shares[:, j]
        if weights is not None:
            weights = weights.copy()
            weights[:, i] = part * weights[:, i] + (1 - part) * weights[:, j]
        left = self.without(j, signatures, shares)
        return self.insert(j, signatures, weights, left, self.cohort.draw(left[1], generator))

    def shake(self, generator: np.random.Generator) -> Start:
        """Multiply every entry by a random factor (basin hopping)."""
        if self.weights is None:
            weights, signatures = (
                None,
                self.signatures * np.exp(STIR * generator.standard_normal(self.signatures.shape)),
            )
        else:
            weights = self.weights * np.exp(STIR * generator.standard_normal(self.weights.shape))
            weights = weights / np.maximum(weights.sum(axis=0), 1e-300)
            signatures = weights.T @ self.cohort.profiles
        signatures = np.ascontiguousarray(signatures / np.maximum(signatures.sum(axis=1), 1e-300)[:, None])
        return self.cohort.start(signatures, self.cohort.expose(signatures, self.shares), weights)


LEAST_EXPOSURE = 1e-3
"""Share of a patient's mutations that a new signature begins with."""

MOVES: dict[str, Callable[[Place, np.random.Generator], Start]] = {
    "swap": Place.swap,
    "merge": Place.merge,
    "shake": Place.shake,
}
