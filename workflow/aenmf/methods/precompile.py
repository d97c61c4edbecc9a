"""Compile every solver once, so that the first run does not have to.

Compiled code is kept (:mod:`aenmf.solvers.kernelcache`) and used by all later processes; after an edit to a solver, all are
compiled again at the beginning of the next run.
"""

from __future__ import annotations

import os
import signal
import sys
from concurrent.futures import ProcessPoolExecutor

import numpy as np

from aenmf.files.atomic import no_room
from aenmf.losses import LOSSES
from aenmf.methods.iterative import IterativeMethod, compile_solver
from aenmf.methods.registry import MODELS, model_class
from aenmf.methods.search.geometry import Cohort
from aenmf.problem import Problem
from aenmf.seeds import Seed
from aenmf.solvers.kernelcache import complete_mark, remove_stale
from aenmf.solvers.refit import refit


def compile_model(model: str) -> list[str]:
    """Run every solver of a built-in model on a toy problem, with its default options; returns the solvers' names."""
    kind = model_class(model)
    if not issubclass(kind, IterativeMethod):
        return []
    for solver in kind.solvers:
        for loss in LOSSES:
            if loss in solver.losses:
                compile_solver(solver, solver.options(), loss)
    return [solver.name for solver in kind.solvers]


def compile_refit() -> None:
    """Refit a toy patient under each loss, and find the exposures of a start."""
    for loss in LOSSES:
        refit(loss, np.ones((4, 1)), np.eye(4, 2), np.ones(1))
        Cohort(Problem(np.ones((4, 3)), 2, loss, Seed(0), np.ones(3))).expose(np.full((2, 4), 0.25))


def precompile() -> None:
    """Compile every solver, each model in a process of its own, and say so; without room for them, end with one message."""
    remove_stale()
    print("compiling the solvers, once", flush=True)
    # Ctrl-C ends the processes at once: in Python it would wait for compiled code to come back.
    try:
        with ProcessPoolExecutor(os.cpu_count(), None, signal.signal, (signal.SIGINT, signal.SIG_DFL)) as pool:
            refits = pool.submit(compile_refit)
            # Not with map: when interrupted it cancels its futures, and the pool's thread then fails to mark them as broken.
            compiled = [pool.submit(compile_model, model) for model in MODELS]
            for model, names in zip(MODELS, compiled, strict=True):
                if names.result():  # others are compiled by nobody, or with those
                    print(f"  {model}: {', '.join(names.result())}", flush=True)
            refits.result()
        complete_mark().parent.mkdir(parents=True, exist_ok=True)  # with NUMBA_DISABLE_JIT nothing was put there
        complete_mark().touch()
    except OSError as error:
        if mistake := no_room(error, str(complete_mark().parent)):
            sys.exit(f"error: {mistake}")  # a process of its own, which a run starts, has nobody to catch more
        raise
