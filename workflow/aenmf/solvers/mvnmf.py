"""Minimum-volume NMF: Kullback–Leibler NMF with a penalty on the volume that the signatures span.

With signatures H (M, K) whose columns sum to 1, and exposures W (K, N), it minimises

    D(V ‖ HW) + λ log det(HᵀH + δI)        (Leplat, Gillis & Ang 2020, IEEE Trans. Signal Process. 68: 3400–3410),

D summed over the cells. A round improves the exposures by :mod:`aenmf.solvers.nb_columns` without dispersion, and then takes
majorise-minimise steps on the signatures. log det is concave in HᵀH, so that with F = (H₀ᵀH₀ + δI)⁻¹ at the present point it is
at most tr(F HᵀH) and a constant; that quadratic and the logarithms of D are made separable. With F = F⁺ − F⁻ and multipliers
μ_k for the sums of the columns, each entry solves

    2λd h² + (s_k + μ_k − 4λ(H₀F⁻)_mk) h − b = 0,   d = (H₀(F⁺ + F⁻))_mk / h₀,   b = h₀ ((V/V̂)Wᵀ)_mk,   s_k = Σ_n w_kn.

No step raises the penalised loss.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import kl_div

from aenmf.problem import Trajectory
from aenmf.solvers.common import FLOOR, iterate
from aenmf.solvers.nb_columns import improve_columns

SIGNATURE_STEPS = 5
"""Steps on the signatures for one on the exposures, which needs fewer."""

NEWTON, ROUNDING = 100, 1e-13
"""Newton's steps at most to the multipliers, and the distance of a sum from 1 that is rounding."""


@dataclass(frozen=True)
class Volume:
    """The penalty.

    Attributes:
        weight: λ.
        delta: δ.
    """

    weight: float
    delta: float

    def value(self, signatures: np.ndarray) -> float:
        """λ log det(HᵀH + δI)."""
        return self.weight * log_volume(signatures, self.delta)


def log_volume(signatures: np.ndarray, delta: float) -> float:
    """log det(HᵀH + δI) of signatures (M, K)."""
    gram = signatures.T @ signatures
    return float(np.linalg.slogdet(gram + delta * np.eye(len(gram)))[1])


def penalised_loss(catalogue: np.ndarray, signatures: np.ndarray, exposures: np.ndarray, volume: Volume) -> float:
    """The penalised loss, summed over cells."""
    return float(kl_div(catalogue, signatures @ exposures).sum()) + volume.value(signatures)


def signature_step(catalogue: np.ndarray, signatures: np.ndarray, exposures: np.ndarray, volume: Volume) -> np.ndarray:
    """The signatures (M, K) after one majorise-minimise step; columns sum to 1 before and after."""
    gram = signatures.T @ signatures
    inverse = np.linalg.inv(gram + volume.delta * np.eye(len(gram)))
    positive, negative = np.maximum(inverse, 0.0), np.maximum(-inverse, 0.0)
    curved = 4.0 * volume.weight * (signatures @ (positive + negative)) / signatures
    ratio = catalogue / np.maximum(signatures @ exposures, FLOOR)
    pulled = signatures * (ratio @ exposures.T)
    linear = exposures.sum(axis=1) - 4.0 * volume.weight * (signatures @ negative)

    multiplier = np.zeros(len(gram))
    # A sum falls as its multiplier rises and is convex in it: Newton's steps go to one side of the root, then straight there.
    for _ in range(NEWTON):
        c = linear + multiplier
        root = np.sqrt(np.square(c) + 2.0 * curved * pulled)
        # The two forms of one root: each is free of cancellation for one sign of c.
        found = np.where(c > 0, 2.0 * pulled / np.maximum(c + root, FLOOR), (root - c) / np.maximum(curved, FLOOR))
        off = found.sum(axis=0) - 1.0
        if np.abs(off).max() <= ROUNDING:
            break
        multiplier = multiplier + off / (found / np.maximum(root, FLOOR)).sum(axis=0)
    found = np.maximum(found, FLOOR)
    return found / found.sum(axis=0)


def residual(catalogue: np.ndarray, signatures: np.ndarray, exposures: np.ndarray, volume: Volume) -> float:
    """How far signatures and exposures are from the optimality conditions, relative to the parts of the gradient.

    On columns of sum 1 the gradient has to be the same wherever a signature has mass, and nowhere lower; the share of the
    mass-weighted gradient that differs from its own mean is the residual of the signatures, and as usual of the exposures.
    """
    ratio = catalogue / np.maximum(signatures @ exposures, FLOOR)
    inverse = np.linalg.inv(signatures.T @ signatures + volume.delta * np.eye(signatures.shape[1]))
    bent = 2.0 * volume.weight * signatures @ inverse
    sums = exposures.sum(axis=1)
    gradient = sums - ratio @ exposures.T + bent
    excess = gradient - (signatures * gradient).sum(axis=0)
    size = float((signatures * (sums + np.abs(bent))).sum())
    of_signatures = float((signatures * np.abs(excess)).sum()) / max(size, FLOOR)
    lowest = float((np.maximum(-excess, 0.0) / np.maximum(sums + np.abs(bent), FLOOR)).max(initial=0.0))
    slack = 1.0 - signatures.T @ ratio
    of_exposures = float((exposures * np.abs(slack)).sum()) / max(float(exposures.sum()), FLOOR)
    return max(of_signatures, lowest, of_exposures, float(np.maximum(-slack, 0.0).max(initial=0.0)))


def minimum_volume(
    catalogue: np.ndarray,
    signatures: np.ndarray,
    exposures: np.ndarray,
    volume: Volume,
    tol: float,
    largest_residual: float,
    max_iter: int,
) -> tuple[np.ndarray, np.ndarray, int, bool, Trajectory]:
    """Minimise from signatures (M, K) and exposures (K, N) above zero.

    Args:
        catalogue: (M, N).
        signatures, exposures: where to begin; a column of the signatures is scaled to sum 1.
        volume: the penalty.
        tol: relative fall of the penalised loss per round to stop at.
        largest_residual: with more than this a fit has not converged, and goes on.
        max_iter: rounds at most.

    Returns:
        Signatures, exposures, rounds, whether both rules were met, and the penalised loss per cell on the way.
    """
    sums = signatures.sum(axis=0)
    h, x = signatures / sums, np.ascontiguousarray((exposures * sums[:, None]).T)
    patients = np.ascontiguousarray(catalogue.T)
    without = np.full(patients.shape, np.inf)
    loss = penalised_loss(catalogue, h, x.T, volume)

    def advance(limit: int) -> tuple[int, float, bool]:
        nonlocal h, loss
        for step in range(1, limit + 1):
            improve_columns(patients, np.ascontiguousarray(h), without, x, 1, 0.0)
            for _ in range(SIGNATURE_STEPS):
                h = signature_step(catalogue, h, x.T, volume)
            before, loss = loss, penalised_loss(catalogue, h, x.T, volume)
            if before - loss <= tol * loss and residual(catalogue, h, x.T, volume) <= largest_residual:
                return step, loss / catalogue.size, True
        return limit, loss / catalogue.size, False

    rounds, ended, trajectory = iterate(advance, loss / catalogue.size, max_iter)
    return h, np.ascontiguousarray(x.T), rounds, ended, trajectory
