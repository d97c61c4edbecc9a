"""Intervals and tests for means over splits that share patients, against formulas written out and simulated patients."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from aenmf.evaluation.resampled import (
    Mean,
    Sizes,
    corrected_mean,
    corrected_ratios,
    correction,
    holm,
    two_sets_of_splits,
)

SIZES = Sizes(80, 20)
APART = Sizes(80, 0)
"""No test patients: the correction disappears."""


def values(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.3, 1.0, n)


@pytest.mark.parametrize("n", [2, 5, 30])
def test_the_corrected_mean_is_the_formula_of_nadeau_and_bengio(n):
    x = values(n)
    mean = corrected_mean(x, SIZES)
    variance = ((x - x.mean()) ** 2).sum() / (n - 1) * (1 / n + 20 / 80)
    assert mean.error == pytest.approx(np.sqrt(variance))
    reach = stats.t(n - 1).ppf(0.975) * np.sqrt(variance)
    assert mean.interval() == pytest.approx((x.mean() - reach, x.mean() + reach))
    assert mean.p_value() == pytest.approx(2 * stats.t(n - 1).sf(abs(x.mean()) / np.sqrt(variance)))


def test_without_test_patients_it_is_the_usual_t_test():
    x = values(12)
    usual = stats.ttest_1samp(x, 0)
    mean = corrected_mean(x, APART)
    assert mean.p_value() == pytest.approx(usual.pvalue)
    assert mean.interval() == pytest.approx(tuple(usual.confidence_interval(0.95)))


def test_equality_is_shown_by_two_one_sided_tests():
    x = values(40) / 10
    for margin in (0.01, 0.05, 0.2):
        above = stats.ttest_1samp(x, -margin, alternative="greater").pvalue
        below = stats.ttest_1samp(x, margin, alternative="less").pvalue
        assert corrected_mean(x, APART).equivalence(-margin, margin) == pytest.approx(max(above, below))
        assert corrected_mean(x, APART).below(margin) == pytest.approx(below)


def test_equality_at_5_per_cent_is_the_90_per_cent_interval_within_the_margin():
    for seed in range(20):
        mean = corrected_mean(values(20, seed) / 5, SIZES)
        low, high = mean.interval(0.9)
        for margin in (0.05, 0.1, 0.2, 0.4):
            assert (mean.equivalence(-margin, margin) < 0.05) == (-margin < low and high < margin)


def test_more_shared_patients_widen_the_interval_and_units_do_not_matter():
    x = values(30)
    errors = [corrected_mean(x, Sizes(100 - test, test)).error for test in (5, 20, 50)]
    assert errors == sorted(errors) and errors[0] > np.std(x, ddof=1) / np.sqrt(30)
    ten, one = corrected_mean(10 * x, SIZES), corrected_mean(x, SIZES)
    assert ten.error == pytest.approx(10 * one.error) and ten.p_value() == pytest.approx(one.p_value())
    assert one.error == pytest.approx(np.std(x, ddof=1) / np.sqrt(30) * correction(30, SIZES))


@pytest.mark.parametrize(
    ("mean", "p", "equal"),
    [(Mean(5, 0.0, 0.0), 1.0, 0.0), (Mean(5, 1.0, 0.0), 0.0, 1.0), (Mean(5, 0.1, 0.0), 0.0, 0.0)],
)
def test_splits_that_all_agree(mean: Mean, p: float, equal: float):
    assert mean.p_value() == p and mean.equivalence(-0.5, 0.5) == equal
    assert mean.interval() == (mean.value, mean.value)


@pytest.mark.parametrize("x", [[], [1.0]])
def test_too_few_splits_have_no_interval(x):
    for mean in (corrected_mean(x, SIZES), two_sets_of_splits(x) if x else corrected_mean(x, SIZES)):
        assert np.isnan([*mean.interval(), mean.p_value(), mean.equivalence(-1, 1)]).all()
        assert mean.n == len(x) and mean.value == pytest.approx(x[0] if x else np.nan, nan_ok=True)


def test_two_splits_have_an_interval():
    assert two_sets_of_splits([1.0, 3.0]).error == pytest.approx(np.sqrt(2))


def test_the_corrected_test_keeps_its_level_where_the_usual_one_does_not():
    """Patients of two methods that do not differ; the statistic of a split is the mean over its test patients."""
    generator = np.random.default_rng(7)
    usual = corrected = 0
    for _ in range(400):
        patients = generator.normal(size=50)
        splits = np.array([generator.permutation(patients)[:10].mean() for _ in range(30)])
        usual += stats.ttest_1samp(splits, 0).pvalue < 0.05
        corrected += corrected_mean(splits, Sizes(40, 10)).p_value() < 0.05
    assert usual / 400 > 0.3 and corrected / 400 < 0.08


def test_another_set_of_splits_lies_in_the_interval_as_often_as_stated():
    generator = np.random.default_rng(8)
    patients = generator.lognormal(sigma=0.5, size=100)
    inside = 0
    for _ in range(1000):
        first, other = (np.array([generator.permutation(patients)[:20].mean() for _ in range(30)]) for _ in range(2))
        low, high = two_sets_of_splits(first).interval()
        inside += low <= other.mean() <= high
    assert inside / 1000 == pytest.approx(0.95, abs=0.02)


def closed_test(p: np.ndarray) -> list[float]:
    """Holm's p-values from first principles: the closure of Bonferroni tests over all sets of hypotheses with one in them."""
    n = len(p)
    sets = [set(chosen) for size in range(1, n + 1) for chosen in combinations(range(n), size)]
    return [max(min(1.0, len(s) * min(p[j] for j in s)) for s in sets if i in s) for i in range(n)]


