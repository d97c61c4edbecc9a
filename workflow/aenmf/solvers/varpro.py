"""What the variable-projection solvers share: their options, and L-BFGS until the loss no longer changes.

Where one factor can be solved exactly for a fixed other one, the loss can be minimised over that other one alone (Golub &
Pereyra 1973). This is done by L-BFGS (Liu & Nocedal 1989; scipy's L-BFGS-B without bounds).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np
from threadpoolctl import threadpool_limits

from aenmf.problem import Problem, Trajectory
from aenmf.solvers.common import OPTIMUM, IterationOptions, checked_number
from aenmf.solvers.stopping import exact_loss

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult

LOOK_BACK = 10
"""The stopping rule averages the loss's relative change over so many iterations: one can be small by chance."""

TRIAL = 1e-5
"""Accuracy of the exposures in runs that only try out a starting point."""

SIZE = 1e10
"""The loss handed to L-BFGS starts at this value, so that its tests never meet the absolute constants of its code."""


@dataclass(frozen=True)
class VarproOptions(IterationOptions):
    """Options of the variable-projection solvers.

    Attributes:
        tol: stop when the relative change of the loss per iteration, averaged over ten iterations, is below this.
        memory: number of steps L-BFGS remembers.
        decoder_tol: accuracy of the exposures for KL, see :func:`aenmf.solvers.ae_decoder.best_decoder_kl`.
    """

    tol: float = 1e-9
    max_iter: int = 10_000
    memory: int = 10
    decoder_tol: float = 1e-8

    def __post_init__(self):
        super().__post_init__()
        object.__setattr__(self, "memory", checked_number("memory", self.memory, int, 1))
        object.__setattr__(self, "decoder_tol", checked_number("decoder_tol", self.decoder_tol, float, 0.0))

    @property
    def largest_residual(self) -> float:
        return OPTIMUM

    def trial(self, tol: float) -> Self:
        return replace(super().trial(tol), decoder_tol=max(self.decoder_tol, TRIAL)) if tol else self


def descend(
    problem: Problem, start: np.ndarray, loss: Callable[[np.ndarray], tuple[float, np.ndarray]], options: VarproOptions
) -> tuple[np.ndarray, bool, Trajectory]:
    """L-BFGS from ``start`` until the loss no longer changes.

    Args:
        problem: whose loss it is; below :func:`aenmf.solvers.stopping.exact_loss` there is nothing to gain.
        start: of any shape.
        loss: of a point of that shape, the mean loss per cell and the gradient of the loss summed over cells, of any shape.
        options: of the solver.

    Returns:
        The last point, whether the stopping rule fired, and the trajectory, iteration 0 included. An iteration is one of L-BFGS,
        about 1.1 evaluations of ``loss``.
    """
    from scipy.optimize import minimize  # slow to import, and only some fits need it

    cells = problem.catalogue.size
    began = time.perf_counter()
    losses, seconds = [loss(start)[0]], [0.0]
    unit = SIZE / losses[0] if losses[0] > 0 else 1.0
    rounding = exact_loss(problem.loss, problem.catalogue) / cells

    def scaled(x: np.ndarray) -> tuple[float, np.ndarray]:
        mean, gradient = loss(x.reshape(start.shape))
        return unit * mean, (unit / cells) * gradient.ravel()

    def plateau() -> bool:
        flat = len(losses) > LOOK_BACK and losses[-1 - LOOK_BACK] - losses[-1] <= LOOK_BACK * options.tol * losses[-1]
        return flat or losses[-1] <= rounding

    def after_iteration(intermediate_result: OptimizeResult) -> None:
        losses.append(intermediate_result.fun / unit)
        seconds.append(time.perf_counter() - began)
        if plateau():
            raise StopIteration

    x, done, converged = start.ravel(), 0, False
    with threadpool_limits(1, user_api="blas"):  # sums of long vectors must not depend on the number of threads
        while not converged and done < options.max_iter:
            settings = {"maxiter": options.max_iter - done, "maxfun": 100 * options.max_iter, "ftol": 0.0, "gtol": 0.0}
            result = minimize(
                scaled, x, jac=True, method="L-BFGS-B", callback=after_iteration,
                options={**settings, "maxcor": options.memory},
            )  # fmt: skip
            x, gained = result.x, len(losses) - 1 - done
            done += gained
            # A line search that finds nothing ends L-BFGS: it begins again without memory, unless it had just begun.
            converged = gained == 0 or plateau()
    trajectory = Trajectory(np.arange(done + 1), np.array(losses), np.array(seconds))
    return x.reshape(start.shape), converged, trajectory
