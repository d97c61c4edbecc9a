"""What every iterative solver shares: its options, the loop that records the loss, scaling, and the floor.

A solver is a function ``solve(problem, start, options) -> Solution``. Its inner loop is compiled and runs a stretch of
iterations at a time; this module decides where the stretches end, so that trajectories have points at the same
iterations for every solver and the interpreter is entered a few hundred times per fit, not once per iteration.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np

from aenmf.problem import Problem, Start, Trajectory
from aenmf.solvers.listening import at_iteration

FLOOR = 1e-100
"""Smallest value a multiplicative update may leave: far below anything that matters, and squares of it are not denormal."""

POINTS_PER_DECADE = 24

SEARCH = "search"
STRATEGIES = ("random", "residual", "profiles", "nmf", "other_loss")
MOVES = ("swap", "merge", "shake")
"""What :class:`IterationOptions` may name; :mod:`aenmf.methods.search` has the functions."""

SEARCHED = ("residual", "random", "profiles", "nmf")
"""The strategies of a search, in turn."""

MOST_STARTS = 10_000
"""Starting points of a fit at most: more are a slip of the pen, and would never end."""

OPTIMUM, CRAWL = 1e-2, 1e-1
"""Largest residual of the optimality conditions (:mod:`aenmf.solvers.kkt`) with which a fit counts as converged.

