"""Anderson acceleration of a fixed-point map x → g(x), compiled (Anderson 1965; Walker & Ni 2011).

Near a solution, alternating updates contract by a constant factor per iteration, often 0.999. From the last few
steps one can read how the residual g(x) − x responds to moves and jump to where it would vanish, which is a
quasi-Newton method on the residual. The jump may be too bold, so the caller compares losses and keeps the plain
step where the jump does not pay. A memory whose jumps keep failing is emptied, or the iteration would be back at its
plain pace for thousands of iterations.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from aenmf.solvers.common import checked_number
from aenmf.solvers.nnqp import solve_on_support
from aenmf.solvers.residual import ResidualOptions

FAST = {"reassoc", "contract", "nsz"}
RIDGE = 1e-10
RESCALE_EVERY = 50
"""Iterations after which the weights of the residual are renewed and the memory starts afresh."""

PATIENCE = 5
"""Jumps in a row that do not pay before the memory starts afresh: what it holds then leads nowhere, and would for long."""


@dataclass(frozen=True)
class AcceleratedOptions(ResidualOptions):
    """Options of the accelerated coordinate descent solvers.

    Attributes:
        sweeps: coordinate sweeps over a factor before the other one's turn.
        depth: steps remembered for the extrapolation.
    """

    sweeps: int = 3
    depth: int = 10

    def __post_init__(self):
        super().__post_init__()
        object.__setattr__(self, "sweeps", checked_number("sweeps", self.sweeps, int, 1))
        object.__setattr__(self, "depth", checked_number("depth", self.depth, int, 1))


def new_memory(size: int, depth: int) -> tuple[np.ndarray, ...]:
    """Empty memory for ``depth`` past steps of a vector of ``size`` entries.

    The arrays are: differences of g (depth, size), of the scaled residual (depth, size), their Gram matrix (depth,
    depth), the last g and the last scaled residual (size), and two counts: of the residuals seen and of the last jumps
    in a row that did not pay.
    """
    return (
        np.zeros((depth, size)),
        np.zeros((depth, size)),
        np.zeros((depth, depth)),
        np.zeros(size),
        np.zeros(size),
        np.zeros(2, np.int64),
    )


@njit(cache=True, fastmath=False, error_model="numpy")
def forget(memory):
    """Empty the memory."""
    memory[5][:] = 0


@njit(cache=True, fastmath=False, error_model="numpy")
def note_jump(memory, paid):
    """Count whether the last jump was taken; the memory is emptied after :data:`PATIENCE` in a row that were not."""
    counts = memory[5]
    counts[1] = 0 if paid else counts[1] + 1
    if counts[1] >= PATIENCE:
        counts[:] = 0


@njit(cache=True, fastmath=FAST, error_model="numpy")
def extrapolate(memory, x, g, scale, out):
    """Note the step from x to g = g(x) in the memory and write the extrapolated point to ``out``.

    Args:
        memory: from :func:`new_memory`.
        x, g: (size,).
        scale: (size,) weights that make residual entries comparable, such as roots of curvatures.
        out: (size,); may have negative entries. Equal to g as long as the memory is empty.
    """
    steps, changes, products, last_g, last_residual, seen = memory
    depth = len(steps)
    count = seen[0]
    seen[0] = count + 1
    if count > 0:
        slot = (count - 1) % depth
        step, change = steps[slot], changes[slot]
        for i in range(len(x)):
            residual = (g[i] - x[i]) * scale[i]
            step[i] = g[i] - last_g[i]
            change[i] = residual - last_residual[i]
            last_residual[i] = residual
            last_g[i] = g[i]
    else:
        for i in range(len(x)):
            last_residual[i] = (g[i] - x[i]) * scale[i]
            last_g[i] = g[i]
    for i in range(len(g)):
        out[i] = g[i]
    used = min(count, depth)
    if used == 0:
        return
    right, weights, support = np.empty(used), np.empty(used), np.empty(used, np.int64)
    damped = np.empty((used, used))
    for a in range(used):
        row, s = changes[a], 0.0
        for i in range(len(row)):
            s += row[i] * last_residual[i]
        right[a] = s
        support[a] = a
        s = 0.0
        for i in range(len(row)):
            s += row[i] * change[i]
        products[a, slot] = s
        products[slot, a] = s
    for a in range(used):
        for b in range(used):
            damped[a, b] = products[a, b]
        damped[a, a] *= 1.0 + RIDGE
    if not solve_on_support(damped, right, support, used, np.empty((used, used)), weights):
        seen[0] = 1  # the remembered steps are linearly dependent: start afresh
        return
    for a in range(used):
        row, weight = steps[a], weights[a]
        for i in range(len(row)):
            out[i] -= weight * row[i]
