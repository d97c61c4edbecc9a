"""What a factorisation method is to the rest of the pipeline: problems in, fits out.

A *method* is an entry of the configuration: a model (what is minimised over what), a solver (how) and its options.
Orientation everywhere: catalogues are channels × patients (M × N), signatures M × K, exposures K × N.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass
from importlib.util import find_spec
from typing import Any, ClassVar

from aenmf.errors import UnknownOption, UserError, did_you_mean
from aenmf.losses import PAPER_LOSSES
from aenmf.methods.declared import as_declared, declared_types
from aenmf.methods.devices import AUTO, CPU, CUDA, checked_device, device_available
from aenmf.methods.plugins import is_plugin, source_of
from aenmf.problem import Fit, Problem, Report

NUMBER, WORKING = 8, 4
"""Bytes of a number, and how many arrays of the catalogue's size a solver commonly works with."""


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

    @property
    def is_network(self) -> bool:
        """Whether there are layers, written as ``96 → K → 96``."""
        return "→" in self.layers


class Method(ABC):
    """A configured factorisation method.

    A subclass names its ``model``, describes itself in ``architecture``, declares the ``losses`` it supports, and
    implements :meth:`from_config` and :meth:`fit`. It may declare the importable packages it ``needs`` and its
    ``device`` (``cpu`` or ``cuda``); where they are not there, its fits are skipped with the reason. With ``gpu`` it
    declares that it computes on either, wherever :meth:`device_of` says.
    Attributes:
        wanted: the entry's key ``device``, set by :meth:`choose_device`; empty where it has none.
    """

    model: ClassVar[str]
    architecture: ClassVar[Architecture]
    losses: ClassVar[tuple[str, ...]] = PAPER_LOSSES
    needs: ClassVar[tuple[str, ...]] = ()
    device: ClassVar[str] = CPU
    gpu: ClassVar[bool] = False
    wanted: str = ""

    @classmethod
    @abstractmethod
    def from_config(cls, options: Mapping[str, Any], where: str) -> Method:
        """The method configured by an entry's options (all its keys but ``model`` and ``title``), found at ``where``."""

    def solver_name(self, loss: str) -> str:
        """What minimises this loss, for tables; a method with one way of fitting is its own solver."""
        return self.model

    @property
    def threads(self) -> int:
        """Processors that a fit uses."""
        return 1

    @property
    def chooses_rank(self) -> bool:
        """Whether the method chooses the number of signatures itself.

        A problem's ``n_signatures`` is then the most it may find, and signatures that it does not need have no exposures.
        """
        return False

    def n_columns(self, rank: int) -> int:
        """Columns of signatures that a fit with K = ``rank`` has."""
        return rank

    @property
    def fingerprint(self) -> str:
        """What a fit depends on besides the entry and the code of the class, in digits; empty for nothing."""
        return ""

    def absent(self) -> str | None:
        """Why the method cannot run on this machine with any loss, so that a run does without it; None if it can."""
        return None

    def unsupported(self, loss: str) -> str | None:
        """Why this method cannot be fitted with this loss, or None if it can."""
        for package in self.needs:
            if find_spec(package.partition(".")[0]) is None:
                return f"{self.model} needs the package {package}, which is not installed"
        if self.device != CPU and not device_available(self.device):
            return f"{self.model} needs the device {self.device}, which this machine does not have"
        return None if loss in self.losses else f"{self.model} has no {loss} loss"

    def lacks_gpu(self, loss: str) -> str | None:
        """Why this method cannot be computed on a GPU with this loss, or None if it can."""
        return None if self.gpu or self.device == CUDA else f"{self.model} has no form for a GPU"

    def choose_device(self, device: str, where: str) -> None:
        """Set where the fits are computed.

        Args:
            device: ``cpu``, ``cuda`` or ``auto``.
            where: the configuration key of this entry, for messages.

        Raises:
            UserError: there is no such device, or this method has no form for it.
        """
        self.wanted = checked_device(device, f"{where}.device")
        reasons = [self.lacks_gpu(loss) for loss in self.losses if not self.unsupported(loss)]
        if device == CUDA and any(reasons):
            remedy = "Choose a solver that has one (docs/gpu.md), or write device: auto or device: cpu for this entry"
            raise UserError(next(filter(None, reasons)), where=f"{where}.device", remedy=remedy)
        if device == CPU and self.device == CUDA:
            remedy = "Leave device out, or write device: cuda"
            raise UserError(f"{self.model} computes on a GPU only", where=f"{where}.device", remedy=remedy)

    def device_of(self, loss: str) -> str:
        """Where fits with this loss are computed on this machine: ``cpu`` or ``cuda``."""
        if self.wanted != AUTO:
            return self.wanted or self.device
        usable = self.lacks_gpu(loss) is None and device_available(CUDA)
        return CUDA if usable else self.device

    def memory(self, loss: str, n_channels: int, n_patients: int, rank: int) -> int:
        """Bytes of main memory that one fit needs besides its catalogue and its result; rather too many than too few."""
        return WORKING * NUMBER * n_channels * n_patients

    def gpu_memory(self, loss: str, n_channels: int, n_patients: int, rank: int, n_problems: int) -> int:
        """Bytes of a GPU's memory for fitting some problems; by default one after the other."""
        return self.memory(loss, n_channels, n_patients, rank)

    @abstractmethod
    def fit(self, problems: Sequence[Problem], report: Report | None = None) -> list[Fit]:
        """Fit a batch of problems of one loss.

        On the processor a problem's result never depends on what else is in the batch; on a GPU not beyond rounding.
        """


def read_options(options_class: type, given: Mapping[str, Any], where: str) -> Any:
    """Fill an options dataclass from a configuration mapping.

    Values have the types that the class declares; its own ``__post_init__`` may check and convert them further. Unknown
    keys and wrong values are user errors that name ``where`` (a configuration key such as ``methods.nmf``).
    """
    own = is_plugin(options_class)
    if not is_dataclass(options_class):
        problem = f"the options of this method cannot be read: the class {options_class.__name__} is no dataclass"
        raise UserError(problem, where=where, remedy=f"Write @dataclass above {source_of(options_class)}")
    known = {f.name: f for f in fields(options_class)}
    for key in given:
        if key not in known:
            declares = f". {source_of(options_class)} declares them" if own else ""
            raise UnknownOption(f"unknown option {key!r}", where=where, remedy=did_you_mean(key, known) + declares)
    required = [f.name for f in known.values() if f.default is MISSING and f.default_factory is MISSING]
    for key in required:
        if key not in given:
            raise UserError(f"option {key!r} is missing", where=where, remedy=f"Add {key}: … under {where}")
    types = declared_types(options_class)
    remedy = f"{source_of(options_class)} declares it" if own else "See the comments in config/config.yaml"
    try:
        return options_class(**{key: as_declared(key, value, types.get(key)) for key, value in given.items()})
    except (TypeError, ValueError) as error:
        raise UserError(str(error), where=where, remedy=remedy) from error
