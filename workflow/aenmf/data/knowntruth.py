"""Cohorts whose true signatures and exposures are known: their parts, and what all of them share."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import pandas as pd

from aenmf.data.cells import some
from aenmf.errors import UserError


@dataclass(frozen=True)
class SimulatedCohort:
    """A simulated cohort and its truth.

    Attributes:
        catalogue: counts, index ``channel`` (96), columns patients.
        signatures: the true signatures, index ``channel`` (96), one column each, values as COSMIC has them.
        exposures: the true exposures in expected mutations, index ``signature``, columns patients.
        dropped: patients left out because they have no mutation.
    """

    catalogue: pd.DataFrame
    signatures: pd.DataFrame
    exposures: pd.DataFrame
    dropped: tuple[str, ...] = ()


def expected_counts(signatures: np.ndarray, exposures: np.ndarray) -> np.ndarray:
    """The product of signatures (M, K) and exposures (K, N), summed one signature after the other, so that no library
    chooses the order of the sum."""
    expected = np.zeros((len(signatures), exposures.shape[1]))
    for k in range(len(exposures)):
        expected += np.outer(signatures[:, k], exposures[k])
    return expected


def counts_sha256(counts: np.ndarray) -> str:
    """SHA-256 of whole-number counts (M, N), channels in canonical order, as little-endian int64, row by row."""
    return hashlib.sha256(np.ascontiguousarray(counts).astype("<i8").tobytes()).hexdigest()


def check_counts(name: str, counts: np.ndarray, sha256: str) -> None:
    """Check that regenerated counts are those of the registry.

    Raises:
        RuntimeError: they are not, in at least one cell.
    """
    found = counts_sha256(counts)
    if found != sha256:
        raise RuntimeError(f"the regenerated counts are not those of {name}: sha256 {found} instead of {sha256}")


def without_empty(cohort: SimulatedCohort, empty_samples: str, where: str, more: str) -> SimulatedCohort:
    """The cohort without patients who have no mutation, where they may be dropped.

    Args:
        cohort: all patients.
        empty_samples: ``error`` or ``drop``.
        where: how messages name the cohort's place.
        more: what gives patients more mutations, the beginning of the remedy.

    Raises:
        UserError: patients have no mutation (unless dropped; always if none has any).
    """
    filled = cohort.catalogue.to_numpy().any(axis=0)
    if filled.all():
        return cohort
    dropped = tuple(cohort.catalogue.columns[~filled])
    if empty_samples == "error" or not filled.any():
        problem = f"{len(dropped)} of {len(filled)} patients have no mutation: {some(dropped)}"
        remedy = f"{more}, or set empty_samples: drop to leave them out"
        raise UserError(problem, where=where, remedy=remedy)
    catalogue, exposures = (table.loc[:, filled] for table in (cohort.catalogue, cohort.exposures))
    return SimulatedCohort(catalogue, cohort.signatures, exposures, dropped)
