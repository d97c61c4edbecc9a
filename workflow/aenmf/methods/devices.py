"""Where fits are computed: the key ``device`` of the configuration and of a method entry, and what this machine has.

``cpu`` (default) and ``cuda`` say it outright; ``auto`` takes the GPU where the machine has one and the method has a form
for it, and the processor otherwise. Results of a GPU agree with the processor's within tolerances (docs/gpu.md), not to the
bit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from aenmf.errors import UserError, did_you_mean

CPU, CUDA, AUTO = "cpu", "cuda", "auto"
DEVICES = (CPU, CUDA, AUTO)


def device_available(device: str) -> bool:
    """Whether torch can compute on a device such as ``cuda``."""
    if find_spec("torch") is None:
        return False
    import torch

    return device == CUDA and torch.cuda.is_available()


def require(device: str) -> None:
    """Check that a device is there when a fit begins; the check before the run was on another machine, or did not see it.

    Raises:
        UserError: it is not there.
    """
    if not device_available(device):
        raise no_gpu("config key device")


@contextmanager
def enough_memory(n_problems: int) -> Iterator[None]:
    """Turn a GPU that runs out of memory over a batch of so many problems into a mistake that the user can fix.

    Raises:
        UserError: it did.
    """
    import torch

    try:
        yield
    except torch.OutOfMemoryError as error:
        remedy = "Lower splits_per_job or restarts, end other programs that use the GPU, or write device: cpu"
        raise UserError(
            f"the GPU has too little free memory for {n_problems} factorisations at once",
            where="config key splits_per_job",
            remedy=remedy,
        ) from error


def gpu_name() -> str | None:
    """The name of the GPU that fits are computed on; None without one."""
    if not device_available(CUDA):
        return None
    import torch

    return torch.cuda.get_device_name()


def free_gpu_memory() -> int:
    """Free bytes of the GPU."""
    import torch

    return torch.cuda.mem_get_info()[0]


def checked_device(value: Any, where: str) -> str:
    """A device as the configuration names it.

    Raises:
        UserError: it is none of :data:`DEVICES`.
    """
    if value not in DEVICES:
        raise UserError(f"{value!r} is not allowed", where=where, remedy=did_you_mean(str(value), DEVICES))
    return value


def with_device(config: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration with its key ``device`` written into every method entry that has none of its own.

    Nothing changes for ``cpu``, so that the entries, on which fits depend, stay what they are.
    """
    common = config["device"]
    if common == CPU:
        return dict(config)
    methods = {name: {"device": common} | dict(entry) for name, entry in config["methods"].items()}
    return {**config, "methods": methods}


def any_gpu(config: Mapping[str, Any]) -> bool:
    """Whether a configuration lets any fit be computed on a GPU."""
    named = [config.get("device", CPU), *(entry.get("device", CPU) for entry in config.get("methods", {}).values())]
    return any(device != CPU for device in named)


def check_gpu(config: Mapping[str, Any], entries: Iterable[str]) -> None:
    """Check that there is a GPU where one is asked for outright.

    Args:
        config: the configuration before :func:`with_device`.
        entries: the method entries of the run.

    Raises:
        UserError: ``device: cuda`` without a GPU that torch can use; names the key.
    """
    keys = ["device"] if config["device"] == CUDA else []
    keys += [f"methods.{name}.device" for name in entries if config["methods"][name].get("device") == CUDA]
    if keys and not device_available(CUDA):
        raise no_gpu(f"config key {keys[0]}")


def no_gpu(where: str = "") -> UserError:
    """The mistake of asking for a GPU that is not there."""
    import torch

    built = "" if torch.version.cuda else f"; the installed torch {torch.__version__} is built for processors only"
    return UserError(
        f"cuda is asked for, but torch finds no GPU on this machine{built}",
        where=where,
        remedy="Write device: auto (the GPU where there is one) or device: cpu; docs/gpu.md says what a GPU needs",
    )
