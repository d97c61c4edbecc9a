"""Convex NMF for the Kullback–Leibler loss by alternating Newton steps, each a small quadratic problem solved exactly.

With V̂ = H W and H = V A the loss is convex in W and, W fixed, convex in A. A round takes

(a) for every patient, one Newton step on the exposures: a quadratic with K unknowns ≥ 0 and Hessian Hᵀ diag(v/v̂²) H;
(b) one Newton step on all signatures together. V̂'s row of a channel depends on H's row of that channel only, so that
    the Hessian is a K × K block W diag(v/v̂²) Wᵀ per channel, and the part of one signature is diagonal. Each
    signature in turn is therefore the best point of the cone of V's columns for a separable quadratic, which an
    active set finds exactly, as for Frobenius.

Both steps are shortened until they lower the loss enough (Armijo), which near the optimum they always do at full
length. The rounds begin after ``warmup`` multiplicative updates, because the loss has several local optima and a
quadratic model is a poor guide far from any: after 100 updates the best known optimum is reached from about three
quarters of random starts, as after thousands, after 10 from fewer than half.

Exposures are extrapolated between the rounds (:mod:`aenmf.solvers.extrapolation`), which saves a third of them or more.

Several Newton steps per patient or passes over the signatures per round were measured too: they do not save rounds.
The weights are exactly zero off their support.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from aenmf.problem import Problem, Start
from aenmf.solvers.common import FLOOR, Solution, iterate
from aenmf.solvers.convex_cone import best_in_cone, profile_scales, workspace, worst_patient
from aenmf.solvers.convex_kernels import (
    FASTMATH,
    SMALLEST,
    assign,
    combine,
    divide,
    four_sums,
    inner,
    loss_change,
    mean_loss,
    mix,
    padded_profiles,
    padded_rows,
    reconstruct,
)
from aenmf.solvers.convex_mu import Updates, WarmupOptions
from aenmf.solvers.extrapolation import ROUNDS, extrapolate, failed, fresh_state, next_beta, succeeded
from aenmf.solvers.nnqp import nonnegative_quadratic
from aenmf.solvers.stopping import exact_loss

SUFFICIENT = 1e-4
"""Part of the decrease promised by the slope that a step must achieve (Armijo's rule)."""

HALVINGS = 40
FLAT = 1e-12
"""Smallest curvature relative to the largest: keeps a quadratic definite in channels where the loss is linear."""


def solve_newton(problem: Problem, start: Start, options: WarmupOptions) -> Solution:
    """Fit convex NMF (Kullback–Leibler) from ``start.weights`` (N, K) and ``start.exposures`` (K, N).

    An iteration is a multiplicative update during the warm-up and a round of (a) and (b) afterwards. The rule is the
    paper's: stop when a round changes the loss by less than ``options.tol``, relatively.

    Raises:
        ValueError: the start's reconstruction is zero where the catalogue is not, so that its loss is infinite.
    """
    catalogue, (m, n), k = problem.catalogue, problem.catalogue.shape, problem.n_signatures
    profiles = padded_profiles(catalogue)
    weights, loadings, thin = padded_rows(start.weights, 0.0), padded_rows(start.exposures.T, 0.0), np.empty((k, m))
    if options.updates:
        weights, loadings = np.maximum(weights, FLOOR), np.maximum(loadings, FLOOR)
    mix(profiles, weights, thin)
    sums = thin.sum(axis=1)
    sums[sums == 0.0] = 1.0
    thin, weights, loadings = thin / sums[:, None], weights / sums, loadings * sums
    reconstruction = np.empty(profiles.shape)
    reconstruct(thin, loadings, reconstruction)
    first_loss = loss = mean_loss(problem.loss, catalogue, thin, loadings)
    if not np.isfinite(first_loss):
        raise ValueError("the start's reconstruction is zero where the catalogue is not: its loss is infinite")
    updates = Updates(problem, weights[:n], loadings[:n].T) if options.updates else None
    supports = profile_scales(profiles), np.zeros((k, m), np.int64), np.zeros((k, m)), np.zeros(k, np.int64)
    exact, before, state = exact_loss(problem.loss, catalogue), np.zeros_like(loadings), fresh_state()

    def advance(limit: int) -> tuple[int, float, bool]:
        nonlocal loss
        if updates and updates.done < options.updates:
            steps, loss, _ = updates.advance(min(limit, options.updates - updates.done))
            weights[:n], loadings[:n], thin[:] = updates.weights.T, updates.exposures.T, updates.signatures.T
            reconstruct(thin, loadings, reconstruction)
            return steps, loss, False
        factors = profiles, weights, loadings, thin, reconstruction
        steps, stopped = _stretch(*factors, *supports, before, state, limit, options.tol, loss * catalogue.size, exact)
        loss = mean_loss(problem.loss, catalogue, thin, loadings)
        return steps, loss, stopped

    n_iter, converged, trajectory = iterate(advance, first_loss, options.max_iter)
    exposures = np.ascontiguousarray(loadings[:n].T)
    mix(profiles, weights, thin)
    signatures = np.ascontiguousarray(thin.T)
    return Solution(signatures, exposures, n_iter, converged, trajectory, {"weights": weights[:n].copy()})


@njit(cache=True, fastmath=FASTMATH, error_model="numpy")
def _stretch(
    profiles,
    weights,
    loadings,
    thin,
    reconstruction,
    scales,
    members,
    values,
    sizes,
    before,
    state,
    limit,
    tol,
    loss,
    exact,
):
    """Up to ``limit`` rounds in place; returns how many, and whether the stopping rule fired.

    thin (K, M) are the signatures, loadings (N', K) the exposures, before (N', K) those of the round before, state that of the
    extrapolation, ``loss`` is the sum over cells. members, values (K, M) and sizes (K,) hold each signature's last solution in
    the cone, the warm start of the next.
    """
    patients, channels = profiles.shape
    rank = len(thin)
    work = workspace(channels, patients)
    buffers = _buffers(rank, channels)
    loading_sums, weighted = np.empty(rank), np.empty((rank, channels))  # Σ_n w_kn and (X Wᵀ)ᵀ with X = V/V̂
    blocks = np.empty((rank * (rank + 1) // 2, channels))  # the lower triangle of every channel's K × K Hessian
    step, kept, kept_weights = np.empty((rank, channels)), np.empty(thin.shape), np.empty(weights.shape)
    loss += _expose(profiles, loadings, thin, reconstruction, buffers)
    for iteration in range(limit):
        last, beta = loss, next_beta(state)
        kept[:], kept_weights[:] = thin, weights
        loss += _extrapolate(profiles, loadings, thin, reconstruction, before, beta, loading_sums, weighted, blocks)
        revived = revive(
            profiles, loadings, thin, reconstruction, weights, loading_sums, scales, members, values, sizes
        )
        if not revived:
            slope = aim(profiles, scales, thin, loading_sums, weighted, blocks, members, values, sizes, work, step)
            length, gained = _search(profiles, loadings, reconstruction, step, slope)
            if length > 0.0:
                loss += gained
                take(weights, thin, step, length, scales, members, values, sizes)
                reconstruct(thin, loadings, reconstruction)
        loss += _expose(profiles, loadings, thin, reconstruction, buffers)
        lower = last - loss >= tol * loss
        if loss <= exact or not (lower or revived or beta > 0.0):
            return iteration + 1, True
        if revived:
            state[ROUNDS] = 0.0
        elif lower:
            succeeded(state)
        else:  # too far, or at the end of a valley
            failed(state)
            loss, thin[:], weights[:], loadings[:] = last, kept, kept_weights, before
            reconstruct(thin, loadings, reconstruction)
    return limit, False


@njit(cache=True, fastmath=False, error_model="numpy")
def _buffers(rank, channels):
    """For one patient: four vectors (M,), the Hessian (K, K), three vectors (K,); see :func:`_newton_step`."""
    return (
        (np.empty(channels), np.empty(channels), np.empty(channels), np.empty(channels)),
        np.empty((rank, rank)),
        (np.empty(rank), np.empty(rank), np.empty(rank)),
    )


@njit(cache=True, fastmath=FASTMATH, error_model="numpy")
def _expose(profiles, loadings, thin, reconstruction, buffers):
    """(a); returns the change of the loss."""
    sums = np.empty(len(thin))
    for k in range(len(thin)):
        sums[k] = thin[k].sum()
    change = 0.0
    for n in range(len(profiles)):
        change += _newton_step(profiles[n], thin, sums, loadings[n], reconstruction[n], buffers)
    return change


@njit(cache=True, fastmath=FASTMATH, error_model="numpy")
def _extrapolate(profiles, loadings, thin, reconstruction, before, beta, loading_sums, weighted, blocks):
    """Extrapolate the exposures, and the sums over patients that (b) needs; returns the change of the loss."""
    rank, channels = thin.shape
    ratios, curvatures, fresh = np.empty((4, channels)), np.empty((4, channels)), np.empty(channels)
    products = np.empty((4, len(blocks)))
    loading_sums[:] = 0.0
    weighted[:] = 0.0
    blocks[:] = 0.0
    change = 0.0
    for first in range(0, profiles.shape[0], 4):
        for i in range(4):
            n = first + i
            extrapolate(loadings[n], before[n], beta)
            if beta > 0.0:
                combine(thin, loadings[n], fresh)
                if _is_near(profiles[n], reconstruction[n], fresh):
                    change += loss_change(profiles[n], reconstruction[n], fresh)
                    assign(reconstruction[n], fresh)
                else:
                    assign(loadings[n], before[n])
            divide(profiles[n], reconstruction[n], ratios[i])
            divide(ratios[i], reconstruction[n], curvatures[i])
            pair = 0
            for k in range(rank):
                loading_sums[k] += loadings[n, k]
                for j in range(k + 1):
                    products[i, pair] = loadings[n, k] * loadings[n, j]
                    pair += 1
        four_sums(ratios, loadings, 0, first, weighted)
        four_sums(curvatures, products, 0, 0, blocks)
    return change


@njit(cache=True, fastmath=False, error_model="numpy")
def _is_near(counts, old, new):
    """Whether no reconstructed count (M,) with mutations has fallen below half: a quadratic model knows nothing of such steps."""
    near = True
    for m in range(counts.size):
        near = near and (counts[m] == 0.0 or new[m] >= 0.5 * old[m])
    return near


@njit(cache=True, fastmath=FASTMATH, error_model="numpy")
def _newton_step(counts, thin, sums, x, reconstruction, buffers):
    """One Newton step on a patient's exposures x (K,), in place with its reconstruction; returns the loss's change."""
    (ratio, curvature, fresh, product), hessian, (descent, right, target) = buffers
    rank = len(thin)
    divide(counts, reconstruction, ratio)
    divide(ratio, reconstruction, curvature)
    trace = 0.0
    for k in range(rank):
        for m in range(product.size):
            product[m] = thin[k, m] * curvature[m]
        for j in range(k + 1):
            hessian[k, j] = inner(product, thin[j])
            hessian[j, k] = hessian[k, j]
        trace += hessian[k, k]
        descent[k] = inner(thin[k], ratio) - sums[k]
    for k in range(rank):
        hessian[k, k] += FLAT * trace
    for k in range(rank):
        right[k] = descent[k]
        for j in range(rank):
            right[k] += hessian[k, j] * x[j]
        target[k] = x[k]
    nonnegative_quadratic(hessian, right, target)
    slope = 0.0
    for k in range(rank):
        slope -= descent[k] * (target[k] - x[k])
    length = 1.0
    for _ in range(HALVINGS):
        for k in range(rank):
            right[k] = x[k] + length * (target[k] - x[k])
        combine(thin, right, fresh)
        change = loss_change(counts, reconstruction, fresh)
        if change <= SUFFICIENT * length * slope:
            assign(x, right)
            assign(reconstruction, fresh)
            return change
        length *= 0.5
    return 0.0


@njit(cache=True, fastmath=FASTMATH, error_model="numpy")
def revive(profiles, loadings, thin, reconstruction, weights, loading_sums, scales, members, values, sizes):
    """Give each signature that nobody uses the profile of a patient fitted badly; returns whether there was one.

    Such a signature contributes nothing and would stay so. A patient's own profile is sure to improve that patient.
    """
    revived = False
    for k in range(len(thin)):
        if loading_sums[k] > 0.0 and thin[k].sum() > 0.0:
            continue
        if not revived:
            losses, counts = np.empty(len(profiles)), np.empty(profiles.shape[1])
            for n in range(len(profiles)):
                for m in range(counts.size):
                    counts[m] = max(profiles[n, m], SMALLEST)
                losses[n] = loss_change(profiles[n], counts, reconstruction[n])
        revived = True
        worst = worst_patient(losses, scales)
        losses[worst] = 0.0
        weights[:, k] = 0.0
        loadings[:, k] = 0.0
        weights[worst, k] = 1.0 / profiles[worst].sum()
        for m in range(thin.shape[1]):
            thin[k, m] = profiles[worst, m] * weights[worst, k]
        members[k, 0], values[k, 0], sizes[k] = worst, weights[worst, k] / scales[worst], 1
    return revived


@njit(cache=True, fastmath=FASTMATH, error_model="numpy")
def aim(profiles, scales, thin, loading_sums, weighted, blocks, members, values, sizes, work, step):
    """(b) but for its length: the step (K, M) to the quadratic model's optimum after one pass; returns the slope."""
    rank, channels = thin.shape
    curvature, linear, point = np.empty(channels), np.empty(channels), np.empty(channels)
    step[:] = 0.0
    for k in range(rank):
        own = k * (k + 1) // 2 + k
        steepest = 0.0
        for m in range(channels):
            steepest = max(steepest, blocks[own, m])
        for m in range(channels):
            curvature[m] = max(blocks[own, m], FLAT * steepest)
            linear[m] = curvature[m] * thin[k, m] - (loading_sums[k] - weighted[k, m])
        for j in range(rank):
            if j != k:
                low, high = min(j, k), max(j, k)
                block = blocks[high * (high + 1) // 2 + low]
                for m in range(channels):
                    linear[m] -= block[m] * step[j, m]
        sizes[k] = best_in_cone(profiles, scales, curvature, linear, members[k], values[k], sizes[k], work, point)
        for m in range(channels):
            step[k, m] = point[m] - thin[k, m]
    slope = 0.0
    for k in range(rank):
        for m in range(channels):
            slope += (loading_sums[k] - weighted[k, m]) * step[k, m]
    return slope


@njit(cache=True, fastmath=FASTMATH, error_model="numpy")
def _search(profiles, loadings, reconstruction, step, slope):
    """The length of the signatures' step, 0 if it cannot lower the loss, and the change of the loss."""
    channels = profiles.shape[1]
    moves, fresh = np.empty(reconstruction.shape), np.empty(channels)
    if not slope < 0.0:
        return 0.0, 0.0
    reconstruct(step, loadings, moves)
    length = 1.0
    for _ in range(HALVINGS):
        change = 0.0
        for n in range(len(profiles)):
            for m in range(channels):
                fresh[m] = max(reconstruction[n, m] + length * moves[n, m], 0.0)
            change += loss_change(profiles[n], reconstruction[n], fresh)
        if change <= SUFFICIENT * length * slope:
            return length, change
        length *= 0.5
    return 0.0, 0.0


@njit(cache=True, fastmath=FASTMATH, error_model="numpy")
def take(weights, thin, step, length, scales, members, values, sizes):
    """Move signatures and weights ``length`` of the way to the cone's solutions; a full step leaves exact zeros."""
    for k in range(len(thin)):
        for m in range(thin.shape[1]):
            thin[k, m] = max(thin[k, m] + length * step[k, m], 0.0)
        for n in range(len(weights)):
            weights[n, k] *= 1.0 - length
        for i in range(sizes[k]):
            weights[members[k, i], k] += length * values[k, i] * scales[members[k, i]]
