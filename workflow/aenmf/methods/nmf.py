"""Non-negative matrix factorisation, V ≈ H W: the paper's baseline."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from aenmf.losses import LOSSES
from aenmf.methods.base import Architecture
from aenmf.methods.iterative import IterativeMethod
from aenmf.problem import Problem
from aenmf.solvers.common import Solution
from aenmf.solvers.kkt import kkt_nmf
from aenmf.solvers.nb_nmf import MM
from aenmf.solvers.nmf_ccd import CCD
from aenmf.solvers.nmf_hals import HALS
from aenmf.solvers.nmf_mu import MU
from aenmf.solvers.nmf_varpro import VARPRO


def mu_on_gpu(*arguments: Any) -> list[Solution]:
    """:func:`aenmf.solvers.batch_nmf.solve_mu`; torch is imported when it is first called."""
    from aenmf.solvers.batch_nmf import solve_mu

    return solve_mu(*arguments)


class NMF(IterativeMethod):
    """NMF: catalogue (M, N) ≈ signatures (M, K) · exposures (K, N), both non-negative (paper, Notation)."""

    model = "nmf"
    losses = LOSSES
    solvers = (replace(MU, solve_batch=mu_on_gpu), HALS, CCD, VARPRO, MM)
    architecture = Architecture(
        title="NMF",
        reference="Lee & Seung 1999",
        orientation="channels × patients",
        layers="none: V ≈ H W, both factors free",
        activations="none",
        biases="none",
        constraints="H ≥ 0, W ≥ 0",
        loss="MSE or KL divergence",
        optimiser="multiplicative updates or coordinate descent",
    )

    def kkt(self, problem: Problem, solution: Solution) -> float:
        return kkt_nmf(problem.loss, problem.catalogue, solution.signatures, solution.exposures, problem.dispersion)
