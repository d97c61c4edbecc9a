"""NMF for the Frobenius loss by accelerated coordinate descent.

One iteration is a few sweeps of hierarchical alternating least squares over the exposures, then over the signatures
(Cichocki & Phan 2009; several sweeps per matrix product as in Gillis & Glineur 2012): every row is set to its exact
non-negative optimum given the others. Anderson extrapolation (:mod:`aenmf.solvers.nmf_anderson`) follows; its point
is kept only if the loss does not rise, so the loss never does.

*Stopping rule*: at every tenth iteration the residual of the optimality conditions (:mod:`aenmf.solvers.kkt`) is
taken. The solver stops when it is at most ``kkt_tol`` and the loss fell relatively by at most ``tol`` per iteration
since the last look, or by no more than rounding.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from aenmf.losses import FROBENIUS, loss_value
from aenmf.problem import Problem, Start
from aenmf.solvers.common import Solution, Solver, iterate
from aenmf.solvers.nmf_anderson import RESCALE_EVERY, AcceleratedOptions, extrapolate, forget, new_memory, note_jump
from aenmf.solvers.products import (
    FAST,
    copy,
    gram,
    gram_of_columns,
    inner,
    normalise,
    pad_channels,
    project_on_exposures,
    project_on_signatures,
    total_squared_error,
    transpose,
)
from aenmf.solvers.residual import LOOK_EVERY, converged


@dataclass(frozen=True)
class HalsOptions(AcceleratedOptions):
    """As for coordinate descent in general, but tighter: iterations are cheap, and valleys of this loss are flat.

    Attributes:
        max_iter: as for every solver; most fits need hundreds of iterations, a few tens of thousands.
    """

    max_iter: int = 100_000
    tol: float = 1e-11
    kkt_tol: float = 1e-8


@njit(cache=True, fastmath=FAST, error_model="numpy")
def hals_sweep(x, target, q):
    """One sweep over the rows of x (K, n) ≥ 0, each to its minimiser of ½ tr(xᵀQx) − ⟨target, x⟩; q (K, K)."""
    gradient = np.empty(x.shape[1])
    for k in range(len(x)):
        if q[k, k] > 0.0:
            copy(target[k], gradient)
            for j in range(len(x)):
                weight, row = q[k, j], x[j]
                for i in range(len(row)):
                    gradient[i] -= weight * row[i]
            row, inverse = x[k], 1.0 / q[k, k]
            for i in range(len(row)):
                row[i] = max(row[i] + gradient[i] * inverse, 0.0)


@njit(cache=True, fastmath=FAST, error_model="numpy")
def quadratic_residual(x, target, q):
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
            if -gradient > worst * (positive[i] + negative[i]):
                worst = -gradient / (positive[i] + negative[i])
    return max(worst, off / weight if weight > 0.0 else 0.0)


@njit(cache=True, fastmath=FAST, error_model="numpy")
def products_and_loss(v, h, w, squares, hv, hh, ww):
    """hv = HᵀV, hh = HᵀH and ww = WWᵀ, and the summed loss, which is a by-product of these."""
    project_on_signatures(v, h, hv)
    gram_of_columns(h, hh)
    gram(w, ww)
    return squares - 2.0 * inner(hv, w) + inner(hh, ww)


@njit(cache=True, fastmath=False, error_model="numpy")
def best_factor(v, h, w):
    """The number a that minimises ‖V − a H W‖²: takes the arbitrary scale out of a start, and is 1 at a solution."""
    hv, hh, ww = np.empty(w.shape), np.empty((len(w), len(w))), np.empty((len(w), len(w)))
    products_and_loss(v, h, w, 0.0, hv, hh, ww)
    squares = inner(hh, ww)
    return inner(hv, w) / squares if squares > 0.0 else 1.0


@njit(cache=True, fastmath=False, error_model="numpy")
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
    hv, hh, ww = np.empty(w.shape), np.empty((n_signatures, n_signatures)), np.empty((n_signatures, n_signatures))
    hv_jump, hh_jump, ww_jump = np.empty_like(hv), np.empty_like(hh), np.empty_like(ww)
    vw, vw_rows, h_rows = np.empty(h.shape), np.empty((n_signatures, len(v))), np.empty((n_signatures, len(v)))
    squares = inner(v, v)
    loss = products_and_loss(v, h, w, squares, hv, hh, ww)
    for step in range(1, n + 1):
        if history[0] % RESCALE_EVERY == 0:
            # The curvature of the loss along an entry is that of its row in the other factor.
            for k in range(n_signatures):
                for m in range(len(v)):
                    scale[m * n_signatures + k] = np.sqrt(ww[k, k])
                for i in range(n_patients):
                    scale[size + k * n_patients + i] = np.sqrt(hh[k, k])
            forget(memory)
        copy(x[size:], after[size:])
        for _ in range(sweeps):
            hals_sweep(w1, hv, hh)
        project_on_exposures(v, w1, vw)
        gram(w1, ww)
        transpose(h, h_rows)
        transpose(vw, vw_rows)
        for _ in range(sweeps):
            hals_sweep(h_rows, vw_rows, ww)
        transpose(h_rows, h1)
        normalise(h1, w1, 0.0)
        extrapolate(memory, x, after, scale, jump)
        for i in range(len(jump)):
            jump[i] = max(jump[i], 0.0)
        loss_jump = products_and_loss(v, hy, wy, squares, hv_jump, hh_jump, ww_jump)
        note_jump(memory, loss_jump <= loss)
        if loss_jump <= loss:
            copy(jump, x)
            loss = loss_jump
            hv, hv_jump = hv_jump, hv
            hh, hh_jump = hh_jump, hh
            ww, ww_jump = ww_jump, ww
        else:
            copy(after, x)
            loss = products_and_loss(v, h, w, squares, hv, hh, ww)
        history[0] += 1
        if history[0] % LOOK_EVERY == 0:
            project_on_exposures(v, w, vw)
            transpose(h, h_rows)
            transpose(vw, vw_rows)
            fall = history[1] - loss
            history[1] = loss
            history[2] = max(quadratic_residual(w, hv, hh), quadratic_residual(h_rows, vw_rows, ww))
            if converged(history[2], fall, loss, squares, tol, kkt_tol):
                return step, True
    return n, False


def solve_hals(problem: Problem, start: Start, options: HalsOptions) -> Solution:
    """NMF for ``frobenius`` by accelerated coordinate descent; see the module's text."""
    catalogue = problem.catalogue
    v, h = pad_channels(catalogue, start.signatures)
    sums = h.sum(axis=0)
    h /= sums
    w = start.exposures * sums[:, None]
    w *= best_factor(v, h, w)
    x = np.concatenate([h.ravel(), w.ravel()])
    memory, scale, history = new_memory(len(x), options.depth), np.ones(len(x)), np.array([0.0, np.inf, np.inf])
    h, w = x[: h.size].reshape(h.shape), x[h.size :].reshape(w.shape)

    def advance(n: int) -> tuple[int, float, bool]:
        steps, enough = hals_stretch(
            v, x, memory, scale, history, len(w), options.sweeps, options.tol, options.kkt_tol, n
        )
        return steps, total_squared_error(v, h, w) / catalogue.size, enough

    first = loss_value(FROBENIUS, catalogue, start.signatures @ start.exposures)
    n_iter, stopped, trajectory = iterate(advance, first, options.max_iter)
    return Solution(h[: len(catalogue)].copy(), w.copy(), n_iter, stopped, trajectory)


HALS = Solver("hals", (FROBENIUS,), HalsOptions, solve_hals, "coordinate descent with extrapolation, to a KKT residual")
