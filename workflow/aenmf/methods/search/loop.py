"""The search: starts, each followed by moves, until the lowest loss has been found again from an independent start.

Moves out of an optimum are tried once. A start that ends at the lowest loss so far has found it again, and the next one is taken.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from aenmf.methods.search.geometry import Cohort
from aenmf.methods.search.moves import MOVES, Place
from aenmf.methods.search.starts import START_OF, Solve
from aenmf.problem import Problem, Start
from aenmf.solvers.common import IterationOptions, Solution
from aenmf.solvers.stopping import exact_loss

SAME = 1e-6
"""Relative distance of two losses that are the same optimum."""

STAGES = (1e-3, 1e-4, 1e-5)
"""Tolerances at which a move's way down is looked at; optima can be no further apart than what the last leaves."""

START = 1e-4
"""Tolerance at which a start's way down ends."""

HORIZON = 10
"""A way down is given up if so many iterations more at the present pace would not reach the loss to beat."""

CLOSER = (1e-6, 1e-7, 0.0)
"""Tolerances at which a way down near the lowest loss so far is looked at: is it the same optimum?"""

BETTER = 1e-5
"""Relative fall of the loss that makes a move a success."""

CLOSE = 1e-2
"""A roughly solved optimum this close to the lowest loss so far is solved more closely, as it may be the same."""


@dataclass(frozen=True)
class Found:
    """What a search found.

    Attributes:
        solution: of the lowest loss.
        objectives: (R,) the mean loss per cell that each start ended at.
        hits: how many of them are within ``SAME`` of the lowest.
        found_again: whether the lowest loss was reached from independent starts: of two strategies, where the search uses
            more than one. An exact reconstruction needs no second.
    """

    solution: Solution
    objectives: np.ndarray
    hits: int
    found_again: bool


def value(problem: Problem, solution: Solution) -> float:
    """The mean loss per cell of a solution; infinite if it is not a number."""
    loss = problem.value(solution.signatures @ solution.exposures)
    return loss if np.isfinite(loss) else np.inf


def as_start(problem: Problem, solution: Solution) -> Start:
    """A solution as the starting point of a further run."""
    weights = solution.extras.get("weights")
    return Start(solution.signatures, solution.exposures, problem.start().weights if weights is None else weights)


def judge(problem: Problem, solutions: list[Solution], objectives: list[float], strategies: list[str]) -> Found:
    """The best of the solutions, and whether it was found again; strategies are those of the starts."""
    best = int(np.argmin(objectives))
    same = np.asarray(objectives) <= objectives[best] * (1.0 + SAME)
    exact = objectives[best] * problem.catalogue.size <= exact_loss(problem.loss, problem.catalogue)
    kinds = {kind for kind, hit in zip(strategies, same, strict=True) if hit}
    again = bool(same.sum() > 1 and (len(kinds) > 1 or len(set(strategies)) == 1))
    return Found(solutions[best], np.array(objectives), int(same.sum()), again or exact)


SolveAll = Callable[[list[Problem], list[Start], IterationOptions], list[Solution]]


def best_of(
    problems: list[Problem], options: IterationOptions, start_of: Callable[[Problem, int], Start], solve_all: SolveAll
) -> list[Found]:
    """The best of ``options.restarts`` starts of each problem.

    All are run until the loss changes little, and those that could still be the best to the end.
    """
    n, last = int(options.restarts), len(options.strategies)
    if n == 1:
        solutions = solve_all(problems, [start_of(p, 0) for p in problems], options)
        return [Found(s, np.array([value(p, s)]), 1, False) for p, s in zip(problems, solutions, strict=True)]
    repeated = [problem for problem in problems for _ in range(n)]
    starts = [start_of(problem, i) for problem in problems for i in range(n)]
    solutions = solve_all(repeated, starts, options.rough())
    objectives = [value(problem, solution) for problem, solution in zip(repeated, solutions, strict=True)]
    if options.screening:
        lowest = np.repeat(np.reshape(objectives, (-1, n)).min(axis=1), n)
        close = [i for i, loss in enumerate(objectives) if loss <= lowest[i] * (1.0 + CLOSE)]
        polished = solve_all(
            [repeated[i] for i in close], [as_start(repeated[i], solutions[i]) for i in close], options.trial(0.0)
        )
        for i, solution in zip(close, polished, strict=True):
            solutions[i] = joined(solutions[i], solution)
            objectives[i] = min(objectives[i], value(repeated[i], solution))
    strategies = [options.strategies[i % last] for i in range(n)]
    return [
        judge(problem, solutions[i * n : (i + 1) * n], objectives[i * n : (i + 1) * n], strategies)
        for i, problem in enumerate(problems)
    ]


