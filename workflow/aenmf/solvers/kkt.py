"""How far a point is from satisfying the optimality conditions of a non-negative problem, in one number without a unit.

For minimising a smooth loss over x ≥ 0 the conditions (Karush, Kuhn, Tucker) are, entry by entry: x ≥ 0, gradient ≥
0, and x · gradient = 0. In factorisations every gradient is a difference ``positive − negative`` of two
non-negative parts, the denominator and the numerator of the multiplicative update, and both have the unit loss/x.
Hence two numbers without unit:

- *complementarity*: Σ x·|positive − negative| / Σ x·max(positive, negative), the share of the x-weighted gradient that
  does not cancel;
- *dual feasibility*: the largest (negative − positive)₊ / (positive + negative), the worst entry that would still grow,
  also where x is zero, which a multiplicative update cannot leave and a small step cannot see.

The residual of a block is the larger of the two, the residual of a model the largest over its blocks. It lies in
[0, 1], is 0 exactly at a stationary point, and is unchanged when the catalogue is multiplied by a constant and when
a signature and its exposures are rescaled against each other.
"""

from __future__ import annotations

import numpy as np

from aenmf.losses import FROBENIUS, KULLBACK_LEIBLER, NEGATIVE_BINOMIAL, needed

LEAST_FITTED = 1e-100
"""Smallest reconstructed count that a ratio v/v̂ is taken with; a fitted v > 0 is many orders above it."""


def kkt_block(x: np.ndarray, gradient_positive_part: np.ndarray, gradient_negative_part: np.ndarray) -> float:
    """Relative residual of the optimality conditions of one block of variables (see the module's text).

    Args:
        x: the block's entries, non-negative, any shape.
        gradient_positive_part: the non-negative part of the gradient that is added, same shape (any common scale).
        gradient_negative_part: the non-negative part of the gradient that is subtracted, same shape.

    Returns:
        A number in [0, 1], nan if an entry of any argument is not finite.
    """
    total = gradient_positive_part + gradient_negative_part
    if not (np.isfinite(total).all() and np.isfinite(x).all()):
        return float("nan")
    gradient = gradient_positive_part - gradient_negative_part
    weight = float(np.sum(x * np.maximum(gradient_positive_part, gradient_negative_part)))
    complementarity = float(np.sum(x * np.abs(gradient))) / weight if weight > 0 else 0.0
    growing = np.divide(-gradient, total, out=np.zeros_like(total), where=total > 0)
    return max(complementarity, float(growing.max(initial=0.0)))


def loss_gradient_parts(
    loss: str, catalogue: np.ndarray, reconstruction: np.ndarray, dispersion: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The two parts of the loss's gradient with respect to the reconstruction, up to a common constant.

    For ``frobenius`` these are v̂ and v, for ``kullback-leibler`` 1 and v/v̂, and for ``negative-binomial`` with dispersion α
    (v + α)/(v̂ + α) and v/v̂. A model's own parts follow by the
    chain rule: those of the exposures of V̂ = H W are Hᵀ times these, those of the signatures these times Wᵀ.

    Args:
        loss: one of :data:`aenmf.losses.LOSSES`.
        catalogue: (M, N) counts.
        reconstruction: (M, N) reconstructed counts.
        dispersion: α (N,), for ``negative-binomial``.

    Returns:
        The positive and the negative part, each (M, N).
    """
    if loss == FROBENIUS:
        return reconstruction, catalogue
    if loss == KULLBACK_LEIBLER:
        return np.ones_like(reconstruction), catalogue / np.maximum(reconstruction, LEAST_FITTED)
    if loss == NEGATIVE_BINOMIAL:
        alpha = np.asarray(needed(dispersion))
        finite = np.where(np.isinf(alpha), 1.0, alpha)
        positive = np.where(np.isinf(alpha), 1.0, (catalogue + finite) / (reconstruction + finite))
        return positive, catalogue / np.maximum(reconstruction, LEAST_FITTED)
    raise ValueError(f"unknown loss {loss!r}")


def kkt_nmf(
    loss: str,
    catalogue: np.ndarray,
    signatures: np.ndarray,
    exposures: np.ndarray,
    dispersion: np.ndarray | None = None,
) -> float:
    """Residual of NMF's optimality conditions: the larger one of the two blocks.

    Args:
        loss: one of :data:`aenmf.losses.LOSSES`.
        catalogue: (M, N).
        signatures: (M, K).
        exposures: (K, N).
        dispersion: α (N,), for ``negative-binomial``.
    """
    positive, negative = loss_gradient_parts(loss, catalogue, signatures @ exposures, dispersion)
    return max(
        kkt_block(exposures, signatures.T @ positive, signatures.T @ negative),
        kkt_block(signatures, positive @ exposures.T, negative @ exposures.T),
    )


def kkt_convex(
    loss: str,
    catalogue: np.ndarray,
    weights: np.ndarray,
    exposures: np.ndarray,
    signatures: np.ndarray | None = None,
    dispersion: np.ndarray | None = None,
) -> float:
    """Residual of convex NMF's optimality conditions: the larger one of the two blocks, without unit, 0 if stationary.

    Args:
        loss: one of :data:`aenmf.losses.LOSSES`.
        catalogue: (M, N).
        weights: (N, K).
        exposures: (K, N).
        signatures: (M, K), V @ weights if not given.
        dispersion: α (N,), for ``negative-binomial``.
    """
    signatures = catalogue @ weights if signatures is None else signatures
    positive, negative = loss_gradient_parts(loss, catalogue, signatures @ exposures, dispersion)
    # The weights' gradient is Vᵀ(∂loss/∂V̂)Wᵀ: the thin product first, so that nothing of size N × N arises.
    return max(
        kkt_block(exposures, signatures.T @ positive, signatures.T @ negative),
        kkt_block(weights, catalogue.T @ (positive @ exposures.T), catalogue.T @ (negative @ exposures.T)),
    )
