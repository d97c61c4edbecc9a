"""The parts a board is made of: what was run by each method, from how many seeds, and what it took."""

from __future__ import annotations

import pandas as pd

from aenmf import formats
from aenmf.files.layout import Layout
from aenmf.tables.score_board import CONTROL

KEYS = ["protocol", "method", "title"]
PUBLISHED = "published"
"""Part of the names of answers that their authors computed."""


def parts(table: pd.DataFrame) -> pd.DataFrame:
    """A row per protocol and method that was run.

    Args:
        table: what :func:`aenmf.evaluation.results.results_table` returns.

    Returns:
        ``protocol``, ``method``, ``title``, the number of ``cohorts``, ``seeds_least`` and ``seeds_most`` of a cohort, and
        ``minutes``, the sum over cohorts and seeds. Controls and published answers, which took no time here, are left out.
    """
    run = table[(table["score"] == "seconds") & ~table["method"].str.startswith(CONTROL)]
    run = run[~run["method"].str.contains(PUBLISHED)]
    seeds = run.groupby([*KEYS, "cohort"], sort=False)["value"].agg(["size", "sum"]).reset_index()
    of_method = seeds.groupby(KEYS, sort=False)
    rows = of_method.agg(
        cohorts=("cohort", "size"), seeds_least=("size", "min"), seeds_most=("size", "max"), minutes=("sum", "sum")
    ).reset_index()
    rows["minutes"] /= 60.0
    return rows


def layout(frame: pd.DataFrame) -> Layout:
    """The parts as shown, the longest first.

    Args:
        frame: what :func:`parts` returns.
    """
    hours = frame.groupby("protocol", sort=False)["minutes"].sum() / 60.0
    took = " and ".join(f"{formats.fixed(value, 1)} hours ({protocol})" for protocol, value in hours.items())
    order = frame.sort_values(["protocol", "minutes"], ascending=[True, False], kind="stable")
    rows = [
        [of.protocol, of.title, str(of.cohorts), _range(of.seeds_least, of.seeds_most), formats.fixed(of.minutes, 1)]
        for of in order.itertuples()
    ]
    return Layout(
        caption=f"What was run for the board. Its fits took {took} of one core.",
        label="score-parts",
        columns=["Protocol", "Method", "Cohorts", "Seeds", "Minutes"],
        rows=rows,
        align="llrrr",
        notes=[
            "Minutes: sum over cohorts and seeds of the clock of each fit, on one core (MUSE-XAE at full size: with a GPU), "
            "other work on the machine included. Choosing K, refits and scores come on top."
        ],
    )


def _range(least: int, most: int) -> str:
    return str(least) if least == most else f"{least} to {most}"
