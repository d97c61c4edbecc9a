"""Multiplicative updates for convex NMF, V ≈ V A Gᵀ, in O(MNK) per iteration.

With A = W1 (N, K) the weights and G = W2ᵀ (N, K) the exposures, the signatures are H = V A and Q = VᵀV is never formed.

Frobenius (Ding, Li & Jordan 2010 for V ≥ 0; paper, section Updates), exposures first, then weights:

    G ← G ∘ √( QA / (G AᵀQA) )      with QA = VᵀH =: P and AᵀQA = HᵀH =: C
    A ← A ∘ √( QG / (QA GᵀG) )      with QG = Vᵀ(VG) =: R and GᵀG =: S

Kullback–Leibler: V̂ is linear in G and in A, so the majoriser of Lee & Seung (2001) gives, with X = V / V̂,

    G ← G ∘ (XᵀH) / (1ᵀH)           A ← A ∘ (VᵀXG) / ((1ᵀV)ᵀ(1ᵀG))

Each update is monotone. The stopping rule needs the change of the loss. For Frobenius it is taken from the steps: as
a difference of two by-product losses (‖V‖² − 2⟨P, G⟩ + ⟨C, S⟩) it would be rounding noise on catalogues that can be
reconstructed almost exactly, where ‖V‖² is 10⁵ times the loss or more. For Kullback–Leibler, where a loss costs a third of
an iteration, two consecutive losses are compared once per 1/64 of the iterations done so far, as for NMF.

Catalogue and signatures have the layout of :mod:`aenmf.solvers.products`; weights and exposures are held as (K, N).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numba import njit

from aenmf.losses import FROBENIUS
from aenmf.problem import Problem, Start
from aenmf.solvers.common import FLOOR, OPTIMUM, IterationOptions, Solution, checked_number, iterate
from aenmf.solvers.products import (
    FAST,
    FIRST,
    LEAST,
    LEAST_DIVISOR,
    TILE,
    add_ratio_on_exposures,
    add_signatures_times,
    add_times_exposures,
    copy,
    gram,
    gram_of_columns,
    inner,
    pad_channels,
    project_on_exposures,
    ratio_on_signatures,
    total_divergence,
    total_of,
    total_squared_error,
    totals_of_columns,
)
from aenmf.solvers.stopping import LOOKS, exact_loss, settled


@dataclass(frozen=True)
class WarmupOptions(IterationOptions):
    """Options of the solvers that begin with multiplicative updates.

    Attributes:
        warmup: number of multiplicative updates before the solver's own rounds; they count as iterations and are at
            most half of ``max_iter``.
    """

    warmup: int = 100

    def __post_init__(self):
        super().__post_init__()
        object.__setattr__(self, "warmup", checked_number("warmup", self.warmup, int, 0))

    @property
    def largest_residual(self) -> float:
        return OPTIMUM

    def trial(self, tol: float) -> Self:
        return replace(super().trial(tol), warmup=0)

    @property
    def updates(self) -> int:
        """The number of multiplicative updates that are really done."""
        return min(self.warmup, self.max_iter // 2)


class Updates:
    """Multiplicative updates of one problem, in stretches.

    Attributes:
        weights, exposures: (K, N), ≥ ``FLOOR``, changed by :meth:`advance`.
        done: iterations so far.
    """

    def __init__(self, problem: Problem, weights: np.ndarray, exposures: np.ndarray):
        """Begin at weights (N, K) and exposures (K, N)."""
        self.problem, self.done = problem, 0
        self.weights = np.maximum(np.ascontiguousarray(weights.T), FLOOR)
        self.exposures = np.maximum(exposures, FLOOR)
        self._catalogue, _ = pad_channels(problem.catalogue, np.empty((len(problem.catalogue), 0)))
        self._signatures = np.empty((len(self._catalogue), problem.n_signatures))
        project_on_exposures(self._catalogue, self.weights, self._signatures)
        self._totals = self._catalogue.sum(axis=0)
        self._exact = exact_loss(problem.loss, problem.catalogue)
        self.loss = self._loss()

    @property
    def signatures(self) -> np.ndarray:
        """H = V A (M, K)."""
        return self._signatures[: len(self.problem.catalogue)]

    def _loss(self) -> float:
        factors = self._catalogue, self._signatures, self.exposures
        total = total_squared_error(*factors) if self.problem.loss == FROBENIUS else total_divergence(*factors, LEAST)
        return total / self.problem.catalogue.size

    def advance(self, limit: int, tol: float | None = None) -> tuple[int, float, bool]:
        """Up to ``limit`` iterations.

        Args:
            tol: stop when the loss changes by less, relatively, or is rounding error; None: do not stop.

        Returns:
            How many were done, the loss after them (mean per cell), and whether the stopping rule fired.
        """
        factors = (self._catalogue, self.weights, self.exposures, self._signatures)
        exact = -np.inf if tol is None else self._exact  # a loss that is carried along may round to below zero
        bounds = (tol or 0.0, self.loss * self.problem.catalogue.size, exact)
        if self.problem.loss == FROBENIUS:
            steps, stopped = frobenius_stretch(*factors, limit, *bounds)
        else:
            steps, stopped = kullback_leibler_stretch(*factors, self._totals, limit, *bounds, self.done)
        self.done += steps
        self.loss = self._loss()
        return steps, self.loss, stopped


def solve_mu(problem: Problem, start: Start, options: IterationOptions) -> Solution:
    """Fit convex NMF by multiplicative updates from ``start.weights`` (N, K) and ``start.exposures`` (K, N)."""
    updates = Updates(problem, start.weights, start.exposures)
    n_iter, converged, trajectory = iterate(
        lambda limit: updates.advance(limit, options.tol), updates.loss, options.max_iter
    )
    return Solution(
        signatures=updates.signatures.copy(),
        exposures=updates.exposures,
        n_iter=n_iter,
        converged=converged,
        trajectory=trajectory,
        extras={"weights": np.ascontiguousarray(updates.weights.T)},
    )


@njit(cache=True, fastmath=FAST, error_model="numpy")
def dot(x, y):
    """⟨x, y⟩ of two contiguous vectors."""
    s = 0.0
    for i in range(len(x)):
        s += x[i] * y[i]
    return s


@njit(cache=True, fastmath=FAST, error_model="numpy")
def square_times(square, x, start, stop, out):
    """out (K, TILE) = square @ x for columns start … stop of x (K, N); square (K, K)."""
    for k in range(len(square)):
        row = out[k, : stop - start]
        row[:] = 0.0
        for j in range(len(square)):
            factor, values = square[k, j], x[j, start:stop]
            for i in range(len(row)):
                row[i] += factor * values[i]


@njit(cache=True, fastmath=FAST, error_model="numpy")
def root_multiply(x, above, below, step):
    """``x ← x ∘ √(above / below)``, not below ``FLOOR``, for vectors; ``step`` becomes what was added.

    Returns ⟨step, below − above⟩, half the linear part of the loss's change.
    """
    slope = 0.0
    for i in range(len(step)):
        new = max(x[i] * np.sqrt(above[i] / max(below[i], LEAST)), FLOOR)
        step[i] = new - x[i]
        x[i] = new
    for i in range(len(step)):
        slope += step[i] * (below[i] - above[i])
    return slope


@njit(cache=True, fastmath=False, error_model="numpy")
def frobenius_stretch(v, weights, exposures, h, limit, tol, loss, exact):
    """Up to ``limit`` Frobenius iterations in place; returns how many, and whether the relative change fell below
    ``tol``.

    The loss is a sum over cells and carried along by adding changes. A step D of the exposures changes it by
    2⟨D, CG − P⟩ + ⟨D, CD⟩, a step E of the weights by 2⟨E, SP − R⟩ + ⟨(VE)ᵀ(VE), S⟩.
    """
    rank, n = exposures.shape
    c, s, step_gram = np.empty((rank, rank)), np.empty((rank, rank)), np.empty((rank, rank))
    cohort, before, p = np.empty(h.shape), np.empty(h.shape), np.empty((rank, n))  # V Gᵀ, H, VᵀH
    r, below, step = np.empty((rank, TILE)), np.empty((rank, TILE)), np.empty((rank, TILE))
    for iteration in range(limit):
        change = 0.0
        gram_of_columns(h, c)
        cohort[:] = 0.0
        for start in range(0, n, TILE):
            stop = min(n, start + TILE)
            r[:] = 0.0
            for m in range(0, len(h), 4):
                add_signatures_times(h, m, v, m, start, stop, r)
            square_times(c, exposures, start, stop, below)
            for k in range(rank):
                copy(r[k, : stop - start], p[k, start:stop])
                x, d = exposures[k, start:stop], step[k, : stop - start]
                change += 2.0 * root_multiply(x, r[k, : stop - start], below[k, : stop - start], d)
            square_times(c, step, FIRST, stop - start, below)
            for k in range(rank):
                change += dot(step[k, : stop - start], below[k, : stop - start])
            for m in range(0, len(h), 4):
                add_times_exposures(v, m, start, exposures, start, stop, cohort, m)
        gram(exposures, s)
        for m in range(len(h)):
            copy(h[m], before[m])
        h[:] = 0.0
        for start in range(0, n, TILE):
            stop = min(n, start + TILE)
            r[:] = 0.0
            for m in range(0, len(h), 4):
                add_signatures_times(cohort, m, v, m, start, stop, r)
            square_times(s, p, start, stop, below)
            for k in range(rank):
                x, d = weights[k, start:stop], step[k, : stop - start]
                change += 2.0 * root_multiply(x, r[k, : stop - start], below[k, : stop - start], d)
            for m in range(0, len(h), 4):
                add_times_exposures(v, m, start, weights, start, stop, h, m)
        for m in range(len(h)):
            for k in range(rank):
                before[m, k] -= h[m, k]
        gram_of_columns(before, step_gram)
        change += inner(step_gram, s)
        if abs(change) < tol * loss or loss <= exact:
            return iteration + 1, True
        loss += change
    return limit, False


@njit(cache=True, fastmath=FAST, error_model="numpy")
def multiply_by_ratio(x, above, below):
    """``x ← x ∘ above / below``, not below ``FLOOR``, for vectors."""
    for i in range(len(above)):
        x[i] = max(x[i] * above[i] / max(below[i], LEAST), FLOOR)


@njit(cache=True, fastmath=False, error_model="numpy")
def kullback_leibler_iteration(v, weights, exposures, h, totals, cohort, part, rows, below):
    """Update exposures, then weights, both (K, N), and h (M, K) in place; totals (N,) are the patients' mutations.

    Workspaces: cohort (M, K), part (K, TILE), rows (4, TILE), below (N,).
    """
    rank, n = exposures.shape
    sums = np.empty(rank)
    totals_of_columns(h, sums)
    cohort[:] = 0.0  # (V / V̂) Gᵀ
    for start in range(0, n, TILE):
        stop = min(n, start + TILE)
        ratio_on_signatures(v, h, exposures, start, stop, LEAST_DIVISOR, rows, part)
        for k in range(rank):
            below[start:stop] = sums[k]
            multiply_by_ratio(exposures[k, start:stop], part[k, : stop - start], below[start:stop])
        add_ratio_on_exposures(v, h, exposures, start, stop, LEAST_DIVISOR, rows, cohort)
    h[:] = 0.0
    for k in range(rank):
        sums[k] = total_of(exposures[k])
    for start in range(0, n, TILE):
        stop = min(n, start + TILE)
        part[:] = 0.0
        for m in range(0, len(h), 4):
            add_signatures_times(cohort, m, v, m, start, stop, part)
        for k in range(rank):
            for i in range(start, stop):
                below[i] = totals[i] * sums[k]
            multiply_by_ratio(weights[k, start:stop], part[k, : stop - start], below[start:stop])
        for m in range(0, len(h), 4):
            add_times_exposures(v, m, start, weights, start, stop, h, m)


@njit(cache=True, fastmath=False, error_model="numpy")
def kullback_leibler_stretch(v, weights, exposures, h, totals, limit, tol, loss, exact, done):
    """Up to ``limit`` Kullback–Leibler iterations after the first ``done``; returns how many, and whether the rule
    fired. ``loss`` is the one at the beginning, a sum over cells."""
    rank, n = exposures.shape
    cohort, part, rows, below = np.empty(h.shape), np.empty((rank, TILE)), np.empty((4, TILE)), np.empty(n)
    is_known, next_look = True, 0
    for step in range(1, limit + 1):
        kullback_leibler_iteration(v, weights, exposures, h, totals, cohort, part, rows, below)
        if is_known or done + step >= next_look:
            before, loss = loss, total_divergence(v, h, exposures, LEAST)
            if (is_known and settled(before, loss, tol, exact)) or loss <= exact:
                return step, True
            if is_known:
                next_look = done + step + (done + step) // LOOKS
            is_known = not is_known
    return limit, False
