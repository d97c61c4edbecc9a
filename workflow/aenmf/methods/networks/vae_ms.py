"""The network of VAE-MS (Egendal et al. 2026): an encoder to Poisson rates, and a linear, non-negative decoder.

A row is a patient with its raw counts. The latents are drawn from Poisson distributions as the numbers of arrivals before
time 1; in training an arrival near time 1 counts in part, so that the number has a slope by the rate.

Shapes: B patients of a batch, M = 96 channels, K latents.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
import torch.nn.functional as F

from aenmf.methods.networks.training import Adam, aligned
from aenmf.seeds import Seed

WIDTHS = (60, 40)
"""Units of the hidden layers before the two of K units."""
ARRIVALS, MOST_ARRIVALS = 5, 100_000
"""Arrivals that are drawn per expected one, and at most."""
FLOOR = 1e-8
"""Least expected count, as its logarithm is taken, and least rate."""
LEAST_FALL = 1e-4
"""Fall of the held-out loss that counts."""


@dataclass(frozen=True)
class Training:
    """How to train.

    Attributes:
        epochs: at most.
        patience: epochs without a lower loss of the held-out patients after which to stop.
        batch: patients per step.
        learning_rate: of Adam.
        beta: weight of the divergence of the rates from the prior.
        temperature: over how much time around 1 an arrival counts in part.
        validation: share of the patients held out.
    """

    epochs: int
    patience: int
    batch: int = 16
    learning_rate: float = 1e-3
    beta: float = 0.01
    temperature: float = 0.1
    validation: float = 0.2


@dataclass(frozen=True)
class Trained:
    """A network with the weights of its best epoch.

    Attributes:
        signatures: (K, M), of sum 1.
        exposures: (N, K) rates of all patients, in mutations.
        stopped: whether the held-out loss had stopped falling.
        losses, held_out, seconds: (epochs,) of the training patients, of those held out, and since the start.
    """

    signatures: np.ndarray
    exposures: np.ndarray
    stopped: bool
    losses: np.ndarray
    held_out: np.ndarray
    seconds: np.ndarray


@dataclass
class Network:
    """Weights as views of one array, and the running means and variances of batch normalisation.

    Attributes:
        flat: all weights.
        parts: per hidden layer weights, bias, scale and shift; of the rates weights and bias; the decoder (K, M).
        running: a mean and a variance for each hidden layer.
    """

    flat: torch.Tensor
    parts: list[torch.Tensor]
    running: list[torch.Tensor] = field(default_factory=list)

    @classmethod
    def start(cls, signatures: np.ndarray, generator: np.random.Generator, device: str = "cpu") -> Network:
        """A network whose decoder has these signatures (K, M), with weights for ReLU by He et al. 2015 before it."""
        k, m = signatures.shape
        arrays: list[np.ndarray] = []
        for n_in, n_out in zip((m, *WIDTHS, k), (*WIDTHS, k, k), strict=True):
            limit = math.sqrt(6.0 / n_in)
            arrays += [generator.uniform(-limit, limit, (n_in, n_out)), np.zeros(n_out)]
            arrays += [np.ones(n_out), np.zeros(n_out)]
        arrays = [*arrays[:-2], signatures]  # the rates are not normalised
        flat = aligned(np.concatenate([array.ravel() for array in arrays]).astype(np.float32), device)
        views = flat.split([array.size for array in arrays])
        parts = [view.view(array.shape).detach() for view, array in zip(views, arrays, strict=True)]
        running = [torch.full((w,), start, device=device) for w in (*WIDTHS, k) for start in (0.0, 1.0)]
        return cls(flat, [part.requires_grad_() for part in parts], running)

    def rates(self, x: torch.Tensor, training: bool) -> torch.Tensor:
        """Rates (B, K) of counts (B, M); batch normalisation by the batch in training, else by the running values.

        They are in mutations: what the encoder gives is multiplied by the sums of the decoder's weights.
        """
        h = x
        for layer in range(len(WIDTHS) + 1):
            w, b, scale, shift = self.parts[4 * layer : 4 * layer + 4]
            mean, variance = self.running[2 * layer : 2 * layer + 2]
            h = torch.relu(F.batch_norm(h @ w + b, mean, variance, scale, shift, training))
        w, b = self.parts[-3:-1]
        return (h @ w + b).abs() * self.sums()

    def sums(self) -> torch.Tensor:
        """Sums of the decoder's weights (K,), as constants: so weights grow where counts are too small, and rates with them."""
        return self.parts[-1].detach().abs().sum(1)

    def expected(self, latents: torch.Tensor) -> torch.Tensor:
        """Expected counts (B, M) of latents (B, K)."""
        counts = latents @ (self.parts[-1].abs() / self.sums()[:, None])
        return counts.clamp(min=FLOOR)

    def state(self) -> list[torch.Tensor]:
        """A copy of all that is learnt."""
        return [part.detach().clone() for part in (self.flat, *self.running)]

    def restore(self, state: Sequence[torch.Tensor]) -> None:
        """Return to an earlier state."""
        for part, before in zip((self.flat.detach(), *self.running), state, strict=True):
            part.copy_(before)


