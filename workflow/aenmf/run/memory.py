"""Whether a run's fits fit into memory, estimated before it starts.

The estimates count arrays of M × N numbers, the only large ones where patients are many, and are meant to be too high
rather than too low.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from aenmf.channels import CHANNELS
from aenmf.data.datasets import Registry
from aenmf.data.splits import train_size
from aenmf.errors import UserError
from aenmf.methods.base import NUMBER, Method
from aenmf.methods.devices import CPU, CUDA, free_gpu_memory
from aenmf.methods.registry import build_method
from aenmf.run.plan import Plan, numbers_in

PROCESS, TORCH = 250_000_000, 300_000_000
"""Bytes of a job before it has read anything (200 to 230 million were measured), and what torch adds."""

MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024
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


def peak_memory() -> float:
    """The largest main memory of this process, or of one it started and waited for, in megabytes.

    On Linux it is read from /proc: what the system reports of resources includes the process that this one was started by.
    """
    started = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * MAXRSS_UNIT / 1e6
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        own = next(int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * MAXRSS_UNIT / 1e6
    return max(own, started)


@dataclass(frozen=True)
class Job:
    """A job that fits a method to several training matrices.

    Attributes:
        cohort, entry, method, loss: what is fitted.
        n_patients, rank: N and K.
        n_problems: training matrices; all are read first, and all fits are kept to the end.
        key: the configuration key that decides how many these are.
    """

    cohort: str
    entry: str
    method: Method
    loss: str
    n_patients: int
    rank: int
    n_problems: int
    key: str = "splits_per_job"

    def __str__(self) -> str:
        size = f"{self.n_problems} matrices of {self.n_patients} patients"
        return f"{self.entry} ({self.loss}) on {self.cohort} ({size})"


def job_memory(job: Job) -> int:
    """Bytes of main memory that a job takes."""
    m, n, k = len(CHANNELS), job.n_patients, job.rank
    fit = m * k + 3 * k * n  # signatures, exposures, weights and one array more
    torch = TORCH if "torch" in job.method.needs or job.method.device_of(job.loss) != CPU else 0
    working = job.method.memory(job.loss, m, n, k)
    return PROCESS + torch + NUMBER * job.n_problems * (m * n + fit) + working


def gpu_memory(job: Job) -> int:
    """Bytes of a GPU's memory that a job takes."""
    return job.method.gpu_memory(job.loss, len(CHANNELS), job.n_patients, job.rank, job.n_problems)


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
    jobs = _jobs(config, registry, plan, sizes)
    free = available_memory()
    needs = sorted(((job_memory(job), job) for job in jobs), key=lambda need: need[0], reverse=True)[:cores]
    together = sum(size for size, _ in needs)
    if together > free:
        largest, job = needs[0]
        many = largest <= free
        who = f"{len(needs)} jobs side by side need" if many else f"one job of {job} needs"
        fewer = "Run with fewer --cores, or lower" if many else "Lower"
        raise UserError(
            f"{who} about {_gigabytes(together if many else largest)} of memory, and {_gigabytes(free)} are free",
            where=f"config key {job.key}",
            remedy=f"{fewer} {job.key}, choose a solver that needs less, or use a larger machine",
        )
    on_gpu = [job for job in jobs if job.method.device_of(job.loss) == CUDA]
    if not on_gpu:
        return
    needs = sorted(((gpu_memory(job), job) for job in on_gpu), key=lambda need: need[0], reverse=True)[:cores]
    together, free = sum(size for size, _ in needs), free_gpu_memory()
    if together > free:
        (_, job), many = needs[0], len(needs) > 1
        who = f"{len(needs)} jobs side by side, such as {job}, need" if many else f"one job of {job} needs"
        raise UserError(
            f"{who} about {_gigabytes(together)} of the GPU's memory, and {_gigabytes(free)} are free",
            where=f"config key {job.key}",
            remedy=f"Lower {job.key}, the entry's restarts or --cores, or write device: cpu for {job.entry}",
        )


def _jobs(config: Mapping[str, Any], registry: Registry, plan: Plan, sizes: Mapping[str, int]) -> list[Job]:
    """All jobs that fit, of the comparison and of rank selection."""
    jobs = []
    ranks = config["rank_selection"]
    for name, n in sizes.items():
        training = train_size(n, config["train_fraction"])
        for entry, loss in plan.combinations:
            method, rank = plan.methods[entry], registry.cohorts[name].rank
            sizes_of_jobs = [len(numbers_in(chunk)) for chunk in plan.chunks_of(entry)]
            jobs += [Job(name, entry, method, loss, training, rank, k, "splits_per_job") for k in sizes_of_jobs]
            if name in plan.rank_ranges:
                highest, samples = plan.rank_ranges[name][1], ranks["bootstraps"]
                about_ranks = Job(name, entry, method, loss, n, highest, samples, "rank_selection.bootstraps")
                jobs += [about_ranks] * len(plan.rank_chunks[name])
    return [*jobs, *_criteria_jobs(config, plan, sizes)]


def _criteria_jobs(config: Mapping[str, Any], plan: Plan, sizes: Mapping[str, int]) -> list[Job]:
    """The jobs of the criteria of the rank; blocks are four times as many, of a quarter of the size."""
    jobs = []
    samples, key = config["rank_criteria"]["resamples"], "rank_criteria.resamples"
    for entry, loss in plan.studies.fits["rank_criteria"]:
        method = build_method(entry, config["methods"][entry])
        for name in (name for name in plan.criteria_cohorts if name in sizes):
            highest = plan.criteria_ranges[name][1]
            jobs += [Job(name, entry, method, loss, sizes[name], highest, samples, key)] * len(
                plan.criteria_chunks[name]
            )
    return jobs


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.1f} GB"
