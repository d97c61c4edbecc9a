"""What the networks share: one thread, initial weights from named streams, and Adam over all weights as one array.

Random numbers are drawn by numpy from :class:`aenmf.seeds.Seed`; torch's own generators are never used.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-7
"""Adam's constants as Keras has them; both articles trained with Keras' defaults."""


@contextmanager
def one_thread() -> Iterator[None]:
    """Hold torch to one thread, so that sums come out the same on any number of cores, and restore the setting."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def aligned(array: np.ndarray, device: str = "cpu") -> torch.Tensor:
    """A copy in torch's own memory, which always begins at a multiple of 64 bytes, or in that of another torch device.

    numpy's begins anywhere, and the last bit of a matrix product depends on where its arrays begin.
    """
    return torch.from_numpy(np.ascontiguousarray(array)).clone().to(device)


def glorot(generator: np.random.Generator, n_in: int, n_out: int) -> np.ndarray:
    """Uniform weights (n_in, n_out) on ±√(6 / (n_in + n_out)), float32 (Glorot & Bengio 2010; Keras' default)."""
    limit = np.sqrt(6.0 / (n_in + n_out))
    return generator.uniform(-limit, limit, (n_in, n_out)).astype(np.float32)


class Adam:
    """Adam (Kingma & Ba 2015) in the form Keras uses: the step is lr·√(1 − β2ᵗ)/(1 − β1ᵗ) · m / (√v + ε).

    Args:
        weights: any shape; changed in place by :meth:`step`.
        learning_rate: lr.
    """

    def __init__(self, weights: torch.Tensor, learning_rate: float):
        self.weights, self.learning_rate, self.steps = weights, learning_rate, 0
        self.first, self.second = torch.zeros_like(weights), torch.zeros_like(weights)
        self._scratch = torch.empty_like(weights)

    def step(self, gradient: torch.Tensor) -> None:
        """Move the weights one step against the gradient (same shape)."""
        self.steps += 1
        self.first.mul_(BETA1).add_(gradient, alpha=1.0 - BETA1)
        self.second.mul_(BETA2).addcmul_(gradient, gradient, value=1.0 - BETA2)
        torch.sqrt(self.second, out=self._scratch).add_(EPSILON)
        rate = self.learning_rate * np.sqrt(1.0 - BETA2**self.steps) / (1.0 - BETA1**self.steps)
        self.weights.addcdiv_(self.first, self._scratch, value=-rate)

    def keep(self, rows: list[int]) -> None:
        """Go on with some rows of the weights only; :attr:`weights` is then a new array."""
        self.weights, self.first, self.second = self.weights[rows], self.first[rows], self.second[rows]
        self._scratch = torch.empty_like(self.weights)
