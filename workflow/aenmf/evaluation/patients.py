"""Which new patients a method reconstructs worse than another does: the share of them, by their number of mutations."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from aenmf.evaluation.fits import reconstruct
from aenmf.evaluation.resampled import Sizes, corrected_mean
from aenmf.losses import measure

ALL, THIRDS = "all", ("fewest", "middle", "most")
"""The groups: all patients, and the thirds of the cohort with fewest, more and most mutations."""

WORSE = ["group", "patients", "splits", "share", "low", "high"]


def patient_errors(
    counts: np.ndarray,
    tests: Sequence[np.ndarray],
    signatures: np.ndarray,
    exposures: Sequence[np.ndarray],
    name: str,
    dispersion: np.ndarray | None = None,
) -> np.ndarray:
    """The error of every test patient of every split, (S, N); nan for the training patients.

    Args:
        counts: (M, N) of the cohort.
        tests: (N,) boolean of each split, true for its test patients.
        signatures: (S, M, K).
        exposures: (K, N_test) of each split, refitted, columns in catalogue order.
        name: the measure: mse, kld or nbd.
        dispersion: (N,), for nbd.
    """
    errors = np.full((len(tests), counts.shape[1]), np.nan)
    for s, (test, found) in enumerate(zip(tests, exposures, strict=True)):
        fitted = reconstruct(signatures[s], found)
        for column, patient in enumerate(np.flatnonzero(test)):
            alpha = None if dispersion is None else dispersion[[patient]]
            errors[s, patient] = measure(name, counts[:, [patient]], fitted[:, [column]], alpha)
    return errors


def thirds(totals: np.ndarray) -> dict[str, np.ndarray]:
    """Masks (N,) of all patients and of the thirds by mutations; of equal totals the patients that come first have fewer."""
    place = np.argsort(np.argsort(totals, kind="stable"), kind="stable")
    third = place * len(THIRDS) // len(totals)
    return {ALL: np.ones(len(totals), dtype=bool)} | {name: third == i for i, name in enumerate(THIRDS)}


def worse(errors: np.ndarray, others: np.ndarray, totals: np.ndarray, sizes: Sizes) -> pd.DataFrame:
    """The share of new patients with a larger error under one method than under another; equal errors count half.

    Args:
        errors, others: :func:`patient_errors` of the two.
        totals: (N,) mutations of the patients.
        sizes: patients in a split.

    Returns:
        Columns ``group``, ``patients``, ``splits`` (those with a test patient of the group), ``share``, the mean over splits, and
        its 95 % interval for new patients, ``low`` and ``high``.
    """
    higher = np.where(np.isnan(errors), np.nan, (errors > others) + 0.5 * (errors == others))
    rows = []
    for group, mask in thirds(totals).items():
        tested = [of[mask & ~np.isnan(of)] for of in higher]
        mean = corrected_mean([of.mean() for of in tested if len(of)], sizes)
        rows.append((group, int(mask.sum()), mean.n, mean.value, *np.clip(mean.interval(), 0, 1)))
    return pd.DataFrame(rows, columns=WORSE)
