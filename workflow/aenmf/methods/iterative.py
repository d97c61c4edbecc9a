"""Methods that are a model plus one of several solvers: the solver table, the starts, and the common finish."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, ClassVar

import numpy as np

from aenmf.errors import UserError, did_you_mean
from aenmf.losses import NEGATIVE_BINOMIAL
from aenmf.methods.base import NUMBER, Method, read_options
from aenmf.methods.devices import CPU, CUDA, enough_memory, require
from aenmf.methods.search.geometry import Cohort
from aenmf.methods.search.loop import Found, Hear, best_of, search
from aenmf.methods.search.starts import START_OF
from aenmf.problem import Fit, Problem, Report, Start, Trajectory
from aenmf.seeds import Seed
from aenmf.solvers.common import SEARCH, STRATEGIES, IterationOptions, Solution, Solver, scale_signatures

BATCH_CELLS, BATCH_FACTORS = 10, 24
"""Arrays of M × N and of K × N numbers that a batch holds per problem on a GPU, those of single steps included."""


@cache
def compile_solver(solver: Solver, options: Any, loss: str, device: str = CPU) -> None:
    """Run a solver on a toy problem, so that loading or compiling its code is not counted as the first fit's seconds."""
    catalogue = Seed(0).generator().poisson(20.0, (16, 12)).astype(float)
    dispersion = np.full(12, 10.0) if loss == NEGATIVE_BINOMIAL else None
    problem = Problem(catalogue, 2, loss, Seed(0), dispersion)
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


class IterativeMethod(Method):
    """A model with a table of solvers; ``convex`` says whether its signatures are mixtures of the patients.

    Args:
        solver: a solver's name, or a mapping from each loss to a solver's name.
        options: the solver's options; where losses have different solvers, options under the loss's name go to that
            loss only and the others to both.
        where: the configuration key of this entry, for messages.
    """

    solvers: ClassVar[tuple[Solver, ...]]
    convex: ClassVar[bool] = False

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
        if options.restarts == SEARCH:
            return f"restarts: {SEARCH} of {self.model} runs on the processor"
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
            report: called as problems end, which is not in their order.
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
        """The fits of problems of one loss and shape, with the starts of all of them in one batch too."""
        solver, options = self.settings[problems[0].loss]
        began = time.perf_counter()

        single = options.restarts == 1

        def solve_all(problems: list[Problem], starts: list[Start], options: IterationOptions) -> list[Solution]:
            return solver.on_device(problems, starts, options, device, told if single else None)

        with enough_memory(len(problems) * options.restarts):
            found = best_of(problems, options, self._start, solve_all)
        each = (time.perf_counter() - began) / len(problems)
        fits = [
            self._finished(p, f, each, CPU if device == CPU else CUDA) for p, f in zip(problems, found, strict=True)
        ]
        for fit in () if single else fits:
            told(fit.objective)
        return fits

    def _solve(self, problem: Problem, start: Start, tol: float) -> Solution:
        """Solve a problem from a good start on the processor, to ``tol`` or, if that is 0, to the options' own tolerance."""
        solver, options = self.settings[problem.loss]
        return solver.solve(problem, start, options.trial(tol))

    def _start(self, problem: Problem, number: int) -> Start:
        """The starting point of this number; random ones are the same for every method."""
        strategies = self.settings[problem.loss][1].strategies
        name = strategies[number % len(strategies)]
        if name == STRATEGIES[0]:
            return problem.start(number)
        drawn = replace(problem, seed=problem.seed.child(f"start {number}", name))
        return START_OF[name](Cohort(drawn), self.convex, self._solve)

    def _fit_one(self, problem: Problem) -> Fit:
        solver, options = self.settings[problem.loss]
        began = time.perf_counter()

        def solve_all(problems: list[Problem], starts: list[Start], options: IterationOptions) -> list[Solution]:
            return [solver.solve(p, s, options) for p, s in zip(problems, starts, strict=True)]

        if not problem.catalogue.any():
            found = Found(nothing(problem), np.zeros(1), 1, True)
        elif options.restarts == SEARCH:
            found = self.search(problem)
        else:
            [found] = best_of([problem], options, self._start, solve_all)
        return self._finished(problem, found, time.perf_counter() - began, CPU)

    def search(self, problem: Problem, hear: Hear = lambda loss: None) -> Found:
        """Search for the lowest loss of a problem as the entry's options say; ``hear`` hears the losses on the way."""
        return search(problem, self.settings[problem.loss][1], self.convex, self.model, self._solve, hear)

    def _finished(self, problem: Problem, found: Found, seconds: float, device: str) -> Fit:
        """The best solution as a fit: signatures of sum 1, the objective and the residual of the optimality conditions.

        A stopping rule can fire far from an optimum: such a fit is not converged.
        """
        solution = found.solution
        objective = problem.value(solution.signatures @ solution.exposures)
        kkt, bound = self.kkt(problem, solution), self.settings[problem.loss][1].largest_residual
        signatures, exposures, sums = scale_signatures(solution.signatures, solution.exposures)
        extras = dict(solution.extras)
        if "weights" in extras:
            extras["weights"] = extras["weights"] / np.where(sums > 0, sums, 1.0)
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
            starts=len(found.objectives),
            hits=found.hits,
            found_again=found.found_again,
            objectives=found.objectives,
        )
