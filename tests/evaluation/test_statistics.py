"""Paired comparisons of two methods over splits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from aenmf.evaluation.statistics import (
    compare,
    compare_pairs,
    mean_errors,
    mean_interval,
    mean_pairwise_error,
    own_measure,
    per_split,
    signed_rank,
)
from aenmf.seeds import Seed

SEED = Seed(1, ("test",))


def errors_table(values: dict[str, list[float]], loss: str = "frobenius", cohort: str = "ovary") -> pd.DataFrame:
    """errors.csv of some methods: one test error per split in the loss's own measure, and another in the other one."""
    own = {"frobenius": "mse", "kullback-leibler": "kld"}[loss]
    rows = []
    for method, per_method in values.items():
        for split, value in enumerate(per_method):
            for measure, shown in ((own, value), ({"mse": "kld", "kld": "mse"}[own], -1.0)):
                rows.append((cohort, method, loss, split, "test", measure, shown))
    return pd.DataFrame(rows, columns=["cohort", "method", "loss", "split", "set", "measure", "value"])


def test_only_the_own_measure_counts():
    table = pd.concat([errors_table({"nmf": [1.0, 3.0]}), errors_table({"nmf": [5.0]}, "kullback-leibler")])
    assert sorted(own_measure(table)["value"]) == [1.0, 3.0, 5.0]
    means = mean_errors(table).set_index("loss")
    assert means.loc["frobenius", "mean"] == 2.0 and means.loc["frobenius", "sd"] == pytest.approx(np.sqrt(2))
    assert means.loc["kullback-leibler", "n"] == 1 and np.isnan(means.loc["kullback-leibler", "sd"])


def test_rows_keep_the_order_of_the_errors():
    parts = [errors_table({"nmf": [1.0, 2.0], "aenmf": [2.0, 3.0]}, cohort=cohort) for cohort in ("uterus", "ovary")]
    table = pd.concat(parts)
    assert mean_errors(table)["cohort"].tolist() == ["uterus", "uterus", "ovary", "ovary"]
    assert mean_errors(table)["method"].tolist() == ["nmf", "aenmf"] * 2
    assert compare(table, "nmf", "aenmf", SEED)["cohort"].tolist() == ["uterus", "ovary"]


def test_ratio_is_the_mean_of_ratios_not_the_ratio_of_means():
    table = errors_table({"nmf": [1.0, 100.0, 4.0, 5.0], "aenmf": [2.0, 100.0, 8.0, 2.5]})
    found = compare(table, "nmf", "aenmf", SEED).iloc[0]
    assert found["mean_ratio"] == pytest.approx(1.0)
    assert (found["n_lower"], found["n_equal"], found["n_higher"]) == (2, 1, 1)


def test_pairs_are_joined_by_split_not_by_position():
    table = errors_table({"nmf": [1.0, 2.0, 3.0], "aenmf": [2.0, 4.0, 6.0]}).sample(frac=1, random_state=1)
    pairs = per_split(table, "nmf", "aenmf")
    assert len(pairs) == 3 and pairs["ratio"].tolist() == [0.5] * 3
    missing = table[~((table["method"] == "nmf") & (table["split"] == 1))]
    assert sorted(per_split(missing, "nmf", "aenmf")["split"]) == [0, 2]


def test_signed_rank_is_exact_for_few_splits():
    assert signed_rank([0.1, 0.2, 0.3, 0.4, 0.5]) == pytest.approx(2 / 2**5)
    # Of 2^4 sign patterns of the ranks 1 … 4, the negative ranks sum to at most 1 in two: p = 2 · 2/16.
    assert signed_rank([-0.1, 0.2, 0.3, 0.4]) == pytest.approx(0.25)
    assert signed_rank([0.0, 0.0]) == 1.0
    assert signed_rank([0.0, 0.1, 0.2, 0.3]) == pytest.approx(0.25)


def test_signed_rank_is_fast_with_ties():
    assert 0 < signed_rank([0.1] * 13) < 0.001


@pytest.mark.parametrize("tied", [[1.0, 1.0, 2.0, 3.0], [-1.0, 1.0, 2.0, 3.0]])
def test_differences_of_the_same_size_have_no_exact_distribution(tied):
    expected = stats.wilcoxon(tied, method="asymptotic").pvalue
    assert signed_rank(tied) == expected != stats.wilcoxon(tied, method="exact").pvalue


def test_the_test_is_of_ratios():
    # Differences would give the single large split the highest rank; its ratio has the lowest.
    first, second = [1.0, 1.0, 1.0, 1e6 * 1.01], [2.0, 3.0, 4.0, 1e6]
    assert compare_pairs(first, second, SEED).p_value == pytest.approx(0.25)