``OPTIMUM`` is for solvers that take steps to an optimum: their fits of the paper's cohorts end below 1e-4. ``CRAWL`` is for
those that can crawl and stop on the change of the loss alone: multiplicative updates end with up to 0.075 there.
"""


@dataclass(frozen=True)
class IterationOptions:
    """Options every iterative solver has.

    Attributes:
        tol: stop when the relative change of the loss between consecutive iterations is below this (paper: 1e-10).
        max_iter: give up after this many iterations; the fit is then reported as not converged.
        restarts: number of starting points, the fit with the lowest loss is kept; or ``search``: starts followed by moves
            out of their local optima, until two starts of different strategies have ended at the lowest loss.
        screening: of a number of starting points, each is run until the relative change of the loss per iteration is
            below this, and only those as good as the best go on to ``tol``; 0 runs all of them to the end. Late
            iterations are most of a fit and no longer change which start is the best.
        strategies: where starts come from, in turn: ``random``, ``residual``, ``profiles``, ``nmf`` or ``other_loss``;
            empty: random starts for a number, the first four for a search.
        move: how a search leaves a local optimum: ``swap``, ``merge`` or ``shake``.
        patience: moves per signature that may fail in a row before a search takes the next start; a start that ends where
            they have failed before does not repeat them.
        least_starts, most_starts: of a search. Two starts can agree on a wrong optimum, three hardly ever do; the most are used
            where the lowest loss was not found again.
    """

    tol: float = 1e-10
    max_iter: int = 1_000_000
    restarts: int | str = 1
    screening: float = 1e-6
    strategies: Sequence[str] = ()
    move: str = "swap"
    patience: int = 3
    least_starts: int = 3
    most_starts: int = 12

    def __post_init__(self):
        # YAML 1.1 reads 1e-10 as text, so numbers are converted here, once, for every solver.
        object.__setattr__(self, "tol", checked_number("tol", self.tol, float, 0.0))
        object.__setattr__(self, "max_iter", checked_number("max_iter", self.max_iter, int, 1))
        if self.restarts != SEARCH:
            object.__setattr__(self, "restarts", checked_restarts(self.restarts))
        object.__setattr__(self, "screening", checked_number("screening", self.screening, float, 0.0))
        object.__setattr__(self, "strategies", checked_strategies(self.strategies, self.restarts))
        if self.move not in MOVES:
            raise ValueError(f"move must be one of {', '.join(MOVES)}, not {self.move!r}")
        for name, least in (("patience", 0), ("least_starts", 1), ("most_starts", 1)):
            object.__setattr__(self, name, checked_number(name, getattr(self, name), int, least, MOST_STARTS))
        if self.least_starts > self.most_starts:
            raise ValueError(f"least_starts {self.least_starts} is above most_starts {self.most_starts}")

    @property
    def largest_residual(self) -> float:
        """A fit whose optimality conditions leave more than this is not converged, even if the stopping rule fired."""
        return CRAWL

    def rough(self) -> Self:
        """The options for trying out a starting point."""
        return replace(self, tol=max(self.tol, self.screening))

    def trial(self, tol: float) -> Self:
        """The options for a run from a good start that may end at a relative change of the loss per iteration of ``tol``."""
        return replace(self, tol=max(self.tol, tol))


def checked_restarts(value: Any) -> int:
    """A number of starting points; ValueError otherwise, which also names the other choice."""
    if isinstance(value, str) and not value.isdigit():
        raise ValueError(f"restarts must be a whole number or {SEARCH!r}, not {value!r}")
    return int(checked_number("restarts", value, int, 1, MOST_STARTS))


def checked_strategies(value: Any, restarts: int | str) -> tuple[str, ...]:
    """Start strategies as a tuple, the default ones for none; ValueError for an unknown one."""
    names = (value,) if isinstance(value, str) else tuple(value)
    for name in names:
        if name not in STRATEGIES:
            raise ValueError(f"strategies must be among {', '.join(STRATEGIES)}, not {name!r}")
    return names or (SEARCHED if restarts == SEARCH else STRATEGIES[:1])


def checked_number(name: str, value: Any, kind: type, least: float, most: float = math.inf) -> Any:
    """``value`` as a number of ``kind`` from ``least`` to ``most``; ValueError naming the option otherwise."""
    try:
        number = kind(float(value))
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be a number, not {value!r}") from error
    if isinstance(value, bool) or number < least or number != float(value) or not np.isfinite(number):
        raise ValueError(
            f"{name} must be {'a whole number' if kind is int else 'a number'} of at least {least:g}, not {value!r}"
        )
    if number > most:
        raise ValueError(f"{name} must be at most {most:g}, not {value!r}")
    return number


@dataclass(frozen=True)
class Solution:
    """What a solver returns: factors in any scale (the method rescales them), and how it got there.

    Attributes:
        signatures: (M, K) ≥ 0.
        exposures: (K, N) ≥ 0.
        n_iter, converged, trajectory: as in :class:`aenmf.problem.Fit`.
        extras: further arrays. An array named ``weights`` (N, K) is rescaled together with the signatures.
    """

    signatures: np.ndarray
    exposures: np.ndarray
    n_iter: int
    converged: bool
    trajectory: Trajectory
    extras: dict[str, np.ndarray] = field(default_factory=dict)


Solve = Callable[[Problem, Start, Any], Solution]

SolveBatch = Callable[[Sequence[Problem], Sequence[Start], Any, str, Callable[[float], None] | None], list[Solution]]
"""``solve_batch(problems, starts, options, torch device, ended)``: problems of one loss and shape at once, in torch. After
each problem that ends, ``ended`` is called with its loss (mean per cell)."""


@dataclass(frozen=True)
class Solver:
    """A named way to minimise a model.

    Attributes:
        name: as written in the configuration.
        losses: the losses it can minimise.
        options: its options dataclass (a subclass of :class:`IterationOptions`).
        solve: the function.
        summary: one line for documentation and tables.
        solve_batch: its form for a GPU, if there is one: the same updates and stopping rule for many problems at once.
        numbers: how many numbers its working arrays hold for M, N and K, where these are not a few times M·N.
    """

    name: str
    losses: tuple[str, ...]
    options: type
    solve: Solve
    summary: str
    solve_batch: SolveBatch | None = None
    numbers: Callable[[int, int, int], int] | None = None

    @property
    def on_device(self) -> SolveBatch:
        """``solve_batch``, for callers that know there is one."""
        assert self.solve_batch is not None, f"{self.name} has no form for a GPU"
        return self.solve_batch


def stretch_length(done: int, max_iter: int) -> int:
    """How many iterations to do before the loss is recorded again, after the first ``done``."""
    return min(max(1, int(done * (10 ** (1 / POINTS_PER_DECADE) - 1))), max_iter - done)


def iterate(
    advance: Callable[[int], tuple[int, float, bool]], first_loss: float, max_iter: int
) -> tuple[int, bool, Trajectory]:
    """Run a solver's compiled inner loop in stretches and record the loss.

    Args:
        advance: ``advance(n)`` does up to ``n`` further iterations and returns how many it did, the loss after them (mean
            per cell), and whether its stopping rule fired.
        first_loss: the loss at the starting point.
        max_iter: iteration limit.

    Returns:
        The number of iterations, whether the stopping rule fired, and the trajectory (with iteration 0).
    """
    began = time.perf_counter()
    iterations, losses, seconds = [0], [first_loss], [0.0]
    done, stopped = 0, False
    while done < max_iter and not stopped and not np.isnan(losses[-1]):
        steps, loss, stopped = advance(stretch_length(done, max_iter))
        done += steps
        iterations.append(done)
        losses.append(loss)
        seconds.append(time.perf_counter() - began)
        at_iteration(done, loss)
    trajectory = Trajectory(np.array(iterations), np.array(losses), np.array(seconds))
    return done, stopped, trajectory


def scale_signatures(signatures: np.ndarray, exposures: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scale each signature to sum 1 and its exposure row by the inverse factor (paper, Notation).

    A signature without any mass has no scale: it becomes flat with exposures zero, which leaves the product unchanged.

    Returns:
        Signatures (M, K), exposures (K, N), and the sums (K,) the signatures had.
    """
    sums = signatures.sum(axis=0)
    empty = ~(sums > 0)
    safe = np.where(empty, 1.0, sums)
    scaled = signatures / safe
    scaled[:, empty] = 1.0 / len(signatures)
    return scaled, exposures * np.where(empty, 0.0, sums)[:, None], sums
