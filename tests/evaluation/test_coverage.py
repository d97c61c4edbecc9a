"""Coverage of true exposures by intervals."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import poisson

from aenmf.evaluation.coverage import coverage, covered


def test_covered_counts_what_lies_between_the_bounds():
    assert covered(np.array([[1.0, 5.0], [3.0, 9.0]]), np.full((2, 2), 1.0), np.full((2, 2), 5.0)) == 0.75


def test_poisson_intervals_about_noisy_exposures_hold_nearly_95_percent_whatever_the_order_of_the_signatures():
    rng = np.random.default_rng(0)
    signatures = rng.dirichlet(np.full(96, 0.1), 3).T
    true = rng.gamma(2.0, 100.0, (3, 2000))
    found = rng.poisson(true).astype(float)[::-1]
    lower, upper = (poisson.ppf(share, found) for share in (0.025, 0.975))
    fit = SimpleNamespace(
        signatures=signatures[:, ::-1], exposures=found, extras={"lower": np.maximum(lower, 0.0), "upper": upper}
    )
    result = coverage(signatures, true, fit)
    assert result["acs"] == pytest.approx(1.0) and 0.9 < result["own"] < 0.97
    assert result["refitted"] == result["own"] and result["relative_width"] == pytest.approx(1.0, abs=0.05)
    too_high = SimpleNamespace(
        signatures=fit.signatures, exposures=2 * found, extras={"lower": 2 * lower, "upper": 2 * upper}
    )
    assert coverage(signatures, true, too_high)["own"] < 0.1
