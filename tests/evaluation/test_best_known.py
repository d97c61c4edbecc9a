"""The lowest losses known: problems are recognised by their numbers, and the table of them only goes down."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from aenmf.evaluation.best_known import COLUMNS, best_of, digest, excess, lowest, read_best_known, read_table
from aenmf.files.tables import write_table
from aenmf.studies.known import EARLIER, best_known_table

LOSS, OTHER = "frobenius", "kullback-leibler"
MODELS = {"nmf": "nmf", "cnmf": "cnmf", "aenmf": "aenmf", "cnmf_mu": "cnmf"}
NONE = pd.DataFrame(columns=COLUMNS)
PROBLEMS = pd.DataFrame([("ovary", 0, "a0"), ("ovary", 1, "a1")], columns=["cohort", "split", "problem"])


def fits(objectives: dict[str, list[float]], loss: str = LOSS) -> pd.DataFrame:
    rows = [
        ("ovary", method, loss, split, value, 20, 7)
        for method, values in objectives.items()
        for split, value in enumerate(values)
    ]
    return pd.DataFrame(rows, columns=["cohort", "method", "loss", "split", "objective", "starts", "hits"])


def test_a_problem_is_its_matrix_shape_and_rank():
    catalogue = np.arange(12.0).reshape(3, 4)
    own = digest(catalogue, 2)
    assert len(own) == 16 and int(own, 16) >= 0
    assert own == digest(np.asfortranarray(catalogue), 2) == digest(catalogue.astype(int), 2)
    others = [digest(catalogue.reshape(4, 3), 2), digest(catalogue, 3), digest(catalogue + 1e-9, 2)]
    assert len({own, *others}) == 4


def test_models_of_the_same_function_share_the_lowest_loss():
    found = best_known_table(
        fits({"nmf": [5.0, 5.0], "cnmf": [9.0, 8.0], "aenmf": [7.0, 8.5]}), fits({}), MODELS, PROBLEMS, NONE
    )
    assert list(found.columns) == COLUMNS and len(found) == 6
    rows = found.set_index(["model", "split"])
    assert rows["best"].to_dict() == {
        ("nmf", 0): 5.0,
        ("nmf", 1): 5.0,
        ("cnmf", 0): 7.0,
        ("cnmf", 1): 8.0,
        ("aenmf", 0): 7.0,
        ("aenmf", 1): 8.0,
    }
    assert rows.loc[("cnmf", 0), "source"] == "aenmf" and rows.loc[("aenmf", 1), "source"] == "cnmf"
    # A search that ended elsewhere has no hits, however often it found its own lowest loss.
    assert rows["hits"].tolist() == [7, 7, 0, 7, 7, 0] and set(found["starts"]) == {20}


def test_tries_and_other_entries_count_too():
    made = fits({"cnmf": [9.0, 8.0], "aenmf": [9.0, 8.0], "cnmf_mu": [8.5, 9.5]})
    ends = pd.DataFrame(
        [("ovary", LOSS, "aenmf", 1, "swap", 0, 7.5), ("ovary", LOSS, "aenmf", 1, "swap", 1, np.nan)],
        columns=["cohort", "loss", "method", "split", "way", "try", "objective"],
    )
    rows = best_known_table(made, ends, MODELS, PROBLEMS, NONE).set_index(["model", "split"])
    assert rows.loc[("cnmf", 0), ["best", "source"]].tolist() == [8.5, "cnmf_mu"]
    assert rows.loc[("cnmf", 1), ["best", "source"]].tolist() == [7.5, "aenmf"]
    assert len(rows) == 4  # no rows of their own


def test_the_table_only_goes_down_and_stays_the_same_to_the_last_bit(tmp_path):
    path, value = tmp_path / "best_known.csv", 0.1 + 0.2
    first = best_known_table(fits({"cnmf": [value, 8.0]}), fits({}), MODELS, PROBLEMS, NONE)
    write_table(path, first)
    again = best_known_table(fits({"cnmf": [value + 1e-9, 7.0]}), fits({}), MODELS, PROBLEMS, read_table(path))
    assert again["best"].tolist() == [value, 7.0] and again["source"].tolist() == [EARLIER, "cnmf"]
    assert again["hits"].tolist() == [7, 7]  # within the distance that is the same optimum
    write_table(path, again)
    third = best_known_table(fits({"cnmf": [9.0, 9.0]}), fits({}), MODELS, PROBLEMS, read_table(path))
    assert third["best"].tolist() == [value, 7.0] and third["source"].tolist() == [EARLIER] * 2
    assert third["hits"].tolist() == [0, 0]


def test_another_matrix_loss_or_function_is_not_compared():
    earlier = before(("zz", LOSS, "cnmf"), ("a0", OTHER, "cnmf"), ("a0", LOSS, "nmf"))
    found = best_known_table(fits({"aenmf": [9.0, 9.0]}), fits({}), MODELS, PROBLEMS, earlier)
    assert found.loc[found["source"] == "aenmf", "best"].tolist() == [9.0, 9.0]
    found = best_known_table(fits({"aenmf": [9.0, 9.0]}), fits({}), MODELS, PROBLEMS, before(("a0", LOSS, "cnmf")))
    assert found.loc[found["model"] == "aenmf", "best"].tolist() == [1.0, 9.0]


def before(*functions: tuple[str, str, str]) -> pd.DataFrame:
    rows = [("c", loss, model, 0, 1.0, 3, 8, model, problem) for problem, loss, model in functions]
    return pd.DataFrame(rows, columns=COLUMNS)


def test_searches_of_other_runs_stay_in_the_table_as_they_are():
    earlier = before(("zz", LOSS, "cnmf"), ("a0", LOSS, "nmf"), ("a0", LOSS, "aenmf"))
    found = best_known_table(fits({"aenmf": [9.0, 9.0]}), fits({}), MODELS, PROBLEMS, earlier)
    assert found.iloc[:2].values.tolist() == earlier.iloc[:2].values.tolist()
    assert found[["model", "problem"]].values.tolist()[2:] == [["aenmf", "a0"], ["aenmf", "a1"]]


def test_a_digest_of_digits_is_no_number(tmp_path):
    path = tmp_path / "best_known.csv"
    write_table(path, pd.DataFrame([("c", LOSS, "aenmf", 0, 2.5, 1, 1, "aenmf", "0012345678901234")], columns=COLUMNS))
    assert read_best_known(path) == {("0012345678901234", LOSS, "cnmf"): 2.5}
    assert read_best_known(tmp_path / "none.csv") == read_best_known(None) == {}


def test_the_lowest_of_several_rows_is_known_and_the_others_are_not():
    table = pd.DataFrame(
        {"problem": ["p", "p", "q"], "loss": LOSS, "model": ["cnmf", "aenmf", "nmf"], "best": [3.0, 2.0, 1.0]}
    )
    known = lowest(table)
    assert known == {("p", LOSS, "cnmf"): 2.0, ("q", LOSS, "nmf"): 1.0}
    asked = pd.DataFrame({"problem": ["p", "q", "q"], "loss": LOSS, "model": ["aenmf", "nmf", "cnmf"]})
    np.testing.assert_array_equal(best_of(asked, known), [2.0, 1.0, np.nan])


def test_an_excess_is_never_negative_and_says_what_is_not_known():
    values = pd.Series([2.0, 1.0, 0.5, 1.0, 0.0, 1.0, np.nan])
    best = np.array([1.0, 1.0, 1.0, np.nan, 0.0, 0.0, 1.0])
    np.testing.assert_array_equal(excess(values, best), [1.0, 0.0, 0.0, np.nan, 0.0, np.inf, np.inf])
    assert excess(np.array([1.0 + 1e-6]), np.array([1.0]))[0] == pytest.approx(1e-6)
