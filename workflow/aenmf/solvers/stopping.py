"""The stopping rule that the multiplicative updates of NMF and of convex NMF share."""

from __future__ import annotations

from numba import njit

LOOKS = 64
"""A loss that costs an iteration is looked at no more often than once per 1/64 of the iterations done so far."""


@njit(cache=True, fastmath=False, error_model="numpy")
def settled(before, after, tol):
    """Whether the loss changed relatively by less than ``tol``; an exact fit is settled, nan never is."""
    return abs(before - after) < tol * before or after == 0.0
