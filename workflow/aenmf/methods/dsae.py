"""DSAE: the denoising sparse autoencoder DeepMS (Pei, Hu & Zhao 2020)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aenmf.methods.base import Architecture
from aenmf.methods.refitted import Extraction, RefittedMethod
from aenmf.problem import Trajectory
from aenmf.seeds import Seed
from aenmf.solvers.common import checked_number

VARIANTS = ("code", "paper")
TARGETS = ("matrix", "shares")
STARTS = ("signed", "positive")
MERGED_AT = 0.8
"""Cosine similarity from which on the article merges two latents."""


@dataclass(frozen=True)
class DSAEOptions:
    """Options of DSAE; the defaults are the original's.

    Attributes:
        variant: ``code`` keeps every latent; ``paper`` merges latents whose cosine similarity is 0.8 or more. The
            article describes the merging, the published code has none.
        target: what the network is to return: the ``matrix`` as it is, or each mutation type's ``shares`` of the patients,
            of sum 1 like what its softmax can return.
        encoder_start: ``signed`` weights, with which a latent is often zero for every type from the start on, as all inputs
            are positive and alike; or ``positive`` ones, with which none is.
        epochs: passes over the mutation types, at most.
        patience: the training ends when the loss of the held-out types has fallen by less than 1 % in so many epochs; 0
            trains for all epochs.
        batch: mutation types per step.
        learning_rate: of Adam. The published code reads one and then trains with the library's default, which this is.
        noise: standard deviation f of the Gaussian noise on the input; the original has none for SBS.
        activity: weight of the L1 penalty on the latents.
        validation: fraction of the mutation types held out; without patience nothing depends on their loss.
    """

    variant: str = "code"
    target: str = "matrix"
    encoder_start: str = "signed"
    epochs: int = 50
    patience: int = 0
    batch: int = 32
    learning_rate: float = 1e-3
    noise: float = 0.0
    activity: float = 1e-12
    validation: float = 0.2

    def __post_init__(self):
        for name, known in (("variant", VARIANTS), ("target", TARGETS), ("encoder_start", STARTS)):
            if getattr(self, name) not in known:
                raise ValueError(f"{name} must be one of {', '.join(known)}, not {getattr(self, name)!r}")
        for name, lowest in {"epochs": 1, "batch": 1, "patience": 0}.items():
            object.__setattr__(self, name, checked_number(name, getattr(self, name), int, lowest))
        for name in ("learning_rate", "noise", "activity", "validation"):
            object.__setattr__(self, name, checked_number(name, getattr(self, name), float, 0.0))
        if self.validation >= 1:
            raise ValueError(f"validation must be below 1, not {self.validation!r}")
        if self.patience and not self.validation:
            raise ValueError("patience needs held-out types: validation must be above 0")


def merge_latents(signatures: np.ndarray, threshold: float = MERGED_AT) -> tuple[np.ndarray, np.ndarray]:
    """Replace latents that are alike by their mean, most similar pair first, until no two are alike.

    Args:
        signatures: (M, K) ≥ 0 of sum 1.
        threshold: merge at this cosine similarity or above.

    Returns:
        Signatures (M, K) in which the merged ones are equal, so that the number of columns stays, and the number of the
        group of each (K,).
    """
    groups = [[k] for k in range(signatures.shape[1])]
    while len(groups) > 1:
        means = np.stack([signatures[:, group].mean(axis=1) for group in groups], axis=1)
        lengths = np.sqrt(np.einsum("mk,mk->k", means, means))
        cosines = np.einsum("ma,mb->ab", means, means) / np.outer(lengths, lengths)
        cosines[np.tril_indices(len(groups))] = -1.0
        a, b = np.unravel_index(int(np.argmax(cosines)), cosines.shape)
        if cosines[a, b] < threshold:
            break
        groups[a] += groups.pop(b)
    merged, labels = np.empty_like(signatures), np.empty(signatures.shape[1], dtype=np.int64)
    for label, group in enumerate(groups):
        merged[:, group] = signatures[:, group].mean(axis=1, keepdims=True)
        labels[group] = label
    return merged, labels


class DSAE(RefittedMethod):
    """Rows are mutation types, features the patients, divided by the largest count; signatures are the latents.

    The network is trained by its own squared error; the problem's loss decides the refit of the exposures only, so the
    signatures are the same for both losses. A fit has converged when all its epochs are done: the original stops by
    nothing else; with ``patience``, when the held-out loss has reached a plateau before.

    ``extras``: ``contributions`` (K, N), the original's read-out of the exposures, encoder weights of either sign without a
    unit; ``held_out_losses`` (epochs,), nan after the end; and with ``variant: paper`` the ``groups`` (K,) of merged latents.
    """

    model = "dsae"
    Options = DSAEOptions
    dtype = "float32"
    needs = ("torch",)
    gpu = True
    architecture = Architecture(
        title="DSAE",
        reference="Pei et al. 2020 (DeepMS)",
        orientation="channels × patients",
        layers="N → K → N",
        activations="ReLU, softmax",
        biases="encoder and decoder",
        constraints="none on the weights; L1 penalty (1e-12) on the latent activity",
        loss="mean squared error of the matrix divided by its maximum",
        optimiser="Adam, batches of 32, 50 epochs",
    )

    def prepare(self) -> None:
        import aenmf.methods.networks.dsae  # noqa: F401

    def extract(self, matrix: np.ndarray, n_signatures: int, seed: Seed) -> Extraction:
        from aenmf.methods.networks import dsae, training

        o, seed = self.options, seed.child("dsae")
        largest = matrix.max()
        scaled = matrix / largest if largest > 0 else matrix
        with training.one_thread():
            trained = dsae.train(
                scaled, n_signatures, seed, shares=o.target == "shares", positive=o.encoder_start == "positive",
                patience=o.patience, epochs=o.epochs, batch=o.batch, learning_rate=o.learning_rate, noise=o.noise,
                activity=o.activity, validation=o.validation, device=self.torch_device,
            )  # fmt: skip
        sums = trained.latents.sum(axis=0)
        signatures = np.where(sums > 0, trained.latents / np.where(sums > 0, sums, 1.0), 1.0 / len(matrix))
        held_out = np.pad(trained.held_out, (0, o.epochs - len(trained.held_out)), constant_values=np.nan)
        extras = {"contributions": trained.encoder.T.copy(), "held_out_losses": held_out}
        if o.variant == "paper":
            signatures, extras["groups"] = merge_latents(signatures)
        done = len(trained.losses)
        path = Trajectory(np.arange(1, done + 1), trained.losses, trained.seconds)
        converged = trained.stopped or not o.patience
        return Extraction(signatures, n_iter=done, converged=converged, trajectory=path, extras=extras)
