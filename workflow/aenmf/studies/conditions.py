"""The conditions of the paper's theorem, each by a model that breaks it: a bias, ReLU, tied weights, the other orientation.

AE-NMF is convex NMF because its encoder is non-negative and without bias, its activations are linear, its decoder is free of
the encoder, and its input has the channels as rows. Each of the models here drops one of these conditions:

- ``bias``: the latent layer is V E + 1 bᵀ with b ≥ 0. That is convex NMF with one more patient to mix from, whose profile is
  flat; the loss can only fall.
- ``relu``: the encoder is of any sign, the latent layer max(V E, 0). Where V has as many independent patients as channels, V E
  can be any matrix and the model is NMF itself; the loss can only fall, but not below NMF's.
- ``tied``: the decoder is the encoder transposed. A scale per signature adds nothing, as each side can have its root. The model
  is convex NMF with half its weights; the loss can only rise.
- ``patients``: patients are rows, so that the encoder mixes channels: V̂ᵀ = Vᵀ E D, convex NMF of the transpose. Now the
  signatures are free and the exposures are mixtures; the loss can lie on either side.

Each model goes on from the optimum of convex NMF and from random starts, and the lowest loss counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from aenmf.evaluation.matching import match
from aenmf.files.tables import keyed
from aenmf.losses import FROBENIUS, KULLBACK_LEIBLER, loss_value
from aenmf.methods.cnmf import ConvexNMF, polish
from aenmf.problem import Fit, Problem
from aenmf.solvers.kkt import LEAST_FITTED

FLAT = 1e-7
"""Mutations per channel of the flat profile, relative to the mean of the catalogue: it is a direction to mix from, of any size,
and has to be without weight as a patient who is reconstructed."""
SOFT = 1e-4
"""What zeros become in a start of roots, relative to the largest: the derivative of a square at zero is zero."""
TRIED, TRAINED = 100, 1500
"""Iterations of L-BFGS of every start, and of the best one after that."""
SIZE = 1e6
"""The loss handed to L-BFGS starts at this value, far from the absolute constants of its code."""

Arrays = Sequence[np.ndarray]
COLUMNS = ["split", "condition", "value", "cnmf_value", "nmf_value", "cosine_least", "clipped"]


@dataclass(frozen=True)
class Broken:
    """A fit of a model that breaks one condition.

    Attributes:
        value: its loss, mean per cell.
        signatures: (M, K) in any scale.
        clipped: share of the latent entries that the activation sets to zero; nan without an activation.
    """

    value: float
    signatures: np.ndarray
    clipped: float = float("nan")


def convex(problem: Problem, weights: np.ndarray, exposures: np.ndarray, starts: int) -> tuple[np.ndarray, np.ndarray]:
    """Signatures and exposures of the best of convex NMF from given factors and from random starts."""
    given = polish(problem, weights, exposures)
    found = [(given.signatures, given.exposures)]
    if starts:
        options = {"solver": {FROBENIUS: "blocks", KULLBACK_LEIBLER: "newton"}, "restarts": starts}
        fit = ConvexNMF.from_config(options, "theorem").fit([problem])[0]
        found.append((fit.signatures, fit.exposures))
    return min(found, key=lambda factors: loss_value(problem.loss, problem.catalogue, factors[0] @ factors[1]))


def with_bias(problem: Problem, optimum: Fit, starts: int) -> Broken:
    """A bias b ≥ 0 in the encoder: convex NMF with a patient of flat profile, whose weight is b."""
    catalogue, (m, n) = problem.catalogue, problem.catalogue.shape
    flat = FLAT * catalogue.mean()
    wider = Problem(np.column_stack([catalogue, np.full(m, flat)]), problem.n_signatures, problem.loss, problem.seed)
    weights = np.vstack([optimum.extras["weights"], np.zeros(problem.n_signatures)])
    exposures = np.column_stack([optimum.exposures, np.full(problem.n_signatures, flat * m / problem.n_signatures)])
    signatures, exposures = convex(wider, weights, exposures, starts)
    return Broken(loss_value(problem.loss, catalogue, signatures @ exposures[:, :n]), signatures)


def of_patients(problem: Problem, optimum: Fit, starts: int) -> Broken:
    """Patients as rows: convex NMF of the transpose, whose exposures are the signatures."""
    transpose = Problem(
        np.ascontiguousarray(problem.catalogue.T), problem.n_signatures, problem.loss, problem.seed.child("transpose")
    )
    # Channels weighted as in the signatures: a start near which the exposures are like those of the optimum.
    given = optimum.signatures + SOFT * optimum.signatures.max()
    latent, decoder = convex(transpose, given, np.ascontiguousarray(given.T), starts)
    return Broken(loss_value(problem.loss, transpose.catalogue, latent @ decoder), decoder.T)


def with_tied_weights(problem: Problem, optimum: Fit, starts: int) -> Broken:
    """The encoder F and the decoder Fᵀ, trained by L-BFGS.

    F = S X² entry by entry, with S the inverse root of each patient's mutations, half-way between the scales of weights and
    of exposures: among powers from −½ to 1 this one ended lowest, or as low as any other, from most starts. It goes on from the
    exposures and from the weights of the optimum.
    """
    import torch

    catalogue = problem.catalogue
    totals = catalogue.sum(axis=0)
    scale = 1.0 / np.sqrt(np.where(totals > 0, totals, 1.0))[:, None]
    counts, sizes, cells = torch.from_numpy(catalogue), torch.from_numpy(scale), summed(problem)

    def start(encoder: np.ndarray) -> Arrays:
        """Roots of an encoder, whose zeros are softened, at the size that reconstructs the number of mutations."""
        soft = np.maximum(encoder, SOFT * encoder.max(axis=0))
        return [np.sqrt(soft / scale * np.sqrt(catalogue.sum() / (catalogue @ soft @ soft.T).sum()))]

    def cells_of(roots: torch.Tensor) -> torch.Tensor:
        encoder = sizes * roots**2
        return cells((counts @ encoder) @ encoder.T)

    given = [optimum.exposures.T, optimum.extras["weights"] * (totals**2)[:, None]]
    random = [problem.start(r).weights for r in range(starts)]
    [roots] = train(cells_of, map(start, [*given, *random]))
    encoder = scale * roots**2
    signatures = catalogue @ encoder
    return Broken(loss_value(problem.loss, catalogue, signatures @ encoder.T), signatures)


def with_relu(problem: Problem, optimum: Fit, starts: int) -> Broken:
    """An encoder of any sign, then ReLU, and a non-negative decoder, trained together by L-BFGS.

    The encoder is trained in coordinates of the space that V's columns span, V E = Q C with orthonormal Q: the same models,
    but a direction in which V is small costs no more steps than any other.
    """
    import torch

    catalogue, rank = problem.catalogue, problem.n_signatures
    basis, sizes, _ = np.linalg.svd(catalogue, full_matrices=False)
    basis = np.ascontiguousarray(basis[:, sizes > 1e-10 * sizes[0]])
    span, cells = torch.from_numpy(basis), summed(problem)

    def start(latent: np.ndarray, exposures: np.ndarray) -> Arrays:
        """Coordinates of a latent layer and roots of a decoder, both of one size."""
        size = np.sqrt(exposures.mean() / latent.mean())
        decoder = exposures / size
        return [basis.T @ (latent * size), np.sqrt(np.maximum(decoder, SOFT**2 * decoder.max()))]

    shares = np.tile(catalogue.sum(axis=0) / rank, (rank, 1))
    mixed = (catalogue @ problem.start(r).weights for r in range(starts))
    begun = [start(optimum.signatures, optimum.exposures), *(start(h / h.sum(axis=0), shares) for h in mixed)]
    coordinates, roots = train(lambda c, y: cells(torch.relu(span @ c) @ y**2), begun)
    latent = basis @ coordinates
    signatures = np.maximum(latent, 0.0)
    return Broken(loss_value(problem.loss, catalogue, signatures @ roots**2), signatures, float(np.mean(latent < 0)))


CONDITIONS: dict[str, Callable[[Problem, Fit, int], Broken]] = {
    "bias": with_bias,
    "relu": with_relu,
    "tied": with_tied_weights,
    "patients": of_patients,
}


def summed(problem: Problem) -> Callable:
    """The problem's loss of a reconstruction, summed over cells, in torch; for KL without what does not depend on it."""
    import torch

    counts = torch.from_numpy(problem.catalogue)
    if problem.loss == FROBENIUS:
        return lambda fitted: ((fitted - counts) ** 2).sum()
    positive = counts > 0
    seen = counts[positive]
    constant = float((seen * seen.log() - seen).sum())
    return lambda fitted: fitted.sum() - (seen * fitted[positive].clamp(min=LEAST_FITTED).log()).sum() + constant


