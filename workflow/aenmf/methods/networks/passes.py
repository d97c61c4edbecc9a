"""Passes of MUSE-XAE's training over its samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from aenmf.methods.networks.muse_xae import Network, Training
    from aenmf.methods.networks.training import Adam


class Passes:
    """Passes over the samples, each in a new order for each member.

    Args:
        generators: of the members, for the order of the samples.
        training: how to.
    """

    idle = 0.0
    """The share of the members that may have finished before the others go on without them."""

    def __init__(self, generators: list[np.random.Generator], training: Training):
        self.generators, self.training = generators, training

    def keep(self, rows: list[int]) -> None:
        """Go on with some members only."""
        self.generators = [self.generators[row] for row in rows]

    def close(self) -> None:
        """There are no more passes."""

    def __call__(
        self, network: Network, adam: Adam, pairs: tuple[torch.Tensor, torch.Tensor], running: list[torch.Tensor]
    ) -> torch.Tensor:
        """Train the members once on all samples and targets (R, n, M); the mean loss of each (R,)."""
        data, wanted = pairs
        n, batch = data.shape[1], self.training.batch
        order = torch.from_numpy(np.stack([generator.permutation(n) for generator in self.generators]))
        total, members = torch.zeros(len(data)), torch.arange(len(data))[:, None]
        for begin in range(0, n, batch):
            chosen = order[:, begin : begin + batch]
            x = data[members, chosen]
            losses = network.losses_and_gradient(x, running, self.training, wanted[members, chosen])
            adam.step(network.gradient)
            if not self.training.assignment:
                network.parts[-1].clamp_(min=0.0)
            total += losses * x.shape[1]
        return total / n
