"""Whether a run's fits fit into memory, estimated before it starts.

The estimates count arrays of M × N numbers, the only large ones where patients are many, and are meant to be too high
rather than too low.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from aenmf.channels import CHANNELS
from aenmf.devices import CPU, CUDA, free_gpu_memory
from aenmf.errors import UserError
from aenmf.methods.base import NUMBER
from aenmf.splits import train_size

if TYPE_CHECKING:
    from aenmf.plan import Plan
    from aenmf.registry import Registry

PROCESS, TORCH = 400_000_000, 300_000_000
"""Bytes of a job before it has read anything, and what torch adds."""

CGROUP = Path("/sys/fs/cgroup")


def available_memory(cgroup: Path = CGROUP) -> int:
    """Bytes that jobs may still take: what the machine has, or what a container's or job's control group leaves."""
    free = psutil.virtual_memory().available
    try:
        limit, used, parts = ((cgroup / f"memory.{name}").read_text().strip() for name in ("max", "current", "stat"))
    except OSError:
        return free
    if not limit.isdigit():
        return free
    cached = dict(line.split() for line in parts.splitlines()).get(
        "inactive_file", "0"
    )  # of files, given back on demand
    return min(free, int(limit) - int(used) + int(cached))


def job_memory(method: Any, loss: str, n_patients: int, rank: int, n_splits: int) -> int:
    """Bytes that a job takes which fits a method to some splits at once.

    Args:
        method: a configured method.
        loss: the loss.
        n_patients: N, training patients.
        rank: K.
        n_splits: training matrices of the job; all are read first, and all fits are kept to its end.
    """
    m, working = len(CHANNELS), method.memory(loss, len(CHANNELS), n_patients, rank)
    fit = m * rank + 3 * rank * n_patients  # signatures, exposures, weights and one array more
    torch = TORCH if "torch" in method.needs or method.device_of(loss) != CPU else 0
    return PROCESS + torch + NUMBER * n_splits * (m * n_patients + fit) + working


def check_memory(
    config: Mapping[str, Any], registry: Registry, plan: Plan, sizes: Mapping[str, int], cores: int
) -> None:
    """Check that the largest fits of a run fit into memory; cohorts without a known size are left out.

    Args:
        config: the configuration.
        registry: the cohorts.
        plan: the run's plan.
        sizes: patients of the cohorts that are on this machine already.
        cores: jobs that run side by side.

    Raises:
        UserError: they do not; names the key that makes them smaller.
    """
    splits = min(config["splits_per_job"], config["n_splits"])
    jobs = [
        (job_memory(method, loss, train_size(n, config["train_fraction"]), registry.cohorts[name].rank, splits), job)
        for name, n in sizes.items()
        for entry, loss in plan.combinations
        for method, job in [(plan.methods[entry], (name, entry, loss, n))]
    ]
    free = available_memory()
    largest, job = max(jobs, default=(0, None))
    together = sum(sorted((size for size, _ in jobs), reverse=True)[:cores])
    if together > free:
        name, entry, loss, n = job
        many = largest <= free
        problem = (
            f"about {_gigabytes(together if many else largest)} of memory are needed by "
            + (f"{cores} jobs side by side" if many else f"one job of {entry} ({loss}) on {n} patients of {name}")
            + f", and {_gigabytes(free)} are free"
        )
        fewer = "Run with fewer --cores, or lower" if many else "Lower"
        remedy = f"{fewer} splits_per_job (now {splits}), choose a solver that needs less, or use a larger machine"
        raise UserError(problem, where="config key splits_per_job", remedy=remedy)
    _check_gpu_memory(config, registry, plan, sizes, splits)


def _check_gpu_memory(
    config: Mapping[str, Any], registry: Registry, plan: Plan, sizes: Mapping[str, int], splits: int
) -> None:
    on_gpu = [(entry, loss) for entry, loss in plan.combinations if plan.methods[entry].device_of(loss) == CUDA]
    needs = [
        (
            plan.methods[entry].gpu_memory(loss, len(CHANNELS), patients, registry.cohorts[name].rank, splits),
            entry,
            name,
        )
        for entry, loss in on_gpu
        for name, n in sizes.items()
        for patients in [train_size(n, config["train_fraction"])]
    ]
    if not needs:
        return
    (largest, entry, name), free = max(needs), free_gpu_memory()
    if largest > free:
        problem = (
            f"about {_gigabytes(largest)} of the GPU's memory are needed by {entry} for {splits} splits of {name} at once, "
            f"and {_gigabytes(free)} are free"
        )
        remedy = f"Lower splits_per_job (now {splits}) or the entry's restarts, or write device: cpu for it"
        raise UserError(problem, where="config key splits_per_job", remedy=remedy)


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.1f} GB"
