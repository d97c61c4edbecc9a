"""Cosine similarity of signatures and their optimal one-to-one matching (paper, section Design: Matching, ACS, SC).

Signatures are columns: arrays are channels × signatures. All products are taken by ``einsum`` in a fixed order, so that
a similarity has the same bits whatever the number of threads of a linear-algebra library.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Matching:
    """A one-to-one matching of rows with columns.

    Attributes:
        rows, columns: (n,) matched index pairs, rows ascending; n is the smaller number of signatures.
        cosines: (n,) cosine similarity of each pair.
    """

    rows: np.ndarray
    columns: np.ndarray
    cosines: np.ndarray

    @property
    def mean(self) -> float:
        """Average cosine similarity (ACS) of the matched pairs."""
        return float(self.cosines.mean())


def cosine(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Cosine similarity of every column of ``first`` with every column of ``second``.

    Args:
        first: (M, a).
        second: (M, b).

    Returns:
        (a, b), within [-1, 1].

    Raises:
        ValueError: the channels differ in number, or a column is zero or not finite and so has no direction.
    """
    first, second = _directions(first), _directions(second)
    if len(first) != len(second):
        raise ValueError(f"signatures over {len(first)} and {len(second)} channels cannot be compared")
    return np.clip(np.einsum("ma,mb->ab", first, second), -1.0, 1.0)


def _directions(signatures: np.ndarray) -> np.ndarray:
    """The columns scaled to length 1, as a contiguous float64 array."""
    array = np.ascontiguousarray(signatures, dtype=np.float64)
    if array.ndim != 2:
        raise ValueError(f"signatures must be an array channels × signatures, not of shape {array.shape}")
    # Dividing by the maximum first keeps the squares of tiny signatures out of the denormal range.
    largest = np.abs(array).max(axis=0)
    bad = np.flatnonzero(~(np.isfinite(largest) & (largest > 0)))
    if bad.size:
        raise ValueError(f"signature {bad[0]} is zero or not finite, so its cosine similarity is undefined")
    array = array / largest
    return array / np.sqrt(np.square(array).sum(axis=0))


def match_similarities(similarities: np.ndarray) -> Matching:
    """The one-to-one matching with the largest total similarity (Hungarian method on 1 − similarity).

    Equal totals are decided by scipy's ``linear_sum_assignment``, which depends on nothing but the matrix; a matrix of
    equal entries gives the identity.

    Args:
        similarities: (a, b); where a ≠ b, only min(a, b) pairs are formed and the others stay unmatched.
    """
    # It takes longer to import than most users of this module need to run.
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(1.0 - similarities)
    return Matching(rows, columns, similarities[rows, columns])


def match(first: np.ndarray, second: np.ndarray) -> Matching:
    """Match the columns of ``first`` (M, a) one-to-one with those of ``second`` (M, b) by cosine similarity."""
    return match_similarities(cosine(first, second))


def order_like(reference: np.ndarray, signatures: np.ndarray) -> np.ndarray:
    """The order in which to show ``signatures`` (M, b) so that they are next to their matches in ``reference`` (M, a).

    Returns:
        (b,) a permutation p: ``signatures[:, p]`` follows the order of ``reference``. Columns without a match (b > a)
        come last in their own order; where a > b, reference columns without a match are passed over.
    """
    columns = match(reference, signatures).columns
    unmatched = np.setdiff1d(np.arange(signatures.shape[1]), columns)
    return np.concatenate([columns, unmatched]).astype(int)


def match_table(signatures: np.ndarray, references: pd.DataFrame, channels: Sequence[str]) -> pd.DataFrame:
    """Match de novo signatures one-to-one with a reference set, one row per signature.

    Args:
        signatures: (M, K).
        references: channels × reference signatures, channels as index.
        channels: (M,) names of the rows of ``signatures``.

    Returns:
        Columns ``signature`` (0 … K − 1), ``match`` (name of the reference signature) and ``cosine``; both are missing
        for the signatures left over where there are fewer references than signatures.

    Raises:
        ValueError: the references are not over ``channels`` in that order.
    """
    if list(references.index) != list(channels):
        raise ValueError("the reference signatures are not over the same channels in the same order")
    found = match(signatures, references.to_numpy())
    pairs = zip(found.rows, found.columns, found.cosines, strict=True)
    matched = {int(k): (str(references.columns[r]), float(value)) for k, r, value in pairs}
    rows = [(k, *matched.get(k, (None, np.nan))) for k in range(signatures.shape[1])]
    return pd.DataFrame(rows, columns=["signature", "match", "cosine"])


def pairwise_matched_cosine(signatures: Sequence[np.ndarray] | np.ndarray) -> np.ndarray:
    """Average matched cosine of every pair of signature sets.

    Args:
        signatures: (S, M, K), the signatures of S fits.

    Returns:
        (S, S) symmetric, with ones on the diagonal.
    """
    stack = np.asarray(signatures, dtype=np.float64)
    n_fits, _, k = stack.shape
    # One product for all pairs: block (i, j) of the big matrix is the K × K cosine matrix of fits i and j.
    pooled = np.concatenate(list(stack), axis=1)
    blocks = cosine(pooled, pooled).reshape(n_fits, k, n_fits, k)
    result = np.eye(n_fits)
    for i in range(n_fits):
        for j in range(i + 1, n_fits):
            result[i, j] = result[j, i] = match_similarities(blocks[i, :, j, :]).mean
    return result
