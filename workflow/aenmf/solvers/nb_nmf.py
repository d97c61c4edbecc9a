"""NMF for the negative-binomial loss by majorise-minimise steps.

With dispersion α the loss has a convex logarithm in v̂ = (HW)_mn and a concave one, of v̂ + α. The concave one is majorised by
its tangent; the convex one by Jensen's inequality gives the multiplicative updates of Gouvert, Oberlin & Févotte (2018),

    W ← W ∘ (Hᵀ(V/V̂)) / (Hᵀ((V + α)/(V̂ + α))),    H ← H ∘ ((V/V̂)Wᵀ) / (((V + α)/(V̂ + α))Wᵀ),

which crawl: after thousands of them the optimality conditions are still violated by some per cent. So only the first ones
are such updates. Then the steps of :mod:`aenmf.solvers.nb_columns` go over the exposures of every patient and the signatures in
every channel in turn, which leave exact zeros and end at a residual of 1e-7 after some hundred rounds. No step raises the loss.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from threadpoolctl import threadpool_limits

from aenmf.losses import NEGATIVE_BINOMIAL, needed, negative_binomial_cells
from aenmf.problem import Problem, Start, Trajectory
from aenmf.solvers.common import FLOOR, Solution, Solver, iterate
from aenmf.solvers.kkt import kkt_nmf, loss_gradient_parts
from aenmf.solvers.nb_columns import improve_columns
from aenmf.solvers.residual import LOOK_EVERY, ResidualOptions, converged

WARM_UP = 10
"""Multiplicative updates at the beginning: they find the rough shape."""


def multiplicative_update(
    catalogue: np.ndarray, dispersion: np.ndarray, signatures: np.ndarray, exposures: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The published updates of W (K, N) and then H (M, K), entries not below ``FLOOR``; they never raise the loss.

    Args:
        catalogue: V (M, N).
        dispersion: α (N,).
        signatures, exposures: H and W, above zero.
    """
    above, below = loss_gradient_parts(NEGATIVE_BINOMIAL, catalogue, signatures @ exposures, dispersion)
    exposures = np.maximum(exposures * (signatures.T @ below) / (signatures.T @ above), FLOOR)
    above, below = loss_gradient_parts(NEGATIVE_BINOMIAL, catalogue, signatures @ exposures, dispersion)
    return np.maximum(signatures * (below @ exposures.T) / (above @ exposures.T), FLOOR), exposures


def scaled_patients(problem: Problem, signatures: np.ndarray, exposures: np.ndarray) -> np.ndarray:
    """The exposures (K, N), those of a patient scaled to the patient's mutations where that lowers the loss."""
    alpha, fitted = np.asarray(needed(problem.dispersion)), signatures @ exposures
    sums = fitted.sum(axis=0)
    factors = np.divide(problem.catalogue.sum(axis=0), sums, out=np.ones_like(sums), where=sums > 0)
    before, after = (
        negative_binomial_cells(problem.catalogue, v, alpha).sum(axis=0) for v in (fitted, fitted * factors)
    )
    return exposures * np.where(after < before, factors, 1.0)


def iterate_rounds(
    problem: Problem,
    options: ResidualOptions,
    one_round: Callable[[int], None],
    reconstruction: Callable[[], np.ndarray],
    residual: Callable[[], float],
) -> tuple[int, bool, Trajectory]:
    """Run rounds until the residual and the fall of the loss are small.

    Args:
        problem: the problem.
        options: tolerances and limit.
        one_round: called with the number of rounds done so far.
        reconstruction: the present one (M, N).
        residual: the present one of the optimality conditions.

    Returns:
        As :func:`aenmf.solvers.common.iterate`.
    """
    size, counts = problem.catalogue.size, float(problem.catalogue.sum())
    done, last = 0, np.inf

    def advance(limit: int) -> tuple[int, float, bool]:
        nonlocal done, last
        for step in range(1, limit + 1):
            one_round(done)
            done += 1
            if done % LOOK_EVERY == 0:
                loss = problem.value(reconstruction())
                fall, last = (last - loss) * size, loss
                if converged(residual(), fall, loss * size, counts, options.tol, options.kkt_tol):
                    return step, loss, True
        return limit, problem.value(reconstruction()), False

    with threadpool_limits(1, user_api="blas"):  # sums over threads would depend on their number
        return iterate(advance, problem.value(reconstruction()), options.max_iter)


def solve_mm(problem: Problem, start: Start, options: ResidualOptions) -> Solution:
    """NMF for ``negative-binomial`` from ``start.signatures`` and ``start.exposures``; see the module's text."""
    catalogue, alpha = problem.catalogue, np.asarray(needed(problem.dispersion))
    patients = np.ascontiguousarray(catalogue.T)
    by_channel = np.broadcast_to(alpha, catalogue.shape).copy()
    by_patient = np.ascontiguousarray(by_channel.T)
    h = np.ascontiguousarray(np.maximum(start.signatures, FLOOR))
    w = np.maximum(scaled_patients(problem, h, start.exposures), FLOOR)
    x = np.ascontiguousarray(w.T)

    def one_round(done: int) -> None:
        if done < min(WARM_UP, options.max_iter // 2):
            h[:], exposures = multiplicative_update(catalogue, alpha, h, x.T)
            x[:] = exposures.T
        else:
            improve_columns(patients, h, by_patient, x, 1, 0.0)
            improve_columns(catalogue, x, by_channel, h, 1, 0.0)
        sums = h.sum(axis=0)
        sums[sums == 0.0] = 1.0
        h[:], x[:] = h / sums, x * sums

    rounds = iterate_rounds(
        problem, options, one_round, lambda: h @ x.T, lambda: kkt_nmf(problem.loss, catalogue, h, x.T, alpha)
    )
    return Solution(h, np.ascontiguousarray(x.T), *rounds)


MM = Solver(
    "mm", (NEGATIVE_BINOMIAL,), ResidualOptions, solve_mm, "majorise-minimise steps by active sets, to a KKT residual"
)