@pytest.mark.parametrize("seed", range(5))
def test_holm_is_the_closure_of_bonferroni(seed):
    p = np.random.default_rng(seed).beta(0.4, 2, size=6)
    assert holm(p) == pytest.approx(closed_test(p))


def test_holm_by_hand_with_ties_and_what_was_not_tested():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.02, 0.02]) == pytest.approx([0.04, 0.04])
    found = holm([np.nan, 0.6, 0.01])
    assert np.isnan(found[0]) and found[1:] == pytest.approx([0.6, 0.02])
    assert list(holm([0.5, 0.9])) == [1.0, 1.0] and len(holm([])) == 0


def errors_table() -> pd.DataFrame:
    generator = np.random.default_rng(3)
    rows = [
        ("ovary", method, "frobenius", split, which, "mse", size * float(generator.lognormal(sigma=0.1)))
        for which in ("train", "test")
        for split in range(10)
        for method, size in (("nmf", 1.0), ("aenmf", 1.2))
    ]
    return pd.DataFrame(rows, columns=["cohort", "method", "loss", "split", "set", "measure", "value"])


def test_ratios_are_compared_on_the_logarithm_and_corrected_together():
    table = errors_table()
    found = corrected_ratios(table, "nmf", "aenmf", {"ovary": SIZES}).set_index("set")
    assert list(found.index) == list(table["set"].unique()) == ["train", "test"]
    wide = table.pivot_table(index=["set", "split"], columns="method", values="value")
    logs = np.log(wide["nmf"] / wide["aenmf"])
    for which in ("train", "test"):
        mean = corrected_mean(logs.loc[which], SIZES)
        assert found.loc[which, "geometric"] == pytest.approx(np.exp(logs.loc[which].mean()))
        assert found.loc[which, "corrected_p"] == pytest.approx(mean.p_value())
        assert np.log(found.loc[which, ["corrected_low", "corrected_high"]].astype(float)).tolist() == pytest.approx(
            list(mean.interval())
        )
    assert found["holm_p"].to_numpy() == pytest.approx(holm(found["corrected_p"]))
    swapped = corrected_ratios(table, "aenmf", "nmf", {"ovary": SIZES}).set_index("set")
    assert (found["geometric"] * swapped["geometric"]).to_numpy() == pytest.approx(1)
    assert swapped["corrected_p"].to_numpy() == pytest.approx(found["corrected_p"].to_numpy())


def test_an_infinite_error_is_left_out():
    table = errors_table()
    broken = table.copy()
    broken.loc[0, "value"] = np.inf
    rest = table[table["split"] > 0]
    found, expected = (corrected_ratios(t, "nmf", "aenmf", {"ovary": SIZES}).set_index("set") for t in (broken, rest))
    assert found.loc["train", "geometric"] == pytest.approx(expected.loc["train", "geometric"])


def test_sizes_are_those_of_a_split():
    splits = pd.DataFrame({"split": np.repeat([0, 1, 2], 5), "set": (["train"] * 4 + ["test"]) * 3})
    assert Sizes.of(splits) == (4, 1)
