"""Convex NMF for the negative-binomial loss: the rounds of :mod:`aenmf.solvers.convex_newton` on a majorised curvature.

V̂ = H W with H = V A. The concave part of the loss is majorised by its tangent, as in :mod:`aenmf.solvers.nb_nmf`. A round takes a
step of :mod:`aenmf.solvers.nb_columns` on the exposures of every patient, and one on all signatures together: each in turn
moves to the best point of the cone of the patients for a quadratic with curvatures W diag(v α/(v̂²(v̂ + α))) Wᵀ, and the whole
step is halved until the loss falls. The first rounds are multiplicative updates,

    A ← A ∘ (Vᵀ(V/V̂)Wᵀ) / (Vᵀ((V + α)/(V̂ + α))Wᵀ),

and those of the exposures. No round raises the loss.
"""

from __future__ import annotations

import numpy as np

from aenmf.losses import NEGATIVE_BINOMIAL, needed
from aenmf.problem import Problem, Start
from aenmf.solvers.common import FLOOR, Solution, Solver
from aenmf.solvers.convex_cone import profile_scales, workspace
from aenmf.solvers.convex_kernels import padded_profiles, padded_rows
from aenmf.solvers.convex_newton import HALVINGS, SUFFICIENT, aim, revive, take
from aenmf.solvers.kkt import kkt_convex, loss_gradient_parts
from aenmf.solvers.nb_columns import improve_columns
from aenmf.solvers.nb_nmf import iterate_rounds, scaled_patients
from aenmf.solvers.residual import ResidualOptions

WARM_UP = 30
"""Multiplicative updates at the beginning: a quadratic model is a poor guide far from an optimum."""

SMALLEST = 1e-100


class Rounds:
    """The factors of one problem, and a round on them.

    Attributes:
        weights, loadings: (N', K) A and W transposed, N' a multiple of four, with rows of zeros at the end.
        thin: (K, M) the signatures.
    """

    def __init__(self, problem: Problem, start: Start):
        self.problem, (m, n), k = problem, problem.catalogue.shape, problem.n_signatures
        self.n = n
        self.profiles = padded_profiles(problem.catalogue)
        sums = (problem.catalogue @ start.weights).sum(axis=0)
        sums[sums == 0.0] = 1.0
        self.weights = padded_rows(np.maximum(start.weights / sums, FLOOR), 0.0)
        self.thin = np.ascontiguousarray((problem.catalogue @ self.weights[:n]).T)
        exposures = scaled_patients(problem, self.thin.T, start.exposures * sums[:, None])
        self.loadings = padded_rows(np.maximum(exposures.T, FLOOR), 0.0)
        self.alpha = padded_rows(np.repeat(np.asarray(needed(problem.dispersion))[:, None], m, axis=1), 1.0)
        self.scales = profile_scales(self.profiles)
        self.supports = np.zeros((k, m), np.int64), np.zeros((k, m)), np.zeros(k, np.int64)
        self.work = workspace(m, len(self.profiles))

    def reconstruction(self) -> np.ndarray:
        """V̂ (M, N)."""
        return (self.loadings[: self.n] @ self.thin).T

    def parts(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """V̂ (N', M), and the two parts of the loss's gradient there."""
        fitted = self.loadings @ self.thin
        return fitted, *loss_gradient_parts(NEGATIVE_BINOMIAL, self.profiles, fitted, self.alpha)

    def update(self) -> None:
        """The multiplicative updates of the exposures and then of the weights."""
        _, above, below = self.parts()
        ratio = (below @ self.thin.T) / np.maximum(above @ self.thin.T, SMALLEST)
        self.loadings[: self.n] = np.maximum(self.loadings * ratio, FLOOR)[: self.n]
        _, above, below = self.parts()
        ups, downs = (self.profiles @ (part.T @ self.loadings) for part in (below, above))
        self.weights[: self.n] = np.maximum(self.weights * ups / np.maximum(downs, SMALLEST), FLOOR)[: self.n]
        self.thin[:] = self.weights.T @ self.profiles

    def improve(self) -> None:
        """The steps of the exposures and of the signatures."""
        n, rank = self.n, len(self.thin)
        basis = np.ascontiguousarray(self.thin.T)
        improve_columns(self.profiles[:n], basis, self.alpha[:n], self.loadings[:n], 1, 0.0)
        fitted, above, below = self.parts()
        cone = self.scales, *self.supports
        used = self.loadings.sum(axis=0)
        if revive(self.profiles, self.loadings, self.thin, fitted, self.weights, used, *cone):
            return
        curvature = below / np.maximum(fitted, SMALLEST)
        finite = np.isfinite(self.alpha)
        curvature[finite] *= self.alpha[finite] / (fitted[finite] + self.alpha[finite])
        pairs = [(k, j) for k in range(rank) for j in range(k + 1)]
        blocks = np.stack([(self.loadings[:, k] * self.loadings[:, j]) @ curvature for k, j in pairs])
        step, downhill = np.empty_like(self.thin), self.loadings.T @ (below - above)
        slope = aim(
            self.profiles, self.scales, self.thin, np.zeros(rank), downhill, blocks, *self.supports, self.work, step
        )
        if (length := self.length_of(step, slope)) > 0.0:
            take(self.weights, self.thin, step, length, *cone)

    def length_of(self, step: np.ndarray, slope: float) -> float:
        """How much of the signatures' step lowers the loss enough; 0 if nothing does."""
        if not slope < 0.0:
            return 0.0
        size, loadings = self.problem.catalogue.size, self.loadings[: self.n]
        before, length = self.problem.value(self.reconstruction()) * size, 1.0
        for _ in range(HALVINGS):
            moved = (loadings @ np.maximum(self.thin + length * step, 0.0)).T
            if self.problem.value(moved) * size - before <= SUFFICIENT * length * slope:
                return length
            length *= 0.5
        return 0.0


def solve_mm(problem: Problem, start: Start, options: ResidualOptions) -> Solution:
    """Fit convex NMF (negative-binomial) from ``start.weights`` (N, K) and ``start.exposures`` (K, N)."""
    rounds, n = Rounds(problem, start), problem.catalogue.shape[1]
    warm_up = min(WARM_UP, options.max_iter // 2)

    def residual() -> float:
        factors = rounds.weights[:n], rounds.loadings[:n].T
        return kkt_convex(problem.loss, problem.catalogue, *factors, rounds.thin.T, problem.dispersion)

    ended = iterate_rounds(
        problem,
        options,
        lambda done: rounds.update() if done < warm_up else rounds.improve(),
        rounds.reconstruction,
        residual,
    )
    weights = rounds.weights[:n].copy()
    exposures = np.ascontiguousarray(rounds.loadings[:n].T)
    return Solution(problem.catalogue @ weights, exposures, *ended, {"weights": weights})


MM = Solver(
    "mm", (NEGATIVE_BINOMIAL,), ResidualOptions, solve_mm, "majorise-minimise steps by active sets, to a KKT residual"
)
