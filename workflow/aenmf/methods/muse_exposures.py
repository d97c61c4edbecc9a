"""MUSE-XAE's way from the latents of a patient to the signatures that are in it (Pancotti et al. 2024)."""

from __future__ import annotations

import numpy as np

LEAST_SHARE, CLEAR_SHARE = 1e-4, 0.05
"""Of a patient's latents: a signature with less is left out, one with more is kept, and those between are tried."""
LEAST_GAIN = 0.01
"""By how much a signature that is tried must lower the distance to the patient, as a share of the distance."""


def shares_of(latents: np.ndarray) -> np.ndarray:
    """Latents (N, K) of each patient scaled to sum 1; zero where all are."""
    sums = latents.sum(axis=1, keepdims=True)
    return np.divide(latents, sums, out=np.zeros_like(latents), where=sums > 0)


def kept(latents: np.ndarray, signatures: np.ndarray, patients: np.ndarray) -> np.ndarray:
    """Latents of the signatures that a patient keeps, zero for the others.

    A patient begins with the signatures of clear shares. Of those between the two bounds the one that brings the
    reconstruction nearest in angle is added, while the cosine rises and the Euclidean distance falls by at least 1 %.

    Args:
        latents: (N, K) ≥ 0.
        signatures: (M, K), of sum 1.
        patients: (N, M) counts.
    """
    shares = shares_of(latents)
    tried = (shares >= LEAST_SHARE) & (shares <= CLEAR_SHARE)
    chosen = np.where(shares > CLEAR_SHARE, shares, 0.0)
    totals = patients.sum(axis=1, keepdims=True)
    cosine, distance = _closeness(totals * (chosen @ signatures.T), patients)
    open_ = np.asarray(tried.any(axis=1))
    while open_.any():
        rows = np.flatnonzero(open_)
        cosines = np.full((len(rows), shares.shape[1]), -np.inf)
        distances = np.full_like(cosines, np.inf)
        for k in range(shares.shape[1]):
            able = tried[rows, k]
            if able.any():
                at = rows[able]
                more = chosen[at].copy()
                more[:, k] = shares[at, k]
                cosines[able, k], distances[able, k] = _closeness(
                    totals[at] * (shares_of(more) @ signatures.T), patients[at]
                )
        best = cosines.argmax(axis=1)
        at_best = np.arange(len(rows)), best
        gain = distance[rows] - distances[at_best]
        better = (cosines[at_best] > cosine[rows]) & (gain >= LEAST_GAIN * distance[rows])
        took, which = rows[better], best[better]
        chosen[took, which] = shares[took, which]
        tried[took, which] = False
        cosine[took], distance[took] = cosines[at_best][better], distances[at_best][better]
        open_[rows[~better]] = False
        open_ &= tried.any(axis=1)
    return chosen


def _closeness(rebuilt: np.ndarray, patients: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cosine similarity and Euclidean distance (n,) of rows (n, M); a cosine of 0 where either has no length."""
    products = (rebuilt * patients).sum(axis=1)
    lengths = np.linalg.norm(rebuilt, axis=1) * np.linalg.norm(patients, axis=1)
    cosines = np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 0)
    return cosines, np.linalg.norm(rebuilt - patients, axis=1)
