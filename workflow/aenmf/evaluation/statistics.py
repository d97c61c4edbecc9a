"""Comparing two methods split by split: ratios, signed-rank tests, bootstrap intervals.

Two methods see the same splits, so everything here is paired. Errors span orders of magnitude between splits (a few
hypermutated patients dominate), therefore methods are compared by the ratio of their errors on the same split, and the
signed-rank test is taken of the logarithm of that ratio.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from aenmf.losses import MEASURE_OF_LOSS
from aenmf.seeds import Seed

CONFIDENCE = 0.95
RESAMPLES = 9999
GROUP = ["cohort", "loss", "measure", "set"]


@dataclass(frozen=True)
class PairedComparison:
    """Two methods' errors on the same splits.

    Attributes:
        n: splits on which both errors are finite and positive; only these enter.
        n_undefined: the other splits.
        mean_ratio: mean over splits of first / second.
        low, high: bootstrap confidence interval of the mean ratio.
        n_lower, n_equal, n_higher: splits on which the first method's error is lower, equal, higher.
        p_value: two-sided Wilcoxon signed-rank test of log(first / second) against 0.
    """

    n: int
    n_undefined: int
    mean_ratio: float
    low: float
    high: float
    n_lower: int
    n_equal: int
    n_higher: int
    p_value: float


def own_measure(errors: pd.DataFrame) -> pd.DataFrame:
    """The rows of errors.csv in which a fit is measured by what it minimised (mse for frobenius, kld for KL)."""
    return errors[errors["measure"] == errors["loss"].map(MEASURE_OF_LOSS)]


def mean_errors(errors: pd.DataFrame) -> pd.DataFrame:
    """Mean, standard deviation and median over splits of each fit's error in its own measure.

    Args:
        errors: rows of errors.csv.

    Returns:
        Columns ``cohort``, ``loss``, ``measure``, ``set``, ``method``, ``n``, ``mean``, ``sd``, ``median``, in order of
        first appearance. The standard deviation is missing for a single split.
    """
    groups = own_measure(errors).groupby([*GROUP, "method"], sort=False)["value"]
    return groups.agg(n="size", mean="mean", sd="std", median="median").reset_index()


def per_split(errors: pd.DataFrame, first: str, second: str) -> pd.DataFrame:
    """The two methods' errors side by side.

    Returns:
        Columns ``cohort``, ``loss``, ``measure``, ``set``, ``split``, ``first``, ``second``, ``ratio`` (first /
        second); only splits that both methods have.
    """
    own = own_measure(errors)
    keys = [*GROUP, "split"]
    sides = [own.loc[own["method"] == name, [*keys, "value"]] for name in (first, second)]
    table = sides[0].merge(sides[1], on=keys, validate="one_to_one", suffixes=("_first", "_second"))
    table = table.rename(columns={"value_first": "first", "value_second": "second"})
    with np.errstate(divide="ignore", invalid="ignore"):
        table["ratio"] = table["first"].to_numpy() / table["second"].to_numpy()
    return table


def compare(errors: pd.DataFrame, first: str, second: str, seed: Seed) -> pd.DataFrame:
    """Compare two methods in every cohort, loss and set.

    Args:
        errors: rows of errors.csv.
        first, second: method entries.
        seed: the bootstrap's stream; each cohort, loss and set has a child of its own, so a row does not depend on
            which others there are.

    Returns:
        Columns ``cohort``, ``loss``, ``measure``, ``set``, ``first``, ``second`` and those of
        :class:`PairedComparison`.
    """
    rows = []
    for key, group in per_split(errors, first, second).groupby(GROUP, sort=False):
        result = compare_pairs(group["first"], group["second"], seed.child("ratio", first, second, *key))
        rows.append(dict(zip(GROUP, key, strict=True)) | {"first": first, "second": second} | vars(result))
    names = [*GROUP, "first", "second", *PairedComparison.__dataclass_fields__]
    return pd.DataFrame(rows, columns=names)


def compare_pairs(first: Sequence[float], second: Sequence[float], seed: Seed) -> PairedComparison:
    """Compare paired positive values, see :class:`PairedComparison`.

    Without any defined pair, ratio and interval are nan and the p-value is 1.
    """
    a, b = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    defined = np.isfinite(a) & np.isfinite(b) & (a > 0) & (b > 0)
    a, b = a[defined], b[defined]
    ratio = a / b
    low, high = mean_interval(ratio, seed)
    return PairedComparison(
        n=int(defined.sum()),
        n_undefined=int((~defined).sum()),
        mean_ratio=float(ratio.mean()) if len(ratio) else np.nan,
        low=low,
        high=high,
        n_lower=int((a < b).sum()),
        n_equal=int((a == b).sum()),
        n_higher=int((a > b).sum()),
        p_value=signed_rank(np.log(ratio)),
    )


def signed_rank(differences: Sequence[float]) -> float:
    """Two-sided p-value of the Wilcoxon signed-rank test of paired differences (Wilcoxon 1945).

    Zero differences are left out, as Wilcoxon did; without any other the p-value is 1. Up to 50 differences of distinct
    sizes have the exact distribution, others the normal approximation with its correction for ties.
    """
    values = np.asarray(differences, dtype=float)
    values = values[values != 0]
    if not len(values):
        return 1.0
    distinct = len(np.unique(np.abs(values))) == len(values)
    from scipy import stats  # takes longer to import than most users of this module need to run

    method = "exact" if distinct and len(values) <= 50 else "asymptotic"
    return float(stats.wilcoxon(values, method=method).pvalue)


def mean_interval(
    values: Sequence[float], seed: Seed, confidence: float = CONFIDENCE, resamples: int = RESAMPLES
) -> tuple[float, float]:
    """Bias-corrected and accelerated bootstrap interval of a mean (Efron 1987).

    Returns:
        Lower and upper bound; both nan for fewer than two values, the smallest and largest value where all values are
        equal up to rounding.
    """
    array = np.asarray(values, dtype=float)
    if len(array) < 2:
        return np.nan, np.nan
    if np.ptp(array) <= 1e-12 * np.abs(array).max():  # all resamples have the same mean and the acceleration is 0/0
        return float(array.min()), float(array.max())
    from scipy import stats

    result = stats.bootstrap(
        (array,),
        np.mean,
        confidence_level=confidence,
        n_resamples=resamples,
        method="BCa",
        vectorized=True,
        rng=seed.generator(),
    )
    return float(result.confidence_interval.low), float(result.confidence_interval.high)


def mean_pairwise_error(similarities: pd.DataFrame) -> float:
    """Jackknife standard error over splits of a mean over pairs of splits.

    The pairs of one split are not independent of each other, so the spread of the 435 values says nothing about how
    well their mean is known; leaving out one split at a time does (a U-statistic's delete-one jackknife, Arvesen 1969).

    Args:
        similarities: columns ``split_a``, ``split_b``, ``similarity`` of one cohort, method and loss.

    Returns:
        The standard error, nan for fewer than three splits.
    """
    first, second = similarities["split_a"].to_numpy(), similarities["split_b"].to_numpy()
    values = similarities["similarity"].to_numpy()
    splits = np.union1d(first, second)
    n = len(splits)
    if n < 3:
        return np.nan
    left = np.array([values[(first != split) & (second != split)].mean() for split in splits])
    return float(np.sqrt((n - 1) / n * np.square(left - left.mean()).sum()))
