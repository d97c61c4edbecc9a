"""Methods that are a model plus one of several solvers: the solver table, restarts, and the common finish."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, ClassVar

import numpy as np

from aenmf.errors import UserError, did_you_mean
from aenmf.losses import loss_value
from aenmf.methods.base import NUMBER, Method, read_options
from aenmf.methods.devices import CPU, CUDA, enough_memory, require
from aenmf.problem import Fit, Problem, Report, Start, Trajectory
from aenmf.seeds import Seed
from aenmf.solvers.common import Solution, Solver, scale_signatures

BATCH_CELLS, BATCH_FACTORS = 10, 24
"""Arrays of M × N and of K × N numbers that a batch holds per problem on a GPU, those of single steps included."""


@cache
def compile_solver(solver: Solver, options: Any, loss: str, device: str = CPU) -> None:
    """Run a solver on a toy problem, so that loading or compiling its code is not counted as the first fit's seconds."""
    catalogue = Seed(0).generator().poisson(20.0, (16, 12)).astype(float)
    problem = Problem(catalogue, 2, loss, Seed(0))
    solve_one(solver, problem, problem.start(), replace(options, max_iter=3), device)


def solve_one(solver: Solver, problem: Problem, start: Start, options: Any, device: str) -> Solution:
    """Solve one problem, compiled on the processor or as a batch of one on another device."""
    if device == CPU:
        return solver.solve(problem, start, options)
    return solver.on_device([problem], [start], options, device, None)[0]


