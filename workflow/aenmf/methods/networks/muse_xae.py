"""The network of MUSE-XAE (Pancotti et al. 2024): a non-linear encoder and a linear, non-negative decoder.

The repeats of one problem, *members*, are trained side by side: every array has the member as its first axis, and no
operation mixes members. One step of a network this small costs mostly the calls of the operations, which the members
share; five members gain nearly all there is to gain. The gradients are written out for the same reason; the tests
compare them with automatic differentiation.

Members of different problems are not trained together: the last bit of a matrix product depends on how its arrays lie in
memory, hence on the member's position, and a problem's result must not depend on other problems.

Shapes: R members, n samples (a sample is a patient or a bootstrap of one), M = 96 channels, K latents.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from aenmf.methods.networks.passes import Passes
from aenmf.methods.networks.recorded import RecordedPasses
from aenmf.methods.networks.training import Adam, aligned, glorot

HIDDEN = (128, 64, 32)
MOMENTUM = 0.99
"""Of the running means and variances of batch normalisation (Keras' default)."""

VARIANCE_FLOOR = 1e-3
LOG_FLOOR = 1e-7
"""Added to the variance of batch normalisation, and inside the logarithm of the Poisson likelihood (Keras' values)."""

ALIGNMENT = 16
"""Weights per member are padded to a multiple of this, so that no vector instruction spans two members."""


@dataclass(frozen=True)
class Training:
    """How to train.

    Attributes:
        epochs: at most.
        patience: epochs without a lower watched error after which to stop.
        batch: samples per step.
        learning_rate: of Adam.
        hidden: ``elu`` or ``softplus``, activation of the hidden layers.
        volume: β of the penalty β·log10 det(WWᵀ + I) on the decoder W (K, M).
        activity: penalty on the latents' sum per sample, used by the assignment of exposures only.
        assignment: train for exposures on a frozen decoder: ReLU latents, mean absolute error; otherwise softplus
            latents, Poisson likelihood. Watched is the mean squared error of the validation samples.
    """

    epochs: int
    patience: int
    batch: int = 64
    learning_rate: float = 1e-3
    hidden: str = "elu"
    volume: float = 1e-3
    activity: float = 1e-3
    assignment: bool = False


@dataclass(frozen=True)
class Trained:
    """A member after training, with the weights of its best epoch.

    Attributes:
        decoder: (K, M).
        latents: (n_validation, K) of the validation samples.
        epochs: epochs done.
        stopped: whether the watched error had stopped falling.
        error: lowest watched error.
        losses: (epochs,) mean training loss of each epoch.
        seconds: (epochs,) since the start of the training.
    """

    decoder: np.ndarray
    latents: np.ndarray
    epochs: int
    stopped: bool
    error: float
    losses: np.ndarray
    seconds: np.ndarray


class Network:
    """The weights of R members as views of one array (R, P), and the same for the gradient.

    Args:
        n_channels, n_latents: M and K.
        weights: (R, P).
    """

    def __init__(self, n_channels: int, n_latents: int, weights: torch.Tensor):
        self.n_channels, self.n_latents, self.weights = n_channels, n_latents, weights
        self.gradient = torch.zeros_like(weights)
        self.parts, self.slopes = self._views(weights), self._views(self.gradient)

    @staticmethod
    def shapes(n_channels: int, n_latents: int) -> list[tuple[int, int]]:
        """Shapes of a member's arrays: per hidden layer weights, bias, scale, shift; of the latents weights, bias; decoder."""
        shapes = []
        for n_in, n_out in zip((n_channels, *HIDDEN), HIDDEN, strict=False):
            shapes += [(n_in, n_out), (1, n_out), (1, n_out), (1, n_out)]
        return [*shapes, (HIDDEN[-1], n_latents), (1, n_latents), (n_latents, n_channels)]

    @classmethod
    def start(
        cls, n_channels: int, n_latents: int, generators: list[np.random.Generator], device: str = "cpu"
    ) -> Network:
        """Members with random weights; the decoder's are of either sign until its constraint holds, after the first step."""
        members, shapes = [], cls.shapes(n_channels, n_latents)
        for generator in generators:
            parts = []
            for position, shape in enumerate(shapes):
                layer, kind = divmod(position, 4)
                weighted = kind == 0 or position == len(shapes) - 1
                scale = kind == 2 and layer < len(HIDDEN)  # of batch normalisation; biases and shifts start at zero
                part = glorot(generator, *shape) if weighted else np.full(shape, float(scale), np.float32)
                parts.append(part.ravel())
            flat = np.concatenate(parts)
            members.append(np.pad(flat, (0, -len(flat) % ALIGNMENT)))
        return cls(n_channels, n_latents, aligned(np.stack(members), device))

    def _views(self, flat: torch.Tensor) -> list[torch.Tensor]:
        views, begin = [], 0
        for shape in self.shapes(self.n_channels, self.n_latents):
            size = shape[0] * shape[1]
            views.append(flat[:, begin : begin + size].view(-1, *shape))
            begin += size
        return views

    def encode(self, samples: torch.Tensor, running: list[torch.Tensor], training: Training) -> torch.Tensor:
        """Latents (R, n, K) of samples (R, n, M), batch normalisation by the running means and variances."""
        h = samples
        for layer in range(len(HIDDEN)):
            w, b, scale, shift = self.parts[4 * layer : 4 * layer + 4]
            e = _hidden(torch.baddbmm(b, h, w), training.hidden)
            mean, variance = running[2 * layer : 2 * layer + 2]
            h = (e - mean) * torch.rsqrt(variance + VARIANCE_FLOOR) * scale + shift
        w, b = self.parts[-3:-1]
        a = torch.baddbmm(b, h, w)
        return torch.relu(a) if training.assignment else F.softplus(a)

    def losses_and_gradient(
        self,
        x: torch.Tensor,
        running: list[torch.Tensor] | None,
        training: Training,
        target: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Loss of each member (R,) on a batch (R, B, M); its gradient is left in :attr:`gradient`.

        Args:
            x: the batch.
            target: what the network is to return; the batch if None.
            running: means and variances (R, 1, width) of every hidden layer, updated in place; None leaves them out.
            training: the losses and activations.
        """
        size, kept, h = x.shape[1], [], x
        for layer in range(len(HIDDEN)):
            w, b, scale, shift = self.parts[4 * layer : 4 * layer + 4]
            e = _hidden(torch.baddbmm(b, h, w), training.hidden)
            mean = e.mean(1, keepdim=True)
            normal = e - mean
            variance = (normal * normal).mean(1, keepdim=True)
            if running is not None:
                running[2 * layer].lerp_(mean, 1.0 - MOMENTUM)
                running[2 * layer + 1].lerp_(variance, 1.0 - MOMENTUM)
            rate = torch.rsqrt(variance + VARIANCE_FLOOR)
            normal *= rate
            kept.append((h, e, normal, rate))
            h = torch.addcmul(shift, normal, scale)
        w, b, decoder = self.parts[-3:]
        a = torch.baddbmm(b, h, w)
        z = torch.relu(a) if training.assignment else F.softplus(a)
        y = torch.bmm(z, decoder)
        losses, by_y = self._fit(x if target is None else target, y, training)
        by_z = torch.bmm(by_y, decoder.transpose(1, 2))
        if training.assignment:
            losses += training.activity * z.sum((1, 2)) / size
            by_a = (by_z + training.activity / size) * (z > 0)
            self.slopes[-1].zero_()
        else:
            by_a = by_z * -torch.expm1(-z)
            torch.bmm(z.transpose(1, 2), by_y, out=self.slopes[-1])
            if training.volume:
                eye = torch.eye(self.n_latents, device=decoder.device)
                volume = torch.baddbmm(eye, decoder, decoder.transpose(1, 2))
                weight = training.volume / math.log(10.0)
                losses += weight * torch.logdet(volume)
                self.slopes[-1].add_(torch.linalg.solve(volume, decoder), alpha=2.0 * weight)
        _matrix_slopes(h, by_a, self.slopes[-3], self.slopes[-2])
        by_h = torch.bmm(by_a, w.transpose(1, 2))
        for layer in reversed(range(len(HIDDEN))):
            below, e, normal, rate = kept[layer]
            w, _, scale, _ = self.parts[4 * layer : 4 * layer + 4]
            by_w, by_b, by_scale, by_shift = self.slopes[4 * layer : 4 * layer + 4]
            torch.sum(by_h, 1, keepdim=True, out=by_shift)
            torch.sum(by_h * normal, 1, keepdim=True, out=by_scale)
            by_h -= torch.addcmul(by_shift, normal, by_scale) / size
            by_h *= rate * scale
            by_h *= e.clamp(max=0.0).add_(1.0) if training.hidden == "elu" else -torch.expm1(-e)
            _matrix_slopes(below, by_h, by_w, by_b)
            if layer:
                by_h = torch.bmm(by_h, w.transpose(1, 2))
        return losses

    def _fit(self, x: torch.Tensor, y: torch.Tensor, training: Training) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean loss over cells (R,) of reconstructions y, and its derivative by y."""
        cells = x.shape[1] * x.shape[2]
        if training.assignment:
            difference = y - x
            return difference.abs().mean((1, 2)), difference.sign_().div_(cells)
        safe = y + LOG_FLOOR
        # Before the first step y may be negative: its logarithm has no value, but a slope, by which the original trains.
        return (y - x * safe.clamp(min=LOG_FLOOR).log()).mean((1, 2)), (1.0 - x / safe).div_(cells)


def _hidden(a: torch.Tensor, activation: str) -> torch.Tensor:
    return F.elu(a) if activation == "elu" else F.softplus(a)


def _matrix_slopes(below: torch.Tensor, by_a: torch.Tensor, by_w: torch.Tensor, by_b: torch.Tensor) -> None:
    """Gradients of a dense layer from its input and the derivative by its output, into ``by_w`` and ``by_b``."""
    torch.bmm(below.transpose(1, 2), by_a, out=by_w)
    torch.sum(by_a, 1, keepdim=True, out=by_b)


def train(
    samples: np.ndarray,
    validation: np.ndarray,
    n_latents: int,
    generators: list[np.random.Generator],
    training: Training,
    decoders: np.ndarray | None = None,
    device: str = "cpu",
    targets: np.ndarray | None = None,
) -> list[Trained]:
    """Train R members.

    Args:
        samples: (R, n, M) float32, scaled; what each member is trained on.
        validation: (R, v, M) float32, scaled.
        n_latents: K.
        generators: R generators, for initial weights and the order of the samples.
        training: how to.
        decoders: (R, K, M) ≥ 0, where they are given and stay as they are.
        device: a torch device.
        targets: (R, n, M) float32, scaled, what the network is to return for each sample; the samples if None.
    """
    began = time.perf_counter()
    data, watched = aligned(samples, device), aligned(validation, device)
    wanted = data if targets is None else aligned(targets, device)
    passes = (RecordedPasses if data.is_cuda else Passes)(generators, training)
    with torch.no_grad():
        network = Network.start(data.shape[2], n_latents, generators, device)
        if decoders is not None:
            network.parts[-1].copy_(aligned(decoders, device))
        adam = Adam(network.weights, training.learning_rate)
        # Running mean and variance of each hidden layer.
        shapes = [((len(samples), 1, width), start) for width in HIDDEN for start in (0.0, 1.0)]
        running = [torch.full(shape, start, device=device) for shape, start in shapes]
        alive = list(range(len(samples)))
        paths: list[list[tuple[float, float]]] = [[] for _ in samples]
        lowest, since = [math.inf] * len(samples), [0] * len(samples)
        best: list[tuple[torch.Tensor, list[torch.Tensor]] | None] = [None] * len(samples)
        done: list[Trained | None] = [None] * len(samples)
        for epoch in range(1, training.epochs + 1):
            means = passes(network, adam, (data, wanted), running)
            latents = network.encode(watched, running, training)
            errors = (torch.bmm(latents, network.parts[-1]) - watched).square_().mean((1, 2))
            for row, (r, mean, error) in enumerate(zip(alive, means.tolist(), errors.tolist(), strict=True)):
                if done[r] is not None:
                    continue
                paths[r].append((mean, time.perf_counter() - began))
                since[r] += 1
                if error < lowest[r] or best[r] is None:
                    lowest[r], since[r] = error, 0
                    best[r] = network.weights[row].clone(), [part[row : row + 1].clone() for part in running]
                stopped = since[r] >= training.patience
                if stopped or epoch == training.epochs:
                    done[r] = _trained(
                        best[r], watched[row : row + 1], n_latents, training, paths[r], stopped, lowest[r]
                    )
            rows = [row for row, r in enumerate(alive) if done[r] is None]
            if not rows:
                break
            if len(alive) - len(rows) > passes.idle * len(alive):
                alive = [alive[row] for row in rows]
                same, data = wanted is data, data[rows]
                wanted = data if same else wanted[rows]
                watched, running = watched[rows], [part[rows] for part in running]
                adam.keep(rows)
                passes.keep(rows)
                network = Network(data.shape[2], n_latents, adam.weights)
    passes.close()
    return [member for member in done if member is not None]


def _trained(best, watched, n_latents, training, path, stopped, error) -> Trained:
    weights, running = best
    network = Network(watched.shape[2], n_latents, weights[None])
    losses, seconds = (np.array(column) for column in zip(*path, strict=True))
    return Trained(
        decoder=network.parts[-1][0].cpu().numpy().astype(np.float64),
        latents=network.encode(watched, running, training)[0].cpu().numpy().astype(np.float64),
        epochs=len(path),
        stopped=stopped,
        error=error,
        losses=losses,
        seconds=seconds,
    )
