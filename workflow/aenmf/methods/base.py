"""What a factorisation method is to the rest of the pipeline: problems in, fits out.

A *method* is an entry of the configuration: a model (what is minimised over what), a solver (how) and its options.
Orientation everywhere: catalogues are channels × patients (M × N), signatures M × K, exposures K × N.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from importlib.util import find_spec
from typing import Any, ClassVar

import numpy as np

from aenmf.errors import UnknownOption, UserError, did_you_mean
from aenmf.losses import LOSSES
from aenmf.seeds import Seed

Report = Callable[[int, int, float], None]
"""Called as ``report(done, total, loss)`` after each problem of a batch."""


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
        loss: ``frobenius`` or ``kullback-leibler``.
        seed: the stream of this split; shared by all methods.
    """

    catalogue: np.ndarray
    n_signatures: int
    loss: str
    seed: Seed

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


@dataclass(frozen=True)
class Fit:
    """A fitted factorisation.

    Attributes:
        signatures: (M, K), each column non-negative and summing to 1.
        exposures: (K, N), non-negative, in mutations.
        objective: the loss that was minimised, mean over cells, at the end.
        n_iter: iterations done.
        converged: whether the stopping rule was met before the iteration limit.
        kkt: relative residual of the optimality conditions of the model (0 at a stationary point), nan if undefined.
        seconds: wall-clock seconds of the fit, all restarts included.
        trajectory: the loss on the way.
        extras: further arrays by name, e.g. ``weights`` (N, K) of convex NMF, or ``start_objectives`` (R,).
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


@dataclass(frozen=True)
class Architecture:
    """A model's own description, the source of the paper's Table 1."""

    title: str
    reference: str
    orientation: str
    layers: str
    activations: str
    biases: str
    constraints: str
    loss: str
    optimiser: str


class Method(ABC):
    """A configured factorisation method.

    A subclass names its ``model``, describes itself in ``architecture``, declares the ``losses`` it supports, and
    implements :meth:`from_config` and :meth:`fit`. It may declare the importable packages it ``needs`` and its
    ``device`` (``cpu`` or ``cuda``); where they are not there, its fits are skipped with the reason.
    """

    model: ClassVar[str]
    architecture: ClassVar[Architecture]
    losses: ClassVar[tuple[str, ...]] = LOSSES
    needs: ClassVar[tuple[str, ...]] = ()
    device: ClassVar[str] = "cpu"

    @classmethod
    @abstractmethod
    def from_config(cls, options: Mapping[str, Any], where: str) -> Method:
        """The method configured by an entry's options (all its keys but ``model`` and ``title``), found at ``where``."""

    def solver_name(self, loss: str) -> str:
        """What minimises this loss, for tables; a method with one way of fitting is its own solver."""
        return self.model

    def unsupported(self, loss: str) -> str | None:
        """Why this method cannot be fitted with this loss, or None if it can."""
        for package in self.needs:
            if find_spec(package.partition(".")[0]) is None:
                return f"{self.model} needs the package {package}, which is not installed"
        if self.device != "cpu" and not device_available(self.device):
            return f"{self.model} needs the device {self.device}, which this machine does not have"
        return None if loss in self.losses else f"{self.model} has no {loss} loss"

    @abstractmethod
    def fit(self, problems: Sequence[Problem], report: Report | None = None) -> list[Fit]:
        """Fit a batch of problems of one loss. A problem's result never depends on what else is in the batch."""


def device_available(device: str) -> bool:
    """Whether torch can compute on a device such as ``cuda``."""
    if find_spec("torch") is None:
        return False
    import torch

    return device == "cuda" and torch.cuda.is_available()


def read_options(options_class: type, given: Mapping[str, Any], where: str) -> Any:
    """Fill an options dataclass from a configuration mapping.

    Values are converted by the class's own ``__post_init__``; unknown keys and wrong types are user errors that name
    ``where`` (a configuration key such as ``methods.nmf``).
    """
    known = {f.name: f for f in fields(options_class)}
    for key in given:
        if key not in known:
            raise UnknownOption(f"unknown option {key!r}", where=where, remedy=did_you_mean(key, known))
    required = [f.name for f in known.values() if f.default is MISSING and f.default_factory is MISSING]
    for key in required:
        if key not in given:
            raise UserError(f"option {key!r} is missing", where=where, remedy=f"Add {key}: … under {where}")
    try:
        return options_class(**given)
    except (TypeError, ValueError) as error:
        raise UserError(str(error), where=where, remedy="See the comments in config/config.yaml") from error
