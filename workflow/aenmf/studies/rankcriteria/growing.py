"""A criterion's choice of K where no range is known: more numbers are tried until the best one is well inside them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from aenmf.seeds import Seed
from aenmf.studies.rankcriteria.base import Task
from aenmf.studies.rankcriteria.table import CRITERIA, criterion_values, interval, quantities

LOWEST, STEP = 2, 6
"""The first number tried, and how many are tried at a time."""


@dataclass(frozen=True)
class Choice:
    """The number chosen, the ends of its interval, and the highest number tried."""

    rank: int
    low: int
    high: int
    tried: int


def grow(name: str, task: Callable[[Sequence[int]], Task], highest: int, seed: Seed) -> Choice:
    """Choose K by a criterion, on ranges that grow until the best number lies inside.

    Args:
        name: of a criterion that has a best number.
        task: what it is measured on, for some ranks.
        highest: no more signatures than these are tried.
        seed: of the interval.
    """
    criterion = CRITERIA[name]
    assert criterion.best is not None, name
    values, last = pd.DataFrame(), LOWEST - 1
    while last < highest:
        more = range(last + 1, min(last + STEP, highest) + 1)
        values, last = pd.concat([values, criterion_values(name, task(more))]), more[-1]
        if criterion.best(quantities(values)) <= last - criterion.beyond:
            break
    found = quantities(values)
    rank = criterion.choose(found)
    low, high = interval(criterion, found, seed) or (rank, rank)
    return Choice(rank, low, high, last)
