"""The file of the paper's claims, and mistakes in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml

from aenmf.errors import UserError
from aenmf.verdicts.claims import PaperClaims, Tolerance, load_claims
from aenmf.verdicts.evaluators import EVALUATORS
from aenmf.verdicts.measuring import Outcome, shown


@pytest.fixture(scope="module")
def claims(root: Path) -> PaperClaims:
    return load_claims(root / "config/paper_claims.yaml")


def test_the_claims_are_complete(claims: PaperClaims):
    by_id = {claim.id: claim for claim in claims.parts}
    assert len(by_id) == len(claims.parts)
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
    assert sum(name.startswith("lower-") for name in by_id) == 3 * 2 * 2
    assert {claim.evaluator for claim in claims.parts} == set(EVALUATORS)
    assert not any("{" in text for claim in claims.parts for text in (claim.id, claim.claim, claim.place))


def test_headline_claims_are_few_and_none_follows_from_the_design(claims: PaperClaims):
    assert 7 <= len(claims.headlines) <= 10
    assert not [
        claim.id for claim in claims.parts if claim.id.startswith(("size-", "training-size-", "rank-scenario8"))
    ]
    assert claims.patients == {"ovary": 713, "uterus": 523, "scenario8": 1000}
    words = ("holds if all its parts hold", "does not hold if none", "holds in part otherwise", "cannot be checked")
    assert all(text in claims.rule for text in words)


def test_every_margin_has_a_reason(root: Path):
    content = yaml.safe_load((root / "config/paper_claims.yaml").read_text(encoding="utf-8"))
    parts = [part for headline in content["headlines"] for part in headline["parts"]]
    judged = [part for part in parts if "tolerance" in part or "margin" in part.get("parameters", {})]
    assert judged and not [part["id"] for part in judged if "why" not in part]


def test_claims_read_as_sentences(claims: PaperClaims):
    by_id = {claim.id: claim for claim in claims.parts}
    assert by_id["lower-ovary-kullback-leibler-train"].claim == "NMF has a lower training KLD than AE-NMF on ovary"
    assert shown(["nmf", "aenmf", "cnmf"]) == "NMF, AE-NMF and C-NMF" and shown(["nmf"]) == "NMF"


MINIMAL = {"id": "a", "place": "Text", "kind": "number", "claim": "c", "evaluator": "seen_before", "paper": 3}
MINIMAL |= {"parameters": {"cohort": "ovary", "method": "nmf", "loss": "frobenius"}, "tolerance": {"absolute": 0}}


def written(path: Path, *parts: dict, **top: object) -> Path:
    headline = {"id": "h", "place": "Text", "claim": "c", "paper": "p", "parts": list(parts)}
    path.write_text(yaml.safe_dump({"rule": "r", "patients": {}, "headlines": [headline]} | top))
    return path


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"toleranc": 1}, "unknown key 'toleranc'.*Did you mean 'tolerance'"),
        ({"place": None}, "'place' is missing"),
        ({"kind": "guess"}, "'guess' is not allowed"),
        ({"evaluator": "seen_befor"}, "unknown evaluator 'seen_befor'.*Did you mean 'seen_before'"),
        ({"parameters": {"kohort": "ovary"}}, "has no parameter 'kohort'.*Did you mean 'cohort'"),
        ({"parameters": {"cohort": "ovary"}}, "needs the parameter 'method'"),
        ({"tolerance": {"absolut": 0}}, "unknown key 'absolut'"),
        ({"tolerance": {"absolute": 0, "relative": 0}}, "tolerance.*is not allowed"),
        ({"tolerance": {"absolute": -1}}, "is not at least 0"),
        ({"tolerance": {"interval": 0.9}}, "interval"),
        ({"tolerance": None}, "a number without tolerance"),
        ({"paper": "three"}, "paper must be a number"),
        ({"paper": None}, "paper must be a number"),
        ({"kind": "statement"}, "a statement with tolerance"),
        ({"kind": "statement", "tolerance": None, "paper": None}, "paper is missing"),
        ({"claim": "{methods}"}, r"\{methods\} names no parameter"),
        ({"id": "A b"}, "'A b' is not allowed"),
        ({"id": "h"}, "two claims are called 'h'"),
        ({"for_each": {"cohort": ["ovary", "ovary"]}}, "two claims are called 'a'"),
        ({"for_each": {"cohort": ["ovary"]}, "cases": [{"cohort": "ovary"}]}, "exclude each other"),
    ],
)
def test_a_mistake_in_the_claims_is_named(tmp_path: Path, change: dict, message: str):
    entry = {key: value for key, value in (MINIMAL | change).items() if value is not None}
    with pytest.raises(UserError, match=f"(?s)claims.yaml.*{message}"):
        load_claims(written(tmp_path / "claims.yaml", entry))


@pytest.mark.parametrize("text", ["", "headlines: []", "headlines: [", "headlines: {}", "other: 1"])
def test_a_file_without_claims_is_refused(tmp_path: Path, text: str):
    path = tmp_path / "claims.yaml"
    path.write_text(text)
    with pytest.raises(UserError, match="claims.yaml"):
        load_claims(path)


def test_cases_and_for_each_expand(tmp_path: Path):
    each = MINIMAL | {"id": "e-{cohort}", "for_each": {"cohort": ["x", "y"]}}
    cases = MINIMAL | {"id": "c-{cohort}", "cases": [{"cohort": "x", "paper": 4}, {"cohort": "y"}]}
    loaded = load_claims(written(tmp_path / "claims.yaml", each, cases))
    found = {claim.id: (claim.paper, claim.parameters["cohort"]) for claim in loaded.parts}
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
        (Tolerance("interval", 0.95), 2800, 3000, True),
        (Tolerance("interval", 0.95), 2400, 3000, False),
    ],
)
def test_tolerance(tolerance: Tolerance, paper: float, ours: float, allowed: bool):
    assert tolerance.allows(paper, Outcome(ours, "", interval=(ours, ours - 500, ours + 500))) is allowed
