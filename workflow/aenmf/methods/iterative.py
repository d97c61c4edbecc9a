"""Methods that are a model plus one of several solvers: the solver table, restarts, and the common finish."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, ClassVar

import numpy as np

from aenmf.errors import UserError, did_you_mean
from aenmf.losses import loss_value
from aenmf.methods.base import Fit, Method, Problem, Report, Start, Trajectory, read_options
from aenmf.seeds import Seed
from aenmf.solvers.common import Solution, Solver, scale_signatures


@cache
def compile_solver(solver: Solver, options: Any, loss: str) -> None:
    """Run a solver on a toy problem, so that loading or compiling its code is not counted as the first fit's seconds."""
    catalogue = Seed(0).generator().poisson(20.0, (16, 12)).astype(float)
    problem = Problem(catalogue, 2, loss, Seed(0))
    solver.solve(problem, problem.start(), replace(options, max_iter=3))


def as_start(problem: Problem, solution: Solution) -> Start:
    """A solution as the starting point of a further run."""
    weights = solution.extras.get("weights")
    return Start(solution.signatures, solution.exposures, problem.start().weights if weights is None else weights)


def joined(first: Solution, second: Solution) -> Solution:
    """A solution and the run that went on from it, as one: iterations and seconds are counted on."""
    before, after = first.trajectory, second.trajectory
    trajectory = Trajectory(
        np.concatenate([before.iterations, before.iterations[-1] + after.iterations[1:]]),
        np.concatenate([before.losses, after.losses[1:]]),
        np.concatenate([before.seconds, before.seconds[-1] + after.seconds[1:]]),
    )
    return replace(second, n_iter=first.n_iter + second.n_iter, trajectory=trajectory)


class IterativeMethod(Method):
    """A model with a table of solvers.

    Args:
        solver: a solver's name, or a mapping from each loss to a solver's name.
        options: the solver's options; where losses have different solvers, options under the loss's name go to that
            loss only and the others to both.
        where: the configuration key of this entry, for messages.
    """

    solvers: ClassVar[tuple[Solver, ...]]

    def __init__(
        self, solver: str | Mapping[str, str], options: Mapping[str, Any] | None = None, where: str = "method"
    ):
        options = dict(options or {})
        names = dict(solver) if isinstance(solver, Mapping) else dict.fromkeys(self.losses, solver)
        for loss in names:
            if loss not in self.losses:
                raise UserError(
                    f"unknown loss {loss!r}", where=f"{where}.solver", remedy=did_you_mean(loss, self.losses)
                )
        for loss in set(options) & set(self.losses):
            if not isinstance(options[loss], Mapping | None):
                remedy = f"Write {loss}: {{option: value}}"
                raise UserError(
                    f"{options[loss]!r} is not a mapping of options", where=f"{where}.{loss}", remedy=remedy
                )
        common = {key: value for key, value in options.items() if key not in self.losses}
        self.settings: dict[str, tuple[Solver, Any]] = {}
        table = {s.name: s for s in self.solvers}
        for loss, name in names.items():
            if not isinstance(name, str) or name not in table:
                raise UserError(f"unknown solver {name!r}", where=f"{where}.solver", remedy=did_you_mean(name, table))
            if loss in table[name].losses:
                merged = {**common, **(options.get(loss) or {})}
                self.settings[loss] = (table[name], read_options(table[name].options, merged, where))
        self._names = names

    @classmethod
    def from_config(cls, options: Mapping[str, Any], where: str) -> IterativeMethod:
        if not options.get("solver"):
            allowed = ", ".join(s.name for s in cls.solvers)
            raise UserError("no solver is named", where=where, remedy=f"Add solver: one of {allowed}")
        rest = {key: value for key, value in options.items() if key != "solver"}
        return cls(options["solver"], rest, where)

    def solver_name(self, loss: str) -> str:
        return self.settings[loss][0].name

    def unsupported(self, loss: str) -> str | None:
        reason = super().unsupported(loss)
        if reason or loss in self.settings:
            return reason
        return f"solver {self._names.get(loss)!r} of {self.model} has no {loss} loss"

    @abstractmethod
    def kkt(self, problem: Problem, solution: Solution) -> float:
        """Relative residual of the model's optimality conditions; 0 exactly at a stationary point."""

    def fit(self, problems: Sequence[Problem], report: Report | None = None) -> list[Fit]:
        for loss in {problem.loss for problem in problems}:
            compile_solver(*self.settings[loss], loss)
        fits = []
        for done, problem in enumerate(problems, 1):
            fits.append(self._fit_one(problem))
            if report:
                report(done, len(problems), fits[-1].objective)
        return fits

    def _fit_one(self, problem: Problem) -> Fit:
        solver, options = self.settings[problem.loss]
        began = time.perf_counter()
        objectives = []
        if options.restarts == 1:
            solution = solver.solve(problem, problem.start(), options)
        else:
            tried = [solver.solve(problem, problem.start(r), options.rough()) for r in range(options.restarts)]
            objectives = [loss_value(problem.loss, problem.catalogue, s.signatures @ s.exposures) for s in tried]
            solution = tried[int(np.argmin(objectives))]
            if options.screening:
                solution = joined(solution, solver.solve(problem, as_start(problem, solution), options))
        signatures, exposures, sums = scale_signatures(solution.signatures, solution.exposures)
        extras = dict(solution.extras)
        if "weights" in extras:
            extras["weights"] = extras["weights"] / np.where(sums > 0, sums, 1.0)
        if objectives:
            extras["start_objectives"] = np.array(objectives)
        seconds = time.perf_counter() - began
        return Fit(
            signatures=signatures,
            exposures=exposures,
            objective=loss_value(problem.loss, problem.catalogue, solution.signatures @ solution.exposures),
            n_iter=solution.n_iter,
            converged=solution.converged,
            kkt=self.kkt(problem, solution),
            seconds=seconds,
            trajectory=solution.trajectory,
            extras=extras,
        )
