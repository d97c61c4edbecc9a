"""AE-NMF: the linear, non-negative, bias-free autoencoder V̂ = V |E| |D| (the paper's method)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from aenmf.losses import LOSSES
from aenmf.methods.base import Architecture
from aenmf.methods.iterative import IterativeMethod
from aenmf.problem import Problem
from aenmf.solvers.ae_adam import ADAM
from aenmf.solvers.ae_varpro import VARPRO
from aenmf.solvers.common import Solution
from aenmf.solvers.kkt import kkt_convex


def adam_on_gpu(*arguments: Any) -> list[Solution]:
    """:func:`aenmf.solvers.batch_adam.train`; torch is imported when it is first called."""
    from aenmf.solvers.batch_adam import train

    return train(*arguments)


class AENMF(IterativeMethod):
    """The autoencoder whose encoder is W1 and whose decoder is W2 of convex NMF (paper, equation AE-NMF = C-NMF).

    The input is V as M rows (channels) of N features (patients). The encoder (N, K) starts from ``Start.weights``, the
    decoder (K, N) from ``Start.exposures``. After training, the signatures are V|E| and the exposures |D|.
    """

    model = "aenmf"
    convex = True
    architecture = Architecture(
        title="AE-NMF",
        reference="Egendal et al. 2025",
        orientation="channels × patients",
        layers="N → K → N",
        activations="identity",
        biases="none",
        constraints="encoder and decoder non-negative (absolute value in the forward pass)",
        loss="mean squared error or Kullback–Leibler divergence",
        optimiser="Adam, full batch",
    )
    losses = LOSSES
    solvers = (replace(ADAM, solve_batch=adam_on_gpu), VARPRO)

    def kkt(self, problem: Problem, solution: Solution) -> float:
        """Residual of convex NMF's optimality conditions at W1 = |E|, W2 = |D|."""
        factors = solution.extras["weights"], solution.exposures
        return kkt_convex(problem.loss, problem.catalogue, *factors, dispersion=problem.dispersion)
