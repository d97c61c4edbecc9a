"""A verdict on every claim of the paper, each with its evidence, none by hand.

Parts are measured and judged one by one; p-values are corrected for the tests of a headline claim; and the verdict on a headline
claim follows from those on its parts by the rule that config/paper_claims.yaml states.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from aenmf import formats
from aenmf.evaluation.resampled import holm
from aenmf.verdicts.claims import Claim, Headline, PaperClaims
from aenmf.verdicts.evaluators import EVALUATORS
from aenmf.verdicts.measuring import CannotCheck, Outcome, Run, shown

HOLDS, IN_PART, FAILS, CANNOT = VERDICTS = ("holds", "holds in part", "does not hold", "cannot be checked")
PLURALS = {HOLDS: "hold", IN_PART: "hold in part", FAILS: "do not hold", CANNOT: CANNOT}
HEADLINE, PART, DATA = "headline", "part", "data"
ALPHA = 0.05
UNDECIDED = "undecided by these data"
"""Why a part that was measured cannot be checked, in short; other parts were not measured."""
TOO_WIDE = "the interval is too wide to show that the two are equal, or that they are not"
INCLUDES = "the 95 % interval for new patients includes {limit}"
COLUMNS = [
    *("kind", "headline", "claim_id", "place", "claim", "paper", "ours", "estimate", "low", "high"),
    *("significance", "p_value", "p_holm", "tolerance", "verdict", "evidence"),
]


def evaluate_claims(claims: PaperClaims, run: Run) -> pd.DataFrame:
    """The verdict table, columns ``COLUMNS``: headline claims, then their parts, then the data as the paper states them.

    All columns hold text; numbers are written so that they read back exactly.
    """
    parts = {headline.id: judge_parts(headline.parts, run) for headline in claims.headlines}
    rows = [judge_headline(headline, parts[headline.id]) for headline in claims.headlines]
    rows += [row | {"headline": name} for name, judged in parts.items() for row in judged]
    rows += patients(claims, run)
    return pd.DataFrame(rows, columns=COLUMNS, dtype=object).fillna("")


def judge_parts(claims: Sequence[Claim], run: Run) -> list[dict[str, str]]:
    """The rows of the parts of one headline claim; p-values are corrected for all its tests at one place of the paper."""
    outcomes = [_measured(claim, run) for claim in claims]
    raw = [outcome.p_value if isinstance(outcome, Outcome) else None for outcome in outcomes]
    p_values = pd.Series([np.nan if p is None else p for p in raw], dtype=float)
    corrected = p_values.groupby([claim.place for claim in claims]).transform(holm)
    return [judge(claim, outcome, p) for claim, outcome, p in zip(claims, outcomes, corrected, strict=True)]


def _measured(claim: Claim, run: Run) -> Outcome | str:
    """The outcome, or why there is none."""
    try:
        return EVALUATORS[claim.evaluator](run, **claim.parameters)
    except CannotCheck as reason:
        text = str(reason)
        return f"{text[:1].upper()}{text[1:]}."


def judge(claim: Claim, outcome: Outcome | str, p_holm: float) -> dict[str, str]:
    """The row of a part: what it states of the means has to be borne out by their interval, and equality by its test."""
    row = {"kind": PART, "claim_id": claim.id, "place": claim.place, "claim": claim.claim, "paper": text(claim.paper)}
    if isinstance(outcome, str):
        tolerance = str(claim.tolerance or "")
        lacking = {"label": CANNOT, "why": outcome, "evidence": outcome}
        return row | {"ours": "", "tolerance": tolerance, "verdict": CANNOT} | lacking
    if claim.tolerance:
        estimate: tuple[float, ...] = outcome.interval or (float(outcome.ours), np.nan, np.nan)
        outcome = replace(outcome, holds=claim.tolerance.allows(float(claim.paper), outcome), rule=str(claim.tolerance))
    else:
        estimate = outcome.interval or (np.nan, np.nan, np.nan)
    undecided = not outcome.decided or (bool(outcome.holds) and outcome.equality and not p_holm < ALPHA)
    why = f"{TOO_WIDE if outcome.equality else INCLUDES.format(limit=outcome.limit)}."
    numbers = {"estimate": estimate[0], "low": estimate[1], "high": estimate[2]}
    numbers |= {"p_value": np.nan if outcome.p_value is None else outcome.p_value, "p_holm": p_holm}
    return row | {name: "" if np.isnan(value) else text(float(value)) for name, value in numbers.items()} | {
        "ours": text(outcome.ours),
        "significance": _significance(outcome, p_holm),
        "tolerance": outcome.rule,
        "verdict": CANNOT if undecided else HOLDS if outcome.holds else FAILS,
        "evidence": f"{outcome.evidence} {UNDECIDED.capitalize()}: {why}" if undecided else outcome.evidence,
        "label": UNDECIDED,
        "why": why,
    }  # fmt: skip


def _significance(outcome: Outcome, p: float) -> str:
    """What the corrected test says, apart from the verdict; empty where nothing was tested."""
    if np.isnan(p):
        return ""
    said = "no" if not p < ALPHA else "yes" if outcome.holds or outcome.equality else "the other way"
    return f"{said}, p {'< 0.0001' if p < 1e-4 else f'= {formats.p_value(p)}'}"


def grade(verdicts: Sequence[str]) -> str:
    """The verdict on a headline claim from those on its parts.

    It holds if all parts hold, and does not hold if none of those that can be checked does; in between it holds in part.
    """
    checked = [verdict for verdict in verdicts if verdict != CANNOT]
    if not checked:
        return CANNOT
    if HOLDS not in checked:
        return FAILS
    return HOLDS if all(verdict == HOLDS for verdict in verdicts) else IN_PART


def judge_headline(headline: Headline, parts: Sequence[dict[str, str]]) -> dict[str, str]:
    """The row of a headline claim, from the rows of its parts."""
    of = {verdict: [row for row in parts if row["verdict"] == verdict] for verdict in (HOLDS, FAILS, CANNOT)}
    found = {verdict: len(of[verdict]) for verdict in (HOLDS, FAILS) if of[verdict]}
    found |= dict(sorted(Counter(row["label"] for row in of[CANNOT]).items(), reverse=True))
    return {
        "kind": HEADLINE,
        "headline": headline.id,
        "claim_id": headline.id,
        "place": headline.place,
        "claim": headline.claim,
        "paper": headline.paper,
        "ours": _range(headline, parts),
        "significance": _significant(parts),
        "tolerance": in_words(found),
        "verdict": grade([row["verdict"] for row in parts]),
        "evidence": " ".join([*_failures(of[FAILS]), *_reasons(of[CANNOT])]),
    }


def _significant(parts: Sequence[dict[str, str]]) -> str:
    """How many tests are significant, apart for each place of the paper, whose tests are corrected together."""
    places: dict[str, list[bool]] = {}
    for row in parts:
        if row.get("significance"):
            places.setdefault(row["place"], []).append(row["significance"].startswith("yes"))
    said = {place: f"{sum(tests)} of {len(tests)}" for place, tests in places.items()}
    return "; ".join(f"{text} ({place})" for place, text in said.items()) if len(said) > 1 else "".join(said.values())


def _range(headline: Headline, parts: Sequence[dict[str, str]]) -> str:
    """The lowest and the highest estimate of the parts from the headline's first entry, each with its interval."""
    first = headline.parts[0].entry
    rows = [
        row for claim, row in zip(headline.parts, parts, strict=True) if claim.entry == first and row.get("estimate")
    ]
    if not headline.quantity or not rows:
        return ""
    rows.sort(key=lambda row: float(row["estimate"]))
    ends = [short(row["estimate"]) + _bounds(row) for row in (rows[0], rows[-1])]
    return f"{headline.quantity} {' … '.join(dict.fromkeys(ends))}"


