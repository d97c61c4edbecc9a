"""Principal components of de novo signatures, for looking at how the signatures of all splits cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.linalg import svd
from threadpoolctl import threadpool_limits

SplitSignatures = tuple[Sequence[int], np.ndarray]
"""Split numbers, S of them, and their signatures (S, M, K)."""


def project_signatures(
    signatures: Mapping[str, SplitSignatures], *, cohort: str, loss: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The first two principal components of all signatures of a cohort, jointly over methods (paper, Figure 3).

    The methods of a cohort share one projection, so that their panels have the same axes. Components are those of the
    centred signatures, unscaled; each points where its largest loading (first one among equals) is positive.

    Args:
        signatures: method → split numbers and signatures (S, M, K), each signature summing to 1. K and S may differ
            between methods.
        cohort, loss: copied into the tables.

    Returns:
        Coordinates, columns cohort, loss, method, split, signature (0 … K-1), pc1, pc2; and the share of the variance
        that each component explains, columns cohort, loss, component (``pc1``, ``pc2``), explained.

    Raises:
        ValueError: fewer than two signatures, or arrays whose shapes do not fit.
    """
    owners, rows = [], []
    for method, (splits, arrays) in signatures.items():
        if arrays.ndim != 3 or len(splits) != len(arrays):
            raise ValueError(f"{method}: {len(splits)} splits do not fit signatures of shape {arrays.shape}")
        owners += [(cohort, loss, method, int(split), k) for split in splits for k in range(arrays.shape[2])]
        rows.append(arrays.transpose(0, 2, 1).reshape(-1, arrays.shape[1]))
    points = np.concatenate(rows) if rows else np.empty((0, 0))
    if min(points.shape) < 2:
        raise ValueError("a projection needs at least two signatures of at least two channels")
    with threadpool_limits(limits=1):  # the last bits of a decomposition depend on the number of threads
        centre = points.mean(axis=0)
        # The decomposition itself, as to import scikit-learn for its PCA takes longer than all of this.
        _, singular, components = svd(points - centre, full_matrices=False)
        components = components[:2].copy(order="K")  # last bits of a product depend on the order in memory, too
        coordinates = points @ components.T - centre[None] @ components.T
    largest = np.argmax(np.abs(components), axis=1)
    coordinates = coordinates * np.where(components[[0, 1], largest] < 0, -1.0, 1.0)
    variances = singular**2 / (len(points) - 1)
    shares = (variances / variances.sum())[:2]
    table = pd.DataFrame(owners, columns=["cohort", "loss", "method", "split", "signature"])
    table = table.assign(pc1=coordinates[:, 0], pc2=coordinates[:, 1])
    explained = pd.DataFrame({"cohort": cohort, "loss": loss, "component": ["pc1", "pc2"], "explained": shares})
    return table, explained
