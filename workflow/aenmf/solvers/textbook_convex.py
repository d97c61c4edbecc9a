"""Convex NMF as a textbook writes it: plain numpy, the N × N matrices formed, nothing reused. The readable reference.

Tests compare the compiled solvers with these updates, and the benchmark times them. One iteration costs O(N²K), and
without a floor the entries run into the denormal range, where many processors become slower still.
"""

from __future__ import annotations

import numpy as np

from aenmf.losses import FROBENIUS, loss_value
from aenmf.problem import Problem, Start
from aenmf.solvers.common import IterationOptions, Solution, iterate
from aenmf.solvers.stopping import exact_loss, settled


def update_frobenius(q: np.ndarray, weights: np.ndarray, loadings: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One iteration of Ding, Li & Jordan (2010) with Q = VᵀV (N, N), A = weights (N, K), G = loadings (N, K)."""
    loadings = loadings * np.sqrt((q @ weights) / (loadings @ weights.T @ (q @ weights)))
    weights = weights * np.sqrt((q @ loadings) / (q @ weights @ (loadings.T @ loadings)))
    return weights, loadings


def update_kullback_leibler(v: np.ndarray, weights: np.ndarray, loadings: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One iteration of the multiplicative majoriser for V̂ = V A Gᵀ; v (M, N), weights and loadings (N, K)."""
    ratio = v / (v @ weights @ loadings.T)
    loadings = loadings * (ratio.T @ (v @ weights)) / (v @ weights).sum(axis=0)
    ratio = v / (v @ weights @ loadings.T)
    weights = weights * (v.T @ (ratio @ loadings)) / np.outer(v.sum(axis=0), loadings.sum(axis=0))
    return weights, loadings


def solve_textbook(problem: Problem, start: Start, options: IterationOptions) -> Solution:
    """Fit by textbook updates until the relative change of the loss is below ``options.tol``."""
    v = problem.catalogue
    weights, loadings = start.weights, start.exposures.T
    frobenius = problem.loss == FROBENIUS
    q = v.T @ v if frobenius else np.zeros((0, 0))  # the other loss has no use for it
    rounding = exact_loss(problem.loss, v) / v.size
    first_loss = previous = loss_value(problem.loss, v, v @ weights @ loadings.T)

    def advance(limit: int) -> tuple[int, float, bool]:
        nonlocal weights, loadings, previous
        loss = previous
        for step in range(1, limit + 1):
            if frobenius:
                weights, loadings = update_frobenius(q, weights, loadings)
            else:
                weights, loadings = update_kullback_leibler(v, weights, loadings)
            loss = loss_value(problem.loss, v, v @ weights @ loadings.T)
            stop = settled(previous, loss, options.tol, rounding)
            previous = loss
            if stop:
                return step, loss, True
        return limit, loss, False

    n_iter, converged, trajectory = iterate(advance, first_loss, options.max_iter)
    return Solution(v @ weights, loadings.T.copy(), n_iter, converged, trajectory, {"weights": weights})
