"""NMF with automatic relevance determination (Tan & Févotte 2013, IEEE Trans. Pattern Anal. Mach. Intell. 35: 1592–1605).

Each signature and its exposures share a scale λ_k with an inverse-gamma prior, and have half-exponential priors of that scale.
With Poisson counts the maximum a posteriori estimate minimises

    D(V ‖ HW) + Σ_k [ (Σ_m h_mk + Σ_n w_kn + b)/λ_k + c log λ_k ],    c = M + N + a + 1,

D the Kullback–Leibler divergence summed over cells. For given factors λ_k = (Σ_m h_mk + Σ_n w_kn + b)/c, and a majorise-minimise
step on either factor is

    H ← H ∘ ((V/V̂)Wᵀ) / (1Wᵀ + 1/λ),    W ← W ∘ (Hᵀ(V/V̂)) / (Hᵀ1 + 1/λ).

No step raises the loss. Signatures that the counts do not need shrink to nothing, where λ_k = b/c.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import kl_div

from aenmf.problem import Trajectory
from aenmf.solvers.common import FLOOR, iterate


@dataclass(frozen=True)
class Prior:
    """The prior of the scales.

    Attributes:
        a: its shape.
        b: its scale; :func:`matched` takes it from the counts.
    """

    a: float
    b: float

    def weight(self, catalogue: np.ndarray) -> float:
        """c = M + N + a + 1."""
        return sum(catalogue.shape) + self.a + 1.0

    def scales(self, catalogue: np.ndarray, signatures: np.ndarray, exposures: np.ndarray) -> np.ndarray:
        """λ (K,) for given factors."""
        return (signatures.sum(axis=0) + exposures.sum(axis=1) + self.b) / self.weight(catalogue)


def matched(catalogue: np.ndarray, rank: int, a: float) -> Prior:
    """The prior under which the mean count is the mean of the catalogue: b = √((a − 1)(a − 2) v̄ / K)."""
    return Prior(a, float(np.sqrt((a - 1.0) * (a - 2.0) * catalogue.mean() / rank)))


def penalised_loss(catalogue: np.ndarray, signatures: np.ndarray, exposures: np.ndarray, prior: Prior) -> float:
    """The loss at the best scales, summed over cells and signatures."""
    scales, weight = prior.scales(catalogue, signatures, exposures), prior.weight(catalogue)
    return float(kl_div(catalogue, signatures @ exposures).sum() + (weight + weight * np.log(scales)).sum())


def step(
    catalogue: np.ndarray, signatures: np.ndarray, exposures: np.ndarray, prior: Prior
) -> tuple[np.ndarray, np.ndarray]:
    """Both factors after one step on the signatures and one on the exposures, each with the best scales."""
    ratio = catalogue / np.maximum(signatures @ exposures, FLOOR)
    shrink = 1.0 / prior.scales(catalogue, signatures, exposures)
    signatures = np.maximum(signatures * (ratio @ exposures.T) / (exposures.sum(axis=1) + shrink), FLOOR)
    ratio = catalogue / np.maximum(signatures @ exposures, FLOOR)
    shrink = 1.0 / prior.scales(catalogue, signatures, exposures)
    below = (signatures.sum(axis=0) + shrink)[:, None]
    return signatures, np.maximum(exposures * (signatures.T @ ratio) / below, FLOOR)


def determine_relevance(
    catalogue: np.ndarray, signatures: np.ndarray, exposures: np.ndarray, prior: Prior, tol: float, max_iter: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, int, bool, Trajectory]:
    """Minimise from signatures (M, K) and exposures (K, N) above zero, with K more than needed.

    Args:
        catalogue: (M, N).
        signatures, exposures: where to begin.
        prior: of the scales.
        tol: the largest relative change of a scale in a step to stop at.
        max_iter: steps at most.

    Returns:
        Signatures, exposures, the relevance (K,) λ_k c/b − 1, which is zero for a signature without mass, the number of
        steps, whether the rule was met, and the loss per cell on the way.
    """
    scales = prior.scales(catalogue, signatures, exposures)

    def advance(limit: int) -> tuple[int, float, bool]:
        nonlocal signatures, exposures, scales
        for done in range(1, limit + 1):
            signatures, exposures = step(catalogue, signatures, exposures, prior)
            before, scales = scales, prior.scales(catalogue, signatures, exposures)
            if np.max(np.abs(scales - before) / before) < tol:
                return done, loss(), True
        return limit, loss(), False

    def loss() -> float:
        return penalised_loss(catalogue, signatures, exposures, prior) / catalogue.size

    steps, ended, trajectory = iterate(advance, loss(), max_iter)
    relevance = scales * prior.weight(catalogue) / prior.b - 1.0
    return signatures, exposures, relevance, steps, ended, trajectory
