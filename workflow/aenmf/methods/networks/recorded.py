"""Training steps of MUSE-XAE on a GPU, recorded once and replayed: one launch in the place of a hundred.

A step of networks this small takes a GPU less time than the calls of its operations take the processor. The numbers are
those of the plain steps but for rounding. The log-determinant stays outside the record, as its factorisation may wait for
the processor.
"""

from __future__ import annotations

import math
import os
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from aenmf.methods.networks.passes import Passes
from aenmf.methods.networks.training import BETA1, BETA2, EPSILON

if TYPE_CHECKING:
    from aenmf.methods.networks.muse_xae import Network, Training
    from aenmf.methods.networks.training import Adam


class RecordedStep:
    """A step on a batch of one size, with the weights, Adam's moments and running means of the plain step.

    Args:
        network, adam, running, training: as :func:`aenmf.methods.networks.muse_xae.train` has them.
        size: samples per member.

    Attributes:
        x, target: (R·B, M), to be filled before each step; one array where they are the same.
    """

    def __init__(
        self, network: Network, adam: Adam, running: list[torch.Tensor], training: Training, size: int, same: bool
    ):
        device, members = network.weights.device, len(network.weights)
        self.network, self.adam, self.running, self.training = network, adam, running, training
        self.plain = replace(training, volume=0.0)
        self.x = torch.zeros((members * size, network.n_channels), device=device)
        self.target = self.x if same else torch.zeros_like(self.x)
        self.shape = (members, size, network.n_channels)
        self.pull, self.cost = torch.zeros_like(network.slopes[-1]), torch.zeros(members, device=device)
        self.rate = torch.zeros((), device=device)
        self._record()

    def _record(self) -> None:
        state = [self.network.weights, self.adam.first, self.adam.second, *self.running]
        before = [part.clone() for part in state]
        aside = torch.cuda.Stream()
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            for _ in range(2):  # libraries allocate their work space in the first calls, which cannot be recorded
                self._step()
        torch.cuda.current_stream().wait_stream(aside)
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph):
            self.losses = self._step()
        for part, value in zip(state, before, strict=True):
            part.copy_(value)

    def _step(self) -> torch.Tensor:
        network, adam = self.network, self.adam
        x, target = self.x.view(self.shape), self.target.view(self.shape)
        losses = network.losses_and_gradient(x, self.running, self.plain, target) + self.cost
        network.slopes[-1].add_(self.pull)
        adam.first.mul_(BETA1).add_(network.gradient, alpha=1.0 - BETA1)
        adam.second.mul_(BETA2).addcmul_(network.gradient, network.gradient, value=1.0 - BETA2)
        move = adam.first / (torch.sqrt(adam.second) + EPSILON)
        network.weights.addcmul_(move, self.rate, value=-1.0)
        if not self.training.assignment:
            network.parts[-1].clamp_(min=0.0)
        return losses

    def __call__(self) -> torch.Tensor:
        """Do the step; the losses (R,) are overwritten by the next."""
        if not self.training.assignment and self.training.volume:
            decoder, weight = self.network.parts[-1], self.training.volume / math.log(10.0)
            eye = torch.eye(decoder.shape[1], device=decoder.device)
            factors, pivots, _ = torch.linalg.lu_factor_ex(torch.baddbmm(eye, decoder, decoder.transpose(1, 2)))
            self.cost.copy_(weight * factors.diagonal(dim1=1, dim2=2).abs().log().sum(1))
            self.pull.copy_(torch.linalg.lu_solve(factors, pivots, decoder)).mul_(2.0 * weight)
        self.adam.steps += 1
        t = self.adam.steps
        self.rate.fill_(self.adam.learning_rate * math.sqrt(1.0 - BETA2**t) / (1.0 - BETA1**t))
        self.graph.replay()
        return self.losses


class RecordedPasses(Passes):
    """Passes of recorded steps; the orders are drawn by all processors while the GPU is at the pass before."""

    idle = 0.25

    def __init__(self, generators: list[np.random.Generator], training: Training):
        super().__init__(generators, training)
        self.workers = ThreadPoolExecutor(os.cpu_count())
        self.steps: dict[int, RecordedStep] = {}
        self.drawn: list[Future] = []

    def keep(self, rows: list[int]) -> None:
        super().keep(rows)
        self.drawn = [self.drawn[row] for row in rows]
        self.steps.clear()  # they belong to the former arrays

    def close(self) -> None:
        self.workers.shutdown(cancel_futures=True)

    def _order(self, n: int) -> np.ndarray:
        def draw() -> list[Future]:
            return [self.workers.submit(generator.permutation, n) for generator in self.generators]

        order = np.stack([one.result() for one in self.drawn or draw()])
        self.drawn = draw()
        return order

    def __call__(
        self, network: Network, adam: Adam, pairs: tuple[torch.Tensor, torch.Tensor], running: list[torch.Tensor]
    ) -> torch.Tensor:
        data, wanted = pairs
        members, n, m = data.shape
        flat, goal = data.view(-1, m), wanted.view(-1, m)
        offsets = torch.arange(members, device=data.device)[:, None] * n
        places = torch.from_numpy(self._order(n)).to(data.device) + offsets
        total = torch.zeros(members, device=data.device)
        for begin in range(0, n, self.training.batch):
            size = min(self.training.batch, n - begin)
            if size not in self.steps:
                self.steps[size] = RecordedStep(network, adam, running, self.training, size, wanted is data)
            step, chosen = self.steps[size], places[:, begin : begin + size].reshape(-1)
            torch.index_select(flat, 0, chosen, out=step.x)
            if step.target is not step.x:
                torch.index_select(goal, 0, chosen, out=step.target)
            total.add_(step(), alpha=float(size))
        return total / n