def nothing(problem: Problem) -> Solution:
    """The solution of a problem without mutations, which is exact; solvers would divide zero by zero."""
    (m, n), k = problem.catalogue.shape, problem.n_signatures
    trajectory = Trajectory(np.zeros(1, int), np.zeros(1), np.zeros(1))
    return Solution(np.zeros((m, k)), np.zeros((k, n)), 0, True, trajectory, {"weights": np.zeros((n, k))})


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

    def memory(self, loss: str, n_channels: int, n_patients: int, rank: int) -> int:
        numbers = self.settings[loss][0].numbers
        if numbers is None:
            return super().memory(loss, n_channels, n_patients, rank)
        return NUMBER * numbers(n_channels, n_patients, rank)

    def gpu_memory(self, loss: str, n_channels: int, n_patients: int, rank: int, n_problems: int) -> int:
        each = BATCH_CELLS * n_channels * n_patients + BATCH_FACTORS * rank * n_patients
        return NUMBER * each * n_problems * self.settings[loss][1].restarts

    @abstractmethod
    def kkt(self, problem: Problem, solution: Solution) -> float:
        """Relative residual of the model's optimality conditions; 0 exactly at a stationary point."""

    def lacks_gpu(self, loss: str) -> str | None:
        solver, options = self.settings[loss]
        if solver.solve_batch is None:
            return f"solver {solver.name!r} of {self.model} has no form for a GPU"
        if getattr(options, "dtype", "float64") != "float64":
            return f"solver {solver.name!r} computes on a GPU in float64 only, not in {options.dtype}"
        return None

    def fit(self, problems: Sequence[Problem], report: Report | None = None) -> list[Fit]:
        losses = {problem.loss for problem in problems}
        if any(self.device_of(loss) != CPU for loss in losses):
            require(CUDA)
            return self.fit_batch(problems, CUDA, report)
        for loss in losses:
            compile_solver(*self.settings[loss], loss)
        fits = []
        for done, problem in enumerate(problems, 1):
            fits.append(self._fit_one(problem))
            if report:
                report(done, len(problems), fits[-1].objective)
        return fits

    def fit_batch(self, problems: Sequence[Problem], device: str, report: Report | None = None) -> list[Fit]:
        """Fit problems side by side on a torch device, those of one loss and shape in one batch.

        Args:
            problems: as for :meth:`fit`.
            device: ``cuda``, or ``cpu`` to compute the same in torch on the processor.
            report: told as problems end, which is not in their order.
        """
        fits: dict[int, Fit] = {}
        alike: dict[tuple, list[int]] = {}
        ended = 0

        def told(loss: float) -> None:
            nonlocal ended
            ended += 1
            if report:
                report(ended, len(problems), loss)

        for position, problem in enumerate(problems):
            if problem.catalogue.any():
                alike.setdefault((problem.loss, problem.catalogue.shape, problem.n_signatures), []).append(position)
            else:
                fits[position] = self._fit_one(problem)
                told(0.0)
        for (loss, _, _), positions in alike.items():
            compile_solver(*self.settings[loss], loss, device)
            for position, fit in zip(
                positions, self._fit_alike([problems[p] for p in positions], device, told), strict=True
            ):
                fits[position] = fit
        return [fits[position] for position in range(len(problems))]

    def _fit_alike(self, problems: list[Problem], device: str, told: Callable[[float], None]) -> list[Fit]:
        """The fits of problems of one loss and shape, with the restarts of all of them in one batch too."""
        solver, options = self.settings[problems[0].loss]
        began, n = time.perf_counter(), options.restarts
        objectives: list[list[float]] = [[] for _ in problems]
        with enough_memory(len(problems) * n):
            if n == 1:
                solutions = solver.on_device(problems, [p.start() for p in problems], options, device, told)
            else:
                repeated = [p for p in problems for _ in range(n)]
                starts = [p.start(r) for p in problems for r in range(n)]
                tried = solver.on_device(repeated, starts, options.rough(), device, None)
                solutions = []
                for i, p in enumerate(problems):
                    own = tried[i * n : (i + 1) * n]
                    objectives[i] = [loss_value(p.loss, p.catalogue, s.signatures @ s.exposures) for s in own]
                    solutions.append(own[int(np.argmin(objectives[i]))])
                if options.screening:
                    starts = [as_start(p, s) for p, s in zip(problems, solutions, strict=True)]
                    last = solver.on_device(problems, starts, options, device, told)
                    solutions = [joined(a, b) for a, b in zip(solutions, last, strict=True)]
                else:
                    for values in objectives:
                        told(min(values))
        each = (time.perf_counter() - began) / len(problems)
        return [
            self._finished(p, s, o, each, CPU if device == CPU else CUDA)
            for p, s, o in zip(problems, solutions, objectives, strict=True)
        ]

    def _fit_one(self, problem: Problem) -> Fit:
        solver, options = self.settings[problem.loss]
        began = time.perf_counter()
        objectives = []
        if not problem.catalogue.any():
            solution = nothing(problem)
        elif options.restarts == 1:
            solution = solver.solve(problem, problem.start(), options)
        else:
            tried = [solver.solve(problem, problem.start(r), options.rough()) for r in range(options.restarts)]
            objectives = [loss_value(problem.loss, problem.catalogue, s.signatures @ s.exposures) for s in tried]
            solution = tried[int(np.argmin(objectives))]
            if options.screening:
                solution = joined(solution, solver.solve(problem, as_start(problem, solution), options))
        return self._finished(problem, solution, objectives, time.perf_counter() - began, CPU)

    def _finished(
        self, problem: Problem, solution: Solution, objectives: list[float], seconds: float, device: str
    ) -> Fit:
        """A solution as a fit: signatures of sum 1, the objective and the residual of the optimality conditions.

        A stopping rule can fire far from an optimum: such a fit is not converged.
        """
        objective = loss_value(problem.loss, problem.catalogue, solution.signatures @ solution.exposures)
        kkt, bound = self.kkt(problem, solution), self.settings[problem.loss][1].largest_residual
        signatures, exposures, sums = scale_signatures(solution.signatures, solution.exposures)
        extras = dict(solution.extras)
        if "weights" in extras:
            extras["weights"] = extras["weights"] / np.where(sums > 0, sums, 1.0)
        if objectives:
            extras["start_objectives"] = np.array(objectives)
        return Fit(
            signatures=signatures,
            exposures=exposures,
            objective=objective,
            n_iter=solution.n_iter,
            converged=bool(solution.converged and kkt <= bound and np.isfinite(objective)),
            kkt=kkt,
            seconds=seconds,
            trajectory=solution.trajectory,
            extras=extras,
            device=device,
        )
