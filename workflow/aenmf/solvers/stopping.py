"""When a loss that no longer changes stops a solver."""

from __future__ import annotations

import numpy as np
from numba import njit

from aenmf.losses import FROBENIUS, KULLBACK_LEIBLER, NEGATIVE_BINOMIAL

LOOKS = 64
"""A loss that costs an iteration is looked at no more often than once per 1/64 of the iterations done so far."""


@njit(cache=True, fastmath=False, error_model="numpy")
def settled(before, after, tol, exact):
    """Whether the loss changed relatively by less than ``tol`` or is at most ``exact``; nan never is settled."""
    return abs(before - after) < tol * before or after <= exact


ROUNDING_ERROR = {FROBENIUS: 1e-28, KULLBACK_LEIBLER: 1e-14, NEGATIVE_BINOMIAL: 1e-14}
"""A loss below this part of Σ v² or Σ v is rounding error: the reconstruction is exact, no change has a meaning."""


def exact_loss(loss: str, catalogue: np.ndarray) -> float:
    """The loss, summed over cells, below which a reconstruction is exact up to rounding."""
    return ROUNDING_ERROR[loss] * float(np.square(catalogue).sum() if loss == FROBENIUS else catalogue.sum())
