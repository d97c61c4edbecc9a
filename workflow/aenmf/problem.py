"""One factorisation problem and its result: what solvers and methods take and give, and what is kept of it on disk.

Orientation everywhere: catalogues are channels × patients (M × N), signatures M × K, exposures K × N.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from aenmf.errors import UserError
from aenmf.losses import NEGATIVE_BINOMIAL, loss_value, needed
from aenmf.seeds import Seed

Report = Callable[[int, int, float], None]
"""Called as ``report(done, total, loss)`` after each problem of a batch."""


SMALLEST_COUNT, LARGEST_COUNT = 1e-6, 1e12
"""Between these the largest count of a catalogue has to lie; solvers are tried on both ends."""


@dataclass(frozen=True)
class Start:
    """A starting point, entries uniform on (0, 1).

    Attributes:
        signatures: (M, K), used by NMF.
        exposures: (K, N), used by NMF, as W2 by convex NMF, and as the decoder by AE-NMF.
        weights: (N, K), used as W1 by convex NMF and as the encoder by AE-NMF.
    """

    signatures: np.ndarray
    exposures: np.ndarray
    weights: np.ndarray


@dataclass(frozen=True)
class Problem:
    """One training matrix to factorise.

    Attributes:
        catalogue: (M, N) counts, float64, C-contiguous.
        n_signatures: K.
        loss: ``frobenius``, ``kullback-leibler`` or ``negative-binomial``.
        seed: the stream of this split; shared by all methods.
        dispersion: (N,) α > 0 of every patient, infinite for Poisson's counts; the loss ``negative-binomial`` alone needs it.
    """

    catalogue: np.ndarray
    n_signatures: int
    loss: str
    seed: Seed
    dispersion: np.ndarray | None = None

    def __post_init__(self):
        if self.loss == NEGATIVE_BINOMIAL and np.asarray(needed(self.dispersion)).shape != self.catalogue.shape[1:]:
            raise ValueError(f"the dispersion is not that of {self.catalogue.shape[1]} patients")
        largest = self.catalogue.max(initial=0.0)
        if not (largest == 0.0 or SMALLEST_COUNT <= largest <= LARGEST_COUNT):
            raise UserError(
                f"the largest count is {largest:g}, which no solver is tried on ({SMALLEST_COUNT:g} to {LARGEST_COUNT:g})",
                where="catalogue",
                remedy="Multiply or divide all counts by a constant",
            )

    def value(self, reconstruction: np.ndarray) -> float:
        """The loss of a reconstruction (M, N), mean over cells."""
        return loss_value(self.loss, self.catalogue, reconstruction, self.dispersion)

    def start(self, restart: int = 0) -> Start:
        """The starting point number ``restart``; methods that use an array of the same shape get the same array."""
        (m, n), k = self.catalogue.shape, self.n_signatures
        shapes = {"signatures": (m, k), "exposures": (k, n), "weights": (n, k)}
        draws = {}
        for name, shape in shapes.items():
            generator = self.seed.child(f"start {restart}", name).generator()
            draws[name] = 1.0 - generator.random(shape)  # (0, 1]: a multiplicative update can never leave a zero
        return Start(**draws)


@dataclass(frozen=True)
class Trajectory:
    """The loss on the way: iteration numbers, mean loss per cell, and wall-clock seconds since the start, each (T,)."""

    iterations: np.ndarray
    losses: np.ndarray
    seconds: np.ndarray

    def followed_by(self, way: Trajectory) -> Trajectory:
        """This and the way of a run that went on from its end, as one: iterations and seconds are counted on."""
        return Trajectory(
            np.concatenate([self.iterations, self.iterations[-1] + way.iterations[1:]]),
            np.concatenate([self.losses, way.losses[1:]]),
            np.concatenate([self.seconds, self.seconds[-1] + way.seconds[1:]]),
        )


@dataclass(frozen=True)
class Fit:
    """A fitted factorisation.

    Attributes:
        signatures: (M, K), each column non-negative and summing to 1.
        exposures: (K, N), non-negative, in mutations.
        objective: the loss that was minimised, mean over cells, at the end.
        n_iter: iterations done; of a search those of the run that ended at its result.
        converged: whether the stopping rule was met before the iteration limit, with a small residual where there is one.
        kkt: relative residual of the optimality conditions of the model (0 at a stationary point), nan if undefined.
        starts: starting points used.
        hits: how many of them ended at the lowest loss.
        found_again: whether the lowest loss was reached from independent starts, or is exactly 0.
        seconds: wall-clock seconds of the fit, all starts included; of a batch on a GPU an equal share.
        trajectory: the loss on the way; its seconds count from the start of the batch where there is one.
        extras: further arrays by name, e.g. ``weights`` (N, K) of convex NMF.
        device: where it was computed, ``cpu`` or ``cuda``.
        objectives: the losses that the starts ended at, (starts,); not kept on disk.
    """

    signatures: np.ndarray
    exposures: np.ndarray
    objective: float
    n_iter: int
    converged: bool
    kkt: float
    seconds: float
    trajectory: Trajectory
    extras: dict[str, np.ndarray] = field(default_factory=dict)
    device: str = "cpu"
    starts: int = 1
    hits: int = 1
    found_again: bool = False
    objectives: np.ndarray = field(default_factory=lambda: np.zeros(0))
