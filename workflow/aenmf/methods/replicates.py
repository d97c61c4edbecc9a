"""Resampled catalogues, consensus over repeated extractions, and the number of signatures that repeats agree on.

Two clusterings are here. MUSE-XAE's is k-means followed by a reassignment into clusters of equal size; SigProfilerExtractor's
allows no two signatures of one replicate in the same cluster. Both give cluster means as consensus and silhouettes on
1 − cosine as stability.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment
from threadpoolctl import threadpool_limits

from aenmf.seeds import Seed

MAX_ROUNDS = 50
MEAN_STABILITY, MIN_STABILITY = 0.7, 0.2


def bootstrapped(patients: np.ndarray, bootstraps: int, generator: np.random.Generator) -> np.ndarray:
    """Multinomial resamples (bootstraps·N, M) of patients (N, M), each with the patient's own number of mutations."""
    totals = patients.sum(axis=1)
    shares = np.divide(patients, totals[:, None], out=np.zeros_like(patients), where=totals[:, None] > 0)
    shares[totals <= 0, 0] = 1.0
    # numpy gives the last channel what the others leave; by ascending share that is never a channel without counts.
    order = np.argsort(shares, axis=1, kind="stable")
    drawn = generator.multinomial(
        np.rint(totals).astype(np.int64), np.take_along_axis(shares, order, 1), (bootstraps, len(patients))
    )
    back = np.argsort(order, axis=1, kind="stable")
    return np.take_along_axis(drawn, back[None], 2).reshape(-1, patients.shape[1]).astype(np.float64)


def cosines_with(vectors: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Cosine similarity (n, K) of rows (n, M) with centres (K, M); 0 where either has no length."""
    lengths = np.sqrt(np.einsum("nm,nm->n", vectors, vectors))[:, None]
    lengths = lengths * np.sqrt(np.einsum("km,km->k", centres, centres))
    products = np.einsum("nm,km->nk", vectors, centres)
    return np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 0)


def equal_size_clusters(vectors: np.ndarray, n_clusters: int, seed: Seed) -> tuple[np.ndarray, np.ndarray]:
    """k-means, then clusters of equal size that maximise the cosine to the centres, until they stay (Pancotti et al. 2024).

    Args:
        vectors: (R·K, M), one signature per row, in any scale.
        n_clusters: K, a divisor of the number of rows.
        seed: stream of the k-means starts.

    Returns:
        Means (K, M) and labels (R·K,), 0 … K − 1.
    """
    from sklearn.cluster import KMeans

    repeats = len(vectors) // n_clusters
    with threadpool_limits(1):  # sums over threads would depend on their number
        start = KMeans(n_clusters, init="random", n_init=10, random_state=seed.integer()).fit(vectors)
    centres, labels = start.cluster_centers_, np.full(len(vectors), -1)
    for _ in range(MAX_ROUNDS):
        places = np.repeat(cosines_with(vectors, centres), repeats, axis=1)
        before, labels = labels, linear_sum_assignment(places, maximize=True)[1] // repeats
        centres = np.stack([vectors[labels == k].mean(axis=0) for k in range(n_clusters)])
        if np.array_equal(before, labels):
            break
    return centres, labels


def matched_clusters(replicates: np.ndarray, first: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Clusters with one signature of every replicate each: Hungarian matching to the means, until it stays.

    Args:
        replicates: (R, M, K).
        first: the replicate whose signatures are the first centres.

    Returns:
        Means (K, M) and labels (R, K), 0 … K − 1.
    """
    rows = replicates.transpose(0, 2, 1)
    centres, labels = rows[first].copy(), np.full(rows.shape[:2], -1)
    for _ in range(MAX_ROUNDS):
        before = labels
        labels = np.stack([linear_sum_assignment(cosines_with(one, centres), maximize=True)[1] for one in rows])
        centres = np.stack([rows[labels == k].mean(axis=0) for k in range(rows.shape[1])])
        if np.array_equal(before, labels):
            break
    return centres, labels


def cluster_silhouettes(vectors: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Mean silhouette (K,) of each cluster of rows (n, M) on 1 − cosine; 1 where there is one cluster, as in MUSE-XAE."""
    from sklearn.metrics import silhouette_samples

    n_clusters = int(labels.max()) + 1
    if n_clusters == 1 or n_clusters == len(vectors):
        return np.ones(n_clusters)
    distances = np.clip(1.0 - cosines_with(vectors, vectors), 0.0, None)
    np.fill_diagonal(distances, 0.0)
    values = silhouette_samples(distances, labels, metric="precomputed")
    return np.array([values[labels == k].mean() for k in range(n_clusters)])


def choose_rank(
    table: pd.DataFrame, mean_stability: float = MEAN_STABILITY, min_stability: float = MIN_STABILITY
) -> int:
    """MUSE-XAE's number of signatures: of the stable ranks the one of the lowest error, the lowest rank where none is stable.

    Args:
        table: one row per rank: ``rank``, ``error`` (mean over repeats), ``mean_silhouette`` and ``min_silhouette`` of the
            clusters' mean silhouettes.
        mean_stability, min_stability: what a stable rank's silhouettes must reach.
    """
    stable = table[(table["mean_silhouette"] >= mean_stability) & (table["min_silhouette"] >= min_stability)]
    if stable.empty:
        return int(table["rank"].min())
    return int(stable.loc[stable["error"].idxmin(), "rank"])
