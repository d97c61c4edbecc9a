"""Exposures of patients on fixed signatures: the convex half of NMF, solved to its optimum one patient at a time.

For ``frobenius`` this is non-negative least squares (Lawson & Hanson 1974, from scipy). For ``kullback-leibler``
the paper iterates its exposure update; its limit, the minimum of a convex function, is found here by Newton's
method with an active set instead. With signatures of sum 1 and counts q of sum 1 the problem is the
maximum-likelihood estimate of mixture proportions, and

    r_k = Σ_m S_mk q_m / (S w)_m ≤ 1 for all k, with equality where w_k > 0

are its optimality conditions. max r_k − 1 bounds how far the loss per mutation is from its minimum (Lindsay 1983),
so every column comes with a certificate, and one without is an error.

For ``negative-binomial`` the loss is not convex. Its minimum nearest to that of ``kullback-leibler``, where the steps of
:mod:`aenmf.solvers.nb_columns` lead from there, is taken; the certificate is the residual of the optimality conditions.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from scipy.optimize import nnls

from aenmf.losses import FROBENIUS, KULLBACK_LEIBLER, NEGATIVE_BINOMIAL, needed
from aenmf.solvers.nb_columns import improve_columns
from aenmf.solvers.nnqp import nonnegative_quadratic

GAP = 1e-9
"""Largest violation of r_k ≤ 1 (and Σ w_k |1 − r_k|) a Kullback-Leibler refit may end with."""

MAX_NEWTON = 200

RESIDUAL, SOUGHT, MAX_STEPS = 1e-6, 1e-12, 1000
"""Largest residual that a negative-binomial refit may end with, the one it goes on to, and its steps at most."""


def refit(loss: str, catalogue: np.ndarray, signatures: np.ndarray, dispersion: np.ndarray | None = None) -> np.ndarray:
    """The exposures that minimise a loss for fixed signatures (paper, Design: refit of the test patients).

    A patient's exposures depend on that patient's counts and the signatures only, to the last bit.

    Counts in a channel where every signature is zero make the losses but ``frobenius`` infinite whatever the exposures.
    Such channels are left out for these: the exposures minimise the loss over the others. A
    signature without any mass gets exposures zero. Where signatures are linearly dependent the reconstruction is
    unique but the exposures are not; one of the minimisers is returned, always the same.

    Args:
        loss: one of :data:`aenmf.losses.LOSSES`.
        catalogue: (M, N) counts ≥ 0, finite.
        signatures: (M, K) ≥ 0, in any scale.
        dispersion: α (N,), for ``negative-binomial``.

    Returns:
        Exposures (K, N) ≥ 0, in mutations if the signatures sum to 1.

    Raises:
        ValueError: shapes do not fit, or an entry is negative or not finite.
        ArithmeticError: a column could not be solved to its certificate.
    """
    catalogue = np.asarray(catalogue, dtype=float)
    signatures = np.ascontiguousarray(signatures, dtype=float)
    if catalogue.ndim != 2 or signatures.ndim != 2 or len(catalogue) != len(signatures):
        raise ValueError(f"catalogue {catalogue.shape} and signatures {signatures.shape} do not have the same channels")
    for name, array in (("catalogue", catalogue), ("signatures", signatures)):
        if not (np.isfinite(array).all() and (array >= 0).all()):
            raise ValueError(f"the {name} must be non-negative and finite")
    if loss == FROBENIUS:
        exposures = np.empty((signatures.shape[1], catalogue.shape[1]))
        for n in range(catalogue.shape[1]):
            exposures[:, n] = nnls(signatures, catalogue[:, n])[0]
        return exposures
    if loss == KULLBACK_LEIBLER:
        sums = signatures.sum(axis=0)
        used = np.flatnonzero(sums > 0)
        exposures = np.zeros((signatures.shape[1], catalogue.shape[1]))
        scaled = np.ascontiguousarray(signatures[:, used] / sums[used])
        solved, gaps = _mixtures(np.ascontiguousarray(catalogue.T), scaled)
        worst = int(np.argmax(gaps)) if len(gaps) else 0
        if len(gaps) and not gaps[worst] <= GAP:
            raise ArithmeticError(f"the refit of column {worst} stopped with optimality gap {gaps[worst]:.1e}")
        exposures[used] = solved.T / sums[used, None]
        return exposures
    if loss == NEGATIVE_BINOMIAL:
        exposures = refit(KULLBACK_LEIBLER, catalogue, signatures)
        return _overdispersed(catalogue, signatures, np.asarray(needed(dispersion)), exposures)
    raise ValueError(f"unknown loss {loss!r}")


def _overdispersed(
    catalogue: np.ndarray, signatures: np.ndarray, dispersion: np.ndarray, exposures: np.ndarray
) -> np.ndarray:
    """Negative-binomial exposures (K, N), from those of the Kullback-Leibler loss."""
    sums = signatures.sum(axis=0)
    used, covered = np.flatnonzero(sums > 0), signatures.any(axis=1)
    counts = np.ascontiguousarray(catalogue[covered].T)
    of_cells = np.repeat(dispersion[:, None], counts.shape[1], axis=1)
    shares = np.ascontiguousarray((exposures[used] * sums[used, None]).T)
    basis = np.ascontiguousarray(signatures[np.ix_(covered, used)] / sums[used])
    residuals = improve_columns(counts, basis, of_cells, shares, MAX_STEPS, SOUGHT)
    worst = int(np.argmax(residuals)) if len(residuals) else 0
    if len(residuals) and not residuals[worst] <= RESIDUAL:
        raise ArithmeticError(f"the refit of column {worst} stopped with residual {residuals[worst]:.1e}")
    solved = np.zeros_like(exposures)
    solved[used] = shares.T / sums[used, None]
    return solved


@njit(cache=True, fastmath=False, error_model="numpy")
def _mixtures(counts, signatures):
    """Kullback-Leibler exposures (N, K) of counts (N, M) on signatures (M, K) of column sums 1, and the gaps (N,)."""
    n, n_signatures = len(counts), signatures.shape[1]
    exposures, gaps, shares = np.empty((n, n_signatures)), np.empty(n), np.empty(len(signatures))
    covered = np.empty(len(signatures), np.bool_)
    for m in range(len(signatures)):
        covered[m] = False
        for k in range(n_signatures):
            covered[m] |= signatures[m, k] > 0.0
    for i in range(n):
        total = 0.0
        for m in range(len(shares)):
            shares[m] = counts[i, m] if covered[m] else 0.0
            total += shares[m]
        gaps[i] = 0.0
        if total > 0.0:
            for m in range(len(shares)):
                shares[m] /= total
            gaps[i] = _mixture(shares, signatures, exposures[i])
        for k in range(n_signatures):
            exposures[i, k] = exposures[i, k] * total if total > 0.0 else 0.0
    return exposures, gaps


@njit(cache=True, fastmath=False, error_model="numpy")
def _mixture(shares, signatures, w):
    """Mixture proportions w (K,) of shares (M,) of sum 1, in place; returns the gap. See the module's text."""
    n_channels, n_signatures = signatures.shape
    mixture, moved = np.empty(n_channels), np.empty(n_channels)
    ratios, linear, target = np.empty(n_signatures), np.empty(n_signatures), np.empty(n_signatures)
    hessian = np.empty((n_signatures, n_signatures))
    w[:] = 1.0 / n_signatures
    gap = np.inf
    for iteration in range(MAX_NEWTON):
        _mix(signatures, w, mixture)
        ratios[:] = 0.0
        hessian[:] = 0.0
        for m in range(n_channels):
            if shares[m] > 0.0:
                inverse = 1.0 / mixture[m]
                for k in range(n_signatures):
                    scaled = signatures[m, k] * inverse
                    ratios[k] += shares[m] * scaled
                    for j in range(k + 1):
                        hessian[k, j] += shares[m] * scaled * (signatures[m, j] * inverse)
        violation, slack = 0.0, 0.0
        for k in range(n_signatures):
            violation = max(violation, ratios[k] - 1.0)
            slack += w[k] * abs(1.0 - ratios[k])
        before, gap = gap, max(violation, slack)
        # Below the certificate Newton's method squares the gap at every step: go on until it stops falling.
        if not gap > 1e-15 or (gap <= GAP and not gap < 0.5 * before) or not np.isfinite(gap):
            break
        if iteration < 2:
            for k in range(n_signatures):
                w[k] *= ratios[k]  # two multiplicative updates bring the quadratic model into its range
            continue
        for k in range(n_signatures):
            for j in range(k):
                hessian[j, k] = hessian[k, j]
        trace = 0.0
        for k in range(n_signatures):
            trace += hessian[k, k]
        for k in range(n_signatures):
            hessian[k, k] += 1e-13 * trace
            linear[k] = ratios[k] - 1.0
            for j in range(n_signatures):
                linear[k] += hessian[k, j] * w[j]
            target[k] = w[k]
        nonnegative_quadratic(hessian, linear, target)
        slope = 0.0
        for k in range(n_signatures):
            slope += (1.0 - ratios[k]) * (target[k] - w[k])
        step = 1.0
        _mix(signatures, target, moved)
        while step > 1e-12 and not _likelihood_gain(shares, mixture, moved, step) >= -1e-4 * step * slope - 1e-14:
            step *= 0.5
        for k in range(n_signatures):
            w[k] = target[k] if step == 1.0 else w[k] + step * (target[k] - w[k])
    return gap


@njit(cache=True, fastmath=False, error_model="numpy")
def _mix(signatures, w, out):
    """out (M,) = S w."""
    for m in range(len(out)):
        s = 0.0
        for k in range(len(w)):
            s += signatures[m, k] * w[k]
        out[m] = s


@njit(cache=True, fastmath=False, error_model="numpy")
def _likelihood_gain(shares, mixture, moved, step):
    """Decrease of the loss Σ p − q log p from p = mixture to p = mixture + step · (moved − mixture)."""
    gain = 0.0
    for m in range(len(shares)):
        change = step * (moved[m] - mixture[m])
        gain -= change
        if shares[m] > 0.0:
            gain += shares[m] * np.log1p(change / mixture[m])
    return gain
