"""NMF by the paper's multiplicative updates (Lee & Seung 2001), compiled.

The iterates are those of :mod:`aenmf.solvers.textbook`. What differs is the cost: a Frobenius iteration reads every
tile of the catalogue once for both updates and forms no residual; the loss is not formed again after every
iteration; and entries stop at ``FLOOR``, above the denormal numbers with which some processors calculate ten to
sixty times more slowly (AMD's Zen 4 does not). From the floor an entry grows
back sooner than from 1e-300, and from a zero it never does, so that late in a fit the two may part: on the published
training set of uterus the textbook form stops on such zeros at a loss 1.2 % above the one that is reached with a floor.

*Stopping rule*: the relative change of the loss between two consecutive iterations is below ``tol``. For
``frobenius`` the loss ‖V‖² − 2⟨VWᵀ, H⟩ + ⟨HᵀH, WWᵀ⟩ costs nothing, but for a good fit it is a small difference of
large numbers. So it only raises the suspicion; the rule fires on the loss taken from the residuals of two
consecutive iterations. Such pairs are looked at no more often than once per 1/64 of the iterations done so far, and
``kullback-leibler``, whose loss needs a logarithm per cell, looks at them exactly that often. A change that is nan
or an increase beyond ``tol`` never counts as converged.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from aenmf.losses import KULLBACK_LEIBLER, PAPER_LOSSES, loss_value
from aenmf.problem import Problem, Start
from aenmf.solvers.common import FLOOR, IterationOptions, Solution, Solver, iterate
from aenmf.solvers.products import (
    FAST,
    LEAST,
    LEAST_DIVISOR,
    TILE,
    add_ratio_on_exposures,
    add_signatures_times,
    add_times_exposures,
    gram,
    gram_of_columns,
    inner,
    pad_channels,
    ratio_on_signatures,
    total_divergence,
    total_of,
    total_squared_error,
    totals_of_columns,
)
from aenmf.solvers.stopping import LOOKS, exact_loss, settled

CANCELLATION = 16 * np.finfo(float).eps


@njit(cache=True, fastmath=False, error_model="numpy")
def multiply(x, numerator, denominator):
    """x ← x · numerator / denominator, not below ``FLOOR``; nan stays nan."""
    for i in range(len(x)):
        y = x[i] * numerator[i] / denominator[i]
        x[i] = FLOOR if y < FLOOR else y


@njit(cache=True, fastmath=FAST, error_model="numpy")
def frobenius_iteration(v, h, w, hh, vw, ww, hv, hhw):
    """Update w (K, N), then h (M, K), in place.

    hh = HᵀH goes in and out, vw = VWᵀ and ww = WWᵀ come out; hv and hhw (K, TILE) are workspaces.
    """
    n_signatures, n = w.shape
    vw[:] = 0.0
    for start in range(0, n, TILE):
        stop = min(n, start + TILE)
        hv[:] = 0.0
        for m in range(0, len(h), 4):
            add_signatures_times(h, m, v, m, start, stop, hv)
        for k in range(n_signatures):
            out = hhw[k, : stop - start]
            out[:] = 0.0
            for j in range(n_signatures):
                g, row = hh[k, j], w[j, start:stop]
                for i in range(len(row)):
                    out[i] += g * row[i]
        for k in range(n_signatures):
            multiply(w[k, start:stop], hv[k, : stop - start], hhw[k, : stop - start])
        for m in range(0, len(h), 4):
            add_times_exposures(v, m, start, w, start, stop, vw, m)
    gram(w, ww)
    denominator_row = np.empty(n_signatures)
    for m in range(len(h)):
        denominator_row[:] = 0.0
        for j in range(n_signatures):
            for k in range(n_signatures):
                denominator_row[k] += h[m, j] * ww[j, k]
        multiply(h[m], vw[m], denominator_row)
    gram_of_columns(h, hh)


@njit(cache=True, fastmath=False, error_model="numpy")
def frobenius_stretch(v, h, w, tol, n, done, rounding):
    """Up to ``n`` iterations after the first ``done``; returns how many, the summed loss and whether the rule fired.

    A loss of at most ``rounding`` is an exact fit.
    """
    n_signatures = len(w)
    hh, ww = np.empty((n_signatures, n_signatures)), np.empty((n_signatures, n_signatures))
    vw = np.empty(h.shape)
    hv, hhw = np.empty((n_signatures, TILE)), np.empty((n_signatures, TILE))
    gram_of_columns(h, hh)
    squares = inner(v, v)
    next_look = 0
    exact = total_squared_error(v, h, w)
    is_exact, loss = True, exact
    for step in range(1, n + 1):
        frobenius_iteration(v, h, w, hh, vw, ww, hv, hhw)
        before, loss = loss, squares - 2.0 * inner(vw, h) + inner(hh, ww)
        suspect = done + step >= next_look and not abs(before - loss) > tol * loss + CANCELLATION * squares
        if suspect or is_exact or step == n:
            exact_before, exact = exact, total_squared_error(v, h, w)
            if is_exact and settled(exact_before, exact, tol, rounding):
                return step, exact, True
            if is_exact:
                next_look = done + step + (done + step) // LOOKS
            is_exact = suspect and not is_exact
    return n, exact, False


@njit(cache=True, fastmath=FAST, error_model="numpy")
def kullback_leibler_iteration(v, h, w, rw, hr, rows):
    """Update h (M, K), then w (K, N), in place; rw (M, K), hr (K, TILE) and rows (4, TILE) are workspaces."""
    n_signatures, n = w.shape
    rw[:] = 0.0
    for start in range(0, n, TILE):
        stop = min(n, start + TILE)
        add_ratio_on_exposures(v, h, w, start, stop, LEAST_DIVISOR, rows, rw)
    totals = np.empty(n_signatures)
    for k in range(n_signatures):
        totals[k] = total_of(w[k])
    for m in range(len(h)):
        multiply(h[m], rw[m], totals)
    totals_of_columns(h, totals)
    for start in range(0, n, TILE):
        stop = min(n, start + TILE)
        ratio_on_signatures(v, h, w, start, stop, LEAST_DIVISOR, rows, hr)
        for k in range(n_signatures):
            row, numerator, total = w[k, start:stop], hr[k, : stop - start], totals[k]
            for i in range(len(row)):
                y = row[i] * numerator[i] / total
                row[i] = FLOOR if y < FLOOR else y


@njit(cache=True, fastmath=False, error_model="numpy")
def kullback_leibler_stretch(v, h, w, tol, n, done, rounding):
    """As :func:`frobenius_stretch`, for the Kullback-Leibler loss."""
    n_signatures = len(w)
    rw, hr, rows = np.empty(h.shape), np.empty((n_signatures, TILE)), np.empty((4, TILE))
    loss, is_known, next_look = total_divergence(v, h, w, LEAST), True, 0
    for step in range(1, n + 1):
        kullback_leibler_iteration(v, h, w, rw, hr, rows)
        if is_known or step == n or done + step >= next_look:
            before, loss = loss, total_divergence(v, h, w, LEAST)
            if is_known and settled(before, loss, tol, rounding):
                return step, loss, True
            if is_known:
                next_look = done + step + (done + step) // LOOKS
            is_known = not is_known
    return n, loss, False


def solve_mu(problem: Problem, start: Start, options: IterationOptions) -> Solution:
    """NMF by multiplicative updates, in the paper's order: ``frobenius`` W then H, ``kullback-leibler`` H then W."""
    catalogue = problem.catalogue
    v, h = pad_channels(catalogue, start.signatures)
    w = np.maximum(start.exposures, FLOOR)
    stretch = kullback_leibler_stretch if problem.loss == KULLBACK_LEIBLER else frobenius_stretch
    done, rounding = 0, exact_loss(problem.loss, catalogue)

    def advance(n: int) -> tuple[int, float, bool]:
        nonlocal done
        steps, total, stopped = stretch(v, h, w, options.tol, n, done, rounding)
        done += steps
        return steps, total / catalogue.size, stopped

    first = loss_value(problem.loss, catalogue, start.signatures @ start.exposures)
    n_iter, converged, trajectory = iterate(advance, first, options.max_iter)
    return Solution(h[: len(catalogue)].copy(), w, n_iter, converged, trajectory)


MU = Solver("mu", PAPER_LOSSES, IterationOptions, solve_mu, "the paper's multiplicative updates, compiled")
