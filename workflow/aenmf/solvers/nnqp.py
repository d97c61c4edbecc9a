"""Small non-negative quadratic problems, min ½ xᵀQx − cᵀx over x ≥ 0, solved to machine precision (compiled).

The active-set method of Lawson & Hanson (1974) on the normal equations (Bro & de Jong 1997), warm-started from the
support of a feasible point. It ends after finitely many exact solves; for the K ≤ 30 unknowns met here a solve
costs microseconds.
"""

from __future__ import annotations

import numpy as np
from numba import njit

SLACK = 1e-13
"""Relative size below which a negative gradient is rounding."""


@njit(cache=True, fastmath=False, error_model="numpy")
def solve_on_support(q, c, support, n_support, factor, out):
    """Solve q[P, P] out = c[P] for the first ``n_support`` indices P of ``support``; False if q is not definite there."""
    for a in range(n_support):
        i = support[a]
        for b in range(a + 1):
            j = support[b]
            s = q[i, j]
            for t in range(b):
                s -= factor[a, t] * factor[b, t]
            if a > b:
                factor[a, b] = s / factor[b, b]
            elif s > 0.0:
                factor[a, a] = np.sqrt(s)
            else:
                return False
    for a in range(n_support):
        s = c[support[a]]
        for t in range(a):
            s -= factor[a, t] * out[t]
        out[a] = s / factor[a, a]
    for a in range(n_support - 1, -1, -1):
        s = out[a]
        for t in range(a + 1, n_support):
            s -= factor[t, a] * out[t]
        out[a] = s / factor[a, a]
    return True


@njit(cache=True, fastmath=False, error_model="numpy")
def nonnegative_quadratic(q, c, x):
    """Minimise ½ xᵀQx − cᵀx over x ≥ 0, in place from a feasible x.

    Args:
        q: (K, K) symmetric positive definite; add a small ridge beforehand if it may be singular.
        c: (K,).
        x: (K,) ≥ 0, the starting point and the result.

    Returns:
        True if the optimality conditions hold up to rounding; False if ``q`` is numerically not definite, x being
        then the last feasible point, no worse than the first.
    """
    size = len(c)
    support, passive, barred = np.empty(size, np.int64), np.empty(size, np.bool_), np.empty(size, np.bool_)
    factor, solution = np.empty((size, size)), np.empty(size)
    for k in range(size):
        passive[k], barred[k] = x[k] > 0.0, False
    entering = -1
    for _ in range(20 * size + 20):
        n_support = 0
        for k in range(size):
            if passive[k]:
                support[n_support] = k
                n_support += 1
        if not solve_on_support(q, c, support, n_support, factor, solution):
            return False
        step, blocking = 1.0, -1
        for a in range(n_support):
            k = support[a]
            if solution[a] <= 0.0:
                reach = x[k] / (x[k] - solution[a]) if x[k] > 0.0 else 0.0
                if reach < step or blocking < 0:
                    step, blocking = reach, k
        if blocking >= 0:
            for a in range(n_support):
                k = support[a]
                x[k] = max(x[k] + step * (solution[a] - x[k]), 0.0)
            x[blocking] = 0.0
            passive[blocking] = False
            if blocking == entering:
                barred[blocking] = True  # it entered on a rounding error; let it not enter again at the same point
            continue
        for a in range(n_support):
            x[support[a]] = solution[a]
        if entering >= 0 and passive[entering]:
            barred[:] = False
        entering, steepest = -1, SLACK
        for k in range(size):
            if not (passive[k] or barred[k]):
                gradient, scale = c[k], abs(c[k])
                for j in range(size):
                    gradient -= q[k, j] * x[j]
                    scale += abs(q[k, j] * x[j])
                if gradient > steepest * scale:
                    entering, steepest = k, gradient / scale
        if entering < 0:
            return True
        passive[entering] = True
    return False
