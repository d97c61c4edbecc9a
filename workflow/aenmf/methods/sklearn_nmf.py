"""scikit-learn's NMF, from the starting points of every other method here."""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from aenmf.losses import FROBENIUS, PAPER_LOSSES, loss_value
from aenmf.methods.base import Architecture
from aenmf.methods.iterative import IterativeMethod
from aenmf.problem import Problem, Start, Trajectory
from aenmf.solvers.common import IterationOptions, Solution, Solver
from aenmf.solvers.kkt import kkt_nmf


@dataclass(frozen=True)
class SklearnOptions(IterationOptions):
    """Options of scikit-learn's solvers.

    Attributes:
        tol: scikit-learn's own. ``cd`` stops when the projected gradient's sum is below tol times its first value, ``mu`` when
            ten iterations lowered the root of the loss by less than tol times its first value. The default is
            scikit-learn's.
        max_iter: limit; more than scikit-learn's 200, at which ``cd`` would rarely have stopped.
    """

    tol: float = 1e-4
    max_iter: int = 10_000

    @property
    def largest_residual(self) -> float:
        """Where scikit-learn stops is what is compared, up to 0.2 on simulated cohorts. Of counts far below 1 it takes its first
        iterations for the last ones, as its constants are absolute numbers; these fits have not converged."""
        return 0.5


def _solve(problem: Problem, start: Start, options: SklearnOptions, solver: str) -> Solution:
    """scikit-learn's W is the signatures (M, K) and its H the exposures (K, N): its samples are our channels."""
    from sklearn.decomposition import non_negative_factorization
    from sklearn.exceptions import ConvergenceWarning

    catalogue, began = problem.catalogue, time.perf_counter()
    first = loss_value(problem.loss, catalogue, start.signatures @ start.exposures)
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # reported as not converged
        signatures, exposures, n_iter = non_negative_factorization(
            catalogue, start.signatures.copy(), start.exposures.copy(), n_components=problem.n_signatures,
            init="custom", solver=solver, beta_loss=problem.loss, tol=options.tol, max_iter=options.max_iter,
        )  # fmt: skip
    seconds = time.perf_counter() - began
    # Its own error is a root of twice the summed loss: measured here like every other method's, a mean over cells.
    last = loss_value(problem.loss, catalogue, signatures @ exposures)
    path = Trajectory(np.array([0, n_iter]), np.array([first, last]), np.array([0.0, seconds]))
    return Solution(signatures, exposures, int(n_iter), n_iter < options.max_iter, path)


def solve_cd(problem: Problem, start: Start, options: SklearnOptions) -> Solution:
    """scikit-learn's coordinate descent."""
    return _solve(problem, start, options, "cd")


def solve_mu(problem: Problem, start: Start, options: SklearnOptions) -> Solution:
    """scikit-learn's multiplicative updates."""
    return _solve(problem, start, options, "mu")


class SklearnNMF(IterativeMethod):
    """NMF as scikit-learn fits it, ``init="custom"`` with the signatures and exposures of ``Start``."""

    model = "sklearn_nmf"
    needs = ("sklearn",)
    solvers = (
        Solver("cd", (FROBENIUS,), SklearnOptions, solve_cd, "scikit-learn's coordinate descent"),
        Solver("mu", PAPER_LOSSES, SklearnOptions, solve_mu, "scikit-learn's multiplicative updates"),
    )
    architecture = Architecture(
        title="scikit-learn NMF",
        reference="Pedregosa et al. 2011",
        orientation="channels × patients",
        layers="none: V ≈ H W, both factors free",
        activations="none",
        biases="none",
        constraints="H ≥ 0, W ≥ 0",
        loss="Frobenius or Kullback–Leibler",
        optimiser="coordinate descent or multiplicative updates",
    )

    def kkt(self, problem: Problem, solution: Solution) -> float:
        return kkt_nmf(problem.loss, problem.catalogue, solution.signatures, solution.exposures)
