"""MUSE-XAE: an autoencoder with a non-linear encoder and a non-negative linear decoder (Pancotti et al. 2024)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from aenmf.methods.base import Architecture
from aenmf.methods.devices import CPU, free_gpu_memory
from aenmf.methods.muse_exposures import kept, shares_of
from aenmf.methods.refitted import Extraction, RefittedMethod
from aenmf.methods.replicates import bootstrapped, cluster_silhouettes, equal_size_clusters
from aenmf.problem import Trajectory
from aenmf.seeds import Seed
from aenmf.solvers.common import checked_number, scale_signatures

if TYPE_CHECKING:
    from aenmf.methods.networks.muse_xae import Trained

HIDDEN_OF = {"code": "elu", "paper": "softplus"}
MEMBERS, MEMORY = 10, 300e6
"""Repeats trained side by side on a processor: at most so many, and at most so many bytes of training samples."""
GPU_SHARE = 0.3
"""Of a GPU's free memory, for training samples; they are copied when some members have finished."""


@dataclass(frozen=True)
class MuseXAEOptions:
    """Options of MUSE-XAE. Three of them are reduced so that a comparison ends on a laptop; the original's value in brackets.

    Attributes:
        variant: ``code`` has ELU in the hidden layers, ``paper`` softplus, as the article says.
        bootstraps: multinomial resamples of each patient that make up the training set (100).
        epochs: at most; early stopping ends the training long before, after some hundreds with 10 bootstraps.
        repeats: networks from different starts and resamples, merged to a consensus (100).
        patience: epochs without a lower validation error after which training stops (30).
        batch: samples per step (64).
        learning_rate: of Adam (1e-3).
        volume: β of the minimum-volume penalty (1e-3).
        own_epochs: at most, for the original's own exposures, kept in ``extras["own_exposures"]`` (10 000); 0 leaves
            them out.
        own_patience: epochs without a lower validation error after which that training stops (100).
        activity: penalty on the latents in that training (1e-3).
    """

    variant: str = "code"
    bootstraps: int = 10
    epochs: int = 1000
    repeats: int = 5
    patience: int = 30
    batch: int = 64
    learning_rate: float = 1e-3
    volume: float = 1e-3
    own_epochs: int = 500
    own_patience: int = 100
    activity: float = 1e-3

    def __post_init__(self):
        if self.variant not in HIDDEN_OF:
            raise ValueError(f"variant must be one of {', '.join(HIDDEN_OF)}, not {self.variant!r}")
        least = dict.fromkeys(("bootstraps", "epochs", "repeats", "patience", "batch", "own_patience"), 1)
        for name, lowest in (least | {"own_epochs": 0}).items():
            object.__setattr__(self, name, checked_number(name, getattr(self, name), int, lowest))
        for name in ("learning_rate", "volume", "activity"):
            object.__setattr__(self, name, checked_number(name, getattr(self, name), float, 0.0))


def scaled(counts: np.ndarray) -> np.ndarray:
    """Counts x (…, M) of total T as x/T·log2 T, float32; zero where T ≤ 1."""
    totals = counts.sum(axis=-1, keepdims=True)
    return (counts / np.maximum(totals, 1.0) * np.log2(np.maximum(totals, 1.0))).astype(np.float32)


