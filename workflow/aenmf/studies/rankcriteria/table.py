"""All criteria of the number of signatures by name, their values, and what they choose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from aenmf.seeds import Seed
from aenmf.studies.rankcriteria.base import Criterion, Quantities, Row, Task
from aenmf.studies.rankcriteria.blocks import LEFT_OUT_BLOCKS
from aenmf.studies.rankcriteria.mutations import LEFT_OUT_MUTATIONS
from aenmf.studies.rankcriteria.patients import MEAN_ERROR, RELATIVE_ERROR
from aenmf.studies.rankcriteria.penalty import PENALTY
from aenmf.studies.rankcriteria.stability import STABILITY

CRITERIA: Mapping[str, Criterion] = {
    "stability": STABILITY,
    "mean_error": MEAN_ERROR,
    "relative_error": RELATIVE_ERROR,
    "mutations": LEFT_OUT_MUTATIONS,
    "blocks": LEFT_OUT_BLOCKS,
    "penalty": PENALTY,
}

KEYS = ["cohort", "method", "loss", "criterion"]
DRAWS, COVERED = 200, 0.95
"""Draws of the resamples behind an interval, and the share of their choices that it holds."""


def criterion_values(name: str, task: Task) -> pd.DataFrame:
    """The values of a criterion, columns ``rank``, ``resample``, ``quantity``, ``value``."""
    rows: list[Row] = CRITERIA[name].values(task)
    return pd.DataFrame(rows, columns=["rank", "resample", "quantity", "value"])


def quantities(values: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The values of each quantity: a row per resample, a column per rank."""
    return {
        str(name): part.pivot(index="resample", columns="rank", values="value")
        for name, part in values.groupby("quantity", sort=False)
    }


def interval(criterion: Criterion, found: Quantities, seed: Seed) -> tuple[int, int] | None:
    """The ranks between which 95 % of the choices lie when the resamples are drawn again; None without resamples.

    Of a criterion that chooses from less, the lowest and the highest of these choices.
    """
    if criterion.again is not None:
        chosen = criterion.again(found)
        return (min(chosen), max(chosen)) if chosen else None
    if not criterion.resampled:
        return None
    generator, chosen = seed.generator(), []
    for _ in range(DRAWS):
        drawn = {name: table.iloc[generator.integers(len(table), size=len(table))] for name, table in found.items()}
        chosen.append(criterion.choose(drawn))
    tails = (1 - COVERED) / 2, (1 + COVERED) / 2
    low, high = np.quantile(chosen, tails, method="inverted_cdf")
    return int(low), int(high)


def choices(values: pd.DataFrame, true: Mapping[str, int], seed: Seed) -> pd.DataFrame:
    """What every criterion chooses, and whether it may be believed.

    Args:
        values: the values of all criteria, ``KEYS`` in front.
        true: cohort → number of true signatures, of the cohorts where it is known.
        seed: stream of the intervals.

    Returns:
        Columns ``KEYS``, ``chosen``, ``low``, ``high``, ``highest_tried``, ``true``, ``passed``: whether this criterion found the
        true number in every cohort of the run where it is known, for this method and loss; missing where there is none. A choice
        of the highest number tried is only a lower bound.
    """
    rows: list[tuple[Any, ...]] = []
    for key, part in values.groupby(KEYS, sort=False):
        cohort, *_, name = map(str, key)
        criterion, found = CRITERIA[name], quantities(part)
        low, high = interval(criterion, found, seed.child(*map(str, key))) or (None, None)
        rows.append((*key, criterion.choose(found), low, high, part["rank"].max(), true.get(cohort)))
    numbers = ["chosen", "low", "high", "highest_tried", "true"]
    table = pd.DataFrame(rows, columns=[*KEYS, *numbers]).astype(dict.fromkeys(numbers, "Int64"))
    right = (table["chosen"] == table["true"]).where(table["true"].notna())
    table["passed"] = right.groupby([table[key] for key in KEYS[1:]], sort=False).transform("min").astype("boolean")
    return table
