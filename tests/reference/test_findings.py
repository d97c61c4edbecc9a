"""The replication report: the committed one is the template filled in, and its numbers follow the tables."""

from __future__ import annotations

import shutil

import pandas as pd
import pytest

from aenmf.reference.findings import TABLES, answer, findings, keep_report


@pytest.fixture
def reference(root, tmp_path):
    """A copy of the tables that the report is made of."""
    for name in TABLES:
        target = tmp_path / f"{name}.csv"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / f"results/reference/{name}.csv", target)
    for name in ("tables/verdicts.md", "pcawg/tables/forest.md"):
        shutil.copyfile(root / "results/reference" / name, tmp_path / name)
    return tmp_path


def change(reference, name: str, keys: dict, column: str, value: float) -> None:
    path = reference / f"{name}.csv"
    table = pd.read_csv(path)
    rows = (table[list(keys)] == pd.Series(keys)).all(axis=1)
    assert rows.any()
    table.loc[rows, column] = value
    table.to_csv(path, index=False)


def test_the_committed_report_is_made_of_the_reference(root):
    assert (root / "docs/findings.md").read_text(encoding="utf-8") == findings(root / "results/reference")


MSE = {"loss": "frobenius", "set": "train"}


@pytest.mark.parametrize(
    ("name", "keys", "column", "value", "said"),
    [
        ("tables/table3", MSE | {"cohort": "uterus", "method": "aenmf"}, "geometric", 0.111, "0.11 ("),
        (
            "tables/worse_patients",
            {"cohort": "ovary", "method": "aenmf", "loss": "frobenius", "group": "all"},
            "share",
            0.123,
            "reconstructs 12 % to 87 % of the new patients worse",
        ),
        ("tables/optima", {"cohort": "ovary", "loss": "frobenius", "method": "nmf"}, "found_again", 7, "876 of 900"),
        (
            "tables/table3",
            MSE | {"cohort": "uterus", "method": "aenmf"},
            "geometric",
            0.25,
            "by 5 to 75 % in training and by 4 to 48 % in test",
        ),
        (
            "tables/table3",
            {"loss": "kullback-leibler", "set": "test", "cohort": "ovary", "method": "aenmf"},
            "geometric",
            0.99,
            "by 5 to 40 % in training and by 1 to 48 % in test",
        ),
        ("tables/theorem", {"cohort": "ovary", "loss": "frobenius"}, "same_loss", 1, "on 271 of 300"),
        ("convergence/precision_summary", {"training": "as configured"}, "gap", 8.25, "stops at 9.25 times"),
        ("audit/audit/gap", {"cohort": "ovary", "set": "train", "part": "constraint"}, "share", 0.44, "44 % in ovary"),
        (
            "robustness/tables/robustness",
            MSE | {"cohort": "uterus", "variant": "equal_totals"},
            "ratio",
            0.97,
            "and 0.97 (",
        ),
        (
            "robustness/tables/robustness",
            MSE | {"cohort": "uterus", "variant": "deviance", "second": "aenmf"},
            "ratio",
            0.876,
            "the ratio is 0.88 (",
        ),
        (
            "tables/table2",
            {"cohort": "scenario8_poisson", "loss": "frobenius", "method": "aenmf"},
            "train",
            105.2,
            "by 10 with it",
        ),
        ("tables/verdicts", {"claim_id": "seen-ovary-aenmf"}, "verdict", "holds", "Of 20, 5 cannot be reproduced"),
        ("tables/verdicts", {"claim_id": "consistency-prostate-frobenius"}, "low", -0.123, "(0.010 to 0.123, p ="),
        ("audit/audit/verdicts", {"claim_id": "advantage-cosmic"}, "same_patients_verdict", "holds", "4 of them fail"),
        (
            "scaling/scaling/times",
            {"model": "cnmf", "solver": "textbook", "variable": "K", "quantity": "iteration"},
            "seconds",
            0.0001,
            "takes 0.56 to 9.1 times",
        ),
        ("pcawg/tables/forest_summary", MSE | {"method": "aenmf"}, "ratio", 0.31, "0.31 ("),
        ("purity/purity/purity", {"method": "aenmf", "loss": "kullback-leibler"}, "acs", 0.123, "cosine of 0.123"),
    ],
)
def test_a_changed_number_changes_the_sentence(reference, name, keys, column, value, said):
    assert said not in findings(reference)
    change(reference, name, keys, column, value)
    assert said in findings(reference)


def test_the_answer_of_the_board_follows_its_tables(reference):
    before = answer(reference, "board")
    keys = {"protocol": "K given, full", "method": "muse_xae-kld", "score": "tpr"}
    change(reference, "truth/scores/board", keys, "value", 0.123)
    assert "MUSE-XAE finds 12 % of the true ones" in answer(reference, "board") != before


def test_optima_that_are_above_the_best_known_are_counted(reference):
    keys = {"cohort": "ovary", "method": "nmf", "loss": "frobenius", "split": 3}
    path = reference / "tables/fits.csv"
    fits = pd.read_csv(path)
    row = (fits[list(keys)] == pd.Series(keys)).all(axis=1)
    fits.loc[row, "objective"] *= 1.05
    fits.to_csv(path, index=False)
    said = " ".join(findings(reference).split())
    assert "Of those found again 3 are above" in said and "by up to 5 %" in said


def test_without_a_table_the_page_is_left_as_it_is(reference, tmp_path):
    page = tmp_path / "findings.md"
    assert keep_report(reference, page) == "findings.md written"
    before = page.read_text()
    (reference / "purity/purity/purity.csv").unlink()
    assert "purity/purity/purity" in keep_report(reference, page)
    assert page.read_text() == before


def test_a_missing_row_is_no_silent_gap(reference):
    path = reference / "tables/table3.csv"
    table = pd.read_csv(path)
    table[table["cohort"] != "uterus"].to_csv(path, index=False)
    with pytest.raises(ValueError, match="0 rows"):
        findings(reference)
