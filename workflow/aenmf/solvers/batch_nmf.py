"""NMF by multiplicative updates for a batch of problems in torch: the iterates and the stopping rule of
:mod:`aenmf.solvers.nmf_mu`, whose text explains them.

Shapes: catalogues V (B, M, N), signatures h (B, M, K), exposures w (B, K, N).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from aenmf.losses import FROBENIUS, KULLBACK_LEIBLER
from aenmf.problem import Problem, Start
from aenmf.solvers.batch import Batch, by_loss, inner, mean_losses, rows_of, settled, summed_losses
from aenmf.solvers.common import FLOOR
from aenmf.solvers.nmf_mu import CANCELLATION
from aenmf.solvers.stopping import LOOKS


class _NMF(Batch):
    def __init__(self, problems: Sequence[Problem], starts: Sequence[Start], device: str, tol: float):
        super().__init__(problems, device, tol)
        self.h = self.stacked([start.signatures for start in starts]).clamp_min_(FLOOR)
        self.w = self.stacked([start.exposures for start in starts]).clamp_min_(FLOOR)

    def losses(self) -> np.ndarray:
        return mean_losses(self.loss_name, self.catalogues, self.h @ self.w)

    def summed(self) -> torch.Tensor:
        return summed_losses(self.loss_name, self.catalogues, self.h @ self.w)

    def factors(self, row: int) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
        return self.h[row].cpu().numpy().copy(), self.w[row].cpu().numpy().copy(), {}


class Frobenius(_NMF):
    """w, then h; a suspicion from the by-product loss, confirmed by the losses of two consecutive residuals."""

    parts = ("h", "w", "hh", "squares", "loss", "exact", "is_exact", "next_look")

    def __init__(self, problems: Sequence[Problem], starts: Sequence[Start], device: str, tol: float):
        super().__init__(problems, starts, device, tol)
        self.squares = inner(self.catalogues, self.catalogues)
        self.hh = self.h.mT @ self.h

    def begin(self) -> None:
        self.exact = self.loss = self.summed()
        self.is_exact = torch.ones_like(self.exact, dtype=torch.bool)
        self.next_look = torch.zeros_like(self.exact)

    def advance(self, iteration: int, is_last: bool) -> list[int]:
        v, h, w = self.catalogues, self.h, self.w
        below = self.hh @ w
        w.mul_(h.mT @ v).div_(below).clamp_min_(FLOOR)
        vw, ww = v @ w.mT, w @ w.mT
        below = h @ ww
        h.mul_(vw).div_(below).clamp_min_(FLOOR)
        self.hh = h.mT @ h
        before, self.loss = self.loss, self.squares - 2.0 * inner(vw, h) + inner(self.hh, ww)
        moves = (before - self.loss).abs() > self.tol * self.loss + CANCELLATION * self.squares
        suspect = (self.next_look <= iteration) & ~moves
        looked = suspect | self.is_exact
        if not is_last and not bool(looked.any()):
            return []
        now = self.summed()
        stopped = self.is_exact & settled(self.exact, now, self.tol, self.rounding)
        self.exact = torch.where(looked | is_last, now, self.exact)
        self.next_look = torch.where(self.is_exact, float(iteration + iteration // LOOKS), self.next_look)
        self.is_exact = suspect & ~self.is_exact
        return rows_of(stopped)


class KullbackLeibler(_NMF):
    """h, then w; the losses of two consecutive iterations are compared once per 1/64 of the iterations."""

    parts = ("h", "w", "loss")

    def begin(self) -> None:
        # Which iterations are looked at does not depend on the problem.
        self.loss, self.is_known, self.next_look = self.summed(), True, 0

    def advance(self, iteration: int, is_last: bool) -> list[int]:
        v, h, w = self.catalogues, self.h, self.w
        h.mul_((v / (h @ w)) @ w.mT).div_(w.sum(2).unsqueeze(1)).clamp_min_(FLOOR)
        w.mul_(h.mT @ (v / (h @ w))).div_(h.sum(1).unsqueeze(2)).clamp_min_(FLOOR)
        if not (self.is_known or is_last or iteration >= self.next_look):
            return []
        before, self.loss = self.loss, self.summed()
        stopped = rows_of(settled(before, self.loss, self.tol, self.rounding)) if self.is_known else []
        if self.is_known:
            self.next_look = iteration + iteration // LOOKS
        self.is_known = not self.is_known
        return stopped


solve_mu = by_loss({FROBENIUS: Frobenius, KULLBACK_LEIBLER: KullbackLeibler})
"""NMF of a batch of problems by multiplicative updates (see :data:`aenmf.solvers.common.SolveBatch`)."""
