"""How fast a GPU fits a batch of splits, against the compiled solvers on one core."""

from __future__ import annotations

import time

import numpy as np
from threadpoolctl import threadpool_limits

from aenmf.channels import N_CHANNELS
from aenmf.errors import UserError
from aenmf.losses import PAPER_LOSSES
from aenmf.methods.devices import CPU, CUDA, device_available, gpu_name, no_gpu
from aenmf.methods.iterative import IterativeMethod, compile_solver
from aenmf.methods.registry import build_method
from aenmf.problem import Fit, Problem
from aenmf.run.runinfo import processor
from aenmf.seeds import Seed

ENTRIES: dict[str, dict[str, object]] = {
    "nmf": {"model": "nmf", "solver": "mu"},
    "cnmf": {"model": "cnmf", "solver": "mu"},
    "aenmf": {"model": "aenmf", "solver": "adam", "learning_rate": 1e-3},
}


def simulated(n_splits: int, n_patients: int, rank: int, loss: str, seed: int = 1) -> list[Problem]:
    """Training matrices (96, N) like those of a cancer cohort.

    Poisson counts of sparse signatures with log-normal exposures, of which three in ten are zero; each split draws its
    patients from one and a quarter times as many.
    """
    stream = Seed(seed).child("devicebench")
    random = stream.generator()
    n_all = n_patients * 5 // 4
    signatures = random.dirichlet(np.full(N_CHANNELS, 0.3), rank).T
    exposures = np.exp(random.normal(6.0, 1.2, (rank, n_all))) * (random.random((rank, n_all)) < 0.7)
    cohort = random.poisson(signatures @ exposures + 0.05).astype(float)
    cohort[0] += 1.0
    problems = []
    for split in range(n_splits):
        own = stream.child(f"split {split}")
        chosen = np.sort(own.generator().choice(n_all, n_patients, replace=False))
        problems.append(Problem(np.ascontiguousarray(cohort[:, chosen]), rank, loss, own))
    return problems


def timed(method: IterativeMethod, problems: list[Problem], device: str | None) -> tuple[list[Fit], float]:
    """Fits and seconds, on a torch device as one batch, or with the compiled solver one by one if None."""
    solver, options = method.settings[problems[0].loss]
    compile_solver(solver, options, problems[0].loss, device or CPU)
    began = time.perf_counter()
    fits = method.fit_batch(problems, device) if device else method.fit(problems)
    return fits, time.perf_counter() - began


def measure(n_splits: int, n_patients: int, rank: int, iterations: int, device: str) -> list[tuple]:
    """One row per method and loss: names, seconds of one core and of the device, iterations of each, and the largest
    relative difference of the final losses."""
    rows = []
    for name, entry in ENTRIES.items():
        method = build_method(name, {**entry, "max_iter": iterations})
        assert isinstance(method, IterativeMethod)
        for loss in PAPER_LOSSES:
            problems = simulated(n_splits, n_patients, rank, loss)
            ours, seconds = timed(method, problems, None)
            theirs, on_device = timed(method, problems, device)
            apart = max(abs(b.objective / a.objective - 1) for a, b in zip(ours, theirs, strict=True))
            counts = [sum(fit.n_iter for fit in fits) for fits in (ours, theirs)]
            rows.append((name, loss, seconds, on_device, *counts, apart))
    return rows


def bench(n_splits: int, n_patients: int, rank: int, iterations: int, device: str) -> list[str]:
    """The lines of a Markdown table of :func:`measure`, below what was fitted where.

    Raises:
        UserError: there is no GPU.
    """
    if device == CUDA and not device_available(CUDA):
        remedy = "Use --device cpu to compute the batch in torch on the processor"
        raise UserError(no_gpu().problem, where="--device", remedy=remedy)
    with threadpool_limits(1):
        rows = measure(n_splits, n_patients, rank, iterations, device)
    return [
        f"{n_splits} splits of {n_patients} patients, {rank} signatures, at most {iterations} iterations",
        f"one core of {processor()} against {gpu_name() if device == CUDA else 'torch on one core'}",
        "| method | loss | one core (s) | device (s) | ratio | iterations, core | iterations, device | losses apart |",
        "|:--|:--|--:|--:|--:|--:|--:|--:|",
        *(
            f"| {name} | {loss} | {core:.2f} | {there:.2f} | {core / there:.1f} | {first} | {second} | {apart:.1e} |"
            for name, loss, core, there, first, second, apart in rows
        ),
    ]
