"""The best point of the cone spanned by the patients' profiles for a separable quadratic loss (compiled).

This is the core of both fast convex solvers: a signature of convex NMF is any point of the cone of the catalogue's
columns, and the best one for a quadratic loss is a non-negative least-squares problem with N unknowns of which a
handful are positive.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from aenmf.solvers.convex_kernels import FASTMATH, assign, four_dots, inner
from aenmf.solvers.nnqp import solve_on_support

DEPENDENT = 1e-12
"""A profile whose squared sine with the span of the chosen ones is below this adds nothing and would ruin the solve."""

OPTIMAL = 1e-12
"""A unit profile's slope below this part of the length of the gradient's two parts is rounding."""


def profile_scales(profiles: np.ndarray) -> np.ndarray:
    """1/‖v_n‖ for every row of the profiles (N', M), 0 for an empty one, which is then never chosen."""
    norms = np.sqrt(np.square(profiles).sum(axis=1))
    return np.divide(1.0, norms, out=np.zeros_like(norms), where=norms > 0)


def scatter_weights(
    members: np.ndarray, values: np.ndarray, sizes: np.ndarray, scales: np.ndarray, n: int
) -> np.ndarray:
    """The weights (N, K), exactly zero off the support, from the signatures' members, values and sizes."""
    weights = np.zeros((n, len(sizes)))
    for k, size in enumerate(sizes):
        chosen = members[k, :size]
        weights[chosen, k] = values[k, :size] * scales[chosen]
    return weights


@njit(cache=True, fastmath=False, error_model="numpy")
def worst_patient(misfits, scales):
    """The patient with the largest misfit of those with mutations; the profile of an empty one can be no signature."""
    worst = 0
    for n in range(len(misfits)):
        if scales[n] > 0.0 and (misfits[n] > misfits[worst] or scales[worst] == 0.0):
            worst = n
    return worst


@njit(cache=True, fastmath=False, error_model="numpy")
def workspace(channels, patients):
    """The arrays :func:`best_in_cone` works in, so that a call allocates nothing."""
    square = (channels, channels)
    return (
        np.empty(square),
        np.empty(square),
        np.empty(square),
        np.empty(channels),
        np.empty(channels),
        np.empty((1, channels)),
        np.empty((patients, 1)),
        np.arange(channels),
    )


@njit(cache=True, fastmath=FASTMATH, error_model="numpy")
def best_in_cone(profiles, scales, curvature, linear, members, values, size, work, point):
    """The point of the profiles' cone that minimises Σ_m (½·curvature_m·point_m² − linear_m·point_m).

    With curvature 1 this is the point nearest to ``linear``. Lawson & Hanson's active set (1974, ch. 23) in normal
    equations of unit-length profiles, warm-started: the solution has at most M members and in practice 2 to 20, so a
    solve costs little and the O(MN) search for the steepest profile is the main work.

    Args:
        profiles: (N', M) the patients' profiles, N' a multiple of four.
        scales: (N',) from :func:`profile_scales`.
        curvature: (M,) > 0.
        linear: (M,).
        members, values: (M,) the chosen patients and the coefficients of their unit-length profiles, updated in place.
        size: how many of them are in use: the last solution of a similar problem, or 0.
        work: from :func:`workspace`.
        point: (M,) the result.

    Returns:
        The new number of members.
    """
    basis, square, factor, right, solution, descent, scores, order = work
    channels = linear.size
    for i in range(size):
        _enter(profiles, scales, curvature, linear, members, i, basis, square, right)
    entering = False
    for _ in range(4 * channels):
        while size > 0:
            solved = solve_on_support(square, right, order, size, factor, solution)
            last = size - 1
            independent = solved and factor[last, last] ** 2 > DEPENDENT * square[last, last]
            if entering and not (independent and solution[last] > 0.0):
                # The newest member has nothing to give beyond rounding: the point before it is the solution.
                return _combine(profiles, scales, members, values, last, point)
            if not solved:
                size = last
                continue
            step, blocking = 1.0, -1
            for i in range(size):
                if solution[i] <= 0.0:
                    reach = values[i] / (values[i] - solution[i]) if values[i] > 0.0 else 0.0
                    if reach < step or blocking < 0:
                        step, blocking = reach, i
            for i in range(size):
                values[i] += step * (solution[i] - values[i])
            if blocking < 0:
                break
            values[blocking] = 0.0
            entering = False
            size = _leave(members, values, basis, square, right, size)
        _combine(profiles, scales, members, values, size, point)
        rounding = 0.0
        for m in range(channels):
            descent[0, m] = linear[m] - curvature[m] * point[m]
            rounding += (abs(linear[m]) + curvature[m] * point[m]) ** 2
        best, steepest = -1, OPTIMAL * np.sqrt(rounding)
        for first in range(0, profiles.shape[0], 4):
            four_dots(profiles, descent, first, scores)
            for n in range(first, first + 4):
                score = scores[n, 0] * scales[n]
                if score > steepest:
                    best, steepest = n, score
        if best < 0 or size == channels:
            return size
        members[size], values[size] = best, 0.0
        _enter(profiles, scales, curvature, linear, members, size, basis, square, right)
        size += 1
        entering = True
    return size


@njit(cache=True, fastmath=FASTMATH, error_model="numpy")
def _enter(profiles, scales, curvature, linear, members, i, basis, square, right):
    """Write member ``i``'s unit profile, weighted by √curvature, and its products with the members and ``linear``."""
    profile, row, scale = profiles[members[i]], basis[i], scales[members[i]]
    right[i] = scale * inner(profile, linear)
    for m in range(row.size):
        row[m] = scale * np.sqrt(curvature[m]) * profile[m]
    for j in range(i + 1):
        product = inner(row, basis[j])
        square[i, j] = product
        square[j, i] = product


@njit(cache=True, fastmath=False, error_model="numpy")
def _leave(members, values, basis, square, right, size):
    """Remove the members whose value is not positive, keeping the order of the others; returns how many are left."""
    kept = 0
    for i in range(size):
        if values[i] > 0.0:
            if kept < i:
                members[kept], values[kept], right[kept] = members[i], values[i], right[i]
                assign(basis[kept], basis[i])
                for j in range(size):
                    square[kept, j] = square[i, j]
                for j in range(size):
                    square[j, kept] = square[j, i]
            kept += 1
    return kept


@njit(cache=True, fastmath=FASTMATH, error_model="numpy")
def _combine(profiles, scales, members, values, size, point):
    """``point`` = Σ values·(unit profiles of the members); returns ``size``."""
    point[:] = 0.0
    for i in range(size):
        x, profile = values[i] * scales[members[i]], profiles[members[i]]
        for m in range(point.size):
            point[m] += x * profile[m]
    return size
