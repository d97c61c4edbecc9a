"""Means over cancers, against numbers worked out by hand and by what must hold of any."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from aenmf.evaluation.pooled import followed, pooled


def test_paule_mandel_and_hartung_knapp_by_hand():
    # τ² = 1.5 gives w = 1/2.5, 1/2.5, 1/1.75, and with y = 0, a, a: Σ w (y − μ)² = w₁ (w₂ + w₃) a² / Σw, which is to be 2.
    w = np.array([1 / 2.5, 1 / 2.5, 1 / 1.75])
    a = np.sqrt(2 * w.sum() / (w[0] * (w[1] + w[2])))
    result = pooled([0.0, a, a], [1.0, 1.0, 0.5])
    assert result.tau**2 == pytest.approx(1.5)
    # With weights 1, 1, 4 the mean is 5a/6, and Q = 25a²/36 + 5a²/36.
    assert result.q == pytest.approx(30 * a**2 / 36)
    assert result.i2 == pytest.approx(1 - 2 / result.q)
    assert result.weights == pytest.approx(w)
    mean = a * (w[1] + w[2]) / w.sum()
    assert result.mean.value == pytest.approx(mean)
    variance = 2 / (2 * w.sum())
    assert result.mean.error == pytest.approx(np.sqrt(variance))
    low, high = result.mean.interval()
    assert (low, high) == pytest.approx(stats.t.interval(0.95, 2, mean, np.sqrt(variance)))
    assert result.new() == pytest.approx(stats.t.interval(0.95, 1, mean, np.sqrt(1.5 + variance)))


def test_one_cancer_known_far_better_than_the_others_does_not_hide_that_they_differ():
    rng = np.random.default_rng(4)
    values, errors = rng.normal(-0.3, 0.3, 22), np.full(22, 0.03)
    errors[0] = 0.0005
    low, high = pooled(values, errors).new()
    assert ((values > low) & (values < high)).sum() >= 20
    assert pooled(values, errors).tau == pytest.approx(values.std(ddof=1), rel=0.1)


def test_equal_errors_give_the_plain_mean_and_its_t_interval():
    values = np.array([0.1, 0.5, 0.2, 0.9, 0.4])
    result = pooled(values, np.full(5, 0.01))
    assert result.mean.value == pytest.approx(values.mean())
    assert result.mean.interval() == pytest.approx(stats.t.interval(0.95, 4, values.mean(), stats.sem(values)))
    assert result.tau**2 == pytest.approx(values.var(ddof=1) - 0.01**2)


def test_cancers_closer_than_their_errors_do_not_differ():
    result = pooled([1.0, 1.1, 0.9, 1.0], [1.0, 2.0, 1.0, 0.5])
    assert result.tau == 0 and result.i2 == 0
    assert result.weights == pytest.approx([1, 0.25, 1, 4])


def test_the_mean_moves_and_scales_with_the_values():
    rng = np.random.default_rng(1)
    values, errors = rng.normal(size=12), rng.uniform(0.1, 1, 12)
    first, moved, scaled = pooled(values, errors), pooled(values + 3, errors), pooled(2 * values, 2 * errors)
    assert moved.mean.value == pytest.approx(first.mean.value + 3) and moved.tau == pytest.approx(first.tau)
    assert scaled.mean.error == pytest.approx(2 * first.mean.error) and scaled.i2 == pytest.approx(first.i2)


def test_intervals_cover_the_mean_and_new_cancers_as_often_as_they_say():
    rng = np.random.default_rng(2)
    mean, tau, k, times = -0.1, 0.05, 22, 600
    covered = new = 0
    for _ in range(times):
        errors = rng.uniform(0.01, 0.1, k)
        result = pooled(mean + rng.normal(0, np.hypot(tau, errors)), errors)
        covered += np.subtract(*result.mean.interval()[::-1]) > 2 * abs(result.mean.value - mean)
        low, high = result.new()
        new += low < mean + rng.normal(0, tau) < high
    assert 0.92 < covered / times < 0.98
    assert 0.91 < new / times < 0.98


@pytest.mark.parametrize("errors", [[1.0, 1.0, 0.0], [1.0, np.nan, 1.0], [1.0, 1.0]])
def test_what_has_no_standard_error_is_refused(errors):
    with pytest.raises(ValueError, match="standard errors"):
        pooled(range(len(errors)), errors)


def test_the_share_that_follows_is_that_of_weighted_least_squares():
    rng = np.random.default_rng(3)
    burden, rank = rng.normal(size=22), rng.normal(size=22)
    weights = rng.uniform(0.5, 2, 22)
    values = 1 + 0.5 * burden + rng.normal(0, 0.3, 22)
    found = followed(values, weights, {"burden": burden, "rank": rank})
    design = np.column_stack([np.ones(22), burden, rank])
    fitted = design @ np.linalg.solve(design.T * weights @ design, design.T @ (weights * values))
    mean = np.average(values, weights=weights)
    share = 1 - (weights @ (values - fitted) ** 2) / (weights @ (values - mean) ** 2)
    assert found.share == pytest.approx(share) and found.chance == pytest.approx(2 / 21)
    assert found.lost["burden"] > 0.5 > 0.1 > found.lost["rank"] >= 0


def test_a_linear_function_follows_wholly_and_a_constant_predictor_says_nothing():
    x, same = np.arange(10.0), np.full(10, 7.0)
    found = followed(2 * x - 1, np.ones(10), {"x": x, "same": same})
    assert found.share == pytest.approx(1) and found.lost == pytest.approx({"x": 1, "same": 0})
    twice = followed(2 * x - 1, np.ones(10), {"x": x, "again": x})
    assert twice.lost == pytest.approx({"x": 0, "again": 0})


def test_predictors_that_say_nothing_have_the_share_of_chance():
    rng = np.random.default_rng(4)
    shares = [
        followed(rng.normal(size=22), np.ones(22), {str(i): rng.normal(size=22) for i in range(4)}) for _ in range(300)
    ]
    assert np.mean([found.share for found in shares]) == pytest.approx(shares[0].chance, abs=0.03)


def test_too_few_cancers_say_nothing():
    assert followed(range(5), np.ones(5), {"a": range(5), "b": range(5)}) is None
