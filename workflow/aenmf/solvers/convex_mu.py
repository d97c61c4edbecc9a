"""Multiplicative updates for convex NMF, V ≈ V A Gᵀ, in O(MNK) per iteration.

With A = W1 (N, K) the weights and G = W2ᵀ (N, K) the exposures, the signatures are H = V A and Q = VᵀV is never formed.

Frobenius (Ding, Li & Jordan 2010 for V ≥ 0; paper, section Updates), exposures first, then weights:

    G ← G ∘ √( QA / (G AᵀQA) )      with QA = VᵀH =: P and AᵀQA = HᵀH =: C
    A ← A ∘ √( QG / (QA GᵀG) )      with QG = Vᵀ(VG) =: R and GᵀG =: S

Kullback–Leibler: V̂ is linear in G and in A, so the majoriser of Lee & Seung (2001) gives, with X = V / V̂,

    G ← G ∘ (XᵀH) / (1ᵀH)           A ← A ∘ (VᵀXG) / ((1ᵀV)ᵀ(1ᵀG))

Each update is monotone. The stopping rule needs the change of the loss, not the loss, and takes it from the steps: as
a difference of two by-product losses (‖V‖² − 2⟨P, G⟩ + ⟨C, S⟩) it would be rounding noise on catalogues that can be
reconstructed almost exactly, where ‖V‖² is 10⁵ times the loss or more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from aenmf.losses import FROBENIUS, KULLBACK_LEIBLER
from aenmf.methods.base import Problem, Start
from aenmf.solvers.common import FLOOR, IterationOptions, Solution, checked_number, iterate
from aenmf.solvers.convex_kernels import (
    FASTMATH,
    TINY,
    assign,
    divide,
    four_dots,
    four_grams,
    four_mixtures,
    four_sums,
    four_times,
    gram,
    inner,
    loss_change,
    mean_loss,
    mirror,
    mix,
    padded_profiles,
    padded_rows,
    reconstruct,
)


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
    def updates(self) -> int:
        """The number of multiplicative updates that are really done."""
        return min(self.warmup, self.max_iter // 2)


EXACT = {FROBENIUS: 1e-28, KULLBACK_LEIBLER: 1e-14}
"""A loss below this part of Σ v² or Σ v is rounding error: the reconstruction is exact, no change has a meaning."""


def exact_loss(loss: str, catalogue: np.ndarray) -> float:
    """The loss, summed over cells, below which a reconstruction is exact up to rounding."""
    return EXACT[loss] * float(np.square(catalogue).sum() if loss == FROBENIUS else catalogue.sum())


def solve_mu(problem: Problem, start: Start, options: IterationOptions) -> Solution:
    """Fit convex NMF by multiplicative updates from ``start.weights`` (N, K) and ``start.exposures`` (K, N)."""
    catalogue, n = problem.catalogue, problem.catalogue.shape[1]
    profiles = padded_profiles(catalogue)
    weights = padded_rows(np.maximum(start.weights, FLOOR), FLOOR)
    loadings = padded_rows(np.maximum(start.exposures.T, FLOOR), FLOOR)
    thin = np.empty((problem.n_signatures, len(catalogue)))
    mix(profiles, weights, thin)
    first_loss = mean_loss(problem.loss, catalogue, thin, loadings)
    state: tuple[np.ndarray, ...]
    stretch: Any
    if problem.loss == FROBENIUS:
        state = (np.zeros(loadings.shape), np.zeros(weights.shape))
        stretch = frobenius_stretch
    else:
        reconstruction = np.empty(profiles.shape)
        reconstruct(thin, loadings, reconstruction)
        state = (reconstruction, profiles.sum(axis=1), np.zeros(weights.shape))
        stretch = kullback_leibler_stretch
    loss, exact = first_loss, exact_loss(problem.loss, catalogue)

    def advance(limit: int) -> tuple[int, float, bool]:
        nonlocal loss
        cells = catalogue.size
        steps, stopped = stretch(profiles, weights, loadings, thin, *state, limit, options.tol, loss * cells, exact)
        loss = mean_loss(problem.loss, catalogue, thin, loadings)
        return steps, loss, stopped

    n_iter, converged, trajectory = iterate(advance, first_loss, options.max_iter)
    return Solution(
        signatures=np.ascontiguousarray(thin.T),
        exposures=np.ascontiguousarray(loadings[:n].T),
        n_iter=n_iter,
        converged=converged,
        trajectory=trajectory,
        extras={"weights": weights[:n].copy()},
    )


@njit(cache=True, fastmath=FASTMATH, error_model="numpy")
def frobenius_stretch(profiles, weights, loadings, thin, p, r, limit, tol, loss, exact):
    """Up to ``limit`` Frobenius iterations in place; returns how many, and whether the relative change fell below
    ``tol``.

    The loss is a sum over cells and carried along by adding changes. A step D of the exposures changes it by
    2⟨D, GC − P⟩ + ⟨D, DC⟩, a step E of the weights by 2⟨E, PS − R⟩ + ⟨(VE)ᵀ(VE), S⟩.
    """
    rank, channels = thin.shape
    c, s, step_gram = np.empty((rank, rank)), np.empty((rank, rank)), np.empty((rank, rank))
    cohort = np.empty((rank, channels))  # (V G)ᵀ
    old_thin = np.empty((rank, channels))
    products, steps = np.empty((4, rank)), np.empty((4, rank))
    # The same arrays as vectors: the square roots of four patients are taken in one loop.
    flat_products, flat_steps = products.reshape(-1), steps.reshape(-1)
    flat_loadings, flat_p = loadings.reshape(-1), p.reshape(-1)
    flat_weights, flat_r = weights.reshape(-1), r.reshape(-1)
    for iteration in range(limit):
        change = 0.0
        gram(thin, c)
        cohort[:] = 0.0
        s[:] = 0.0
        for first in range(0, profiles.shape[0], 4):
            four_dots(profiles, thin, first, p)
            four_times(loadings, first, c, products)
            change += 2.0 * root_update(flat_loadings, flat_p, flat_products, first * rank, flat_steps)
            four_times(steps, 0, c, products)
            change += inner(flat_steps, flat_products)
            four_grams(loadings, first, s)
            four_sums(profiles, loadings, first, first, cohort)
        mirror(s)
        for k in range(rank):
            assign(old_thin[k], thin[k])
        thin[:] = 0.0
        for first in range(0, profiles.shape[0], 4):
            four_dots(profiles, cohort, first, r)
            four_times(p, first, s, products)
            change += 2.0 * root_update(flat_weights, flat_r, flat_products, first * rank, flat_steps)
            four_sums(profiles, weights, first, first, thin)
        for k in range(rank):
            for m in range(channels):
                old_thin[k, m] -= thin[k, m]
        gram(old_thin, step_gram)
        change += inner(step_gram.reshape(-1), s.reshape(-1))
        if abs(change) < tol * loss or loss <= exact:
            return iteration + 1, True
        loss += change
    return limit, False


@njit(cache=True, fastmath=FASTMATH, error_model="numpy")
def root_update(factor, numerators, denominators, start, steps):
    """``factor ← factor ∘ √(numerators / denominators)``, floored, for the entries of one block of patients.

    The block's entries begin at ``start`` in factor and numerators, and at 0 in denominators and steps; steps receives
    what was added. Returns ⟨steps, denominators − numerators⟩, half the linear part of the loss's change.
    """
    slope = 0.0
    x, above = factor[start : start + steps.size], numerators[start : start + steps.size]
    for i in range(steps.size):
        old, below = x[i], denominators[i]
        x[i] = max(old * np.sqrt(above[i] / max(below, TINY)), FLOOR)
        steps[i] = x[i] - old
        slope += steps[i] * (below - above[i])
    return slope


@njit(cache=True, fastmath=FASTMATH, error_model="numpy")
def kullback_leibler_stretch(profiles, weights, loadings, thin, reconstruction, totals, r, limit, tol, loss, exact):
    """Up to ``limit`` Kullback–Leibler iterations in place; returns how many, and whether the stopping rule fired.

    ``reconstruction`` (N', M) holds V̂ᵀ between iterations, ``totals`` (N',) the patients' mutations. The change of
    the loss is Σ (v̂' − v̂ − v·log(v̂'/v̂)), which keeps its digits where the difference of two losses would not.
    """
    rank, channels = thin.shape
    cohort = np.empty((rank, channels))  # (X G)ᵀ
    ratios = np.empty((4, channels))
    sums, out, fresh = np.empty(rank), np.empty((4, rank)), np.empty((4, channels))
    for iteration in range(limit):
        for k in range(rank):
            sums[k] = thin[k].sum()
        loading_sums = np.zeros(rank)
        cohort[:] = 0.0
        for first in range(0, profiles.shape[0], 4):
            for i in range(4):
                divide(profiles[first + i], reconstruction[first + i], ratios[i])
            four_dots(ratios, thin, 0, out)
            for i in range(4):
                n = first + i
                for k in range(rank):
                    loadings[n, k] = max(loadings[n, k] * out[i, k] / max(sums[k], TINY), FLOOR)
                    loading_sums[k] += loadings[n, k]
            four_mixtures(thin, loadings, first, fresh, 0)
            for i in range(4):
                divide(profiles[first + i], fresh[i], ratios[i])
            four_sums(ratios, loadings, 0, first, cohort)
        thin[:] = 0.0
        for first in range(0, profiles.shape[0], 4):
            four_dots(profiles, cohort, first, r)
            for n in range(first, first + 4):
                for k in range(rank):
                    weights[n, k] = max(weights[n, k] * r[n, k] / max(totals[n] * loading_sums[k], TINY), FLOOR)
            four_sums(profiles, weights, first, first, thin)
        change = 0.0
        for first in range(0, profiles.shape[0], 4):
            four_mixtures(thin, loadings, first, fresh, 0)
            for i in range(4):
                n = first + i
                change += loss_change(profiles[n], reconstruction[n], fresh[i])
                assign(reconstruction[n], fresh[i])
        if abs(change) < tol * loss or loss <= exact:
            return iteration + 1, True
        loss += change
    return limit, False
