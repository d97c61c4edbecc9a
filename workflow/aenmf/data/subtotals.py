"""Columns of a catalogue that are sums of others: totals of a group of patients who are next to each other."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np

LEAST_MUTATIONS = 20
"""Columns of fewer may be a sum by chance."""
MOST_COLUMNS, MOST_BLOCKS = 2000, 100
"""So many columns, those with the most mutations, are compared, each with so many blocks in full."""
GROUPS = 6
"""Sums of so many groups of channels have to agree before all channels are compared."""
EXACT = 1e-9
"""Relative error of sums of sums."""
ROUNDED = 12
"""How far a sum of 96 rounded numbers may be from that of the numbers: four standard deviations."""


def sums_of_blocks(matrix: np.ndarray) -> Iterator[tuple[int, int, int]]:
    """Columns that are the sum of a block of at least two others next to each other, up to rounding to whole numbers.

    Args:
        matrix: (M, N) ≥ 0, no column without any.

    Yields:
        The column, and the first and the last one of its block.
    """
    parts = np.stack([part.sum(axis=0) for part in np.array_split(matrix, GROUPS)])
    # Sums of the first columns: a block's is the difference of two, which are searched for by halving as they only grow.
    before = np.concatenate([np.zeros((GROUPS, 1)), parts.cumsum(axis=1)], axis=1)
    total, whole = before.sum(axis=0), (matrix == np.floor(matrix)).all(axis=0)
    sums = parts.sum(axis=0)
    for column in sorted(np.argsort(-sums, kind="stable")[:MOST_COLUMNS]):
        rounded = whole[column] and not whole.all()
        if sums[column] < LEAST_MUTATIONS * (ROUNDED if rounded else 1):
            continue
        starts, ends = _within(total, total[:-1] + sums[column], ROUNDED if rounded else EXACT * total[-1])
        slack = 0.5 * len(matrix) / GROUPS if rounded else EXACT * total[-1]
        near = (np.abs(before[:, ends] - before[:, starts] - parts[:, column, None]) <= slack).all(axis=0)
        near &= (ends - starts > 1) & ((column < starts) | (column >= ends))
        for first, end in islice(zip(starts[near], ends[near], strict=True), MOST_BLOCKS):
            if _agree(matrix[:, column], matrix[:, first:end].sum(axis=1), rounded):
                yield int(column), int(first), int(end - 1)
                break


def _within(total: np.ndarray, wanted: np.ndarray, slack: float) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of a start and an end such that ``total[end]`` is within ``slack`` of ``wanted[start]``."""
    low, high = np.searchsorted(total, wanted - slack), np.searchsorted(total, wanted + slack, side="right")
    numbers = high - low
    starts = np.repeat(np.arange(len(wanted)), numbers)
    ends = np.arange(numbers.sum()) - np.repeat(numbers.cumsum() - numbers, numbers) + np.repeat(low, numbers)
    return starts, ends


def _agree(column: np.ndarray, block: np.ndarray, rounded: bool) -> bool:
    """Whether a column is the sum of a block, or that rounded to whole numbers."""
    exact = np.allclose(column, block, rtol=1e-6, atol=1e-6)
    return exact or bool(rounded and (np.abs(column - block) <= 0.5 + 1e-6 * block).all())