def test_infinite_errors_are_counted_and_left_out():
    found = compare_pairs([1.0, np.inf, 1.0, np.nan], [2.0, 1.0, np.inf, 1.0], SEED)
    assert (found.n, found.n_undefined, found.mean_ratio) == (1, 3, 0.5)
    zero = compare_pairs([0.0, 1.0, 1.0], [1.0, 0.0, 4.0], SEED)  # an error of 0 has no ratio with a logarithm
    assert (zero.n, zero.n_undefined, zero.mean_ratio) == (1, 2, 0.25)
    empty = compare_pairs([np.inf], [1.0], SEED)
    assert empty.n == 0 and np.isnan(empty.mean_ratio) and np.isnan(empty.low) and empty.p_value == 1.0


def test_interval_is_deterministic_and_named_by_its_seed():
    values = np.random.default_rng(0).lognormal(size=30)
    assert mean_interval(values, SEED) == mean_interval(values, SEED)
    assert mean_interval(values, SEED) != mean_interval(values, SEED.child("other"))


def test_interval_of_normal_values_is_that_of_the_t_distribution():
    values = np.random.default_rng(1).normal(5, 1, size=200)
    low, high = mean_interval(values, SEED)
    half = 1.972 * values.std(ddof=1) / np.sqrt(200)
    assert low == pytest.approx(values.mean() - half, abs=0.02)
    assert high == pytest.approx(values.mean() + half, abs=0.02)


def test_interval_scales_and_leans_with_the_skew():
    values = np.random.default_rng(2).lognormal(sigma=1.2, size=40)
    low, high = mean_interval(values, SEED)
    assert high - values.mean() > values.mean() - low
    for scale in (1000, 1e-9):
        np.testing.assert_allclose(mean_interval(scale * values, SEED), (scale * low, scale * high), rtol=1e-9)


def test_two_values_have_an_interval_between_them():
    low, high = mean_interval([1.0, 3.0], SEED)
    assert 1 <= low < high <= 3


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([2.0] * 5, (2.0, 2.0)),
        ([-2.0] * 5, (-2.0, -2.0)),
        ([0.0] * 5, (0.0, 0.0)),
        ([1e9, 1e9 + 1e-4], (1e9, 1e9 + 1e-4)),  # equal up to rounding
        ([2.0], (np.nan, np.nan)),
        ([], (np.nan,) * 2),
    ],
)
def test_interval_of_degenerate_values(values: list[float], expected: tuple[float, float]):
    np.testing.assert_equal(mean_interval(values, SEED), expected)


def test_a_comparison_does_not_depend_on_its_company():
    generator = np.random.default_rng(3)
    tables = [
        errors_table({"nmf": generator.random(20) + 1, "aenmf": generator.random(20) + 1}, cohort=cohort)
        for cohort in ("ovary", "uterus")
    ]
    together = compare(pd.concat(tables), "nmf", "aenmf", SEED)
    alone = compare(tables[1], "nmf", "aenmf", SEED)
    pd.testing.assert_frame_equal(together[together["cohort"] == "uterus"].reset_index(drop=True), alone)


def test_each_comparison_has_a_bootstrap_of_its_own():
    values = dict(zip(("nmf", "aenmf"), np.random.default_rng(5).lognormal(size=(2, 20)).tolist(), strict=True))
    tables = [errors_table(values, cohort=cohort) for cohort in ("ovary", "uterus")]
    found = compare(pd.concat(tables), "nmf", "aenmf", SEED)
    assert found["mean_ratio"].nunique() == 1 and found["low"].nunique() == 2


def test_jackknife_of_additive_similarities_is_the_standard_error_of_the_mean():
    # With similarity a_i + a_j the mean over pairs is 2·mean(a), whose standard error is known.
    a = np.random.default_rng(4).random(12)
    first, second = np.triu_indices(12, k=1)
    table = pd.DataFrame({"split_a": first, "split_b": second, "similarity": a[first] + a[second]})
    assert mean_pairwise_error(table) == pytest.approx(2 * a.std(ddof=1) / np.sqrt(12))
    assert np.isnan(mean_pairwise_error(table[(table["split_a"] == 0) & (table["split_b"] == 1)]))
    assert mean_pairwise_error(table[table["split_b"] < 3]) == pytest.approx(2 * a[:3].std(ddof=1) / np.sqrt(3))


@pytest.mark.parametrize(("n", "method"), [(21, "exact"), (50, "exact"), (51, "asymptotic")])
def test_signed_rank_is_exact_up_to_fifty_distinct_differences(n, method):
    differences = np.arange(1.0, n + 1) * np.where(np.arange(n) % 3, 1, -1)
    expected, other = (
        stats.wilcoxon(differences, method=kind).pvalue for kind in (method, ["exact", "asymptotic"][n <= 50])
    )
    assert expected != other and signed_rank(differences) == expected


def test_the_interval_of_skewed_values_is_corrected_for_bias_and_acceleration():
    values = np.exp(Seed(4).generator().normal(0, 1.5, 25))
    resamples = Seed(5).generator().choice(values, (100_000, len(values))).mean(axis=1)
    low, high = mean_interval(values, SEED)
    assert low > 1.02 * np.quantile(resamples, 0.025) and high > 1.02 * np.quantile(resamples, 0.975)
