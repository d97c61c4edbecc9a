"""The share of new patients reconstructed worse: counted by hand, and its groups."""

from __future__ import annotations

import numpy as np
import pytest

from aenmf.evaluation.patients import ALL, THIRDS, patient_errors, thirds, worse
from aenmf.evaluation.resampled import Sizes, corrected_mean

SIZES = Sizes(4, 2)


def test_errors_are_those_of_the_split_s_test_patients_alone():
    counts = np.arange(12.0).reshape(2, 6)
    tests = [np.arange(6) < 2, np.arange(6) >= 4]
    signatures = np.stack([np.eye(2)] * 2)
    exposures = [counts[:, tests[0]], counts[:, tests[1]] + [[1.0], [0.0]]]
    errors = patient_errors(counts, tests, signatures, exposures, "mse")
    np.testing.assert_array_equal(errors[0], [0, 0, *[np.nan] * 4])
    np.testing.assert_array_equal(errors[1], [*[np.nan] * 4, 0.5, 0.5])


def test_thirds_hold_every_patient_once_and_are_in_order():
    totals = np.array([5.0, 5.0, 5.0, 1.0, 100.0, 7.0, 7.0])
    groups = thirds(totals)
    assert groups[ALL].all() and np.array_equal(sum(groups[name].astype(int) for name in THIRDS), np.ones(7))
    fewest, middle, most = (totals[groups[name]] for name in THIRDS)
    assert fewest.max() <= middle.min() and middle.max() <= most.min()
    assert {len(fewest), len(middle), len(most)} == {2, 3}


def test_shares_are_counted_and_have_the_intervals_of_new_patients():
    nan = np.nan
    errors = np.array([[2.0, 1.0, nan, nan, nan, nan], [nan, nan, 3.0, 3.0, nan, nan], [nan, nan, nan, nan, 1.0, 9.0]])
    others = np.array([[1.0, 1.0, nan, nan, nan, nan], [nan, nan, 1.0, 1.0, nan, nan], [nan, nan, nan, nan, 2.0, 10.0]])
    table = worse(errors, others, np.arange(6.0), SIZES).set_index("group")
    of_splits = [0.75, 1.0, 0.0]
    assert table.loc[ALL, "share"] == pytest.approx(np.mean(of_splits)) and table.loc[ALL, "splits"] == 3
    low, high = corrected_mean(of_splits, SIZES).interval()
    assert table.loc[ALL, ["low", "high"]].tolist() == [max(low, 0), min(high, 1)]
    assert table.loc[list(THIRDS), "share"].tolist() == [0.75, 1.0, 0.0]
    assert table.loc[list(THIRDS), "splits"].tolist() == [1, 1, 1] and table.loc[THIRDS[0], ["low"]].isna().all()
