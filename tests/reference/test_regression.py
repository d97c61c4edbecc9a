"""The regression check passes equal runs, finds a drift, and says where it is."""

from __future__ import annotations

import pandas as pd
import pytest

from aenmf.errors import UserError
from aenmf.reference.regression import compare_tables, main, report

TOLERANCE = {
    "keys": ["cohort", "split"],
    "columns": {"value": {"rtol": 1e-3, "atol": 0.0}},
    "ignore": {"n_iter": "moves"},
}


@pytest.fixture
def reference() -> pd.DataFrame:
    return pd.DataFrame({"cohort": ["a"] * 3, "split": range(3), "value": [1.0, 2.0, 3.0], "n_iter": [7, 8, 9]})


def test_a_part_of_the_rows_within_tolerance_is_no_drift(reference):
    fresh = reference.iloc[:2].assign(n_iter=0)
    fresh.loc[0, "value"] = 1.0009
    drift, compared = compare_tables("errors", fresh, reference, TOLERANCE)
    assert drift.empty and compared == 2


def test_drift_is_named_with_its_place(reference):
    fresh = reference.copy()
    fresh.loc[1, "value"] = 2.003
    drift, compared = compare_tables("errors", fresh, reference, TOLERANCE)
    assert len(drift) == 1
    text = report(drift, {"errors": compared})
    assert "a 1 | value: reference 2.0, fresh 2.003" in text and "1 outside tolerance" in text


def test_rows_may_have_tolerances_of_their_own(reference):
    fresh = reference.assign(value=reference["value"] * 1.1)
    wide = {"rows": {"split": "1"}, "columns": {"value": {"rtol": 0.2, "atol": 0.0}}}
    drift, _ = compare_tables("errors", fresh, reference, TOLERANCE | {"where": [wide]})
    assert drift["row"].tolist() == ["a 0", "a 2"]


def test_a_value_that_became_nan_is_drift(reference):
    fresh = reference.copy()
    fresh.loc[2, "value"] = float("nan")
    assert len(compare_tables("errors", fresh, reference, TOLERANCE)[0]) == 1


def test_unknown_rows_are_drift_and_unknown_columns_an_error(reference):
    fresh = pd.concat([reference, reference.iloc[:1].assign(split=9)])
    assert list(compare_tables("errors", fresh, reference, TOLERANCE)[0]["column"]) == ["(row)"]
    with pytest.raises(UserError, match="columns"):
        compare_tables("errors", reference.assign(more=1), reference, TOLERANCE)
    with pytest.raises(UserError, match="in common"):
        compare_tables("errors", reference.assign(cohort="b"), reference, TOLERANCE)


def test_columns_that_are_not_compared_may_be_absent(reference):
    drift, compared = compare_tables("errors", reference, reference.drop(columns="n_iter"), TOLERANCE)
    assert drift.empty and compared == 3


def test_command_line_status(tmp_path, capsys):
    assert main([str(tmp_path), str(tmp_path)]) == 2
    assert "error:" in capsys.readouterr().err
