"""Synthetic published matrices with known training patients, in the authors' file format."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from aenmf.channels import CHANNELS
from aenmf.data.published import METHODS, PublishedFit
from aenmf.losses import FROBENIUS
from aenmf.methods.cnmf import ConvexNMF
from aenmf.methods.nmf import NMF
from aenmf.problem import Problem
from aenmf.seeds import Seed

SHORT = {method: name for name, method in METHODS.items()}


@dataclass(frozen=True)
class Truth:
    """A synthetic cohort: its catalogue (96, N), training patients (S, n) and published fits by method and split."""

    catalogue: np.ndarray
    patients: np.ndarray
    fits: dict[str, dict[int, PublishedFit]]
    orders: dict[str, np.ndarray]

    def of_split(self, split: int) -> list[PublishedFit]:
        return [fits[split] for fits in self.fits.values()]


def synthetic_catalogue(n: int = 40, rank: int = 3, seed: int = 1) -> np.ndarray:
    """Counts (96, n) over a wide range of totals: the last three patients are hypermutated, 7 is 6 and a mutation."""
    random = np.random.default_rng(seed)
    signatures = random.dirichlet(np.full(96, 0.3), rank).T
    exposures = random.gamma(0.7, 1.0, (rank, n)) * 10 ** random.uniform(2, 3.5, n)
    exposures[:, -3:] *= 300
    catalogue = random.poisson(signatures @ exposures).astype(float) + (random.random((96, n)) < 0.2)
    catalogue[:, 7] = catalogue[:, 6]
    catalogue[11, 7] += 1
    return catalogue


def publish(
    catalogue: np.ndarray, n_splits: int = 2, rank: int = 3, unfinished: float = 0.05, exact: bool = True, seed: int = 3
) -> Truth:
    """Fits of random training sets as the authors publish them.

    NMF and C-NMF have converged (unless not ``exact``), AE-NMF's exposures are off by ``unfinished`` relatively, and the
    rows of NMF's exposures are in another order than its signatures.
    """
    random = np.random.default_rng(seed)
    n = int(0.8 * catalogue.shape[1])
    patients = np.stack([random.permutation(catalogue.shape[1])[:n] for _ in range(n_splits)])
    order = np.roll(np.arange(rank), 1)
    fits: dict[str, dict[int, PublishedFit]] = {method: {} for method in SHORT}
    for split, columns in enumerate(patients):
        problem = Problem(np.ascontiguousarray(catalogue[:, columns]), rank, FROBENIUS, Seed(seed).child(split))
        nmf = NMF("hals", {"tol": 1e-13, "max_iter": 20000}).fit([problem])[0]
        convex = ConvexNMF("blocks", {"tol": 1e-13}).fit([problem])[0]

        def rough(exposures: np.ndarray, by: float) -> np.ndarray:
            return exposures * random.uniform(1 - by, 1 + by, exposures.shape)

        near = 0.0 if exact else unfinished / 3
        shuffled = rough(nmf.exposures, near)[order]
        for method, signatures, exposures in (
            ("nmf", nmf.signatures, shuffled),
            ("cnmf", convex.signatures, rough(convex.exposures, near)),
            ("aenmf", convex.signatures, rough(convex.exposures, unfinished)),
        ):
            names = [f"Test/{SHORT[method]}_{split}_{kind}.csv" for kind in ("sigs", "exp")]
            fits[method][split] = PublishedFit(method, split, signatures, exposures, *names)
    identity = np.arange(rank)
    return Truth(catalogue, patients, fits, {"nmf": np.argsort(order), "cnmf": identity, "aenmf": identity})


def write_archive(folder: Path, truth: Truth, cohort: str = "test") -> list[str]:
    """Write the fits as files; returns the channels in the row order used (not the canonical one)."""
    rows = np.arange(96)[::-1]
    directory = folder / cohort.capitalize()
    directory.mkdir(parents=True)
    for method, fits in truth.fits.items():
        for split, fit in fits.items():
            pd.DataFrame(fit.signatures[rows]).to_csv(directory / f"{SHORT[method]}_{split}_sigs.csv")
            pd.DataFrame(fit.exposures).to_csv(directory / f"{SHORT[method]}_{split}_exp.csv")
    return [CHANNELS[row] for row in rows]
