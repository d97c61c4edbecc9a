"""The network of DSAE / DeepMS (Pei et al. 2020): one hidden layer over the patients, a row per mutation type."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import torch

from aenmf.methods.networks.training import Adam, aligned, glorot
from aenmf.seeds import Seed


@dataclass(frozen=True)
class Trained:
    """A trained network.

    Attributes:
        latents: (M, L) ≥ 0, the encoder's output for every mutation type.
        encoder: (N, L) weights of the encoder, of either sign.
        decoder: (L, N) weights of the decoder, of either sign.
        losses, held_out: (epochs,) mean loss of the training types on the way, and of the held-out types.
        seconds: (epochs,) since the start.
    """

    latents: np.ndarray
    encoder: np.ndarray
    decoder: np.ndarray
    losses: np.ndarray
    held_out: np.ndarray
    seconds: np.ndarray


def train(
    matrix: np.ndarray,
    n_latents: int,
    seed: Seed,
    *,
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
        epochs, batch, learning_rate: of Adam.
        noise: f; the network sees the matrix plus f·N(0, 1), clipped to [0, 1], and has to return it without.
        activity: weight of the L1 penalty on the latents (sum over a row, mean over rows).
        validation: fraction of the rows held out. They stop nothing; their loss is recorded.
        device: a torch device.
    """
    began = time.perf_counter()
    m, n = matrix.shape
    starts = seed.child("weights").generator()
    shapes = ((n, n_latents), (1, n_latents), (n_latents, n), (1, n))
    parts = [glorot(starts, *s) if s[0] > 1 or i == 2 else np.zeros(s, np.float32) for i, s in enumerate(shapes)]
    flat = aligned(np.concatenate([part.ravel() for part in parts]), device)
    views = _views(flat, shapes)
    leaves = [view.detach().requires_grad_() for view in views]
    out = seed.child("held out").generator().permutation(m)[: round(validation * m)]
    rows = np.setdiff1d(np.arange(m), out)
    clean = aligned(matrix, device)
    noisy = clean
    if noise > 0:
        drawn = seed.child("noise").generator().standard_normal(matrix.shape).astype(np.float32)
        noisy = (clean + noise * torch.from_numpy(drawn).to(device)).clamp_(0.0, 1.0)
    order, adam = seed.child("order").generator(), Adam(flat, learning_rate)
    losses, held_out, seconds = [], [], []
    for _ in range(epochs):
        shuffled, total = torch.from_numpy(order.permutation(rows)).to(device), 0.0
        for chosen in shuffled.split(batch):
            loss = _loss(noisy[chosen], clean[chosen], leaves, activity)
            gradient = torch.autograd.grad(loss, leaves)
            with torch.no_grad():
                adam.step(torch.cat([part.ravel() for part in gradient]))
            total += loss.item() * len(chosen)
        with torch.no_grad():
            held_out.append(_loss(noisy[out], clean[out], leaves, activity).item() if len(out) else np.nan)
        losses.append(total / len(rows))
        seconds.append(time.perf_counter() - began)
    with torch.no_grad():
        latents = torch.relu(clean @ views[0] + views[1])
    return Trained(
        latents=latents.cpu().numpy().astype(np.float64),
        encoder=views[0].cpu().numpy().astype(np.float64),
        decoder=views[2].cpu().numpy().astype(np.float64),
        losses=np.array(losses),
        held_out=np.array(held_out),
        seconds=np.array(seconds),
    )


def _views(flat: torch.Tensor, shapes: tuple[tuple[int, int], ...]) -> list[torch.Tensor]:
    """The arrays of ``shapes`` as views of one array."""
    sizes = [a * b for a, b in shapes]
    return [part.view(shape) for part, shape in zip(flat.split(sizes), shapes, strict=True)]


def _loss(x: torch.Tensor, target: torch.Tensor, weights: list[torch.Tensor], activity: float) -> torch.Tensor:
    """Mean squared error plus the penalty on the latents, of rows x (B, N)."""
    encoder, bias, decoder, shift = weights
    latents = torch.relu(x @ encoder + bias)
    fitted = torch.softmax(latents @ decoder + shift, dim=1)
    return ((fitted - target) ** 2).mean() + activity * latents.abs().sum() / len(x)
