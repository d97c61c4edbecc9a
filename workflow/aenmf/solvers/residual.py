"""Solvers that stop on the optimality conditions: their options, and the rule."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numba import njit

from aenmf.solvers.common import OPTIMUM, IterationOptions, checked_number

LOOK_EVERY = 10
"""Iterations between two looks at the optimality conditions."""

ROUNDING = 16 * np.finfo(float).eps

ANY_RESIDUAL = 1e100
"""A residual that every point satisfies."""


@dataclass(frozen=True)
class ResidualOptions(IterationOptions):
    """Options of the solvers that stop on the optimality conditions.

    Attributes:
        max_iter: as for every solver; most fits need hundreds of iterations.
        kkt_tol: largest residual of the optimality conditions to stop with.
    """

    max_iter: int = 20_000
    kkt_tol: float = 1e-7

    def __post_init__(self):
        super().__post_init__()
        object.__setattr__(self, "kkt_tol", checked_number("kkt_tol", self.kkt_tol, float, 0.0))

    @property
    def largest_residual(self) -> float:
        return OPTIMUM

    def rough(self) -> Self:
        return replace(super().rough(), kkt_tol=ANY_RESIDUAL) if self.screening else self

    def trial(self, tol: float) -> Self:
        return replace(super().trial(tol), kkt_tol=ANY_RESIDUAL) if tol else self


@njit(cache=True, fastmath=False, error_model="numpy")
def converged(residual, fall, loss, scale, tol, kkt_tol):
    """The stopping rule at a look.

    Args:
        residual: of the optimality conditions.
        fall: of the loss since the last look.
        loss: now; a sum over cells like ``fall`` and ``scale``.
        scale: the size of the terms the loss is a difference of, which its rounding errors are proportional to.
        tol, kkt_tol: options.
    """
    return residual <= kkt_tol and fall <= LOOK_EVERY * tol * loss + ROUNDING * scale
