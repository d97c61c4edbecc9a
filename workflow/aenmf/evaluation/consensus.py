"""Consensus signatures: the medoids of all splits' signatures under PAM (paper, section Design: Consensus).

PAM (BUILD then SWAP; Kaufman & Rousseeuw 1987, 1990) clusters the S·K signatures of one method into K clusters on the
dissimilarity 1 − cosine. Everything is float64: single precision makes distinct near-identical signatures tie, and the
medoid then depends on their order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from aenmf.evaluation.matching import cosine

MAX_SWAPS = 100_000
"""Far more swaps than PAM ever needs here; reaching it would be an error in the input, not a result."""


@dataclass(frozen=True)
class Consensus:
    """A clustering of n pooled signatures into K clusters, numbered by size (largest first), then by medoid.

    Attributes:
        signatures: (M, K) the medoids; column c − 1 is cluster c.
        medoids: (K,) positions of the medoids among the pooled signatures.
        labels: (n,) cluster of each pooled signature, 1 … K.
        silhouettes: (n,) silhouette of each pooled signature on 1 − cosine, nan where there is no second cluster or
            every signature is a cluster of its own.
        deviation: sum of the dissimilarities of the signatures to their medoids, which PAM minimises.
    """

    signatures: np.ndarray
    medoids: np.ndarray
    labels: np.ndarray
    silhouettes: np.ndarray
    deviation: float


def pool(signatures: Sequence[np.ndarray] | np.ndarray) -> np.ndarray:
    """All signatures (S, M, K) side by side as (M, S·K): signature k of fit s is column s·K + k."""
    return np.concatenate(list(np.asarray(signatures, dtype=np.float64)), axis=1)


def dissimilarity(signatures: np.ndarray) -> np.ndarray:
    """1 − cosine of all pairs of columns of (M, n): (n, n) float64, symmetric, non-negative, zero on the diagonal."""
    distances = np.clip(1.0 - cosine(signatures, signatures), 0.0, None)
    distances = (distances + distances.T) / 2
    np.fill_diagonal(distances, 0.0)
    return distances


def consensus(signatures: Sequence[np.ndarray] | np.ndarray, n_clusters: int | None = None) -> Consensus:
    """Cluster the signatures of all splits of one method by PAM.

    Args:
        signatures: (S, M, K).
        n_clusters: number of clusters, K where not given.

    Raises:
        ValueError: there are fewer signatures than clusters.
        RuntimeError: PAM did not come to an end.
    """
    pooled = pool(signatures)
    k = n_clusters if n_clusters is not None else np.shape(signatures)[2]
    n = pooled.shape[1]
    if not 1 <= k <= n:
        raise ValueError(f"{n} signatures cannot be put into {k} clusters")
    distances = dissimilarity(pooled)
    medoids, labels = partition_around_medoids(distances, k)
    return Consensus(
        signatures=pooled[:, medoids],
        medoids=medoids,
        labels=labels,
        silhouettes=_silhouettes(distances, labels),
        deviation=deviation(distances, medoids),
    )


def partition_around_medoids(distances: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """PAM with BUILD initialisation on a dissimilarity matrix.

    Args:
        distances: (n, n) float64, symmetric, zero on the diagonal.
        k: number of clusters.

    Returns:
        Medoid positions (k,) and labels 1 … k (n,). Clusters are numbered by descending size, then by the position of
        their medoid; a point equally near to several medoids belongs to the lowest-numbered, a medoid to itself.
    """
    if k == len(distances):
        medoids = np.arange(k)
    else:
        import kmedoids  # brings scikit-learn, which takes longer to import than most users of this module need to run

        result = kmedoids.pam(distances, int(k), max_iter=MAX_SWAPS, init="build")
        if result.n_iter >= MAX_SWAPS:
            raise RuntimeError(f"PAM was still swapping medoids after {MAX_SWAPS} iterations")
        medoids = np.asarray(result.medoids, dtype=int)
        # With fewer distinct points than clusters BUILD stops at a total of 0; any other medoids will do then.
        spare = np.setdiff1d(np.arange(len(distances)), medoids)[: k - len(medoids)]
        medoids = np.sort(np.concatenate([medoids, spare]))
    sizes = np.bincount(_nearest(distances, medoids), minlength=k)
    medoids = medoids[np.argsort(-sizes, kind="stable")]
    return medoids, _nearest(distances, medoids) + 1


def deviation(distances: np.ndarray, medoids: np.ndarray) -> float:
    """Total dissimilarity of all points (n, n) to the nearest of the medoids (k,)."""
    return float(distances[:, medoids].min(axis=1).sum())


def _nearest(distances: np.ndarray, medoids: np.ndarray) -> np.ndarray:
    labels = distances[:, medoids].argmin(axis=1)
    labels[medoids] = np.arange(len(medoids))
    return labels


def _silhouettes(distances: np.ndarray, labels: np.ndarray) -> np.ndarray:
    n_labels = len(np.unique(labels))
    if not 2 <= n_labels < len(labels):
        return np.full(len(labels), np.nan)
    from sklearn.metrics import silhouette_samples

    return silhouette_samples(distances, labels, metric="precomputed")


def consensus_table(result: Consensus, channels: Sequence[str]) -> pd.DataFrame:
    """The consensus signatures in long form: columns ``cluster``, ``channel``, ``value``."""
    m, k = result.signatures.shape
    return pd.DataFrame(
        {
            "cluster": np.repeat(np.arange(1, k + 1), m),
            "channel": list(channels) * k,
            "value": result.signatures.T.ravel(),
        }
    )


def clusters_table(result: Consensus, splits: Sequence[int]) -> pd.DataFrame:
    """The cluster of every pooled signature: columns ``split``, ``signature``, ``cluster``, ``medoid``, ``silhouette``.

    Args:
        result: the clustering of the signatures of ``splits``, in that order.
        splits: (S,) split numbers.
    """
    n = len(result.labels)
    k = n // len(splits)
    return pd.DataFrame(
        {
            "split": np.repeat(np.asarray(splits), k),
            "signature": np.tile(np.arange(k), len(splits)),
            "cluster": result.labels,
            "medoid": np.isin(np.arange(n), result.medoids),
            "silhouette": result.silhouettes,
        }
    )


def signatures_from_table(table: pd.DataFrame, channels: Sequence[str]) -> np.ndarray:
    """The consensus signatures (M, K) of one cohort, method and loss from the long form, clusters ascending.

    Raises:
        ValueError: a channel is missing, unknown or double.
    """
    wide = table.pivot(index="channel", columns="cluster", values="value").sort_index(axis=1)
    if len(wide) != len(channels) or set(wide.index) != set(channels):
        raise ValueError("the consensus signatures are not over the expected channels")
    return wide.reindex(channels).to_numpy(dtype=np.float64)
