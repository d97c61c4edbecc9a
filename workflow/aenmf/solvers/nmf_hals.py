"""NMF for the Frobenius loss by accelerated coordinate descent.

One iteration is a few sweeps of hierarchical alternating least squares over the exposures, then over the signatures
(Cichocki & Phan 2009; several sweeps per matrix product as in Gillis & Glineur 2012): every row is set to its exact
non-negative optimum given the others. Anderson extrapolation (:mod:`aenmf.solvers.nmf_anderson`) follows; its point is kept
only if the loss does not rise, so the loss never does.

*Stopping rule*: at every tenth iteration the residual of the optimality conditions (:mod:`aenmf.solvers.kkt`) is taken. The
solver stops when it is below ``kkt_tol`` and the loss fell relatively by less than ``tol`` per iteration since the last look,
or by no more than rounding.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from aenmf.losses import FROBENIUS, loss_value
from aenmf.methods.base import Problem, Start
from aenmf.solvers.common import Solution, Solver, iterate
from aenmf.solvers.nmf_anderson import AcceleratedOptions, extrapolate, new_memory
from aenmf.solvers.nmf_kernels import (
    FAST,
    TILE,
    add_signatures_times,
    add_times_exposures,
    gram,
    gram_of_columns,
    pad_channels,
    total_loss,
)

LOOK_EVERY = 10
ROUNDING = 16 * np.finfo(float).eps


@njit(cache=True, fastmath=FAST, error_model="numpy")
def project_exposures(v, h, out):
    """out (K, N) = Hᵀ V."""
    part = np.empty((h.shape[1], TILE))
    for start in range(0, v.shape[1], TILE):
        stop = min(v.shape[1], start + TILE)
        part[:] = 0.0
        for m in range(0, len(h), 4):
            add_signatures_times(h, m, v, m, start, stop, part)
        out[:, start:stop] = part[:, : stop - start]


@njit(cache=True, fastmath=FAST, error_model="numpy")
def project_signatures(v, w, out):
    """out (M, K) = V Wᵀ."""
    out[:] = 0.0
    for start in range(0, v.shape[1], TILE):
        stop = min(v.shape[1], start + TILE)
        for m in range(0, len(v), 4):
            add_times_exposures(v, m, start, w, start, stop, out, m)


@njit(cache=True, fastmath=FAST, error_model="numpy")
def hals_sweep(x, target, q):
    """One sweep over the rows of x (K, n) ≥ 0, each to its minimiser of ½ tr(xᵀQx) − ⟨target, x⟩; q (K, K)."""
    row_gradient = np.empty(x.shape[1])
    for k in range(len(x)):
        if q[k, k] > 0.0:
            row_gradient[:] = target[k]
            for j in range(len(x)):
                weight, row = q[k, j], x[j]
                for i in range(len(row)):
                    row_gradient[i] -= weight * row[i]
            row, inverse = x[k], 1.0 / q[k, k]
            for i in range(len(row)):
                row[i] = max(row[i] + row_gradient[i] * inverse, 0.0)


@njit(cache=True, fastmath=FAST, error_model="numpy")
def inner(x, y):
    """⟨x, y⟩ for two matrices of one shape."""
    s = 0.0
    for k in range(len(x)):
        a, b = x[k], y[k]
        for i in range(len(a)):
            s += a[i] * b[i]
    return s


@njit(cache=True, fastmath=FAST, error_model="numpy")
def block_residual(x, target, q):
    """As :func:`aenmf.solvers.kkt.kkt_block` for x (K, n) with gradient Qx − target."""
    off = weight = worst = 0.0
    positive = np.empty(x.shape[1])
    for k in range(len(x)):
        positive[:] = 0.0
        for j in range(len(x)):
            factor, row = q[k, j], x[j]
            for i in range(len(row)):
                positive[i] += factor * row[i]
        row, negative = x[k], target[k]
        for i in range(len(row)):
            gradient = positive[i] - negative[i]
            off += row[i] * abs(gradient)
            weight += row[i] * max(positive[i], negative[i])
            total = positive[i] + negative[i]
            if -gradient > worst * total:
                worst = -gradient / total
    return max(worst, off / weight if weight > 0.0 else 0.0)


@njit(cache=True, error_model="numpy")
def hals_stretch(v, x, memory, scale, history, n_signatures, sweeps, tol, kkt_tol, n):
    """Up to ``n`` iterations from x = (H, W), flat, in place.

    ``history`` (3,) keeps the number of iterations so far, the loss at the last look, and the last residual.
    Returns the iterations done and whether the rule fired.
    """
    size, n_patients = len(v) * n_signatures, v.shape[1]
    after, jump = np.empty(len(x)), np.empty(len(x))
    h, w = x[:size].reshape((len(v), n_signatures)), x[size:].reshape((n_signatures, n_patients))
    h1, w1 = after[:size].reshape(h.shape), after[size:].reshape(w.shape)
    hy, wy = jump[:size].reshape(h.shape), jump[size:].reshape(w.shape)
    hv, hv_jump = np.empty(w.shape), np.empty(w.shape)
    vw, vw_rows, h_rows = np.empty(h.shape), np.empty((n_signatures, len(v))), np.empty((n_signatures, len(v)))
    hh, hh_jump = np.empty((n_signatures, n_signatures)), np.empty((n_signatures, n_signatures))
    ww = np.empty((n_signatures, n_signatures))
    squares = np.sum(v * v)
    project_exposures(v, h, hv)
    gram_of_columns(h, hh)
    gram(w, ww)
    loss = squares - 2.0 * inner(hv, w) + inner(hh, ww)
    for step in range(1, n + 1):
        if history[0] % 50 == 0:
            gram(w, ww)
            for k in range(n_signatures):
                for m in range(len(v)):
                    scale[m * n_signatures + k] = np.sqrt(ww[k, k])
                scale[size + k * n_patients : size + (k + 1) * n_patients] = np.sqrt(hh[k, k])
            memory[5][0] = 0
        w1[:] = w
        for _ in range(sweeps):
            hals_sweep(w1, hv, hh)
        project_signatures(v, w1, vw)
        gram(w1, ww)
        h_rows[:] = h.T
        vw_rows[:] = vw.T
        for _ in range(sweeps):
            hals_sweep(h_rows, vw_rows, ww)
        h1[:] = h_rows.T
        for k in range(n_signatures):
            total = np.sum(h_rows[k])
            if total > 0.0:
                for m in range(len(v)):
                    h1[m, k] /= total
                for i in range(n_patients):
                    w1[k, i] *= total
        extrapolate(memory, x, after, scale, jump)
        for i in range(len(jump)):
            jump[i] = max(jump[i], 0.0)
        project_exposures(v, hy, hv_jump)
        gram_of_columns(hy, hh_jump)
        gram(wy, ww)
        loss_jump = squares - 2.0 * inner(hv_jump, wy) + inner(hh_jump, ww)
        if loss_jump <= loss:
            x[:] = jump
            loss = loss_jump
            hv, hv_jump = hv_jump, hv
            hh, hh_jump = hh_jump, hh
        else:
            x[:] = after
            project_exposures(v, h, hv)
            gram_of_columns(h, hh)
            gram(w, ww)
            loss = squares - 2.0 * inner(hv, w) + inner(hh, ww)
        history[0] += 1
        if history[0] % LOOK_EVERY == 0:
            project_signatures(v, w, vw)
            vw_rows[:] = vw.T
            h_rows[:] = h.T
            residual = max(block_residual(w, hv, hh), block_residual(h_rows, vw_rows, ww))
            fall = history[1] - loss
            history[1] = loss
            history[2] = residual
            if residual <= kkt_tol and fall <= LOOK_EVERY * tol * loss + ROUNDING * squares:
                return step, True
    return n, False


def solve_hals(problem: Problem, start: Start, options: AcceleratedOptions) -> Solution:
    """NMF for ``frobenius`` by accelerated coordinate descent; see the module's text."""
    catalogue = problem.catalogue
    v, h = pad_channels(catalogue, start.signatures)
    n_signatures = h.shape[1]
    h /= h.sum(axis=0)
    # The start's own scale is arbitrary; with the catalogue's the first iterations are not spent on it.
    w = start.exposures * (catalogue.sum() / start.exposures.sum())
    x = np.concatenate([h.ravel(), w.ravel()])
    memory, scale, history = new_memory(len(x), options.depth), np.ones(len(x)), np.array([0.0, np.inf, np.inf])
    h, w = x[: h.size].reshape(h.shape), x[h.size :].reshape(w.shape)

    def advance(n: int) -> tuple[int, float, bool]:
        steps, stopped = hals_stretch(
            v, x, memory, scale, history, n_signatures, options.sweeps, options.tol, options.kkt_tol, n
        )
        return steps, total_loss(v, h, w, False) / catalogue.size, stopped

    first = loss_value(FROBENIUS, catalogue, start.signatures @ start.exposures)
    n_iter, converged, trajectory = iterate(advance, first, options.max_iter)
    return Solution(h[: len(catalogue)].copy(), w.copy(), n_iter, converged, trajectory)


HALS = Solver(
    "hals", (FROBENIUS,), AcceleratedOptions, solve_hals, "coordinate descent with extrapolation, to a KKT residual"
)
