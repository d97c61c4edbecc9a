"""Convex NMF by multiplicative updates for a batch of problems in torch: the updates and the stopping rule of
:mod:`aenmf.solvers.convex_mu`, whose text derives them.

Shapes: catalogues V (B, M, N), weights A and loadings G (B, N, K), signatures H = V A (B, M, K).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from aenmf.losses import FROBENIUS, KULLBACK_LEIBLER
from aenmf.problem import Problem, Start
from aenmf.solvers.batch import Batch, by_loss, inner, mean_losses, rows_of, settled, summed_losses
from aenmf.solvers.common import FLOOR
from aenmf.solvers.convex_kernels import SMALLEST
from aenmf.solvers.stopping import LOOKS


class _Convex(Batch):
    def __init__(self, problems: Sequence[Problem], starts: Sequence[Start], device: str, tol: float):
        super().__init__(problems, device, tol)
        self.weights = self.stacked([start.weights for start in starts]).clamp_min_(FLOOR)
        self.loadings = self.stacked([start.exposures.T for start in starts]).clamp_min_(FLOOR)
        self.signatures = self.catalogues @ self.weights

    def begin(self) -> None:
        self.loss = torch.from_numpy(self.losses()).to(self.device) * self.cells

    def losses(self) -> np.ndarray:
        return mean_losses(self.loss_name, self.catalogues, self.signatures @ self.loadings.mT)

    def factors(self, row: int) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
        exposures = np.ascontiguousarray(self.loadings[row].mT.cpu().numpy())
        return (
            self.signatures[row].cpu().numpy().copy(),
            exposures,
            {"weights": self.weights[row].cpu().numpy().copy()},
        )

    def _stopped(self, change: torch.Tensor) -> list[int]:
        stopped = (change.abs() < self.tol * self.loss) | (self.loss <= self.rounding)
        self.loss = torch.where(stopped, self.loss, self.loss + change)
        return rows_of(stopped)


class Frobenius(_Convex):
    """Ding, Li & Jordan's updates; the change of the loss from the steps of both factors."""

    parts = ("weights", "loadings", "signatures", "loss")

    def advance(self, iteration: int, is_last: bool) -> list[int]:
        v, h = self.catalogues, self.signatures
        p, c = v.mT @ h, h.mT @ h
        below = self.loadings @ c
        fresh = (self.loadings * (p / below.clamp_min(SMALLEST)).sqrt_()).clamp_min_(FLOOR)
        step = fresh - self.loadings
        change = 2.0 * inner(step, below - p) + inner(step, step @ c)
        self.loadings = fresh
        s, r = fresh.mT @ fresh, v.mT @ (v @ fresh)
        below = p @ s
        fresh = (self.weights * (r / below.clamp_min(SMALLEST)).sqrt_()).clamp_min_(FLOOR)
        change += 2.0 * inner(fresh - self.weights, below - r)
        self.weights, self.signatures = fresh, v @ fresh
        moved = h - self.signatures
        change += inner(moved.mT @ moved, s)
        return self._stopped(change)


class KullbackLeibler(_Convex):
    """Lee & Seung's majoriser; the losses of two consecutive iterations are compared once per 1/64 of the iterations."""

    parts = ("weights", "loadings", "signatures", "loss", "totals")

    def __init__(self, problems: Sequence[Problem], starts: Sequence[Start], device: str, tol: float):
        super().__init__(problems, starts, device, tol)
        self.totals = self.catalogues.sum(1).unsqueeze(2)

    def begin(self) -> None:
        super().begin()
        self.is_known, self.next_look = True, 0

    def advance(self, iteration: int, is_last: bool) -> list[int]:
        v, h = self.catalogues, self.signatures
        sums = h.sum(1).clamp_min_(SMALLEST).unsqueeze(1)
        up = (v / (h @ self.loadings.mT).clamp_min_(SMALLEST)).mT @ h
        self.loadings = self.loadings.mul_(up).div_(sums).clamp_min_(FLOOR)
        loading_sums = self.loadings.sum(1).unsqueeze(1)
        r = v.mT @ ((v / (h @ self.loadings.mT).clamp_min_(SMALLEST)) @ self.loadings)
        self.weights = self.weights.mul_(r).div_((self.totals * loading_sums).clamp_min_(SMALLEST)).clamp_min_(FLOOR)
        self.signatures = v @ self.weights
        if not (self.is_known or iteration >= self.next_look):
            return []
        before = self.loss
        self.loss = summed_losses(self.loss_name, v, (self.signatures @ self.loadings.mT).clamp_min_(SMALLEST))
        stopped = self.loss <= self.rounding
        if self.is_known:
            stopped |= settled(before, self.loss, self.tol, self.rounding)
            self.next_look = iteration + iteration // LOOKS
        self.is_known = not self.is_known
        return rows_of(stopped)


solve_mu = by_loss({FROBENIUS: Frobenius, KULLBACK_LEIBLER: KullbackLeibler})
"""Convex NMF of a batch of problems by multiplicative updates (see :data:`aenmf.solvers.common.SolveBatch`)."""
