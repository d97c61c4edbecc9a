"""Intervals and tests for means over random splits of one cohort, which share their patients.

Thirty splits of the same patients are not thirty independent samples: two training sets of 80 % have most patients in common.
The spread between splits therefore says too little about new patients, and a test that takes splits as independent finds
differences that are not there. Here the variance is corrected as Nadeau and Bengio propose, equality is shown by two one-sided
tests, and several tests at once are corrected as Holm does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special

from aenmf.evaluation.statistics import CONFIDENCE, GROUP, per_split


class Sizes(NamedTuple):
    """Patients in a split of a cohort: for training and for testing."""

    train: int
    test: int

    @classmethod
    def of(cls, splits: pd.DataFrame) -> Sizes:
        """The sizes of the splits of one cohort, which are alike: columns ``split``, ``set``."""
        sets = splits.loc[splits["split"] == splits["split"].iloc[0], "set"]
        return cls(int((sets == "train").sum()), int((sets == "test").sum()))


@dataclass(frozen=True)
class Mean:
    """A mean over splits with a standard error.

    Attributes:
        n: splits; the t distribution has one degree of freedom less.
        value: the mean.
        error: its standard error; nan for fewer than two splits.
    """

    n: int
    value: float
    error: float

    def interval(self, confidence: float = CONFIDENCE) -> tuple[float, float]:
        """The t interval of the mean."""
        reach = float(special.stdtrit(self.n - 1, 0.5 + confidence / 2)) * self.error if self.n > 1 else np.nan
        return self.value - reach, self.value + reach

    def ratio(self) -> tuple[float, float, float]:
        """Of a mean of logarithms: the geometric mean with its interval."""
        low, high = self.interval()
        return float(np.exp(self.value)), float(np.exp(low)), float(np.exp(high))

    def p_value(self) -> float:
        """Two-sided t test of the mean against 0."""
        return 2 * self._tail(abs(self.value))

    def below(self, bound: float) -> float:
        """One-sided t test: the p-value for the mean lying below a bound."""
        return self._tail(bound - self.value)

    def equivalence(self, low: float, high: float) -> float:
        """Two one-sided t tests: the p-value for the mean lying between ``low`` and ``high`` (Schuirmann 1987)."""
        return max(self._tail(self.value - low), self.below(high))

    def _tail(self, distance: float) -> float:
        """How probable it is that the mean exceeds the truth by more than ``distance``."""
        if not self.n > 1 or np.isnan(self.error):
            return np.nan
        if self.error == 0:
            return 0.0 if distance > 0 else 0.5 if distance == 0 else 1.0
        return float(special.stdtr(self.n - 1, -distance / self.error))


def correction(n: int, sizes: Sizes) -> float:
    """The factor on a standard error that takes n splits as independent: √(1 + n · test / train) (Nadeau and Bengio 2003)."""
    return float(np.sqrt(1 + n * sizes.test / sizes.train))


def corrected_mean(values: ArrayLike, sizes: Sizes) -> Mean:
    """The mean over splits, its variance S² (1/n + test/train) instead of S²/n.

    Args:
        values: one number of each split, such as the logarithm of a ratio of errors.
        sizes: patients in a split.
    """
    array = np.asarray(values, dtype=float)
    n = len(array)
    if n < 2:
        return Mean(n, float(array.mean()) if n else np.nan, np.nan)
    return Mean(n, float(array.mean()), float(array.std(ddof=1) / np.sqrt(n)) * correction(n, sizes))


def two_sets_of_splits(values: ArrayLike) -> Mean:
    """The mean over splits, with the standard error of its difference to the mean over as many other splits.

    Both sets are drawn at random from the splits of the same patients and independent given these, so that the variance of the
    difference is 2 S²/n, and nothing is to be corrected.
    """
    array = np.asarray(values, dtype=float)
    n = len(array)
    return Mean(n, float(array.mean()), float(array.std(ddof=1) * np.sqrt(2 / n)) if n > 1 else np.nan)


def holm(p_values: Sequence[float]) -> np.ndarray:
    """P-values corrected for testing all of them (Holm 1979); nan stays nan and does not count."""
    p = np.asarray(p_values, dtype=float)
    corrected = np.full(len(p), np.nan)
    order = np.argsort(p, kind="stable")[: int(np.isfinite(p).sum())]
    steps = p[order] * np.arange(len(order), 0, -1)
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return corrected


def log_ratios(pairs: pd.DataFrame) -> np.ndarray:
    """Logarithms of the ratios of :func:`aenmf.evaluation.statistics.per_split`, where both errors are finite and positive."""
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(pairs["ratio"].to_numpy(dtype=float))
    return logs[np.isfinite(logs)]


def corrected_ratios(errors: pd.DataFrame, first: str, second: str, sizes: Mapping[str, Sizes]) -> pd.DataFrame:
    """Two methods' errors compared as for new patients, in every cohort, loss and set.

    Args:
        errors: rows of errors.csv.
        first, second: method entries.
        sizes: patients in a split, by cohort.

    Returns:
        Columns ``cohort``, ``loss``, ``measure``, ``set`` and ``geometric`` (mean over splits of first / second, as a geometric
        mean), its interval ``corrected_low``, ``corrected_high``, ``corrected_p``, and ``holm_p``, corrected for all rows.
    """
    rows = []
    for key, group in per_split(errors, first, second).groupby(GROUP, sort=False):
        mean = corrected_mean(log_ratios(group), sizes[str(key[0])])
        rows.append((*key, *mean.ratio(), mean.p_value()))
    frame = pd.DataFrame(rows, columns=[*GROUP, "geometric", "corrected_low", "corrected_high", "corrected_p"])
    return frame.assign(holm_p=holm(frame["corrected_p"]))