def _bounds(row: dict[str, str]) -> str:
    return f" ({short(row['low'])} to {short(row['high'])})" if row["low"] else ""


def _failures(rows: Sequence[dict[str, str]]) -> list[str]:
    return [f"Not: {'; '.join(row['claim'] for row in rows)}."] if rows else []


def _reasons(rows: Sequence[dict[str, str]]) -> list[str]:
    """Why parts cannot be checked, each reason once with the number of its parts."""
    numbers = Counter((row["label"], row["why"]) for row in rows)
    return [f"{label.capitalize()} ({n}): {reason}" for (label, reason), n in numbers.items()]


def patients(claims: PaperClaims, run: Run) -> list[dict[str, str]]:
    """The paper's numbers of patients next to the run's: a check of the data, without a verdict."""
    return [
        {
            "kind": DATA,
            "claim_id": f"patients-{cohort}",
            "place": "Text, data",
            "claim": f"Patients of {shown(cohort)}",
            "paper": str(stated),
            "ours": str(run.samples[cohort]),
        }
        for cohort, stated in claims.patients.items()
        if cohort in run.samples
    ]


def counts(verdicts: pd.DataFrame, kind: str = HEADLINE) -> dict[str, int]:
    """How many claims of a kind have each verdict, all verdicts named."""
    found = verdicts.loc[verdicts["kind"] == kind, "verdict"]
    return {verdict: int((found == verdict).sum()) for verdict in VERDICTS}


def in_words(found: Mapping[str, int]) -> str:
    """How many claims have each verdict, with a verb that agrees in number: ``1 holds, 2 hold in part``."""
    plural = {verdict: PLURALS.get(verdict, verdict) for verdict in found}
    return ", ".join(f"{number} {verdict if number == 1 else plural[verdict]}" for verdict, number in found.items())


def text(value: float | str) -> str:
    """A value as the table holds it: words, whole numbers without a point, others so that they read back exactly."""
    if isinstance(value, str):
        return value
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))


def short(text: object, decimals: int = 3) -> str:
    """A number with a few decimals, or like ``1.05e2`` from 10 on; whole numbers and words as they are."""
    try:
        value = float(text)  # type: ignore[arg-type]
    except ValueError:
        return str(text)
    if value.is_integer() and abs(value) < 1e6:
        return f"{value:.0f}"
    return formats.error(value) if abs(value) >= 10 else formats.decimals(value, decimals)
