"""Solvers for many problems at once on a torch device: what they share.

A *batch* holds problems of one loss and shape (M, N, K), their tensors stacked along a first axis. Every operation works
on the problems side by side and none mixes them. Each problem stops by its own stopping rule: it then leaves the batch
with the factors it has, and the others go on. So a result does not depend on the batch beyond the rounding of sums, whose
order a matrix product may choose by the size of the batch.

All iterations are in float64 and start at the same iteration number, so trajectories have points where the compiled
solvers have them.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch

from aenmf.losses import FROBENIUS
from aenmf.problem import Problem, Start, Trajectory
from aenmf.solvers.common import IterationOptions, Solution, SolveBatch, stretch_length
from aenmf.solvers.listening import at_iteration
from aenmf.solvers.stopping import exact_loss


class Batch(ABC):
    """The state of B problems on a device.

    A subclass keeps tensors whose first axis is the problem under the names in ``parts``, so that problems can leave.

    Args:
        problems: of one loss and shape.
        device: a torch device, such as ``cuda`` or ``cpu``.
        tol: tolerance of the stopping rule.
    """

    parts: tuple[str, ...] = ()

    def __init__(self, problems: Sequence[Problem], device: str, tol: float):
        self.device, self.tol = torch.device(device), tol
        self.loss_name = problems[0].loss
        self.catalogues = self.stacked([problem.catalogue for problem in problems])
        self.cells = problems[0].catalogue.size
        exact = [exact_loss(problem.loss, problem.catalogue) for problem in problems]
        self.rounding = torch.tensor(exact, dtype=torch.float64, device=self.device)

    def stacked(self, arrays: Sequence[np.ndarray]) -> torch.Tensor:
        """Arrays of one shape as one float64 tensor (B, …) on the device."""
        return torch.from_numpy(np.stack(arrays).astype(np.float64, copy=False)).to(self.device)

    @abstractmethod
    def begin(self) -> None:
        """A stretch of iterations begins; the loss has just been recorded."""

    def ended_before(self, iteration: int) -> list[int]:
        """Rows that stop without doing this iteration (rules that look at the loss before the step); none by default."""
        return []

    @abstractmethod
    def advance(self, iteration: int, is_last: bool) -> list[int]:
        """Do an iteration of every problem; returns the rows whose stopping rule fired after it.

        Args:
            iteration: its number, from 1.
            is_last: whether the stretch ends with it.
        """

    @abstractmethod
    def losses(self) -> np.ndarray:
        """The loss of every problem now, mean per cell (B,), from the reconstruction."""

    @abstractmethod
    def factors(self, row: int) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
        """Signatures (M, K), exposures (K, N) and extras of a problem now."""

    def keep(self, rows: list[int]) -> None:
        """Go on with some of the problems."""
        chosen = torch.tensor(rows, device=self.device)
        for name in ("catalogues", "rounding", *self.parts):
            setattr(self, name, getattr(self, name).index_select(0, chosen))


def rows_of(mask: torch.Tensor) -> list[int]:
    """The rows at which a mask (B,) is true."""
    return mask.nonzero().flatten().tolist()


def mean_losses(loss: str, catalogues: torch.Tensor, reconstructions: torch.Tensor) -> np.ndarray:
    """The losses of :mod:`aenmf.losses` for (B, M, N) catalogues and reconstructions, each a mean over cells; (B,)."""
    return (summed_losses(loss, catalogues, reconstructions) / catalogues[0].numel()).cpu().numpy()


def summed_losses(loss: str, catalogues: torch.Tensor, reconstructions: torch.Tensor) -> torch.Tensor:
    """As :func:`mean_losses`, summed over cells, on the device."""
    if loss == FROBENIUS:
        return (catalogues - reconstructions).square_().sum((1, 2))
    logarithms = (catalogues / reconstructions).log_()
    terms = torch.where(catalogues > 0, catalogues * logarithms, 0.0)  # 0·log 0 = 0
    return (terms - catalogues + reconstructions).sum((1, 2))


def solve(batch: Batch, n_problems: int, max_iter: int, ended: Callable[[float], None] | None = None) -> list[Solution]:
    """Iterate until every problem has stopped or ``max_iter`` iterations are done.

    Args:
        batch: the state at the starting points.
        n_problems: B.
        max_iter: iteration limit.
        ended: called with the loss of every problem that ends.

    Returns:
        Solutions in the order of the problems; the trajectories' seconds count from here.
    """
    began = time.perf_counter()
    paths = [[(0, loss, 0.0)] for loss in batch.losses().tolist()]
    solutions: list[Solution | None] = [None] * n_problems
    alive, done = list(range(n_problems)), 0

    def leave(rows: list[int], n_iter: int, converged: bool) -> None:
        if not rows:
            return
        losses, now = batch.losses(), time.perf_counter() - began
        for row in rows:
            which = alive[row]
            if n_iter > paths[which][-1][0] or converged:
                paths[which].append((n_iter, float(losses[row]), now))
            signatures, exposures, extras = batch.factors(row)
            path = Trajectory(*(np.array(column) for column in zip(*paths[which], strict=True)))
            solutions[which] = Solution(signatures, exposures, n_iter, converged, path, extras)
            if ended:
                ended(float(losses[row]))
        rest = [row for row in range(len(alive)) if row not in rows]
        alive[:] = [alive[row] for row in rest]
        if rest:
            batch.keep(rest)

    while alive and done < max_iter:
        stretch_end = done + stretch_length(done, max_iter)
        batch.begin()
        while alive and done < stretch_end:
            leave(batch.ended_before(done + 1), done, True)
            if not alive:
                break
            done += 1
            leave(batch.advance(done, done == stretch_end), done, True)
        if alive:
            losses, now = batch.losses(), time.perf_counter() - began
            for which, loss in zip(alive, losses.tolist(), strict=True):
                paths[which].append((done, loss, now))
            at_iteration(done, float(losses.mean()))
    leave(list(range(len(alive))), done, False)
    return [solution for solution in solutions if solution is not None]


def by_loss(kinds: Mapping[str, Callable[[Sequence[Problem], Sequence[Start], str, float], Batch]]) -> SolveBatch:
    """The batched form of a solver that has one kind of batch per loss and no options beyond the common ones."""

    def solve_batch(
        problems: Sequence[Problem],
        starts: Sequence[Start],
        options: IterationOptions,
        device: str,
        ended: Callable[[float], None] | None = None,
    ) -> list[Solution]:
        batch = kinds[problems[0].loss](problems, starts, device, options.tol)
        return solve(batch, len(problems), options.max_iter, ended)

    return solve_batch


def settled(before: torch.Tensor, after: torch.Tensor, tol: float, exact: torch.Tensor) -> torch.Tensor:
    """Where the loss changed relatively by less than ``tol`` or is at most ``exact``; nan never is settled."""
    return ((before - after).abs() < tol * before) | (after <= exact)


def inner(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """⟨x, y⟩ of each problem's matrices, (B,)."""
    return (x * y).sum((1, 2))
