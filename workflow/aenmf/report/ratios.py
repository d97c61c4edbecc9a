"""Two methods' errors split by split, as ratios with intervals: the numbers behind the first screen of the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from aenmf.data.splits import read_splits
from aenmf.evaluation.resampled import Sizes, corrected_mean, log_ratios
from aenmf.evaluation.statistics import GROUP, per_split
from aenmf.losses import FROBENIUS
from aenmf.methods.entries import Entry, playing
from aenmf.report.files import Files
from aenmf.tables.ratios import published_ratios


@dataclass(frozen=True)
class Ratio:
    """The error of one method over that of another, in one cohort, loss and set.

    Attributes:
        values: one ratio of each split.
        mean, low, high: geometric mean with its 95 % interval for new patients; the interval is nan for a single split.
        p_value: of the test that the errors are equal, for new patients; nan for a single split.
        published: the geometric mean of the published matrices; None where there are none.
    """

    cohort: str
    loss: str
    set: str
    values: tuple[float, ...]
    mean: float
    low: float
    high: float
    p_value: float
    published: float | None = None


def entries(config: Mapping[str, Any]) -> list[Entry]:
    """The methods compared, in order."""
    titles = {name: config["methods"][name] for name in config["compare"]}
    return [Entry(name, entry["model"], entry.get("title", name)) for name, entry in titles.items()]


def pair(config: Mapping[str, Any], first: str = "nmf", second: str = "aenmf") -> tuple[Entry, Entry] | None:
    """The entries that play two models' parts; None where one is missing."""
    found = playing(entries(config), first), playing(entries(config), second)
    return (found[0], found[1]) if found[0] and found[1] else None


def ratios(files: Files, first: Entry, second: Entry) -> list[Ratio]:
    """The ratios first/second of every cohort, loss and set, in the order of the errors."""
    sizes = {cohort: Sizes.of(read_splits(path)) for cohort, path in files.splits.items()}
    published = published_ratios(pd.read_csv(files.published)) if files.published else {}
    made = []
    for key, group in per_split(files.table("errors"), first.name, second.name).groupby(GROUP, sort=False):
        cohort, loss, _, which = map(str, key)
        logs = log_ratios(group)
        if len(logs):
            mean = corrected_mean(logs, sizes[cohort])
            said = published.get((cohort, which, first.model, second.model)) if loss == FROBENIUS else None
            values = tuple(np.exp(logs).tolist())
            made.append(Ratio(cohort, loss, which, values, *mean.ratio(), mean.p_value(), said))
    return made