def drawn(rates: torch.Tensor, generator: np.random.Generator, temperature: float = 0.0) -> torch.Tensor:
    """Poisson numbers with these rates: arrivals before time 1 (Poisson process of exponential waiting times).

    Args:
        rates: (B, K).
        generator: of the waiting times.
        temperature: 0 counts whole arrivals; otherwise each counts as the logistic function of (1 − time) / temperature.
    """
    n = min(MOST_ARRIVALS, max(1, math.ceil(ARRIVALS * float(rates.detach().max()))))
    waits = torch.from_numpy(generator.standard_exponential((*rates.shape, n), dtype=np.float32)).to(rates.device)
    times = waits.cumsum(-1) / rates.clamp(min=FLOOR)[..., None]
    if temperature == 0.0:
        return (times < 1.0).sum(-1).to(rates.dtype)
    return torch.sigmoid((1.0 - times) / temperature).sum(-1)


def divergence(rates: torch.Tensor, prior: torch.Tensor) -> torch.Tensor:
    """Kullback–Leibler divergence of Poisson distributions with these rates from those of the prior, element by element."""
    rates = rates.clamp(min=FLOOR)
    return rates * (rates / prior).log() - rates + prior


def loss_of(
    network: Network,
    x: torch.Tensor,
    prior: torch.Tensor,
    how: Training,
    generator: np.random.Generator,
    training: bool,
) -> torch.Tensor:
    """Mean negative log-likelihood of the counts plus β times the mean divergence from the prior."""
    rates = network.rates(x, training)
    counts = network.expected(drawn(rates, generator, how.temperature if training else 0.0))
    return (counts - x * counts.log()).mean() + how.beta * divergence(rates, prior).mean()


def train(
    matrix: np.ndarray, prior: np.ndarray, signatures: np.ndarray, seed: Seed, how: Training, device: str = "cpu"
) -> Trained:
    """Train on counts (N, M).

    Args:
        matrix: float32.
        prior: (N, K) > 0 expected exposures.
        signatures: (K, M) start of the decoder, of sum 1.
        seed: stream of the weights, the held-out patients, the order and the latents.
        how: to train.
        device: a torch device.
    """
    began = time.perf_counter()
    x, p = aligned(matrix.astype(np.float32), device), aligned(prior.astype(np.float32), device)
    network = Network.start(signatures, seed.child("weights").generator(), device)
    everyone = seed.child("held out").generator().permutation(len(matrix))
    held = np.sort(everyone[: round(how.validation * len(matrix))])
    rows = np.sort(everyone[len(held) :])
    rows = np.repeat(rows, 2) if len(rows) == 1 else rows  # batch normalisation needs two
    order, latents = seed.child("order").generator(), seed.child("latents").generator()
    adam = Adam(network.flat, how.learning_rate)
    path: list[tuple[float, float, float]] = []
    lowest, since, best = math.inf, 0, network.state()
    for _ in range(how.epochs):
        mean = _epoch(network, adam, (x, p), order.permutation(rows), how, latents)
        with torch.no_grad():
            watched = held if len(held) else rows
            error = loss_of(network, x[watched], p[watched], how, latents, training=False).item()
        path.append((mean, error, time.perf_counter() - began))
        since += 1
        if error < lowest - LEAST_FALL:
            lowest, since, best = error, 0, network.state()
        if since >= how.patience:
            break
    with torch.no_grad():
        network.restore(best)
        exposures = network.rates(x, training=False).double()
        found = network.parts[-1].abs().double()
        found /= found.sum(1, keepdim=True)
    losses, held_out, seconds = (np.array(column) for column in zip(*path, strict=True))
    return Trained(found.cpu().numpy(), exposures.cpu().numpy(), since >= how.patience, losses, held_out, seconds)


def _epoch(
    network: Network,
    adam: Adam,
    data: tuple[torch.Tensor, torch.Tensor],
    order: np.ndarray,
    how: Training,
    latents: np.random.Generator,
) -> float:
    """One pass over the patients in this order, in batches of nearly equal size; the mean loss."""
    x, prior = data
    total = 0.0
    for chosen in np.array_split(order, max(1, len(order) // how.batch)):
        loss = loss_of(network, x[chosen], prior[chosen], how, latents, training=True)
        gradient = torch.autograd.grad(loss, network.parts)
        with torch.no_grad():
            adam.step(torch.cat([part.ravel() for part in gradient]))
        total += loss.item() * len(chosen)
    return total / len(order)
