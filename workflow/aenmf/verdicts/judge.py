"""A verdict on every number and claim of the paper, each with its evidence, none by hand."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from aenmf import formats
from aenmf.files.layout import Cell, Layout
from aenmf.verdicts.claims import Claim
from aenmf.verdicts.evaluators import EVALUATORS, CannotCheck, Run

REPRODUCED, NOT_REPRODUCED, CANNOT = VERDICTS = ("reproduced", "not reproduced", "cannot be checked")
TITLES = {
    "place": "Place",
    "claim": "Claim",
    "paper": "Paper",
    "ours": "Ours",
    "tolerance": "Tolerance or rule",
    "verdict": "Verdict",
    "evidence": "Evidence",
}
"""The columns of the table as shown, with their titles."""
COLUMNS = ["claim_id", *TITLES]


def judge(claim: Claim, run: Run) -> dict[str, str]:
    """The row of the verdict table for one claim."""
    row = {"claim_id": claim.id, "place": claim.place, "claim": claim.claim}
    paper = _text(claim.paper)
    try:
        outcome = EVALUATORS[claim.evaluator](run, **claim.parameters)
    except CannotCheck as reason:
        text = str(reason)
        tolerance = str(claim.tolerance) if claim.tolerance else ""
        evidence = f"{text[:1].upper()}{text[1:]}."
        return row | {"paper": paper, "ours": "", "tolerance": tolerance, "verdict": CANNOT, "evidence": evidence}
    holds = (
        outcome.holds if claim.tolerance is None else claim.tolerance.allows(float(claim.paper), float(outcome.ours))
    )
    return row | {
        "paper": paper,
        "ours": _text(outcome.ours),
        "tolerance": str(claim.tolerance) if claim.tolerance else outcome.rule,
        "verdict": REPRODUCED if holds else NOT_REPRODUCED,
        "evidence": outcome.evidence,
    }


def evaluate_claims(claims: Sequence[Claim], run: Run) -> pd.DataFrame:
    """The verdict table, one row per claim, with the columns ``COLUMNS``.

    All columns hold text; numbers are written so that they read back exactly.
    """
    return pd.DataFrame([judge(claim, run) for claim in claims], columns=COLUMNS)


def counts(verdicts: pd.DataFrame) -> dict[str, int]:
    """How many claims have each verdict, all three verdicts named."""
    return {verdict: int((verdicts["verdict"] == verdict).sum()) for verdict in VERDICTS}


def layout(verdicts: pd.DataFrame) -> Layout:
    """The verdict table as shown, with a line above each new place in the paper; what was not reproduced is bold."""
    found = counts(verdicts)
    rows: list[list[Cell | str]] = []
    rules, place = [], None
    for row in verdicts.fillna("").itertuples():
        if row.place != place:
            place = row.place
            rules.append(len(rows))
        verdict = Cell(row.verdict, bold=row.verdict == NOT_REPRODUCED)
        rows.append([row.place, row.claim, _short(row.paper), _short(row.ours), row.tolerance, verdict, row.evidence])
    summary = ", ".join(f"{n} {name}" for name, n in found.items())
    return Layout(
        caption=f"Verdicts on the paper's numbers and claims: {summary}.",
        label="verdicts",
        columns=list(TITLES.values()),
        rows=rows,
        align="lllllll",
        rules=rules,
        latex_columns=("l", "p{0.2\\linewidth}", "l", "l", "p{0.12\\linewidth}", "l", "p{0.3\\linewidth}"),
    )


def _text(value: float | str) -> str:
    if isinstance(value, str):
        return value
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))


def _short(text: object) -> str:
    """A number to 2 decimals, or like ``1.05e2`` from 10 on; whole numbers and words as they are."""
    try:
        value = float(text)  # type: ignore[arg-type]
    except ValueError:
        return str(text)
    if value.is_integer() and abs(value) < 1e6:
        return f"{value:.0f}"
    return f"{value:.2f}" if abs(value) < 10 else formats.error(value)
