"""Verdicts: from the numbers of a run to the parts, and from the parts to the headline claims."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from aenmf.evaluation.resampled import holm
from aenmf.files.layout import to_latex, to_markdown
from aenmf.verdicts.claims import PaperClaims, load_claims
from aenmf.verdicts.judge import (
    CANNOT,
    COLUMNS,
    DATA,
    FAILS,
    HEADLINE,
    HOLDS,
    IN_PART,
    PART,
    VERDICTS,
    counts,
    evaluate_claims,
    grade,
    in_words,
    judge,
    short,
)
from aenmf.verdicts.layouts import headline_layout, parts_layout, unchecked_layout
from aenmf.verdicts.measuring import Outcome, Run
from support.claims_run import ENTRIES, errors_table, faithful_run, make_run


@pytest.fixture(scope="module")
def claims(root: Path) -> PaperClaims:
    return load_claims(root / "config/paper_claims.yaml")


@pytest.fixture(scope="module")
def faithful(claims: PaperClaims) -> Run:
    return faithful_run(claims)


@pytest.fixture(scope="module")
def judged(claims: PaperClaims, faithful: Run) -> pd.DataFrame:
    return evaluate_claims(claims, faithful)


def test_verdicts_in_words_agree_in_number():
    one = dict.fromkeys(VERDICTS, 1)
    assert in_words(one) == "1 holds, 1 holds in part, 1 does not hold, 1 cannot be checked"
    assert in_words({HOLDS: 2, FAILS: 0, IN_PART: 10}) == "2 hold, 0 do not hold, 10 hold in part"


def of_headlines(verdicts: pd.DataFrame) -> dict[str, str]:
    rows = verdicts[verdicts["kind"] == HEADLINE]
    return dict(zip(rows["claim_id"], rows["verdict"], strict=True))


def changed(run: Run, table: str, column: str, value: object, **keys: object) -> Run:
    """The run with one cell of a table changed: the first row with these keys."""
    frame = getattr(run, table).copy()
    rows = np.logical_and.reduce([frame[name] == wanted for name, wanted in keys.items()])
    frame.loc[frame.index[rows][0], column] = value
    return replace(run, **{table: frame})


def test_every_claim_holds_in_a_run_made_to_the_paper(judged: pd.DataFrame):
    parts = judged[judged["kind"] == PART]
    assert parts.loc[parts["verdict"] != HOLDS, "claim_id"].tolist() == []
    assert set(of_headlines(judged).values()) == {HOLDS}


ONE_NUMBER: dict[str, tuple[str, str, object, dict[str, object], str]] = {
    "reconstruction": ("errors", "value", 1e5, {"cohort": "ovary", "method": "plain", "set": "test"}, IN_PART),
    "gap": ("errors", "value", 1e5, {"cohort": "uterus", "method": "plain", "set": "train"}, IN_PART),
    "consistency": ("consistency", "similarity", -1.0, {"cohort": "uterus", "method": "auto"}, IN_PART),
    "agreement": ("matches", "cosine", 0.5, {"cohort": "uterus", "method": "auto"}, IN_PART),
    "numbers": ("table4", "seen_in_cancer_type", True, {"cohort": "ovary", "method": "auto"}, IN_PART),
    "scenario8-recovery": ("recovery", "cosine", 0.5, {"method": "auto"}, IN_PART),
    "equivalence": ("theorem", "aenmf_optima", 11, {"cohort": "uterus"}, IN_PART),
    "cost": ("scaling", "exponent", 1.9, {"model": "aenmf", "variable": "N"}, IN_PART),
    "rank": ("ranks", "chosen", 12, {"cohort": "scenario8"}, CANNOT),
    "variants": ("variants", "value", 1.0, {"method": "aenmf_relu"}, IN_PART),
}


def test_one_number_is_changed_for_each_headline_claim(claims: PaperClaims):
    assert list(ONE_NUMBER) == [headline.id for headline in claims.headlines]


@pytest.mark.parametrize("headline", ONE_NUMBER)
def test_one_changed_number_changes_the_verdict_on_a_headline_claim(claims: PaperClaims, faithful: Run, headline: str):
    table, column, value, keys, expected = ONE_NUMBER[headline]
    only = replace(claims, headlines=[one for one in claims.headlines if one.id == headline])
    assert of_headlines(evaluate_claims(only, faithful)) == {headline: HOLDS}
    assert of_headlines(evaluate_claims(only, changed(faithful, table, column, value, **keys))) == {headline: expected}


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([HOLDS, HOLDS], HOLDS),
        ([HOLDS, FAILS], IN_PART),
        ([FAILS, FAILS], FAILS),
        ([HOLDS, CANNOT], IN_PART),
        ([FAILS, CANNOT], FAILS),
        ([CANNOT, CANNOT], CANNOT),
    ],
)
def test_the_rule_for_headline_claims(parts: list[str], expected: str):
    assert grade(parts) == grade(parts[::-1]) == expected


def test_an_order_that_the_interval_leaves_open_cannot_be_checked(claims: PaperClaims, faithful: Run):
    """Noise that hides the difference leaves the sign of the mean ratio, which alone decides nothing."""
    errors = faithful.errors.copy()
    noisy = (errors["set"] == "test") & (errors["method"] == "plain")
    errors.loc[noisy, "value"] *= np.tile([0.5, 1.2], noisy.sum() // 2)
    verdicts = evaluate_claims(claims, replace(faithful, errors=errors)).set_index("claim_id")
    row = verdicts.loc["lower-ovary-frobenius-test"]
    assert (
        row["verdict"] == CANNOT and row["significance"].startswith("no") and float(row["high"]) > 1 > float(row["low"])
    )
    assert row["ours"].startswith("ratio 0.")
    assert row["evidence"].endswith("Undecided by these data: the 95 % interval for new patients includes equality.")
    assert "Undecided by these data (10): the 95 %" in verdicts.loc["reconstruction", "evidence"]
    assert verdicts.loc["lower-ovary-frobenius-train", "significance"].startswith("yes")
    assert verdicts.loc["reconstruction", "verdict"] == IN_PART
    assert verdicts.loc["reconstruction", "significance"] == "6 of 12 (Table 3, Figure 2); 4 of 8 (Table 2)"


def test_p_values_are_corrected_within_a_headline_claim_and_a_place(judged: pd.DataFrame):
    parts = judged[(judged["headline"] == "reconstruction") & (judged["kind"] == PART)]
    sizes = []
    for _, rows in parts.groupby("place"):
        expected = holm(rows["p_value"].astype(float))
        assert rows["p_holm"].astype(float).to_numpy() == pytest.approx(expected)
        sizes.append(len(rows))
    assert sorted(sizes) == [8, 12]


OUTCOME = Outcome("difference 0.02", "E.", holds=True, interval=(0.02, 0.0, 0.04), equality=True)


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_one_number_opens_the_order_of_a_decided_claim_whatever_its_sign(claims: PaperClaims, factor: float):
    """NMF is clearly lower, or clearly higher; on one split the other way by far, and neither can be said."""
    claim = next(claim for claim in claims.parts if claim.id == "lower-ovary-frobenius-train")
    only = replace(claims, headlines=[replace(claims.headlines[0], parts=[claim])])
    spread = 1 + np.arange(8) / 100
    run = make_run(errors=errors_table({"plain": list(factor * spread), "auto": [1.0] * 8}, {}))
    decided = HOLDS if factor < 1 else FAILS
    assert evaluate_claims(only, run)["verdict"].tolist()[:2] == [decided, decided]
    opened = changed(run, "errors", "value", 1 / factor**9, method="plain", split=3)
    assert evaluate_claims(only, opened)["verdict"].tolist()[:2] == [CANNOT, CANNOT]


@pytest.mark.parametrize(
    ("holds", "equality", "p", "verdict", "significance"),
    [
        (True, True, 0.01, HOLDS, "yes, p = 0.010"),
        (True, True, 0.2, CANNOT, "no, p = 0.200"),
        (False, True, 0.9, FAILS, "no, p = 0.900"),
        (True, False, 0.2, HOLDS, "no, p = 0.200"),
        (False, False, 0.01, FAILS, "the other way, p = 0.010"),
        (True, False, 1e-9, HOLDS, "yes, p < 0.0001"),
        (True, False, np.nan, HOLDS, ""),
    ],
)
def test_equality_needs_its_test_and_a_comparison_does_not(claims, holds, equality, p, verdict, significance):
    row = judge(claims.parts[0], replace(OUTCOME, holds=holds, equality=equality), p)
    assert (row["verdict"], row["significance"]) == (verdict, significance)
    assert ("too wide" in row["evidence"]) == (verdict == CANNOT)


@pytest.mark.parametrize("equality", [True, False])
@pytest.mark.parametrize("holds", [True, False])
def test_what_the_interval_does_not_decide_cannot_be_checked(claims, holds: bool, equality: bool):
    row = judge(claims.parts[0], replace(OUTCOME, holds=holds, equality=equality, decided=False, limit="a limit"), 0.01)
    assert row["verdict"] == CANNOT and row["evidence"] == f"E. Undecided by these data: {row['why']}"
    assert ("includes a limit" in row["why"]) != equality


def test_a_number_is_judged_by_its_tolerance(claims: PaperClaims):
    by_id = {claim.id: claim for claim in claims.parts}
    seen = by_id["seen-ovary-nmf"]
    assert judge(seen, Outcome(1, "E."), np.nan)["verdict"] == HOLDS
    assert judge(seen, Outcome(2, "E."), np.nan)["verdict"] == FAILS
    error = by_id["error-prostate-nmf-test"]
    row = judge(error, Outcome(7000.0, "E.", interval=(7000.0, 2400.0, 11600.0)), np.nan)
    assert row["verdict"] == HOLDS and (row["low"], row["high"]) == ("2400", "11600")
    assert judge(error, Outcome(7000.0, "E.", interval=(7000.0, 3000.0, 11000.0)), np.nan)["verdict"] == FAILS


def test_an_empty_run_can_check_nothing_and_says_why(claims: PaperClaims):
    verdicts = evaluate_claims(claims, make_run(samples={}, training={}))
    assert list(verdicts.columns) == COLUMNS
    assert len(verdicts) == len(claims.headlines) + len(claims.parts)  # no cohort, no check of the data
    assert set(verdicts["verdict"]) == {CANNOT} and (verdicts["ours"] == "").all()
    parts = verdicts[verdicts["kind"] == PART]
    assert parts["evidence"].str.startswith("This run has no ").all()


def test_missing_methods_cannot_be_checked(claims: PaperClaims):
    run = make_run(entries=ENTRIES[:1], errors=errors_table({"plain": [1.0] * 5}, {"plain": [1.0] * 5}))
    verdicts = evaluate_claims(claims, run).set_index("claim_id")
    row = verdicts.loc["lower-ovary-frobenius-train"]
    assert (row["verdict"], row["evidence"]) == (CANNOT, "This run has no AE-NMF.")
    assert "Cannot be checked (2): This run has no AE-NMF." in verdicts.loc["reconstruction", "evidence"]


def test_patients_are_a_check_of_the_data_without_a_verdict(claims: PaperClaims, judged: pd.DataFrame):
    data = judged[judged["kind"] == DATA]
    assert data["paper"].tolist() == ["713", "523", "1000"] and data["ours"].tolist() == ["523", "713", "1000"]
    assert (data["verdict"] == "").all()
    assert sum(counts(judged).values()) == len(claims.headlines)
    assert sum(counts(judged, PART).values()) == len(claims.parts)
    assert "patients in the paper / here: ovary 713 / 523" in to_markdown(headline_layout(judged, claims.rule))


def test_verdicts_are_deterministic_and_survive_a_file(claims: PaperClaims, faithful: Run, tmp_path: Path):
    run = changed(faithful, "ranks", "chosen", 12, cohort="scenario8")
    run = changed(run, "theorem", "aenmf_optima", 11, cohort="uterus")
    verdicts = evaluate_claims(claims, run)
    pd.testing.assert_frame_equal(verdicts, evaluate_claims(claims, run))
    verdicts.to_csv(tmp_path / "v.csv", index=False)
    again = pd.read_csv(tmp_path / "v.csv", dtype=str)
    makers: list[Callable[[pd.DataFrame], object]] = [
        lambda frame: headline_layout(frame, claims.rule),
        parts_layout,
        unchecked_layout,
    ]
    for make in makers:
        assert to_markdown(make(verdicts)) == to_markdown(make(again))
        assert "\\begin{tabular}" in to_latex(make(verdicts))
    text = to_markdown(headline_layout(again, claims.rule))
    assert list(counts(again)) == list(VERDICTS)
    assert "8 hold, 1 holds in part, 0 do not hold, 1 cannot be checked" in text and "**holds in part**" in text
    assert "Not: Every optimum of AE-NMF is one of C-NMF on uterus." in text


def test_parts_that_cannot_be_checked_are_shown_apart(claims: PaperClaims, faithful: Run):
    run = changed(faithful, "ranks", "chosen", 12, cohort="scenario8")
    verdicts = evaluate_claims(claims, run)
    assert len(unchecked_layout(verdicts).rows) == 6
    assert len(parts_layout(verdicts).rows) == len(claims.parts) - 6
    assert "of 3 signatures, it chooses at least K = 12, the highest tried" in to_markdown(unchecked_layout(verdicts))


def test_a_headline_shows_its_extremes_with_their_intervals(judged: pd.DataFrame):
    table = judged.set_index("claim_id")
    parts = table[table.index.str.startswith("gap-")].sort_values("estimate", key=lambda c: c.astype(float))
    for end in (parts.iloc[0], parts.iloc[-1]):
        shown = f"{short(end['estimate'])} ({short(end['low'])} to {short(end['high'])})"
        assert shown in table.loc["gap", "ours"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("0.79153", "0.792"),
        ("-0.00001", "0.000"),
        ("7005.4", "7.01e3"),
        ("-123.456", "-1.23e2"),
        ("3", "3"),
        ("words", "words"),
    ],
)
def test_numbers_are_shown_short(text: str, shown: str):
    assert short(text) == shown