def train(loss: Callable, starts: Iterable[Arrays]) -> list[np.ndarray]:
    """Minimise a loss of torch tensors by L-BFGS: every start a little, then the best one to the end."""
    tried = [descend(loss, start, TRIED) for start in starts]
    return descend(loss, min(tried, key=lambda end: end[0])[1], TRAINED)[1]


def descend(loss: Callable, start: Arrays, limit: int) -> tuple[float, list[np.ndarray]]:
    """The loss and the arrays after at most so many iterations of L-BFGS, with gradients by automatic differentiation."""
    import torch

    shapes, ends = [x.shape for x in start], np.cumsum([x.size for x in start])[:-1]

    def parts(flat: np.ndarray) -> list[np.ndarray]:
        return [part.reshape(shape) for part, shape in zip(np.split(flat, ends), shapes, strict=True)]

    def evaluate(flat: np.ndarray) -> tuple[float, np.ndarray]:
        tensors = [torch.from_numpy(part.copy()).requires_grad_() for part in parts(flat)]
        value = loss(*tensors)
        slopes = torch.autograd.grad(value, tensors)
        return value.item(), np.concatenate([slope.numpy().ravel() for slope in slopes])

    first = np.concatenate([x.ravel() for x in start])
    unit = SIZE / evaluate(first)[0]

    def scaled(flat: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = evaluate(flat)
        return unit * value, unit * slope

    settings = {"maxiter": limit, "maxfun": 10 * limit, "ftol": 1e-10, "gtol": 0.0, "maxcor": 20}
    end = minimize(scaled, first, jac=True, method="L-BFGS-B", options=settings)
    return end.fun / unit, parts(end.x)


def break_conditions(problem: Problem, optimum: Fit, nmf: Fit, starts: int) -> pd.DataFrame:
    """Every condition broken on one split: columns ``COLUMNS`` but the split.

    Args:
        problem: of the split; its seed names the random starts.
        optimum: the best fit of the problem that convex NMF and AE-NMF share.
        nmf: the fit of NMF.
        starts: random starts of each model besides the one at ``optimum``.

    Returns:
        A row per condition: the loss under the broken condition, of ``optimum`` and of NMF, all means per cell; the least
        cosine of the signatures matched to those of ``optimum``; the share of clipped latent entries.
    """
    rows = []
    for name, fit in CONDITIONS.items():
        broken = fit(problem, optimum, starts)
        cosine = match(broken.signatures, optimum.signatures).cosines.min()
        rows.append((name, broken.value, optimum.objective, nmf.objective, float(cosine), broken.clipped))
    return pd.DataFrame(rows, columns=COLUMNS[1:])


def break_splits(
    problems: Mapping[int, Problem], convex_fits: Sequence[Mapping[int, Fit]], nmf: Mapping[int, Fit], starts: int
) -> pd.DataFrame:
    """:func:`break_conditions` for every split; the lowest of the convex fits of a split counts as its optimum.

    Args:
        problems: by split.
        convex_fits: fits by split of the methods that solve the shared problem.
        nmf: NMF's fits by split.
        starts: random starts of each model.
    """
    parts = []
    for split, problem in problems.items():
        optimum = min((fits[split] for fits in convex_fits), key=lambda fit: fit.objective)
        parts.append(keyed(break_conditions(problem, optimum, nmf[split], starts), split=split))
    return pd.concat(parts, ignore_index=True)