Hear = Callable[[float], None]
"""Hears the loss of every optimum on the way of a search, its rough ones included."""


def search(
    problem: Problem,
    options: IterationOptions,
    convex: bool,
    stream: str,
    solve: Solve,
    hear: Hear = lambda loss: None,
) -> Found:
    """Search for the lowest loss.

    Args:
        problem: catalogue, rank, loss and seed.
        options: of the solver, which say how to search.
        convex: whether signatures are mixtures of the patients.
        stream: the name of the random numbers, the model's: models of the same problem search on their own.
        solve: the method's solver; a tolerance of 0 means its own.
        hear: hears the losses on the way.
    """
    cohort = Cohort(problem)
    ends: list[Solution] = []
    objectives: list[float] = []
    used: list[str] = []
    found = None
    while len(ends) < options.most_starts and not (found and found.found_again and len(ends) >= options.least_starts):
        used.append(options.strategies[len(ends) % len(options.strategies)])
        seed = problem.seed.child("search", stream, len(ends))
        drawn = Cohort(replace(problem, seed=seed.child("start")))
        solution = solve(problem, START_OF[used[-1]](drawn, convex, solve), START)
        lowest = min(objectives, default=np.inf)
        solution = descend(cohort, solution, lowest, options, seed.child("moves").generator(), solve, hear)
        loss = value(problem, solution)
        if loss <= (1.0 + CLOSE) * lowest and not is_same(loss, lowest):
            solution = joined(solution, solve(problem, as_start(problem, solution), 0.0))
            loss = min(loss, value(problem, solution))
        hear(loss)
        ends.append(solution)
        objectives.append(loss)
        found = judge(problem, ends, objectives, used)
    assert found is not None
    return found


def descend(
    cohort: Cohort,
    solution: Solution,
    lowest: float,
    options: IterationOptions,
    generator: np.random.Generator,
    solve: Solve,
    hear: Hear = lambda loss: None,
) -> Solution:
    """Move from optimum to lower optimum until ``options.patience`` moves per signature in a row have failed.

    From the optimum of the ``lowest`` loss so far moves have failed before: a way that leads there ends.
    """
    problem, move = cohort.problem, MOVES[options.move]
    failures, moves = 0, options.patience * problem.n_signatures
    solution = towards(problem, solution, lowest, solve)
    best, place = value(problem, solution), Place(cohort, solution)
    hear(best)
    while failures < moves and not is_same(best, lowest):
        better = attempt(place, move(place, generator), best * (1.0 - BETTER), solve)
        failures += 1
        if better is not None:
            solution, failures = towards(problem, better, lowest, solve), 0
            best, place = value(problem, solution), Place(cohort, solution)
            hear(best)
    return solution


def is_same(loss: float, lowest: float) -> bool:
    """Whether a loss is the lowest so far found again, and not a lower one."""
    return bool(lowest <= loss <= lowest * (1.0 + SAME))


def towards(problem: Problem, solution: Solution, lowest: float, solve: Solve) -> Solution:
    """The solution, solved more closely while it may be that of the ``lowest`` loss, which it then is the same as."""
    for tol in CLOSER:
        loss = value(problem, solution)
        if not lowest * (1.0 - SAME) < loss <= lowest * (1.0 + CLOSE) or is_same(loss, lowest):
            break
        solution = joined(solution, solve(problem, as_start(problem, solution), tol))
    return solution


def attempt(place: Place, start: Start, bound: float, solve: Solve) -> Solution | None:
    """The way down from a start if it ends below ``bound``; given up where it will not, or leads back to ``place``."""
    problem, solution = place.cohort.problem, None
    for tol in STAGES:
        solution = solve(problem, start, tol)
        loss = value(problem, solution)
        if not loss * (1.0 - HORIZON * tol) < bound or place.is_back(solution):
            return None
        start = as_start(problem, solution)
    return solution if loss < bound else None


def joined(first: Solution, second: Solution) -> Solution:
    """A solution and the run that went on from it, as one: iterations and seconds are counted on."""
    trajectory = first.trajectory.followed_by(second.trajectory)
    return replace(second, n_iter=first.n_iter + second.n_iter, trajectory=trajectory)
