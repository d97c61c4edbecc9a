"""The paper's claims and the verdicts on them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from aenmf.errors import UserError
from aenmf.files.layout import to_latex, to_markdown
from aenmf.methods.entries import Entry
from aenmf.seeds import Seed
from aenmf.verdicts.claims import Claim, Tolerance, load_claims
from aenmf.verdicts.evaluators import EVALUATORS, CannotCheck, Run, shown
from aenmf.verdicts.judge import COLUMNS, VERDICTS, counts, evaluate_claims, judge, layout

ENTRIES = [Entry("plain", "nmf", "NMF"), Entry("convex", "cnmf", "C-NMF"), Entry("auto", "aenmf", "AE-NMF")]
LOSS = "frobenius"
EMPTY = {
    "errors": ["cohort", "method", "loss", "split", "set", "measure", "value"],
    "consistency": ["cohort", "method", "loss", "split_a", "split_b", "similarity"],
    "recovery": ["cohort", "method", "loss", "split", "truth", "signature", "cosine"],
    "matches": ["cohort", "method", "loss", "cluster", "reference", "match", "cosine"],
    "table4": ["cohort", "loss", "method", "cosmic", "seen_in_cancer_type"],
}


def make_run(**tables: object) -> Run:
    """A run of one cohort of 10 patients with the given tables, the others empty."""
    frames = {name: pd.DataFrame(columns=columns) for name, columns in EMPTY.items()}
    rest = {"samples": {"ovary": 10}, "training": {"ovary": 8}, "seed": Seed(1), "entries": ENTRIES}
    return Run(**(frames | rest | tables))


def errors_table(train: dict[str, list[float]], test: dict[str, list[float]]) -> pd.DataFrame:
    rows = [
        ("ovary", method, LOSS, split, which, "mse", value)
        for which, side in (("train", train), ("test", test))
        for method, values in side.items()
        for split, value in enumerate(values)
    ]
    return pd.DataFrame(rows, columns=EMPTY["errors"])


@pytest.fixture(scope="module")
def claims_path(root: Path) -> Path:
    return root / "config" / "paper_claims.yaml"


@pytest.fixture(scope="module")
def claims(claims_path: Path) -> list[Claim]:
    return load_claims(claims_path)


# The claims file


def test_the_claims_are_complete(claims: list[Claim]):
    by_id = {claim.id: claim for claim in claims}
    assert len(by_id) == len(claims)
    stated = {
        "nmf": (0.80, 0.90, 0.89, 0.93, 0.83, 0.85, 1, 2, 6),
        "aenmf": (0.82, 0.86, 0.83, 0.93, 0.87, 0.89, 0, 2, 6),
    }
    for method, numbers in stated.items():
        ids = [
            f"{kind}-{cohort}-{method}"
            for kind in ("cosmic", "signal", "seen")
            for cohort in ("ovary", "prostate", "uterus")
        ]
        assert tuple(by_id[name].paper for name in ids) == numbers
    assert (by_id["size-ovary"].paper, by_id["size-uterus"].paper) == (713, 523)
    assert sum(name.startswith("lower-") for name in by_id) == 3 * 2 * 2
    assert {claim.evaluator for claim in claims} == set(EVALUATORS)
    assert not any("{" in text for claim in claims for text in (claim.id, claim.claim, claim.place))


def test_claims_read_as_sentences(claims: list[Claim]):
    by_id = {claim.id: claim for claim in claims}
    assert by_id["lower-ovary-kullback-leibler-train"].claim == "NMF has a lower training KLD than AE-NMF on ovary"
    assert shown(["nmf", "aenmf", "cnmf"]) == "NMF, AE-NMF and C-NMF" and shown(["nmf"]) == "NMF"


MINIMAL = {"id": "a", "place": "Text", "kind": "number", "claim": "c", "evaluator": "cohort_size", "paper": 3}
MINIMAL |= {"parameters": {"cohort": "ovary"}, "tolerance": {"absolute": 0}}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"toleranc": 1}, "unknown key 'toleranc'.*Did you mean 'tolerance'"),
        ({"place": None}, "'place' is missing"),
        ({"kind": "guess"}, "'guess' is not allowed"),
        ({"evaluator": "cohort_siz"}, "unknown evaluator 'cohort_siz'.*Did you mean 'cohort_size'"),
        ({"parameters": {"kohort": "ovary"}}, "has no parameter 'kohort'.*Did you mean 'cohort'"),
        ({"parameters": {}}, "needs the parameter 'cohort'"),
        ({"tolerance": {"absolut": 0}}, "unknown key 'absolut'"),
        ({"tolerance": {"absolute": 0, "relative": 0}}, "tolerance.*is not allowed"),
        ({"tolerance": {"absolute": -1}}, "is not at least 0"),
        ({"tolerance": None}, "a number without tolerance"),
        ({"paper": "three"}, "paper must be a number"),
        ({"paper": None}, "paper must be a number"),
        ({"kind": "statement"}, "a statement with tolerance"),
        ({"kind": "statement", "tolerance": None, "paper": None}, "paper is missing"),
        ({"claim": "{method}"}, r"\{method\} names no parameter"),
        ({"id": "A b"}, "'A b' is not allowed"),
        ({"for_each": {"cohort": ["ovary", "ovary"]}}, "two claims are called 'a'"),
        ({"for_each": {"cohort": ["ovary"]}, "cases": [{"cohort": "ovary"}]}, "exclude each other"),
    ],
)
def test_a_mistake_in_the_claims_is_named(tmp_path: Path, change: dict, message: str):
    entry = {key: value for key, value in (MINIMAL | change).items() if value is not None}
    path = tmp_path / "claims.yaml"
    path.write_text(yaml.safe_dump({"claims": [entry]}))
    with pytest.raises(UserError, match=f"(?s)claims.yaml.*{message}"):
        load_claims(path)


@pytest.mark.parametrize("text", ["", "claims: []", "claims: [", "claims: {}", "other: 1"])
def test_a_file_without_claims_is_refused(tmp_path: Path, text: str):
    path = tmp_path / "claims.yaml"
    path.write_text(text)
    with pytest.raises(UserError, match="claims.yaml"):
        load_claims(path)


def test_cases_and_for_each_expand(tmp_path: Path):
    each = MINIMAL | {"id": "e-{cohort}", "for_each": {"cohort": ["x", "y"]}}
    cases = MINIMAL | {"id": "c-{cohort}", "cases": [{"cohort": "x", "paper": 4}, {"cohort": "y"}]}
    path = tmp_path / "claims.yaml"
    path.write_text(yaml.safe_dump({"claims": [each, cases]}))
    found = {claim.id: (claim.paper, claim.parameters["cohort"]) for claim in load_claims(path)}
    assert found == {"e-x": (3, "x"), "e-y": (3, "y"), "c-x": (4, "x"), "c-y": (3, "y")}


@pytest.mark.parametrize(
    ("tolerance", "paper", "ours", "allowed"),
    [
        (Tolerance("absolute", 0.03), 0.80, 0.83, True),
        (Tolerance("absolute", 0.03), 0.80, 0.8301, False),
        (Tolerance("relative", 0.3), 2800, 3640, True),
        (Tolerance("relative", 0.3), 2800, 1900, False),
        (Tolerance("absolute", 0), 713, 713, True),
        (Tolerance("absolute", 0), 713, 714, False),
        (Tolerance("absolute", 1), 1.0, np.nan, False),
    ],
)
def test_tolerance(tolerance: Tolerance, paper: float, ours: float, allowed: bool):
    assert tolerance.allows(paper, ours) is allowed


# Evaluators


def outcome(run: Run, name: str, **parameters: object):
    return EVALUATORS[name](run, **parameters)


LOWER = {
    "cohort": "ovary",
    "loss": LOSS,
    "set": "train",
    "first": "nmf",
    "second": "aenmf",
    "alpha": 0.05,
    "min_share": 0.5,
}


def test_lower_on_every_split():
    run = make_run(errors=errors_table({"plain": [1.0] * 8, "auto": [1.1 + i / 100 for i in range(8)]}, {}))
    found = outcome(run, "error_lower", **LOWER)
    assert found.holds and found.ours == "NMF lower on 8/8 splits" and "p = 0.008" in found.evidence


def test_a_lower_mean_does_not_suffice():
    # One split with a huge error makes AE-NMF's mean far higher, but it is lower on all the others.
    run = make_run(errors=errors_table({"plain": [1.0] * 9 + [10.0], "auto": [0.99] * 9 + [1000.0]}, {}))
    found = outcome(run, "error_lower", **LOWER)
    assert not found.holds and "1 of 10 splits" in found.evidence


def test_lower_by_chance_does_not_suffice():
    run = make_run(errors=errors_table({"plain": [1.0] * 7, "auto": [1.1, 1.2, 1.3, 1.4, 0.5, 0.4, 1.5]}, {}))
    found = outcome(run, "error_lower", **LOWER)
    assert not found.holds and found.ours == "NMF lower on 5/7 splits"


def test_a_few_large_gains_do_not_outweigh_most_splits():
    # Half of the splits gain much and the others lose a little: the mean ratio and the signed-rank test favour NMF.
    second = [3.0 + i / 10 for i in range(15)] + [0.99 - i / 1000 for i in range(15)]
    run = make_run(errors=errors_table({"plain": [1.0] * 30, "auto": second}, {}))
    found = outcome(run, "error_lower", **LOWER)
    assert not found.holds and found.ours == "NMF lower on 15/30 splits" and "p = 0.0" in found.evidence


def test_too_few_splits_cannot_be_tested():
    run = make_run(errors=errors_table({"plain": [1.0] * 5, "auto": [2.0, 3.0, 4.0, 5.0, 6.0]}, {}))
    with pytest.raises(CannotCheck, match="5 splits are too few"):
        outcome(run, "error_lower", **LOWER)


def test_gap_larger_in_training():
    base = np.arange(1.0, 11.0)
    narrow, wide = {"plain": list(base), "auto": list(base * 1.1)}, {"plain": list(base), "auto": list(base * 2)}
    parameters = {"cohort": "ovary", "loss": LOSS, "first": "nmf", "second": "aenmf", "alpha": 0.05}
    assert outcome(make_run(errors=errors_table(wide, narrow)), "gap_larger_in_training", **parameters).holds
    assert not outcome(make_run(errors=errors_table(narrow, wide)), "gap_larger_in_training", **parameters).holds
    assert not outcome(make_run(errors=errors_table(wide, wide)), "gap_larger_in_training", **parameters).holds
    mixed = {
        "plain": list(base),
        "auto": list(base * 2 * np.array([0.5, 0.6, 0.7, 0.9, 1.1, 1.2, 0.8, 1.3, 1.4, 0.95])),
    }
    by_chance = outcome(make_run(errors=errors_table(wide, mixed)), "gap_larger_in_training", **parameters)
    assert not by_chance.holds and "p = 0." in by_chance.evidence


def test_equivalence_looks_at_the_distribution():
    parameters = {"cohort": "ovary", "loss": LOSS, "set": "train", "first": "aenmf", "second": "cnmf"}
    parameters |= {"margin": 0.05, "share": 0.9}
    near = make_run(errors=errors_table({"auto": [1.01] * 9 + [1.4], "convex": [1.0] * 10}, {}))
    assert outcome(near, "errors_equivalent", **parameters).holds
    # The ratios average 1.0, but no split is near it.
    far = make_run(errors=errors_table({"auto": [0.8, 1.2] * 5, "convex": [1.0] * 10}, {}))
    assert not outcome(far, "errors_equivalent", **parameters).holds


def test_mean_error_and_sizes():
    run = make_run(errors=errors_table({}, {"plain": [1.0, 2.0, 6.0]}))
    found = outcome(run, "mean_error", cohort="ovary", method="nmf", loss=LOSS, set="test")
    assert found.ours == 3.0 and "3 splits" in found.evidence
    assert outcome(run, "cohort_size", cohort="ovary").ours == 10
    assert outcome(run, "training_size", cohort="ovary").ours == 8


def test_consistency_and_recovery():
    pairs = [
        ("ovary", name, LOSS, i, j, value)
        for name, value in (("plain", 0.9), ("auto", 0.8))
        for i, j in ((0, 1), (0, 2), (1, 2))
    ]
    truth = [("ovary", name, LOSS, 0, "SBS3", 0, value) for name, value in (("plain", 0.9), ("auto", 0.895))]
    run = make_run(
        consistency=pd.DataFrame(pairs, columns=EMPTY["consistency"]),
        recovery=pd.DataFrame(truth, columns=EMPTY["recovery"]),
    )
    parameters = {"cohort": "ovary", "loss": LOSS, "methods": ["nmf", "aenmf"]}
    assert outcome(run, "consistency_equal", **parameters, margin=0.11).holds
    assert not outcome(run, "consistency_equal", **parameters, margin=0.09).holds
    found = outcome(run, "recovery_equal", **parameters, margin=0.01)
    assert found.holds and "NMF 0.9000, AE-NMF 0.8950" in found.evidence


def test_matches_and_counts():
    matches = [
        ("ovary", m, LOSS, c, "cosmic", name, v)
        for m, shift in (("plain", 0), ("auto", 0.1))
        for c, name, v in ((1, "SBS10a", 0.9 - shift), (2, "SBS2", 0.7 - shift), (3, None, np.nan))
    ]
    table4 = [("ovary", LOSS, "plain", "SBS10a", False), ("ovary", LOSS, "plain", "SBS2", True)]
    run = make_run(
        matches=pd.DataFrame(matches, columns=EMPTY["matches"]),
        table4=pd.DataFrame(table4, columns=EMPTY["table4"]).astype({"seen_in_cancer_type": "boolean"}),
    )
    found = outcome(run, "mean_match_cosine", cohort="ovary", method="nmf", loss=LOSS, reference="cosmic")
    assert found.ours == pytest.approx(0.8) and "SBS2 0.70, SBS10a 0.90" in found.evidence
    both = {"cohort": "ovary", "loss": LOSS, "reference": "cosmic", "methods": ["nmf", "aenmf"]}
    assert outcome(run, "matches_equal", **both, margin=0.11).holds
    assert not outcome(run, "matches_equal", **both, margin=0.09).holds
    seen = outcome(run, "seen_before", cohort="ovary", method="nmf", loss=LOSS)
    assert seen.ours == 1 and "PCAWG saw SBS2" in seen.evidence and "not SBS10a" in seen.evidence


@pytest.mark.parametrize("iterations", [False, True])
def test_scaling_exponent(iterations: bool):
    sizes = np.repeat([100, 200, 400, 800], 3)
    table = pd.DataFrame({"method": "convex", "solver": "mu", "loss": LOSS, "variable": "N", "size": sizes})
    table["seconds"] = 1e-6 * sizes**2.0
    if iterations:
        table["n_iter"] = sizes
    parameters = {"method": "cnmf", "variable": "N", "loss": LOSS, "solver": "mu"}
    found = outcome(make_run(scaling=table), "scaling_exponent", **parameters)
    assert found.ours == pytest.approx(1.0 if iterations else 2.0)
    with pytest.raises(CannotCheck, match="only 2 sizes"):
        outcome(make_run(scaling=table[table["size"] < 400]), "scaling_exponent", **parameters)


def test_rank_and_proof_of_concept():
    ranks = pd.DataFrame([("ovary", "plain", LOSS, 4)], columns=["cohort", "method", "loss", "chosen"])
    proof = pd.DataFrame(
        [(LOSS, "auto", "exposures", 1, 1, 99.0), (LOSS, "convex", "exposures", 1, 1, 100.0)],
        columns=["loss", "method", "quantity", "signature", "position", "value"],
    )
    run = make_run(ranks=ranks, proof_of_concept=proof)
    assert outcome(run, "chosen_rank", cohort="ovary", method="nmf", loss=LOSS).ours == 4
    parameters = {"quantity": "exposures", "loss": LOSS, "first": "aenmf", "second": "cnmf"}
    assert outcome(run, "proof_of_concept_overlap", **parameters, margin=0.02).holds
    assert not outcome(run, "proof_of_concept_overlap", **parameters, margin=0.005).holds


# Verdicts


def test_an_empty_run_can_check_nothing_and_says_why(claims: list[Claim]):
    verdicts = evaluate_claims(claims, make_run(samples={}, training={}))
    assert list(verdicts.columns) == COLUMNS and len(verdicts) == len(claims)
    assert set(verdicts["verdict"]) == {"cannot be checked"}
    assert verdicts["evidence"].str.startswith("This run has no ").all() and (verdicts["ours"] == "").all()


def test_numbers_are_judged_by_their_tolerance(claims: list[Claim]):
    size = next(claim for claim in claims if claim.id == "size-ovary")
    run = make_run(samples={"ovary": 523, "uterus": 713})
    row = judge(size, run)
    assert (row["paper"], row["ours"], row["tolerance"], row["verdict"]) == ("713", "523", "exact", "not reproduced")
    assert "uterus 713" in row["evidence"]
    assert judge(size, make_run(samples={"ovary": 713}))["verdict"] == "reproduced"


def test_missing_methods_cannot_be_checked(claims: list[Claim]):
    run = make_run(entries=ENTRIES[:1], errors=errors_table({"plain": [1.0] * 5}, {"plain": [1.0] * 5}))
    verdicts = evaluate_claims([c for c in claims if c.id.startswith("lower-ovary-frobenius")], run)
    assert verdicts["verdict"].tolist() == ["cannot be checked"] * 2
    assert verdicts["evidence"].tolist() == ["This run has no AE-NMF."] * 2


def test_verdicts_are_deterministic_and_survive_a_file(claims: list[Claim], tmp_path: Path):
    sides = {"plain": [1.0, 2.0, 3.0, 4.0, 5.0, 7.0], "auto": [2.0, 3.0, 5.0, 7.0, 8.0, 9.0], "convex": [2.0] * 6}
    run = make_run(errors=errors_table(sides, sides), samples={"ovary": 523}, training={"ovary": 418})
    verdicts = evaluate_claims(claims, run)
    pd.testing.assert_frame_equal(verdicts, evaluate_claims(claims, run))
    verdicts.to_csv(tmp_path / "v.csv", index=False)
    again = pd.read_csv(tmp_path / "v.csv", dtype=str)
    text = to_markdown(layout(verdicts))
    assert to_markdown(layout(again)) == text
    found = counts(verdicts)
    assert list(found) == list(VERDICTS) and sum(found.values()) == len(claims) and found["reproduced"] >= 2
    assert "**not reproduced**" in text and f"{found['reproduced']} reproduced" in text
    assert "\\textbf{not reproduced}" in to_latex(layout(verdicts))
