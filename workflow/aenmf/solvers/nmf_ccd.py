"""NMF for the Kullback-Leibler loss by accelerated coordinate descent.

As a function of one exposure x = w_kn, with everything else fixed, the loss has the derivative P − Q(x), where P =
Σ_m h_mk and Q(x) = Σ_m h_mk v_mn / v̂_mn(x) is a sum of hyperbolas. Cyclic coordinate descent (Hsieh & Dhillon
2011) takes a Newton step on P − Q, which falls far short where x must grow and far beyond zero where it must
shrink. 1/Q, a weighted harmonic mean of straight lines, is nearly straight, so here the Newton step is taken on 1/Q
− 1/P:

    x ← max(0, x + (Q/|Q′|)·(Q/P − 1)),

at the same cost. As 1/Q is concave, a growing x never passes the optimum. Signatures likewise. Sweeps over the
exposures and the signatures alternate and are followed by Anderson extrapolation
(:mod:`aenmf.solvers.nmf_anderson`). Of the extrapolated, the swept and the multiplicatively updated point the first
that does not raise the loss is kept, and the last one never does: the loss never rises.

The stopping rule is that of :mod:`aenmf.solvers.nmf_hals`.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from aenmf.losses import KULLBACK_LEIBLER, loss_value
from aenmf.problem import Problem, Start
from aenmf.solvers.common import FLOOR, Solution, Solver, iterate
from aenmf.solvers.nmf_anderson import RESCALE_EVERY, AcceleratedOptions, extrapolate, forget, new_memory, note_jump
from aenmf.solvers.nmf_mu import kullback_leibler_iteration
from aenmf.solvers.products import (
    FAST,
    FIRST,
    LEAST,
    LEAST_DIVISOR,
    TILE,
    copy,
    normalise,
    pad_channels,
    ratio_on_both,
    reconstruct_rows,
    total_divergence,
    total_of,
    totals_of_columns,
)
from aenmf.solvers.residual import LOOK_EVERY, ROUNDING, converged

WARM_UP = 10
"""Multiplicative updates at the beginning: they find the scale and the rough shape faster than anything else."""
SHRINK = 1e-3
"""What an entry is multiplied by where the extrapolation would make it negative."""


@njit(cache=True, fastmath=FAST, error_model="numpy")
def sweep_exposures(v, h, w, sweeps):
    """Coordinate sweeps over w (K, N) in place; v (M, N), h (M, K)."""
    n_signatures = len(w)
    rows, q, slope, move = np.empty((len(v), TILE)), np.empty(TILE), np.empty(TILE), np.empty(TILE)
    totals = np.empty(n_signatures)
    totals_of_columns(h, totals)
    for start in range(0, w.shape[1], TILE):
        stop = min(w.shape[1], start + TILE)
        width = stop - start
        for m in range(0, len(h), 4):
            reconstruct_rows(h, m, w, start, stop, rows[m : m + 4])
        for _ in range(sweeps):
            for k in range(n_signatures):
                q[:] = 0.0
                slope[:] = 0.0
                for m in range(len(h)):
                    weight = h[m, k]
                    if weight > FLOOR:
                        counts, row = v[m, start:stop], rows[m, :width]
                        for i in range(width):
                            inverse = weight / row[i]
                            ratio = counts[i] * inverse
                            q[i] += ratio
                            slope[i] += ratio * inverse
                x, total = w[k, start:stop], totals[k]
                for i in range(width):
                    y = x[i] + q[i] / slope[i] * (q[i] / total - 1.0)
                    # Without counts where the signature has mass, q and slope are zero and the optimum is zero.
                    y = y if y > FLOOR else FLOOR
                    move[i] = y - x[i]
                    x[i] = y
                for m in range(len(h)):
                    weight = h[m, k]
                    if weight > FLOOR:
                        row = rows[m, :width]
                        for i in range(width):
                            row[i] = max(row[i] + weight * move[i], FLOOR)


@njit(cache=True, fastmath=FAST, error_model="numpy")
def sweep_signatures(v, h, w, sweeps):
    """Coordinate sweeps over h (M, K) in place."""
    n_signatures, n = w.shape
    rows, totals = np.empty((4, n)), np.empty(n_signatures)
    for k in range(n_signatures):
        totals[k] = total_of(w[k])
    for m in range(0, len(h), 4):
        reconstruct_rows(h, m, w, FIRST, n, rows)
        for r in range(4):
            counts, row = v[m + r], rows[r]
            for _ in range(sweeps):
                for k in range(n_signatures):
                    weights, q, slope = w[k], 0.0, 0.0
                    for i in range(n):
                        inverse = weights[i] / row[i]
                        ratio = counts[i] * inverse
                        q += ratio
                        slope += ratio * inverse
                    x = h[m + r, k]
                    y = x + q / slope * (q / totals[k] - 1.0)
                    y = y if y > FLOOR else FLOOR
                    move = y - x
                    h[m + r, k] = y
                    for i in range(n):
                        row[i] = max(row[i] + weights[i] * move, FLOOR)


@njit(cache=True, fastmath=FAST, error_model="numpy")
def residual_of(v, h, w):
    """As :func:`aenmf.solvers.kkt.kkt_nmf` for the Kullback-Leibler loss."""
    n_signatures, n = w.shape
    rw, hr, rows = np.empty(h.shape), np.empty((n_signatures, TILE)), np.empty((4, TILE))
    h_totals, w_totals = np.empty(n_signatures), np.empty(n_signatures)
    rw[:] = 0.0
    totals_of_columns(h, h_totals)
    for k in range(n_signatures):
        w_totals[k] = total_of(w[k])
    worst = off = weight = 0.0
    for start in range(0, n, TILE):
        stop = min(n, start + TILE)
        ratio_on_both(v, h, w, start, stop, LEAST_DIVISOR, rows, hr, rw)
        for k in range(n_signatures):
            positive = h_totals[k]
            for i in range(stop - start):
                x, negative = w[k, start + i], hr[k, i]
                off += x * abs(positive - negative)
                weight += x * max(positive, negative)
                worst = max(worst, (negative - positive) / (negative + positive))
    residual = max(worst, off / weight)
    worst = off = weight = 0.0
    for m in range(len(h)):
        for k in range(n_signatures):
            x, positive, negative = h[m, k], w_totals[k], rw[m, k]
            off += x * abs(positive - negative)
            weight += x * max(positive, negative)
            worst = max(worst, (negative - positive) / (negative + positive))
    return max(residual, worst, off / weight)


@njit(cache=True, fastmath=False, error_model="numpy")
def ccd_stretch(v, x, memory, scale, history, n_signatures, sweeps, tol, kkt_tol, n):
    """Up to ``n`` iterations from x = (H, W), flat, in place.

    ``history`` (3,) keeps the number of iterations so far, the loss at the last look, and the last residual.
    Returns the iterations done, the summed loss and whether the rule fired.
    """
    size, n_patients = len(v) * n_signatures, v.shape[1]
    after, jump = np.empty(len(x)), np.empty(len(x))
    h, w = x[:size].reshape((len(v), n_signatures)), x[size:].reshape((n_signatures, n_patients))
    h1, w1 = after[:size].reshape(h.shape), after[size:].reshape(w.shape)
    hy, wy = jump[:size].reshape(h.shape), jump[size:].reshape(w.shape)
    rw, hr, rows = np.empty(h.shape), np.empty((n_signatures, TILE)), np.empty((4, TILE))
    by_channel, by_patient = np.empty(len(v)), np.empty(n_patients)
    by_patient[:] = 0.0
    counts = 0.0
    for m in range(len(v)):
        channel_total = total_of(v[m])
        counts += channel_total
        by_channel[m] = 1.0 / np.sqrt(max(channel_total, 1e-300))
        for i in range(n_patients):
            by_patient[i] += v[m, i]
    for i in range(n_patients):
        by_patient[i] = 1.0 / np.sqrt(max(by_patient[i], 1e-300))
    loss = total_divergence(v, h, w, LEAST)
    new_loss = loss
    for step in range(1, n + 1):
        if history[0] % RESCALE_EVERY == WARM_UP:
            for k in range(n_signatures):
                total = total_of(w[k])
                for m in range(len(v)):
                    scale[m * n_signatures + k] = total * by_channel[m]
                copy(by_patient, scale[size + k * n_patients : size + (k + 1) * n_patients])
            forget(memory)
        if history[0] >= WARM_UP:
            copy(x, after)
            sweep_exposures(v, h1, w1, sweeps)
            sweep_signatures(v, h1, w1, sweeps)
            normalise(h1, w1, FLOOR)
            extrapolate(memory, x, after, scale, jump)
            for i in range(len(jump)):
                jump[i] = jump[i] if jump[i] > 0.0 else max(SHRINK * after[i], FLOOR)
            new_loss = total_divergence(v, hy, wy, LEAST)
            note_jump(memory, new_loss <= loss)
            if not new_loss <= loss:
                new_loss = total_divergence(v, h1, w1, LEAST)
                copy(after, jump)
        if history[0] < WARM_UP or not new_loss <= loss * (1.0 + ROUNDING):
            copy(x, jump)
            kullback_leibler_iteration(v, hy, wy, rw, hr, rows)
            normalise(hy, wy, FLOOR)
            new_loss = total_divergence(v, hy, wy, LEAST)
            forget(memory)
        copy(jump, x)
        loss = new_loss
        history[0] += 1
        if history[0] % LOOK_EVERY == 0:
            fall = history[1] - loss
            history[1] = loss
            history[2] = residual_of(v, h, w)
            if converged(history[2], fall, loss, counts, tol, kkt_tol):
                return step, loss, True
    return n, loss, False


def solve_ccd(problem: Problem, start: Start, options: AcceleratedOptions) -> Solution:
    """NMF for ``kullback-leibler`` by accelerated coordinate descent; see the module's text."""
    catalogue = problem.catalogue
    v, h = pad_channels(catalogue, start.signatures)
    w = np.maximum(start.exposures, FLOOR)
    first = loss_value(KULLBACK_LEIBLER, catalogue, start.signatures @ start.exposures)
    x = np.concatenate([h.ravel(), w.ravel()])
    memory, scale, history = new_memory(len(x), options.depth), np.ones(len(x)), np.array([0.0, np.inf, np.inf])

    def advance(n: int) -> tuple[int, float, bool]:
        steps, total, enough = ccd_stretch(
            v, x, memory, scale, history, len(w), options.sweeps, options.tol, options.kkt_tol, n
        )
        return steps, total / catalogue.size, enough

    n_iter, stopped, trajectory = iterate(advance, first, options.max_iter)
    h, w = x[: h.size].reshape(h.shape), x[h.size :].reshape(w.shape)
    return Solution(h[: len(catalogue)].copy(), w.copy(), n_iter, stopped, trajectory)


CCD = Solver(
    "ccd",
    (KULLBACK_LEIBLER,),
    AcceleratedOptions,
    solve_ccd,
    "coordinate descent with extrapolation, to a KKT residual",
)
