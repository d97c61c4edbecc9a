"""Running peers of the benchmark by interpreters of their own, after the contract of :mod:`aenmf.studies.outside`."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from aenmf.problem import Problem, Trajectory
from aenmf.studies.contestants import PEER, Contestant, Course, PeerFailed, cut
from aenmf.studies.outside import OUTSIDE, Outside

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
LIMIT_FACTOR, LIMIT_SECONDS = 20, 300
"""A peer is ended after so many times its seconds and so many more: it also loads, compiles, and takes losses."""


def outside_peers(
    commands: Mapping[str, str], loss: str, problems: set[str], known: Mapping[str, Outside] = OUTSIDE
) -> list[Contestant]:
    """The peers with an interpreter of their own that minimise a loss, where NMF is among the problems."""
    named = {known[name]: command for name, command in commands.items() if "nmf" in problems}
    return [
        Contestant("nmf", peer.title, peer.solver, PEER, _runner(peer.script, command))
        for peer, command in named.items()
        if loss in peer.losses
    ]


def _runner(script: Path, command: str) -> Callable[[Problem, int, float], Course]:
    def run(problem: Problem, start: int, budget: float) -> Course:
        point = problem.start(start)
        matrices = {"catalogue": problem.catalogue, "signatures": point.signatures, "exposures": point.exposures}
        with TemporaryDirectory() as folder:
            for name, matrix in matrices.items():
                np.savetxt(Path(folder, f"{name}.tsv"), matrix, delimiter="\t", fmt="%.17g")
            words = [command, script, folder, problem.loss, problem.n_signatures, budget, start]
            _call([str(word) for word in words], LIMIT_FACTOR * budget + LIMIT_SECONDS)
            course = _read_course(Path(folder, "course.json"))
        return cut(course.trajectory, budget, course.finished)

    return run


def _call(words: list[str], limit: float) -> None:
    """Run a program on one thread, without this package's environment; any failure is a :class:`PeerFailed`."""
    own = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    try:
        done = subprocess.run(
            words, env=own | dict.fromkeys(THREADS, "1"), capture_output=True, text=True, timeout=limit, check=False
        )
    except subprocess.TimeoutExpired:
        raise PeerFailed(f"it was ended after {limit:.0f} seconds") from None
    except OSError as error:
        raise PeerFailed(str(error)) from error
    if done.returncode:
        said = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        raise PeerFailed(said[-1] if said else f"it ended with status {done.returncode}")


def _read_course(path: Path) -> Course:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        iterations = np.array(found["iterations"], dtype=int)
        losses, seconds = (np.array(found[name], dtype=float) for name in ("losses", "seconds"))
        finished = bool(found["finished"])
    except FileNotFoundError:
        raise PeerFailed("it wrote no course") from None
    except (ValueError, TypeError, KeyError) as error:
        raise PeerFailed(f"its course cannot be read ({error!r})") from error
    if not len(iterations) == len(losses) == len(seconds) or not len(losses):
        raise PeerFailed("the lists of its course are empty or differ in length")
    if not (np.isfinite(losses).all() and np.isfinite(seconds).all()) or min(seconds[0], *np.diff(seconds), 0) < 0:
        raise PeerFailed("its losses or seconds are not finite, or its seconds run backwards")
    return Course(Trajectory(iterations, losses, seconds), finished)
