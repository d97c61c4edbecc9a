"""The verdict table as it is shown: headline claims first, then the parts that were checked, then those that cannot be."""

from __future__ import annotations

import pandas as pd

from aenmf.files.layout import Cell, Layout
from aenmf.verdicts.judge import CANNOT, DATA, FAILS, HEADLINE, IN_PART, PART, counts, in_words, short


def headline_layout(verdicts: pd.DataFrame, rule: str) -> Layout:
    """The headline claims; what does not hold is bold.

    Args:
        verdicts: what :func:`aenmf.verdicts.judge.evaluate_claims` returns, or its file.
        rule: how a verdict follows from the parts, shown as a note.
    """
    frame = verdicts[verdicts["kind"] == HEADLINE].fillna("")
    rows: list[list[Cell | str]] = [
        [
            row.claim,
            row.place,
            row.paper,
            row.ours,
            row.significance,
            row.tolerance,
            _verdict(row.verdict),
            row.evidence,
        ]
        for row in frame.itertuples()
    ]
    stated = verdicts[verdicts["kind"] == DATA].fillna("")
    data = ", ".join(
        f"{row.claim.removeprefix('Patients of ')} {row.paper} / {row.ours}" for row in stated.itertuples()
    )
    return Layout(
        caption=f"Verdicts on the paper's headline claims: {in_words(counts(verdicts))}.",
        label="verdicts",
        columns=["Claim", "Place", "Paper", "Ours", "Significant", "Parts", "Verdict", "In detail"],
        rows=rows,
        align="l" * 8,
        rules=range(len(rows)),
        latex_columns=(
            "p{0.18\\linewidth}",
            "l",
            "p{0.1\\linewidth}",
            *["p{0.14\\linewidth}"] * 3,
            "l",
            "p{0.2\\linewidth}",
        ),
        notes=[
            rule,
            *([f"A check of the data, without a verdict: patients in the paper / here: {data}."] if data else []),
        ],
    )


def checked(verdicts: pd.DataFrame) -> pd.DataFrame:
    """The parts that have a verdict."""
    return verdicts[(verdicts["kind"] == PART) & (verdicts["verdict"] != CANNOT)]


def parts_layout(verdicts: pd.DataFrame) -> Layout:
    """The parts that were checked, with a line above those of another headline claim."""
    rows: list[list[Cell | str]] = []
    rules, headline = [], None
    for row in checked(verdicts).fillna("").itertuples():
        if row.headline != headline:
            headline = row.headline
            rules.append(len(rows))
        bounds = f"{short(row.low)} to {short(row.high)}" if row.low else ""
        texts = [row.place, row.claim, short(row.paper, 2), short(row.ours), bounds, row.significance, row.tolerance]
        rows.append([*texts, _verdict(row.verdict), row.evidence])
    return Layout(
        caption="The parts of the headline claims that can be checked.",
        label="verdict-parts",
        columns=[
            *("Place", "Claim", "Paper", "Ours", "Interval (95 %)", "Significant", "Tolerance or rule", "Verdict"),
            "Evidence",
        ],
        rows=rows,
        align="l" * 9,
        rules=rules,
        latex_columns=("l", "p{0.16\\linewidth}", *["l"] * 4, "p{0.1\\linewidth}", "l", "p{0.24\\linewidth}"),
        notes=[
            "Interval and test are for new patients: the variance over splits is corrected (Nadeau and Bengio 2003), and "
            "p-values for the tests of a headline claim in one table or figure (Holm 1979). The interval is that of the "
            "geometric mean ratio, of the difference, or of the number."
        ],
    )


def unchecked_layout(verdicts: pd.DataFrame) -> Layout:
    """The parts that cannot be checked, with the reason."""
    frame = verdicts[(verdicts["kind"] == PART) & (verdicts["verdict"] == CANNOT)].fillna("")
    undecided = int((frame["ours"] != "").sum())
    which = f", of which {undecided} {'is' if undecided == 1 else 'are'} undecided by these data" if undecided else ""
    return Layout(
        caption=f"Parts that cannot be checked: {len(frame)}{which}.",
        label="verdicts-unchecked",
        columns=["Place", "Claim", "Paper", "Why"],
        rows=[[row.place, row.claim, short(row.paper, 2), row.evidence] for row in frame.itertuples()],
        align="llll",
        latex_columns=("l", "p{0.3\\linewidth}", "l", "p{0.4\\linewidth}"),
    )


def _verdict(name: str) -> Cell:
    return Cell(name, bold=name in (FAILS, IN_PART))
