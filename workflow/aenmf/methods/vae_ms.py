"""VAE-MS: a variational autoencoder with Poisson latents, whose exposures have intervals (Egendal et al. 2026)."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from aenmf.methods.base import NUMBER, Architecture
from aenmf.methods.refitted import Extraction, RefittedMethod
from aenmf.problem import Trajectory
from aenmf.seeds import Seed
from aenmf.solvers.common import checked_number

STARTS = ("nmf", "random")
LEAST_PRIOR, LARGEST_PRIOR = 1e-5, 1e5
NMF_ITERATIONS = 10_000
LEVEL = 0.95
"""Of the intervals."""


@dataclass(frozen=True)
class VAEMSOptions:
    """Options of VAE-MS.

    Attributes:
        start: ``nmf`` begins the decoder at the signatures of NMF and takes its exposures as the prior, like the original,
            so that the network is given an answer; ``random`` begins at random signatures, and the prior shares a patient's
            mutations equally among them.
        epochs: at most.
        patience: epochs without a lower loss of the held-out patients after which the training stops; the article says 10.
        batch: patients per step.
        learning_rate: of Adam.
        beta: weight β of the divergence of the rates from the prior.
        temperature: over how much time around 1 an arrival counts in part, in training; the default is this project's.
        validation: share of the patients held out.
    """

    start: str = "nmf"
    epochs: int = 500
    patience: int = 50
    batch: int = 16
    learning_rate: float = 1e-3
    beta: float = 0.01
    temperature: float = 0.1
    validation: float = 0.2

    def __post_init__(self):
        if self.start not in STARTS:
            raise ValueError(f"start must be one of {', '.join(STARTS)}, not {self.start!r}")
        for name in ("epochs", "patience", "batch"):
            object.__setattr__(self, name, checked_number(name, getattr(self, name), int, 1))
        for name in ("learning_rate", "beta", "temperature", "validation"):
            object.__setattr__(self, name, checked_number(name, getattr(self, name), float, 0.0))
        if self.validation >= 1:
            raise ValueError(f"validation must be below 1, not {self.validation!r}")


class VAEMS(RefittedMethod):
    """Rows are patients with their counts; signatures are the decoder's weights.

    The network is trained by its own likelihood; the problem's loss decides the refit of the exposures only. A fit has
    converged when the held-out loss had stopped falling. ``extras``: ``own_exposures`` (K, N), the Poisson rates of the
    latents in mutations, and ``lower`` and ``upper`` (K, N), between which lie 95 % of each latent's distribution.
    """

    model = "vae_ms"
    Options = VAEMSOptions
    orientation = "patients × channels"
    needs = ("torch", "sklearn")
    gpu = True
    architecture = Architecture(
        title="VAE-MS",
        reference="Egendal et al. 2026",
        orientation="patients × channels",
        layers="96 → 60 → 40 → K → K rates, Poisson latents → 96",
        activations="ReLU after batch normalisation, absolute value for the rates, identity",
        biases="encoder only",
        constraints="decoder non-negative by its absolute value, signatures of sum 1",
        loss="Poisson negative log-likelihood + β times the divergence of the rates from a prior",
        optimiser="Adam, batches of 16, at most 500 epochs, early stopping",
    )

    def memory(self, loss: str, n_channels: int, n_patients: int, rank: int) -> int:
        """The arrivals of the patients that are held out, at most so many, in three arrays of single precision."""
        from aenmf.methods.networks.vae_ms import MOST_ARRIVALS

        together = max(self.options.batch, round(self.options.validation * n_patients))
        arrivals = 3 * 4 * together * rank * MOST_ARRIVALS
        return arrivals + 2 * NUMBER * n_channels * n_patients

    def prepare(self) -> None:
        import sklearn.decomposition  # noqa: F401

        import aenmf.methods.networks.vae_ms  # noqa: F401

    def extract(self, matrix: np.ndarray, n_signatures: int, seed: Seed) -> Extraction:
        from aenmf.methods.networks.training import one_thread
        from aenmf.methods.networks.vae_ms import Training, train

        o, seed = self.options, seed.child("vae_ms")
        begin = nmf_start if o.start == "nmf" else random_start
        signatures, prior = begin(matrix, n_signatures, seed.child(o.start))
        how = Training(o.epochs, o.patience, o.batch, o.learning_rate, o.beta, o.temperature, o.validation)
        prior = np.clip(prior, LEAST_PRIOR, LARGEST_PRIOR)
        with one_thread():
            trained = train(matrix, prior, signatures, seed, how, self.torch_device)
        lower, upper = intervals(trained.exposures.T)
        done = len(trained.losses)
        return Extraction(
            signatures=trained.signatures.T,
            n_iter=done,
            converged=trained.stopped,
            trajectory=Trajectory(np.arange(1, done + 1), trained.losses, trained.seconds),
            extras={"own_exposures": trained.exposures.T.copy(), "lower": lower, "upper": upper},
        )


def nmf_start(matrix: np.ndarray, n_signatures: int, seed: Seed) -> tuple[np.ndarray, np.ndarray]:
    """Signatures (K, M) of sum 1 and exposures (N, K) of scikit-learn's NMF by multiplicative updates."""
    from sklearn.decomposition import NMF
    from sklearn.exceptions import ConvergenceWarning

    model = NMF(
        n_signatures, init="random", solver="mu", beta_loss="kullback-leibler",
        max_iter=NMF_ITERATIONS, random_state=seed.integer(),
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a start need not be an optimum
        exposures = model.fit_transform(matrix)
    sums = model.components_.sum(axis=1)
    whole = np.where(sums > 0, sums, 1.0)
    flat = np.full(matrix.shape[1], 1.0 / matrix.shape[1])
    signatures = np.where(sums[:, None] > 0, model.components_ / whole[:, None], flat)
    return signatures, exposures * sums


def random_start(matrix: np.ndarray, n_signatures: int, seed: Seed) -> tuple[np.ndarray, np.ndarray]:
    """Random signatures (K, M) of sum 1, and exposures (N, K) that share a patient's mutations equally among them."""
    signatures = seed.generator().uniform(size=(n_signatures, matrix.shape[1]))
    exposures = np.repeat(matrix.sum(axis=1, keepdims=True) / n_signatures, n_signatures, axis=1)
    return signatures / signatures.sum(axis=1, keepdims=True), exposures


def intervals(rates: np.ndarray, level: float = LEVEL) -> tuple[np.ndarray, np.ndarray]:
    """The whole numbers between which lies this share of a Poisson distribution, for every rate."""
    from scipy.stats import poisson

    outside = (1.0 - level) / 2.0
    lower, upper = (poisson.ppf(share, rates) for share in (outside, 1.0 - outside))
    return np.maximum(lower, 0.0), upper
