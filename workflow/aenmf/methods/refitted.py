"""Methods that only bring signatures: the exposures are then the common refit of the training patients.

The refit (:mod:`aenmf.solvers.refit`) is the one that the test patients get, so that the training and test errors of such a
method compare with each other and with those of every other method. The loss of the problem decides the refit and nothing
else; what a network or library minimises while it looks for the signatures is its own affair.
"""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np

from aenmf.errors import UserError, did_you_mean
from aenmf.losses import LOSSES
from aenmf.methods.base import Method, read_options
from aenmf.methods.devices import CPU, enough_memory, require
from aenmf.problem import Fit, Problem, Report, Trajectory
from aenmf.seeds import Seed
from aenmf.solvers.common import scale_signatures
from aenmf.solvers.refit import refit

ORIENTATIONS = ("channels × patients", "patients × channels")
DTYPES = ("float64", "float32")


@dataclass(frozen=True)
class Extraction:
    """What a method found.

    Attributes:
        signatures: (M, K) ≥ 0, in any scale.
        n_iter: iterations, epochs or whatever the method counts.
        converged: whether its stopping rule was met.
        trajectory: its own loss on the way, in its own unit; empty if not known.
        extras: further arrays to keep, of the same names and shapes for problems of the same shape.
    """

    signatures: np.ndarray
    n_iter: int = 0
    converged: bool = True
    trajectory: Trajectory = field(default_factory=lambda: Trajectory(np.zeros(0, int), np.zeros(0), np.zeros(0)))
    extras: dict[str, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True)
class NoOptions:
    """For methods without options."""


class RefittedMethod(Method):
    """A method defined by :meth:`extract`: a matrix in, signatures out.

    A subclass names its ``model`` and its ``Options`` (a dataclass with defaults), describes itself in
    ``architecture``, and may declare how the matrix reaches it.

    Attributes:
        Options: the class of :attr:`options`.
        orientation: the matrix given to :meth:`extract` is ``channels × patients`` or ``patients × channels``.
        dtype: of that matrix, ``float64`` or ``float32``.
        options: this entry's options.
    """

    losses: ClassVar[tuple[str, ...]] = LOSSES
    Options: ClassVar[type] = NoOptions
    orientation: ClassVar[str] = ORIENTATIONS[0]
    dtype: ClassVar[str] = DTYPES[0]

    def __init__(self, options: Mapping[str, Any] | None = None, where: str = "method"):
        for name, value, allowed in (
            ("orientation", self.orientation, ORIENTATIONS),
            ("dtype", self.dtype, DTYPES),
        ):
            if value not in allowed:
                place = f"{type(self).__name__}.{name}"
                raise UserError(f"{value!r} is not allowed", where=place, remedy=did_you_mean(value, allowed))
        self.options = read_options(self.Options, dict(options or {}), where)

    @classmethod
    def from_config(cls, options: Mapping[str, Any], where: str) -> RefittedMethod:
        return cls(options, where)

    @abstractmethod
    def extract(self, matrix: np.ndarray, n_signatures: int, seed: Seed) -> Extraction:
        """Find signatures.

        Args:
            matrix: (M, N) or (N, M) counts as declared in ``orientation`` and ``dtype``; a copy.
            n_signatures: K.
            seed: the stream to draw every random number from (``seed.child("name").generator()``).
        """

    def prepare(self) -> None:
        """Import or compile what should not count as seconds of the first fit; nothing to do by default."""

    @property
    def torch_device(self) -> str:
        """Where :meth:`extract` is to compute if the class declares ``gpu``: ``cpu`` or ``cuda``."""
        return self.device_of(self.losses[0])

    def matrix_of(self, problem: Problem) -> np.ndarray:
        """The problem's counts as this method wants them."""
        counts = problem.catalogue if self.orientation == ORIENTATIONS[0] else problem.catalogue.T
        return np.array(counts, dtype=self.dtype, order="C")

    def fit(self, problems: Sequence[Problem], report: Report | None = None) -> list[Fit]:
        if self.torch_device != CPU:
            require(self.torch_device)
        self.prepare()
        for loss in {problem.loss for problem in problems}:
            refit(loss, np.ones((4, 1)), np.ones((4, 1)), np.ones(1))
        fits: list[Fit] = []
        for problem in problems:
            began = time.perf_counter()
            with enough_memory(1) if self.torch_device != CPU else nullcontext():
                found = self.extract(self.matrix_of(problem), problem.n_signatures, problem.seed)
            fits.append(replace(finish(problem, found, began), device=self.torch_device))
            if report:
                report(len(fits), len(problems), fits[-1].objective)
        return fits


def finish(problem: Problem, found: Extraction, began: float) -> Fit:
    """Scale the signatures to sum 1 and refit the training patients on them.

    A signature without any mass becomes flat.

    Args:
        problem: the problem.
        found: its signatures.
        began: ``time.perf_counter()`` when the search for them began.
    """
    m, n = problem.catalogue.shape
    if mistake := _mistake_in(found, (m, problem.n_signatures)):
        raise UserError(f"extract returned {mistake[0]}", where="extract", remedy=mistake[1])
    signatures, _, _ = scale_signatures(
        np.asarray(found.signatures, dtype=np.float64), np.zeros((problem.n_signatures, n))
    )
    exposures = refit(problem.loss, problem.catalogue, signatures, problem.dispersion)
    return Fit(
        signatures=signatures,
        exposures=exposures,
        objective=problem.value(signatures @ exposures),
        n_iter=found.n_iter,
        converged=found.converged,
        kkt=float("nan"),
        seconds=time.perf_counter() - began,
        trajectory=found.trajectory,
        extras=found.extras,
    )


def _mistake_in(found: Any, shape: tuple[int, int]) -> tuple[str, str] | None:
    """What ``extract`` returned that cannot be used, and how to fix it; None if nothing."""
    if not isinstance(found, Extraction):
        what = "nothing" if found is None else f"{type(found).__name__} instead of an Extraction"
        return what, "Return Extraction(signatures), from aenmf.methods.refitted"
    try:
        given = np.asarray(found.signatures)
    except ValueError:
        return "signatures with rows of different lengths", f"Return an array channels × signatures, {shape}"
    if given.dtype.kind not in "biuf" or isinstance(found.signatures, np.ma.MaskedArray):
        return f"signatures of {given.dtype}, or masked ones", "Return an array of numbers"
    if given.shape != shape:
        turned = ": transpose it" if given.shape == shape[::-1] else ", one column for each of n_signatures"
        return f"signatures of shape {given.shape} instead of {shape}", f"Return channels × signatures{turned}"
    if not np.isfinite(given).all():
        places = int((~np.isfinite(given)).sum())
        return f"signatures that are not finite in {places} places", "Look for divisions by zero and logarithms of zero"
    if (given < 0).any():
        places = int((given < 0).sum())
        return f"signatures that are negative in {places} places", "Constrain them, or return np.maximum(signatures, 0)"
    return None
