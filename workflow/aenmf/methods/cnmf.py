"""Convex NMF: signatures that are non-negative mixtures of the patients' own catalogues (Ding, Li & Jordan 2010)."""

from __future__ import annotations

from typing import Any

import numpy as np

from aenmf.losses import FROBENIUS, KULLBACK_LEIBLER, LOSSES, PAPER_LOSSES
from aenmf.methods.base import Architecture
from aenmf.methods.iterative import IterativeMethod
from aenmf.problem import Problem, Start
from aenmf.solvers.common import IterationOptions, Solution, Solver
from aenmf.solvers.convex_blocks import solve_blocks
from aenmf.solvers.convex_mu import WarmupOptions, solve_mu
from aenmf.solvers.convex_newton import solve_newton
from aenmf.solvers.kkt import kkt_convex
from aenmf.solvers.nb_convex import MM
from aenmf.solvers.textbook_convex import solve_textbook


def polish(
    problem: Problem, weights: np.ndarray, exposures: np.ndarray, options: IterationOptions | None = None
) -> Solution:
    """Go on from given factors to the convex optimum of their basin, with the fast solver of the problem's loss.

    Every step lowers the loss, so that the result is never worse than the given factors. With this the distance of an
    AE-NMF or a multiplicative-update fit from the optimum that it approaches can be measured.

    Args:
        problem: catalogue (M, N), rank K and loss; its seed is not used.
        weights: (N, K) ≥ 0.
        exposures: (K, N) ≥ 0.
        options: tolerance and iteration limit.
    """
    options = options or IterationOptions()
    options = WarmupOptions(options.tol, options.max_iter, warmup=0)
    start = Start(signatures=problem.catalogue @ weights, exposures=exposures, weights=weights)
    if problem.loss == FROBENIUS:
        return solve_blocks(problem, start, options)
    return solve_newton(problem, start, options)


def mu_on_gpu(*arguments: Any) -> list[Solution]:
    """:func:`aenmf.solvers.batch_convex.solve_mu`; torch is imported when it is first called."""
    from aenmf.solvers.batch_convex import solve_mu

    return solve_mu(*arguments)


class ConvexNMF(IterativeMethod):
    """V ≈ V A W with weights A (N, K) and exposures W (K, N), both non-negative; the signatures are V A.

    A fit's ``extras["weights"]`` holds A, scaled with the signatures: column k mixes the patients into signature k.
    """

    model = "cnmf"
    convex = True
    architecture = Architecture(
        title="C-NMF",
        reference="Ding, Li and Jordan 2010",
        orientation="channels × patients",
        layers="not a network: V ≈ V·A·W, weights A (N×K), exposures W (K×N)",
        activations="none",
        biases="none",
        constraints="A ≥ 0, W ≥ 0",
        loss="Frobenius or Kullback–Leibler",
        optimiser="multiplicative updates, or block coordinate descent",
    )
    losses = LOSSES
    solvers = (
        Solver(
            "mu", PAPER_LOSSES, IterationOptions, solve_mu, "multiplicative updates, O(MNK) per iteration", mu_on_gpu
        ),
        Solver("blocks", (FROBENIUS,), WarmupOptions, solve_blocks, "exact blocks by non-negative least squares"),
        Solver("newton", (KULLBACK_LEIBLER,), WarmupOptions, solve_newton, "alternating Newton steps by active sets"),
        MM,
        Solver(
            "textbook",
            PAPER_LOSSES,
            IterationOptions,
            solve_textbook,
            "multiplicative updates in plain numpy, O(N²K)",
            numbers=lambda m, n, k: 2 * n * n + 4 * m * n,
        ),
    )

    def kkt(self, problem: Problem, solution: Solution) -> float:
        factors = solution.extras["weights"], solution.exposures
        return kkt_convex(problem.loss, problem.catalogue, *factors, dispersion=problem.dispersion)
