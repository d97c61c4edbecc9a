"""Non-negative regressions under the negative-binomial loss, column by column: what exposures and signatures are found by.

For one patient with counts v, signatures S and dispersion α the loss of exposures w with v̂ = S w is

    f(w) = Σ_m v log(v/v̂) − (v + α) log((v + α)/(v̂ + α)).

Its first logarithm is convex in w and its second one concave, so that f may have several minima; what is found is one of
them. A step minimises a quadratic model over w ≥ 0 and halves its length until the loss falls. The model's curvature of a
cell, v α / (v̂² (v̂ + α)), is never negative, has the Fisher information α / (v̂ (v̂ + α)) as its mean, and is zero where there
are no counts, where the model is the tangent that majorises the concave part. As α → ∞ the steps become the Newton steps of
the Kullback–Leibler refit.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from aenmf.solvers.nnqp import nonnegative_quadratic

LEAST = 1e-100
"""Smallest reconstructed count that is divided by."""

SHORTEST = 1e-10
"""A shorter step than this part of the model's own one is not taken."""


@njit(cache=True, fastmath=False, error_model="numpy")
def improve_columns(counts, basis, dispersion, x, steps, tol):
    """Lower the loss of every column by up to ``steps`` steps, in place; it never rises.

    Args:
        counts: (C, R), a column's counts in a row of the array.
        basis: (R, K) ≥ 0.
        dispersion: (C, R) α of every cell.
        x: (C, K) ≥ 0 with ``basis @ x[c]`` above zero where there are counts.
        steps: at most so many for each column.
        tol: residual of the optimality conditions, as :func:`aenmf.solvers.kkt.kkt_block`, at which a column is done.

    Returns:
        The residuals (C,) at the last look at each column, which is before its last step if all were needed.
    """
    n_rows, rank = basis.shape
    gaps = np.zeros(len(counts))
    fitted, change = np.empty(n_rows), np.empty(n_rows)
    above, below = np.empty(rank), np.empty(rank)
    linear, target, hessian = np.empty(rank), np.empty(rank), np.empty((rank, rank))
    for c in range(len(counts)):
        v, a, w = counts[c], dispersion[c], x[c]
        for _ in range(steps):
            _gradient(v, a, basis, w, fitted, above, below, hessian)
            gaps[c] = _gap(w, above, below)
            if not gaps[c] > tol:
                break
            for k in range(rank):
                linear[k] = below[k] - above[k]
                for j in range(rank):
                    linear[k] += hessian[k, j] * w[j]
                target[k] = w[k]
            nonnegative_quadratic(hessian, linear, target)
            slope = 0.0
            for k in range(rank):
                slope += (above[k] - below[k]) * (target[k] - w[k])
            for r in range(n_rows):
                change[r] = 0.0
                for k in range(rank):
                    change[r] += basis[r, k] * (target[k] - w[k])
            step = 1.0
            while step > SHORTEST and not _rise(v, a, fitted, change, step) <= 1e-4 * step * slope:
                step *= 0.5
            if step <= SHORTEST:
                break
            for k in range(rank):
                w[k] = target[k] if step == 1.0 else w[k] + step * (target[k] - w[k])
    return gaps


@njit(cache=True, fastmath=False, error_model="numpy")
def _gradient(v, a, basis, w, fitted, above, below, hessian):
    """The reconstruction, the two parts of the gradient, above − below, and the model's curvature of one column."""
    above[:] = 0.0
    below[:] = 0.0
    hessian[:] = 0.0
    rank = len(w)
    for r in range(len(v)):
        s = 0.0
        for k in range(rank):
            s += basis[r, k] * w[k]
        fitted[r] = max(s, LEAST)
        ratio = v[r] / fitted[r]
        share = 1.0 if np.isinf(a[r]) else (v[r] + a[r]) / (fitted[r] + a[r])
        weight = ratio / fitted[r] * (1.0 if np.isinf(a[r]) else a[r] / (fitted[r] + a[r]))
        for k in range(rank):
            b = basis[r, k]
            above[k] += b * share
            below[k] += b * ratio
            if weight > 0.0:
                for j in range(k + 1):
                    hessian[k, j] += weight * b * basis[r, j]
    trace = 0.0
    for k in range(rank):
        trace += hessian[k, k]
        for j in range(k):
            hessian[j, k] = hessian[k, j]
    for k in range(rank):
        hessian[k, k] += 1e-12 * trace + LEAST


@njit(cache=True, fastmath=False, error_model="numpy")
def _gap(w, above, below):
    """The residual of the optimality conditions of one column."""
    worst = off = weight = 0.0
    for k in range(len(w)):
        total = above[k] + below[k]
        if total > 0.0:
            worst = max(worst, (below[k] - above[k]) / total)
        off += w[k] * abs(above[k] - below[k])
        weight += w[k] * max(above[k], below[k])
    return max(worst, off / weight) if weight > 0.0 else worst


@njit(cache=True, fastmath=False, error_model="numpy")
def _rise(v, a, fitted, change, step):
    """The loss of one column at ``fitted + step · change`` minus that at ``fitted``; not a number where it is infinite."""
    rise = 0.0
    for r in range(len(v)):
        moved = step * change[r]
        if v[r] > 0.0:
            rise -= v[r] * np.log1p(moved / fitted[r])
        rise += moved if np.isinf(a[r]) else (v[r] + a[r]) * np.log1p(moved / (fitted[r] + a[r]))
    return rise
