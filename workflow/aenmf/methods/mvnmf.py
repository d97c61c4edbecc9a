"""Minimum-volume NMF (Leplat, Gillis & Ang 2020; for mutational signatures Jin et al. 2024, MuSiCal)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from aenmf.losses import KULLBACK_LEIBLER, kld
from aenmf.methods.base import Architecture
from aenmf.methods.nmf import NMF
from aenmf.methods.refitted import Extraction, RefittedMethod
from aenmf.problem import Problem
from aenmf.seeds import Seed
from aenmf.solvers.common import MOST_STARTS, checked_number
from aenmf.solvers.mvnmf import Volume, log_volume, minimum_volume, residual

LEAST = 1e-9
"""Entries of the starting signatures, and shares of a patient's mutations, are at least this: a step cannot leave a zero."""


@dataclass(frozen=True)
class MinimumVolumeOptions:
    """Options.

    Attributes:
        volume: how heavy the penalty is, λ log det(HᵀH + δI) as a part of the Kullback–Leibler divergence at NMF's solution.
        delta: δ.
        restarts: random starts of the NMF that it begins from, of which the best is taken.
        tol: relative fall of the penalised loss per round to stop at.
        kkt_tol: largest residual of the optimality conditions to stop with.
        max_iter: rounds at most.
    """

    volume: float = 0.1
    delta: float = 1.0
    restarts: int = 3
    tol: float = 1e-7
    kkt_tol: float = 1e-2
    max_iter: int = 2000

    def __post_init__(self):
        for name in ("volume", "delta", "tol", "kkt_tol"):
            object.__setattr__(self, name, checked_number(name, getattr(self, name), float, 0.0))
        for name in ("volume", "delta"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be above 0, not {getattr(self, name)!r}")
        object.__setattr__(self, "max_iter", checked_number("max_iter", self.max_iter, int, 1))
        object.__setattr__(self, "restarts", checked_number("restarts", self.restarts, int, 1, MOST_STARTS))


class MinimumVolumeNMF(RefittedMethod):
    """min D(V ‖ HW) + λ log det(HᵀH + δI) with signatures of sum 1: of equally good factors those whose signatures span least.

    The problem's loss decides the refit of the exposures only. It begins at the best of some NMF fits, whose divergence D₀ and
    volume set λ = volume · D₀ / log det(H₀ᵀH₀ + δI), so that the same option suits catalogues of any size. ``extras``:
    ``penalty`` (λ), ``residual`` of its own optimality conditions, and ``volumes``, log det before and after.
    """

    model = "mvnmf"
    Options = MinimumVolumeOptions
    architecture = Architecture(
        title="Minimum-volume NMF",
        reference="Leplat, Gillis & Ang 2020",
        orientation="channels × patients",
        layers="none: V ≈ H W",
        activations="none",
        biases="none",
        constraints="H ≥ 0 with columns of sum 1, W ≥ 0",
        loss="Kullback–Leibler + λ log det(HᵀH + δI)",
        optimiser="majorise-minimise",
    )

    def _nmf(self) -> NMF:
        return NMF({KULLBACK_LEIBLER: "ccd"}, {"restarts": self.options.restarts})

    def prepare(self) -> None:
        toy = Problem(np.ones((4, 3)), 2, KULLBACK_LEIBLER, Seed(0))
        self._nmf().fit([toy])
        self.extract(toy.catalogue, 1, Seed(0))

    def extract(self, matrix: np.ndarray, n_signatures: int, seed: Seed) -> Extraction:
        o = self.options
        [fit] = self._nmf().fit([Problem(matrix, n_signatures, KULLBACK_LEIBLER, seed.child("mvnmf"))])
        signatures = np.maximum(fit.signatures, LEAST)
        exposures = np.maximum(fit.exposures, LEAST * fit.exposures.sum(axis=0) + LEAST)
        with threadpool_limits(1, user_api="blas"):  # sums over threads would depend on their number
            before = log_volume(fit.signatures, o.delta)
            divergence = kld(matrix, fit.signatures @ fit.exposures) * matrix.size
            volume = Volume(o.volume * max(divergence, 0.0) / max(abs(before), np.finfo(float).tiny), o.delta)
            solved = minimum_volume(matrix, signatures, exposures, volume, o.tol, o.kkt_tol, o.max_iter)
            h, w, rounds, ended, trajectory = solved
            left = residual(matrix, h, w, volume)
        volumes = np.array([before, log_volume(h, o.delta)])
        extras = {"penalty": np.array([volume.weight]), "residual": np.array([left]), "volumes": volumes}
        return Extraction(h, fit.n_iter + rounds, ended and fit.converged, trajectory, extras)
