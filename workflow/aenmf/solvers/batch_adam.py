"""AE-NMF by full-batch Adam for a batch of problems in torch: the steps and the stopping rules of
:mod:`aenmf.solvers.ae_adam` in float64.

Shapes: catalogues V (B, M, N); weights (B, 2K, N), the transposed encoder above the decoder; signatures (B, K, M).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import torch

from aenmf.errors import UserError
from aenmf.losses import FROBENIUS, KULLBACK_LEIBLER
from aenmf.problem import Problem, Start
from aenmf.solvers.ae_adam import BETA1, BETA2, EPSILON, NEGLIGIBLE, AdamOptions
from aenmf.solvers.ae_kernels import LEAST_RECONSTRUCTION
from aenmf.solvers.batch import Batch, rows_of, solve, summed_losses
from aenmf.solvers.common import Solution


class Training(Batch):
    """The autoencoders of a batch, their moments, and what the stopping rule remembers."""

    parts = ("weights", "used", "first", "second", "rate", "best", "squares", "gradient")

    def __init__(self, problems: Sequence[Problem], starts: Sequence[Start], options: AdamOptions, device: str):
        super().__init__(problems, device, options.tol)
        self.options, self.rank = options, problems[0].n_signatures
        self.weights = self.stacked([np.vstack([start.weights.T, start.exposures]) for start in starts])
        self.used = self.weights.clone()
        self.first, self.second = torch.zeros_like(self.weights), torch.zeros_like(self.weights)
        self.rate = torch.full_like(self.weights[:, 0, 0], options.learning_rate)
        # The lowest loss so far (plateau), or that of the step before (consecutive).
        self.best = torch.full_like(self.rate, math.inf)
        self.squares = self.catalogues.square().sum((1, 2))
        # As in the compiled training: without a residual a step is faster, but losses then show differences less exactly.
        self.by_gram = self.loss_name == FROBENIUS and options.stopping != "consecutive"
        self.gradient = torch.empty_like(self.weights)

    def begin(self) -> None:
        """Nothing: the stopping rules look at the same steps whatever the stretches."""

    def losses(self) -> np.ndarray:
        return (self._summed(self._signatures().mT @ self.used[:, self.rank :]) / self.cells).cpu().numpy()

    def factors(self, row: int) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
        used = self.used[row].cpu().numpy()
        encoder, decoder = np.ascontiguousarray(used[: self.rank].T), used[self.rank :].copy()
        signatures = self.catalogues[row].cpu().numpy() @ encoder
        dead = np.array([np.sum(encoder == 0), np.sum(decoder == 0)])
        return signatures, decoder, {"weights": encoder, "dead": dead}

    def ended_before(self, iteration: int) -> list[int]:
        """Compute the gradient of this step and, where the rule looks at it, the loss before it."""
        consecutive = self.options.stopping == "consecutive"
        look = consecutive or (iteration - 1) % self.options.window == 0
        summed = self._gram_pass() if self.by_gram else self._residual_pass(look)
        if not look or summed is None:
            return []
        loss = summed / self.cells
        stopped = ~(loss < math.inf)
        if consecutive:
            if iteration > 1:
                stopped |= (self.best - loss).abs() < self.tol * self.best
            self.best = loss
        elif self.options.stopping == "plateau":
            still = loss > (1 - self.options.plateau_tol) * self.best
            self.rate = torch.where(still, self.rate * self.options.decay, self.rate)
            stopped |= still & (self.rate < self.options.final_rate * self.options.learning_rate)
            self.best = torch.minimum(self.best, loss)
        return rows_of(stopped)

    def advance(self, iteration: int, is_last: bool) -> list[int]:
        absolute, forward = self.options.nonnegativity == "abs", self.options.applied == "forward"
        small = NEGLIGIBLE["float64"]
        g = self.gradient.div_(self.cells)
        if forward:  # the derivative of what the forward pass applies; PyTorch's choice at zero
            g.mul_(self.weights.sign() if absolute else (self.weights > 0))
        g = torch.where(g.abs() > small, g, 0.0)
        m = self.first.lerp_(g, 1 - BETA1)
        self.first = m = torch.where(m.abs() > small, m, 0.0)
        v = self.second.mul_(BETA2).addcmul_(g, g, value=1 - BETA2)
        self.second = v = torch.where(v > small * small, v, 0.0)
        size = (self.rate / (1 - BETA1**iteration)).view(-1, 1, 1)
        self.weights.sub_(m.mul(size).div_(v.sqrt().div_(math.sqrt(1 - BETA2**iteration)).add_(EPSILON)))
        self.used = self.weights.abs() if absolute else self.weights.clamp_min(0.0)
        if not forward:
            self.weights = self.used.clone()
        return []

    def _signatures(self) -> torch.Tensor:
        return self.used[:, : self.rank] @ self.catalogues.mT

    def _summed(self, reconstruction: torch.Tensor) -> torch.Tensor:
        if self.loss_name == FROBENIUS:
            return summed_losses(FROBENIUS, self.catalogues, reconstruction)
        v = self.catalogues
        logarithms = (v / reconstruction.clamp_min(LEAST_RECONSTRUCTION)).log_()
        return (reconstruction - v + torch.where(v > 0, v * logarithms, 0.0)).sum((1, 2))

    def _residual_pass(self, want_loss: bool) -> torch.Tensor | None:
        """The gradient from the residual, in five products; the summed losses (B,) if wanted."""
        v, decoder, signatures = self.catalogues, self.used[:, self.rank :], self._signatures()
        reconstruction = signatures.mT @ decoder
        summed = self._summed(reconstruction) if want_loss else None
        if self.loss_name == KULLBACK_LEIBLER:
            residual = 1.0 - v / reconstruction.clamp_min_(LEAST_RECONSTRUCTION)
        else:
            residual = 2.0 * (reconstruction - v)
        self.gradient = torch.cat([(decoder @ residual.mT) @ v, signatures @ residual], dim=1)
        return summed

    def _gram_pass(self) -> torch.Tensor:
        """The gradient of the squared error in four products, without a residual; returns the summed losses (B,)."""
        v, k = self.catalogues, self.rank
        products = self.used @ v.mT
        signatures, projected, decoder = products[:, :k], products[:, k:], self.used[:, k:]
        decoder_gram, signature_gram = decoder @ decoder.mT, signatures @ signatures.mT
        mixed = torch.cat([2.0 * (decoder_gram @ signatures - projected), -2.0 * signatures], dim=1)
        self.gradient = mixed @ v
        self.gradient[:, k:].baddbmm_(signature_gram, decoder, alpha=2.0)
        cross = (signatures * projected).sum((1, 2))
        return self.squares - 2.0 * cross + (signature_gram * decoder_gram).sum((1, 2))


def train(
    problems: Sequence[Problem],
    starts: Sequence[Start],
    options: AdamOptions,
    device: str,
    ended: Callable[[float], None] | None = None,
) -> list[Solution]:
    """Train the autoencoders of a batch (see :data:`aenmf.solvers.common.SolveBatch`).

    Raises:
        UserError: a loss became infinite or NaN.
    """
    solutions = solve(Training(problems, starts, options, device), len(problems), options.max_iter, ended)
    for solution in solutions:
        if not np.isfinite(solution.trajectory.losses[-1]):
            raise UserError(
                f"AE-NMF training diverged after {solution.n_iter} steps",
                where=f"learning_rate {options.learning_rate:g}",
                remedy="Choose a smaller learning rate (paper: 1e-4)",
            )
    return solutions