class MuseXAE(RefittedMethod):
    """Rows are patients; signatures are the decoder's weights.

    The network is trained by its own Poisson likelihood; the problem's loss decides the refit of the exposures only, so
    the signatures are the same for both losses. A fit has converged when every repeat met the early stopping before the
    last epoch. ``extras``: ``own_exposures`` (K, N) in mutations, the original's way to exposures (a second network with the
    decoder frozen); ``validation_errors`` (repeats,); and with more than one repeat the ``silhouettes`` (K,) of the clusters
    behind the consensus.
    """

    model = "musexae"
    Options = MuseXAEOptions
    orientation = "patients × channels"
    needs = ("torch",)
    gpu = True
    architecture = Architecture(
        title="MUSE-XAE",
        reference="Pancotti et al. 2024",
        orientation="patients × channels",
        layers="96 → 128 → 64 → 32 → K → 96",
        activations="ELU with batch normalisation (softplus in the article), softplus in the latent layer, identity",
        biases="encoder only",
        constraints="decoder non-negative; minimum-volume penalty β·log10 det(WWᵀ + I) on the decoder W",
        loss="Poisson negative log-likelihood",
        optimiser="Adam, batches of 64, at most 1000 epochs, early stopping",
    )

    def memory(self, loss: str, n_channels: int, n_patients: int, rank: int) -> int:
        """The resamples of the members that are trained side by side, as numpy made them, stacked, and in torch."""
        member = 4 * n_channels * n_patients * self.options.bootstraps
        side_by_side = max(member, min(MEMORY, MEMBERS * member, self.options.repeats * member))
        return int(3 * side_by_side) + super().memory(loss, n_channels, n_patients, rank)

    def prepare(self) -> None:
        import aenmf.methods.networks.muse_xae  # noqa: F401

    def extract(self, matrix: np.ndarray, n_signatures: int, seed: Seed) -> Extraction:
        from aenmf.methods.networks.muse_xae import Training, train
        from aenmf.methods.networks.training import one_thread

        o, seed = self.options, seed.child("muse_xae")
        repeats = [seed.child(f"repeat {r}") for r in range(o.repeats)]
        how = Training(o.epochs, o.patience, o.batch, o.learning_rate, HIDDEN_OF[o.variant], o.volume)
        width = self._side_by_side(matrix.size * o.bootstraps)
        members: list[Trained] = []
        with one_thread(), ThreadPoolExecutor(1 if self.torch_device == CPU else None) as workers:
            for some in (repeats[begin : begin + width] for begin in range(0, o.repeats, width)):
                resamples = workers.map(
                    lambda s: scaled(bootstrapped(matrix, o.bootstraps, s.child("bootstraps").generator())), some
                )
                generators = [s.child("network").generator() for s in some]
                validation = np.repeat(scaled(matrix)[None], len(some), axis=0)
                members += train(
                    np.stack(list(resamples)), validation, n_signatures, generators, how, device=self.torch_device
                )
            found = self._merge(members, n_signatures, seed)
            if o.own_epochs:
                found.extras["own_exposures"] = self._own_exposures(matrix, found.signatures, seed)
        return found

    def _side_by_side(self, cells: int) -> int:
        """How many repeats are trained together, each on so many cells of samples; on a GPU as many as it has memory for."""
        if self.torch_device == CPU:
            return max(1, min(MEMBERS, int(MEMORY / (4 * cells))))
        return max(1, int(GPU_SHARE * free_gpu_memory() / (4 * cells)))

    def _merge(self, members: list[Trained], k: int, seed: Seed) -> Extraction:
        """The consensus of a problem's repeats; the trajectory is that of the repeat of the lowest validation error."""
        errors = np.array([member.error for member in members])
        best = members[int(np.argmin(errors))]
        extras, decoder = {"validation_errors": errors}, best.decoder
        if len(members) > 1:
            pooled = np.concatenate([member.decoder for member in members])
            decoder, labels = equal_size_clusters(pooled, k, seed.child("k-means"))
            extras["silhouettes"] = cluster_silhouettes(pooled, labels)
        path = Trajectory(np.arange(1, best.epochs + 1), best.losses, best.seconds)
        return Extraction(
            signatures=decoder.T,
            n_iter=max(member.epochs for member in members),
            converged=all(member.stopped for member in members),
            trajectory=path,
            extras=extras,
        )

    def _own_exposures(self, matrix: np.ndarray, signatures: np.ndarray, seed: Seed) -> np.ndarray:
        """Exposures (K, N) by the original's network: shares of a patient's latents on the frozen decoder, times its mutations.

        It is trained on one resample of each patient, to return the patient itself.
        """
        from aenmf.methods.networks.muse_xae import Training, train

        o = self.options
        how = Training(
            o.own_epochs, o.own_patience, o.batch, o.learning_rate, HIDDEN_OF[o.variant], 0.0, o.activity, True
        )
        profiles = scale_signatures(signatures, np.zeros((signatures.shape[1], 1)))[0]
        decoder = profiles.T.astype(np.float32)
        patients, stream = scaled(matrix)[None], seed.child("assignment")
        noisy = scaled(bootstrapped(matrix, 1, stream.child("bootstraps").generator()))[None]
        trained = train(
            noisy, patients, len(decoder), [stream.generator()], how, decoder[None], self.torch_device, patients
        )
        shares = shares_of(kept(trained[0].latents, profiles, matrix))
        return np.rint(shares * matrix.sum(axis=1, keepdims=True)).T.copy()
