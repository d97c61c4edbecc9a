"""NMF of bootstrap replicates with clustered signatures, in the manner of SigProfilerExtractor (Islam et al. 2022)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aenmf.losses import KULLBACK_LEIBLER
from aenmf.methods.base import Architecture
from aenmf.methods.iterative import compile_solver
from aenmf.methods.refitted import Extraction, RefittedMethod
from aenmf.methods.replicates import bootstrapped, cluster_silhouettes, matched_clusters
from aenmf.problem import Problem, Trajectory
from aenmf.seeds import Seed
from aenmf.solvers.common import IterationOptions, checked_number, scale_signatures
from aenmf.solvers.nmf_anderson import AcceleratedOptions
from aenmf.solvers.nmf_ccd import CCD
from aenmf.solvers.nmf_mu import MU

SOLVERS = {"ccd": CCD, "mu": MU}


@dataclass(frozen=True)
class BootstrapOptions:
    """Options.

    Attributes:
        replicates: resampled catalogues that are factorised (100 in SigProfilerExtractor).
        solver: ``ccd`` (coordinate descent) or ``mu`` (multiplicative updates, what SigProfilerExtractor uses).
        tol: relative change of the loss to stop at; a replicate's last digits would be noise.
        max_iter: iterations per replicate.
    """

    replicates: int = 20
    solver: str = "ccd"
    tol: float = 1e-7
    max_iter: int = 10_000

    def __post_init__(self):
        if self.solver not in SOLVERS:
            raise ValueError(f"solver must be one of {', '.join(SOLVERS)}, not {self.solver!r}")
        object.__setattr__(self, "replicates", checked_number("replicates", self.replicates, int, 2))
        object.__setattr__(self, "tol", checked_number("tol", self.tol, float, 0.0))
        object.__setattr__(self, "max_iter", checked_number("max_iter", self.max_iter, int, 1))


class BootstrapNMF(RefittedMethod):
    """Each patient is resampled multinomially, the replicate factorised with the Kullback–Leibler loss, and the signatures
    of all replicates clustered so that every cluster has one of each; the cluster means are the consensus.

    The problem's loss decides the refit of the exposures only. ``extras``: ``silhouettes`` (K,), the stability of each
    signature, and ``replicate_signatures`` (R, M, K), each replicate in the order of the consensus. A fit has converged
    when every replicate has.

    SigProfilerExtractor also normalises patients with very many mutations, discards outlying replicates and chooses the
    number of signatures; none of this is done here, where the number is given.
    """

    model = "bootstrap_nmf"
    Options = BootstrapOptions
    architecture = Architecture(
        title="Bootstrap NMF",
        reference="Islam et al. 2022 (SigProfilerExtractor)",
        orientation="channels × patients",
        layers="none: V ≈ H W of every replicate",
        activations="none",
        biases="none",
        constraints="H ≥ 0, W ≥ 0",
        loss="Kullback–Leibler",
        optimiser="coordinate descent or multiplicative updates, then clustering of the replicates",
    )

    def solver_name(self, loss: str) -> str:
        return self.options.solver

    def prepare(self) -> None:
        compile_solver(SOLVERS[self.options.solver], self._iteration(), KULLBACK_LEIBLER)

    def _iteration(self) -> IterationOptions:
        o = self.options
        if o.solver == "ccd":
            return AcceleratedOptions(tol=o.tol, max_iter=o.max_iter, kkt_tol=1e-4)
        return SOLVERS[o.solver].options(tol=o.tol, max_iter=o.max_iter)

    def extract(self, matrix: np.ndarray, n_signatures: int, seed: Seed) -> Extraction:
        seed, solver, options = seed.child("bootstrap_nmf"), SOLVERS[self.options.solver], self._iteration()
        found, solutions = [], []
        for r in range(self.options.replicates):
            stream = seed.child(f"replicate {r}")
            resampled = bootstrapped(matrix.T, 1, stream.child("counts").generator()).T
            problem = Problem(np.ascontiguousarray(resampled), n_signatures, KULLBACK_LEIBLER, stream)
            solutions.append(solver.solve(problem, problem.start(), options))
            found.append(scale_signatures(solutions[-1].signatures, solutions[-1].exposures)[0])
        replicates = np.stack(found)
        means, labels = matched_clusters(replicates)
        in_order = np.take_along_axis(replicates, np.argsort(labels, axis=1)[:, None, :], axis=2)
        rows = replicates.transpose(0, 2, 1).reshape(-1, len(matrix))
        ends = [float(solution.trajectory.losses[-1]) for solution in solutions]
        seconds = np.cumsum([solution.trajectory.seconds[-1] for solution in solutions])
        return Extraction(
            signatures=means.T,
            n_iter=sum(solution.n_iter for solution in solutions),
            converged=all(solution.converged for solution in solutions),
            trajectory=Trajectory(np.cumsum([solution.n_iter for solution in solutions]), np.array(ends), seconds),
            extras={
                "silhouettes": cluster_silhouettes(rows, labels.ravel()),
                "replicate_signatures": in_order,
            },
        )
