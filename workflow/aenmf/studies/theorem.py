"""The paper's theorem, checked at fits: AE-NMF and convex NMF are one problem with W1 = |E| and W2 = |D|.

Each fit is mapped to the other model and checked there in two ways: on that model's optimality conditions, and by going
down from it with that model's own solver. A local optimum of one model has to be a local optimum of the other; whether
both fits found the same one is a question of the search, and is measured by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from aenmf.evaluation.matching import match
from aenmf.losses import FROBENIUS, loss_value
from aenmf.methods.cnmf import polish
from aenmf.problem import Fit, Problem, Start
from aenmf.solvers.ae_varpro import train
from aenmf.solvers.common import Solution
from aenmf.solvers.kkt import LEAST_FITTED, kkt_block, kkt_convex
from aenmf.solvers.stopping import exact_loss
from aenmf.solvers.varpro import VarproOptions

SOFT = 1e-8
"""Zeros of an encoder are softened to this part of the signature's largest weight: the solver trains roots of the weights,
and the derivative of a root at zero is zero."""

COLUMNS = [
    *("split", "aenmf_loss", "cnmf_loss", "loss_difference", "cosine_least", "condition_difference"),
    *("aenmf_residual", "aenmf_fall", "cnmf_residual", "cnmf_fall"),
]


def autoencoder_residual(loss: str, catalogue: np.ndarray, encoder: np.ndarray, decoder: np.ndarray) -> float:
    """Residual of the autoencoder's own optimality conditions, from automatic differentiation of its loss.

    The network is V̂ = V |E| |D|. Its loss is differentiated with respect to the magnitudes, which at a zero weight is the
    slope of the loss to both sides of it. The loss is one part that grows with V̂ less another that does, each differentiated
    by itself, so that the residual has the same scale as that of every other model (:func:`aenmf.solvers.kkt.kkt_block`).

    Args:
        loss: ``frobenius`` or ``kullback-leibler``.
        catalogue: (M, N).
        encoder: (N, K), any sign.
        decoder: (K, N), any sign.
    """
    import torch

    counts = torch.from_numpy(np.ascontiguousarray(catalogue))
    magnitudes = [torch.from_numpy(np.abs(x)).requires_grad_() for x in (encoder, decoder)]
    fitted = counts @ magnitudes[0] @ magnitudes[1]
    if loss == FROBENIUS:
        parts = (fitted**2).mean(), (2 * counts * fitted).mean()
    else:
        parts = fitted.mean(), (counts * fitted.clamp(min=LEAST_FITTED).log()).mean()
    above, below = (torch.autograd.grad(part, magnitudes, retain_graph=True) for part in parts)
    blocks = zip(magnitudes, above, below, strict=True)
    return max(kkt_block(*(tensor.detach().numpy() for tensor in block)) for block in blocks)


def as_autoencoder(weights: np.ndarray, exposures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """An encoder and a decoder of the factors of convex NMF; signs are free, and every second weight is given a minus."""
    signs = [np.where(np.indices(x.shape).sum(axis=0) % 2, -1.0, 1.0) for x in (weights, exposures)]
    return weights * signs[0], exposures * signs[1]


def as_convex(encoder: np.ndarray, decoder: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The factors of convex NMF, weights and exposures, of an encoder and a decoder."""
    return np.abs(encoder), np.abs(decoder)


def train_on(problem: Problem, encoder: np.ndarray, decoder: np.ndarray) -> Solution:
    """Go on from an encoder and a decoder with AE-NMF's own solver, variable projection."""
    weights, exposures = as_convex(encoder, decoder)
    totals = problem.catalogue.sum(axis=0)
    profiles = weights * totals[:, None]
    softened = np.maximum(profiles, SOFT * profiles.max(axis=0)) / np.where(totals > 0, totals, 1.0)[:, None]
    return train(problem, Start(problem.catalogue @ weights, exposures, softened), VarproOptions())


def relative(problem: Problem, above: float, below: float) -> float:
    """How far one loss lies above another, relative to that; a difference within rounding error is none."""
    return (above - below) / max(below, exact_loss(problem.loss, problem.catalogue) / problem.catalogue.size)


def fall(problem: Problem, before: float, end: Solution) -> float:
    """How far the loss falls from ``before`` to a solution, relative to the latter; 0 where it does not."""
    after = loss_value(problem.loss, problem.catalogue, end.signatures @ end.exposures)
    return max(0.0, relative(problem, before, after))


def check_split(problem: Problem, aenmf: Fit, cnmf: Fit) -> dict[str, float]:
    """Both fits of one split mapped to the other model and checked there.

    Returns:
        The values of ``COLUMNS`` but the split: the loss of each fit and by how much, relatively, the higher is above the
        lower; the least cosine of matched signatures; the largest difference of the residuals of both models' conditions at
        one point; and, under the name of the fit's own model, its residual and its fall under the other model.
    """
    loss, catalogue = problem.loss, problem.catalogue
    points = {name: (np.asarray(fit.extras["weights"], float), fit.exposures) for name, fit in pairs(aenmf, cnmf)}
    losses = {name: loss_value(loss, catalogue, catalogue @ a @ w) for name, (a, w) in points.items()}
    networks = {name: as_autoencoder(*factors) for name, factors in points.items()}
    own = {name: autoencoder_residual(loss, catalogue, *network) for name, network in networks.items()}
    convex = {name: kkt_convex(loss, catalogue, *as_convex(*network)) for name, network in networks.items()}
    return {
        "aenmf_loss": losses["aenmf"],
        "cnmf_loss": losses["cnmf"],
        "loss_difference": relative(problem, max(losses.values()), min(losses.values())),
        "cosine_least": float(match(aenmf.signatures, cnmf.signatures).cosines.min()),
        "condition_difference": max(abs(own[name] - convex[name]) for name in points),
        "aenmf_residual": convex["aenmf"],
        "aenmf_fall": fall(problem, losses["aenmf"], polish(problem, *as_convex(*networks["aenmf"]))),
        "cnmf_residual": own["cnmf"],
        "cnmf_fall": fall(problem, losses["cnmf"], train_on(problem, *networks["cnmf"])),
    }


def pairs(aenmf: Fit, cnmf: Fit) -> list[tuple[str, Fit]]:
    """The two fits with the names of their models."""
    return [("aenmf", aenmf), ("cnmf", cnmf)]


def check_splits(problems: Sequence[Problem], aenmf: Mapping[int, Fit], cnmf: Mapping[int, Fit]) -> pd.DataFrame:
    """:func:`check_split` for every split, a row each: columns ``COLUMNS``."""
    rows = [
        {"split": split} | check_split(problem, aenmf[split], cnmf[split])
        for problem, split in zip(problems, aenmf, strict=True)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)
