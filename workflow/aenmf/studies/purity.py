"""What a convex method can find: recovery of the true signatures against how nearly alone each of them is in some patient.

A signature of convex NMF or of the autoencoder is a mixture of the patients' profiles. A signature that is never alone in a
patient lies outside the cone of all profiles, and no such mixture equals it. The *purity* of a cohort is the largest share of a
signature in any patient, taken for the signature for which it is least. Here cohorts of a given largest share are simulated, and
fitted by every method.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from aenmf.data.noise import noisy
from aenmf.errors import UserError, did_you_mean
from aenmf.evaluation.matching import match
from aenmf.methods.checked import checked_fits
from aenmf.methods.registry import build_method
from aenmf.problem import Problem
from aenmf.seeds import Seed

SETTING = ["cap", "patients", "noise", "repeat"]
COLUMNS = [*SETTING, "loss", "method", "purity", "acs", "found", "converged", "found_again"]

SIGNATURES = ["source", "loss", "signature", "purity"]

FOUND = 0.9
"""Cosine similarity at which a true signature counts as found, as everywhere in the field."""

DRAWN = 10_000
"""Patients drawn at a time, of which those with a share above the cap are left out."""


@dataclass(frozen=True)
class Setting:
    """A simulated cohort.

    Attributes:
        cap: no patient has a larger share of one signature.
        patients: N.
        noise: ``none``, which rounds, ``poisson`` or ``negative-binomial`` (:func:`aenmf.data.noise.noisy`).
        repeat: number of the cohort with this setting.
    """

    cap: float
    patients: int
    noise: str
    repeat: int

    def __str__(self) -> str:
        return f"cap {self.cap:g}, {self.patients} patients, noise {self.noise}, repeat {self.repeat}"


def shares(
    cap: float, n_signatures: int, patients: int, concentration: float, generator: np.random.Generator
) -> np.ndarray:
    """Shares of the signatures in the patients' mutations, (K, N), columns of sum 1 and no share above ``cap``.

    Drawn from a symmetric Dirichlet distribution; patients with a larger share are left out.

    Raises:
        ValueError: no shares of sum 1 lie below the cap.
    """
    if cap * n_signatures <= 1.0:
        raise ValueError(f"{n_signatures} shares of at most {cap:g} have no sum of 1")
    kept: list[np.ndarray] = []
    while sum(map(len, kept)) < patients:
        drawn = generator.dirichlet(np.full(n_signatures, concentration), DRAWN)
        kept.append(drawn[drawn.max(axis=1) <= cap])
    return np.ascontiguousarray(np.concatenate(kept)[:patients].T)


def purities(exposures: np.ndarray) -> np.ndarray:
    """For each signature its largest share in a patient, (K,), from exposures (K, N); empty patients do not count."""
    totals = exposures.sum(axis=0)
    return (exposures[:, totals > 0] / totals[totals > 0]).max(axis=1)


def purity(exposures: np.ndarray) -> float:
    """The purity of a cohort with these exposures (K, N): its least pure signature decides."""
    return float(purities(exposures).min())


def recovery(true: np.ndarray, found: np.ndarray) -> tuple[float, float]:
    """Mean cosine of the true signatures (M, K) matched one-to-one with those found, and the share at or above ``FOUND``."""
    cosines = match(true, found).cosines
    return float(cosines.mean()), float((cosines >= FOUND).mean())


@dataclass(frozen=True)
class Design:
    """What all simulated cohorts of the study share.

    Attributes:
        burden: expected mutations of every patient.
        concentration: of the shares, see :func:`shares`.
        dispersion: of negative-binomial noise, whose variance is mean + mean² / dispersion.
    """

    burden: float
    concentration: float
    dispersion: float


def simulate(signatures: np.ndarray, setting: Setting, design: Design, seed: Seed) -> tuple[np.ndarray, np.ndarray]:
    """Counts (M, N) and exposures (K, N) of a setting."""
    stream = seed.child("purity", setting)
    n_signatures, generator = signatures.shape[1], stream.child("shares").generator()
    exposures = design.burden * shares(setting.cap, n_signatures, setting.patients, design.concentration, generator)
    counts = noisy(signatures @ exposures, setting.noise, design.dispersion, stream.child("noise").generator())
    return np.ascontiguousarray(counts), exposures


def fit_setting(
    signatures: np.ndarray,
    setting: Setting,
    entries: Mapping[str, Mapping[str, Any]],
    fits: Sequence[tuple[str, str]],
    design: Design,
    seed: Seed,
) -> pd.DataFrame:
    """Fit a simulated cohort, with as many signatures as it has.

    Args:
        signatures: (M, K) the true ones, columns of sum 1.
        setting: of the cohort.
        entries: method entries by name.
        fits: pairs of an entry's name and a loss.
        design: of the study.
        seed: the run's stream.

    Returns:
        Columns ``COLUMNS``, a row per fit.
    """
    counts, exposures = simulate(signatures, setting, design, seed)
    whole = (setting.cap, setting.patients, setting.noise, setting.repeat)
    rows = []
    for name, loss in fits:
        problem = Problem(counts, signatures.shape[1], loss, seed.child("purity", setting, "fit"))
        [fit] = checked_fits(build_method(name, entries[name]), [problem])
        reached = recovery(signatures, fit.signatures)
        rows.append((*whole, loss, name, purity(exposures), *reached, fit.converged, fit.found_again))
    return pd.DataFrame(rows, columns=COLUMNS)


def true_signatures(reference: pd.DataFrame, names: Sequence[str]) -> np.ndarray:
    """Signatures (M, K) of sum 1 from a reference set with signatures as columns.

    Raises:
        UserError: the reference has no signature of this name.
    """
    if unknown := [name for name in names if name not in reference.columns]:
        remedy = did_you_mean(unknown[0], list(reference.columns))
        raise UserError(f"unknown signature {unknown[0]!r}", where="config key purity.signatures", remedy=remedy)
    chosen = reference[list(names)].to_numpy(dtype=float)
    return chosen / chosen.sum(axis=0)


def true_purities(exposures: pd.DataFrame) -> pd.DataFrame:
    """The purity of each true signature: columns ``source``, ``loss``, ``signature``, ``purity``; exposures are (K, N)."""
    rows = zip(exposures.index, purities(exposures.to_numpy(dtype=float)), strict=True)
    return pd.DataFrame([("truth", "", *row) for row in rows], columns=SIGNATURES)


def estimated_purities(
    catalogue: pd.DataFrame, rank: int, losses: Sequence[str], name: str, entry: Mapping[str, Any], seed: Seed
) -> pd.DataFrame:
    """The purity of each signature that NMF finds in all patients, for each loss: columns as :func:`true_purities`.

    Args:
        catalogue: channels × patients.
        rank: number of signatures.
        losses: to minimise.
        name, entry: a method entry of NMF.
        seed: stream of the starts.
    """
    counts = np.ascontiguousarray(catalogue.to_numpy(dtype=float))
    rows = []
    for loss in losses:
        problem = Problem(counts, rank, loss, seed.child("purity"))
        [fit] = checked_fits(build_method(name, entry), [problem])
        rows += [("NMF", loss, f"S{k}", value) for k, value in enumerate(purities(fit.exposures), 1)]
    return pd.DataFrame(rows, columns=SIGNATURES)
