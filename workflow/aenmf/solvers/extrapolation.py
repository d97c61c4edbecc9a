"""Extrapolated exposures for alternating solvers (Ang & Gillis 2019): go on in the direction of the last round.

Solving exposures and signatures in turn zigzags along a valley. A round therefore fits the signatures to max(0, W + β(W − W')),
with W the exposures just solved and W' those of the round before. β grows while the loss falls; a round in which it does not is
taken back, and the next goes without. The loss at the solved exposures never rises.
"""

from __future__ import annotations

import numpy as np
from numba import njit

FIRST, GROWTH, CEILING_GROWTH, CUT = 0.5, 1.05, 1.01, 1.5
"""The first β; after a success β and its ceiling are multiplied by the next two, after a failure β is divided by the last."""

BETA, CEILING, ROUNDS = range(3)
"""Positions in the state: β, its ceiling, and how many rounds there were since the last failure."""


def fresh_state() -> np.ndarray:
    """The state (3,) before the first round."""
    return np.array([FIRST, 1.0, 0.0])


@njit(cache=True, fastmath=False, error_model="numpy")
def next_beta(state):
    """The β of the next round: 0 in the first, and in the first after a failure."""
    return state[BETA] if state[ROUNDS] > 0.0 else 0.0


@njit(cache=True, fastmath=False, error_model="numpy")
def succeeded(state):
    """After a round that lowered the loss."""
    if state[ROUNDS] > 0.0:
        state[BETA] = min(state[CEILING], GROWTH * state[BETA])
        state[CEILING] = min(1.0, CEILING_GROWTH * state[CEILING])
    state[ROUNDS] += 1.0


@njit(cache=True, fastmath=False, error_model="numpy")
def failed(state):
    """After a round that did not lower the loss."""
    state[CEILING] = state[BETA]
    state[BETA] /= CUT
    state[ROUNDS] = 0.0


@njit(cache=True, fastmath=False, error_model="numpy")
def extrapolate(x, before, beta):
    """Move exposures x (K,) on by β times the way from ``before`` (K,), which takes their place."""
    for k in range(x.size):
        solved = x[k]
        x[k] = max(0.0, solved + beta * (solved - before[k]))
        before[k] = solved
