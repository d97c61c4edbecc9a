"""The network of DSAE / DeepMS (Pei et al. 2020): one hidden layer over the patients, a row per mutation type."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from aenmf.methods.networks.training import Adam, aligned, glorot
from aenmf.seeds import Seed

PLATEAU = 0.01
"""Relative fall of the held-out loss below which it has reached a plateau."""


@dataclass(frozen=True)
class Trained:
    """A trained network.

    Attributes:
        latents: (M, L) ≥ 0, the encoder's output for every mutation type.
        encoder: (N, L) weights of the encoder, of either sign.
        decoder: (L, N) weights of the decoder, of either sign.
        losses, held_out: (epochs,) mean loss of the training types on the way, and of the held-out types.
        seconds: (epochs,) since the start.
        stopped: whether the loss of the held-out types reached a plateau; without patience always false.
    """

    latents: np.ndarray
    encoder: np.ndarray
    decoder: np.ndarray
    losses: np.ndarray
    held_out: np.ndarray
    seconds: np.ndarray
    stopped: bool


def train(
    matrix: np.ndarray,
    n_latents: int,
    seed: Seed,
    *,
    shares: bool = False,
    positive: bool = False,
    patience: int = 0,
    epochs: int,
    batch: int,
    learning_rate: float,
    noise: float,
    activity: float,
    validation: float,
    device: str = "cpu",
) -> Trained:
    """Train on a scaled matrix (M, N) float32 in [0, 1], rows mutation types.

    Args:
        matrix: M rows.
        n_latents: L.
        seed: stream of the weights, the held-out types, the noise and the order of the rows.
        shares: whether the network is to return the rows scaled to sum 1, as its softmax can, and not the matrix as it is.
            The loss is then in units of 1/N², that of equal shares: gradients of shares as small as 1/N are below Adam's ε.
        positive: whether the encoder starts with weights that are not negative.
        patience: epochs in which the loss of the held-out rows has to fall by ``PLATEAU``; otherwise the training ends, and
            the weights of the lowest such loss are taken. 0 trains for all epochs and takes the last weights.
        epochs, batch, learning_rate: of Adam.
        noise: f; the network sees the matrix plus f·N(0, 1), clipped to [0, 1], and has to return it without.
        activity: weight of the L1 penalty on the latents (sum over a row, mean over rows).
        validation: fraction of the rows held out; their loss is recorded.
        device: a torch device.
    """
    began = time.perf_counter()
    m, n = matrix.shape
    starts = seed.child("weights").generator()
    shapes = ((n, n_latents), (1, n_latents), (n_latents, n), (1, n))
    parts = [glorot(starts, *s) if s[0] > 1 or i == 2 else np.zeros(s, np.float32) for i, s in enumerate(shapes)]
    if positive:
        parts[0] = np.abs(parts[0])
    flat = aligned(np.concatenate([part.ravel() for part in parts]), device)
    views = _views(flat, shapes)
    leaves = [view.detach().requires_grad_() for view in views]
    out = seed.child("held out").generator().permutation(m)[: round(validation * m)]
    rows = np.setdiff1d(np.arange(m), out)
    seen = noisy = aligned(matrix, device)
    sums = matrix.sum(axis=1, keepdims=True)
    clean = aligned(np.divide(n * matrix, sums, out=np.ones_like(matrix), where=sums > 0), device) if shares else seen
    scale = float(n) if shares else 1.0
    if noise > 0:
        drawn = seed.child("noise").generator().standard_normal(matrix.shape).astype(np.float32)
        noisy = (seen + noise * torch.from_numpy(drawn).to(device)).clamp_(0.0, 1.0)
    order, adam = seed.child("order").generator(), Adam(flat, learning_rate)
    losses: list[float] = []
    held_out: list[float] = []
    seconds: list[float] = []
    best, stopped = flat.clone(), False
    for _ in range(epochs):
        shuffled, total = torch.from_numpy(order.permutation(rows)).to(device), 0.0
        for chosen in shuffled.split(batch):
            loss = _loss(noisy[chosen], clean[chosen], leaves, activity, scale)
            gradient = torch.autograd.grad(loss, leaves)
            with torch.no_grad():
                adam.step(torch.cat([part.ravel() for part in gradient]))
            total += loss.item() * len(chosen)
        with torch.no_grad():
            held_out.append(_loss(noisy[out], clean[out], leaves, activity, scale).item() if len(out) else np.nan)
        losses.append(total / len(rows))
        seconds.append(time.perf_counter() - began)
        if patience and held_out[-1] <= min(held_out):
            best.copy_(flat)
        if stopped := bool(patience) and on_plateau(held_out, patience):
            break
    with torch.no_grad():
        if patience:
            flat.copy_(best)
        latents = torch.relu(seen @ views[0] + views[1])
    return Trained(
        latents=latents.cpu().numpy().astype(np.float64),
        encoder=views[0].cpu().numpy().astype(np.float64),
        decoder=views[2].cpu().numpy().astype(np.float64),
        losses=np.array(losses),
        held_out=np.array(held_out),
        seconds=np.array(seconds),
        stopped=stopped,
    )


def on_plateau(losses: Sequence[float], patience: int) -> bool:
    """Whether the lowest loss of the last ``patience`` epochs is hardly below that of all epochs before."""
    before = losses[:-patience]
    return bool(before) and min(losses[-patience:]) > (1.0 - PLATEAU) * min(before)


def _views(flat: torch.Tensor, shapes: tuple[tuple[int, int], ...]) -> list[torch.Tensor]:
    """The arrays of ``shapes`` as views of one array."""
    sizes = [a * b for a, b in shapes]
    return [part.view(shape) for part, shape in zip(flat.split(sizes), shapes, strict=True)]


def _loss(
    x: torch.Tensor, target: torch.Tensor, weights: list[torch.Tensor], activity: float, scale: float
) -> torch.Tensor:
    """Mean squared error plus the penalty on the latents, of rows x (B, N); what the network returns has this sum."""
    encoder, bias, decoder, shift = weights
    latents = torch.relu(x @ encoder + bias)
    fitted = scale * torch.softmax(latents @ decoder + shift, dim=1)
    return ((fitted - target) ** 2).mean() + activity * latents.abs().sum() / len(x)
