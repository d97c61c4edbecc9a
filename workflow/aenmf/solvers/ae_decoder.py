"""The best decoder for fixed signatures, exactly: one small non-negative problem per patient.

For the squared error a patient's exposures solve a non-negative least squares problem with K unknowns, by an active-set
method that starts from the patient's last support. For KL they minimise a smooth convex function: Newton's method, each
step such a non-negative quadratic problem, shortened where the loss would rise again. Warm-started, both need one to
three steps.
"""

from __future__ import annotations

import math

import numpy as np

from aenmf.solvers.ae_kernels import LEAST_RECONSTRUCTION, compiled, reconstruct, row_products

PIVOT = 1e-13
"""A signature whose part outside the others' span is below this share of it (squared) is left out of a patient."""

RIDGE = 1e-10
"""KL: relative addition to the Hessian's diagonal; a patient with fewer channels than signatures has a singular one."""

MAX_NEWTON, MAX_HALVINGS = 100, 40


@compiled
def quadratic_scratch(size):
    """Working memory for problems with ``size`` unknowns: free set, its members, factor, and two vectors."""
    return np.empty(size, np.bool_), np.empty(size, np.int64), np.empty((size, size)), np.empty(size), np.empty(size)


@compiled
def solve_free(hessian, linear, scratch):
    """Solve A_FF x_F = b_F by Cholesky on the free set F; linearly dependent members leave the set."""
    free, members, factor, solution, y = scratch
    count = 0
    for a in range(linear.size):
        if not free[a]:
            continue
        for i in range(count):
            s = hessian[a, members[i]]
            for c in range(i):
                s -= factor[count, c] * factor[i, c]
            factor[count, i] = s / factor[i, i]
        pivot, s = hessian[a, a], linear[a]
        for c in range(count):
            pivot -= factor[count, c] * factor[count, c]
            s -= factor[count, c] * y[c]
        if pivot > PIVOT * hessian[a, a]:
            factor[count, count] = math.sqrt(pivot)
            y[count] = s / factor[count, count]
            members[count] = a
            count += 1
        else:
            free[a] = False
    for i in range(count - 1, -1, -1):
        s = y[i]
        for c in range(i + 1, count):
            s -= factor[c, i] * y[c]
        y[i] = s / factor[i, i]
        solution[members[i]] = y[i]


@compiled
def nonnegative_quadratic(hessian, linear, x, scratch):
    """Minimise ½ xᵀAx − bᵀx over x ≥ 0 in place, from the support of ``x`` (Lawson & Hanson's method, warm-started).

    Args:
        hessian: A (K, K), symmetric, positive semidefinite.
        linear: b (K,).
        x: (K,) ≥ 0, changed in place.
        scratch: from :func:`quadratic_scratch`.
    """
    free, trial = scratch[0], scratch[3]
    size = x.size
    largest = 0.0
    for a in range(size):
        free[a] = x[a] > 0
        largest = max(largest, abs(linear[a]))
    last = -1
    for _ in range(10 * size):
        while True:  # to the minimum over the free set, or to the first bound on the way; then again with one less
            solve_free(hessian, linear, scratch)
            length, hit = 1.0, -1
            for a in range(size):
                if not free[a]:
                    x[a] = 0.0
                elif trial[a] <= 0 and x[a] <= length * (x[a] - trial[a]):
                    length, hit = (x[a] / (x[a] - trial[a]) if x[a] > 0 else 0.0), a
            for a in range(size):
                if free[a]:
                    x[a] = max(x[a] + length * (trial[a] - x[a]), 0.0)
            if hit < 0:
                break
            x[hit], free[hit] = 0.0, False
        steepest, enter = -1e-13 * largest, -1
        for a in range(size):
            if not free[a]:
                slope = -linear[a]
                for c in range(size):
                    slope += hessian[a, c] * x[c]
                if slope < steepest:
                    steepest, enter = slope, a
        if enter < 0 or enter == last:  # the same one again: it entered and left for rounding only
            return
        free[enter], last = True, enter


@compiled
def best_decoder_frobenius(patients, signatures, decoder):
    """``decoder`` (N, K) ← the minimiser of ‖v_j − d_j H‖² over d_j ≥ 0 for each of the patients (N, M); H (K, M)."""
    n, k_all = decoder.shape
    gram, linear, scratch = np.empty((k_all, k_all)), np.empty(k_all), quadratic_scratch(k_all)
    for k in range(k_all):
        row_products(signatures, signatures[k], gram[k])
    for j in range(n):
        row_products(signatures, patients[j], linear)
        nonnegative_quadratic(gram, linear, decoder[j], scratch)


@compiled
def best_decoder_kl(patients, signatures, decoder, tol):
    """``decoder`` (N, K) ← the minimiser of each patient's KL loss over d_j ≥ 0; arguments as above.

    Newton's method stops after a full step that promised less than ``tol`` times the patient's mutations; it converges
    quadratically, so what is left after that step is far below ``tol``.
    """
    n, k_all = decoder.shape
    m = patients.shape[1]
    hessian, scratch = np.empty((k_all, k_all)), quadratic_scratch(k_all)
    gradient, linear, target, sums = np.empty(k_all), np.empty(k_all), np.empty(k_all), np.empty(k_all)
    fitted, change, ratio, curvature = np.empty(m), np.empty(m), np.empty(m), np.empty(m)
    for k in range(k_all):
        sums[k] = signatures[k].sum()
    for j in range(n):
        counts, exposures = patients[j], decoder[j]
        enough = tol * counts.sum()
        reconstruct(signatures, exposures, fitted)
        for _ in range(MAX_NEWTON):
            for i in range(m):
                f = max(fitted[i], LEAST_RECONSTRUCTION)
                ratio[i] = counts[i] / f
                curvature[i] = ratio[i] / f
            row_products(signatures, ratio, gradient)
            for k in range(k_all):
                gradient[k] = sums[k] - gradient[k]
                for i in range(m):
                    change[i] = curvature[i] * signatures[k, i]
                row_products(signatures[: k + 1], change, hessian[k])
                hessian[k, k] *= 1 + RIDGE
                for c in range(k):
                    hessian[c, k] = hessian[k, c]
            for k in range(k_all):
                s = -gradient[k]
                for c in range(k_all):
                    s += hessian[k, c] * exposures[c]
                linear[k] = s
                target[k] = exposures[k]
            nonnegative_quadratic(hessian, linear, target, scratch)
            slope = mass = 0.0
            for k in range(k_all):
                target[k] -= exposures[k]
                slope += gradient[k] * target[k]
                mass += sums[k] * target[k]
            if not slope < 0:
                break
            reconstruct(signatures, target, change)
            length = 1.0
            for _ in range(MAX_HALVINGS):
                # The loss is convex along the step: while it still falls or has barely begun to rise, the step is good.
                rise = mass
                for i in range(m):
                    rise -= counts[i] * change[i] / max(fitted[i] + length * change[i], LEAST_RECONSTRUCTION)
                if rise <= -0.5 * slope:
                    break
                length *= 0.5
            for k in range(k_all):
                exposures[k] = max(exposures[k] + length * target[k], 0.0)
            if length == 1 and -slope < enough:
                break
            reconstruct(signatures, exposures, fitted)
