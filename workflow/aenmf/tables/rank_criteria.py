"""The numbers of signatures that criteria choose, as shown: a row per criterion, a column per cohort."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from aenmf import formats
from aenmf.files.layout import Cell, Layout
from aenmf.losses import LOSS_TITLES

RULE = ["method", "loss", "criterion"]
AT_LEAST = (
    "At least: the highest number tried was chosen, so that there may be more signatures. Try higher ones "
    "(rank_criteria.highest, or the ranks of an own cohort)."
)


def layout(
    chosen: pd.DataFrame,
    seconds: pd.DataFrame,
    criteria: Mapping[str, tuple[str, str]],
    cohorts: Mapping[str, str],
    methods: Mapping[str, str],
) -> Layout:
    """The choices as shown; those that are the true number are bold.

    Args:
        chosen: columns cohort, method, loss, criterion, chosen, low, high, highest_tried, true, passed.
        seconds: columns cohort, method, loss, criterion, seconds.
        criteria: name → title and description.
        cohorts, methods: their titles.
    """
    true = chosen.groupby("cohort")["true"].first()
    shown = [name for name in cohorts if name in set(chosen["cohort"])]
    heads = [cohorts[name] if pd.isna(true[name]) else f"{cohorts[name]} (K = {true[name]})" for name in shown]
    spent = seconds.groupby(RULE)["seconds"].sum()
    rows: list[list[Cell | str]] = []
    for (method, loss, criterion), part in chosen.groupby(RULE, sort=False):
        cells = {row.cohort: _choice(row) for row in part.itertuples()}
        rows.append(
            [methods[method], LOSS_TITLES[loss], criteria[criterion][0]]
            + [cells.get(name, formats.MISSING) for name in shown]
            + [f"{spent[(method, loss, criterion)]:.0f}"]
        )
    return Layout(
        caption="The number of signatures by criterion.",
        label="rank-criteria",
        columns=["Method", "Loss", "Criterion", *heads, "Seconds"],
        rows=rows,
        align="lll" + "r" * (len(shown) + 1),
        notes=[
            "In brackets: from where to where 95 % of the choices lie when the resamples are drawn again; of stability, the "
            "choices with one replicate left out. Bold: the true number. Seconds: of one processor, for all cohorts.",
            *([AT_LEAST] if is_highest(chosen).any() else []),
            *(f"{criteria[name][0].capitalize()}: {criteria[name][1]}" for name in chosen["criterion"].unique()),
        ],
    )


def is_highest(chosen: pd.DataFrame) -> pd.Series:
    """Which choices are the highest number tried, so that there may be more signatures."""
    return chosen["chosen"] == chosen["highest_tried"]


def warnings(chosen: pd.DataFrame, cohorts: Mapping[str, str]) -> list[str]:
    """A sentence for each choice that is the highest number tried."""
    return [
        f"{cohorts[row.cohort]}: {row.criterion} chooses {row.chosen}, the highest number tried: there may be more "
        "signatures. Raise rank_criteria.highest, or the cohort's ranks"
        for row in chosen[is_highest(chosen)].itertuples()
    ]


def _choice(row) -> Cell:
    """A choice with its interval where there is one."""
    spread = "" if pd.isna(row.low) else f" ({row.low} to {row.high})"
    bound = "at least " if row.chosen == row.highest_tried else ""
    return Cell(f"{bound}{row.chosen}{spread}", bold=not pd.isna(row.true) and bool(row.chosen == row.true))
