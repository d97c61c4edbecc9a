"""A dagger after numbers of methods that did not find the lowest loss again on some splits, and the note that explains it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from aenmf.files.layout import Cell

DAGGER, ALL = "†", "all"
"""The mark, and what stands for the cohort where fits of all cohorts are counted together."""

Single = Mapping[tuple[str, str, str], tuple[int, int]]
"""Cohort, loss and method → how many of how many fits found the lowest loss from one start only; without those of none."""


def not_found_again(fits: pd.DataFrame, together: bool = False) -> dict[tuple[str, str, str], tuple[int, int]]:
    """Which methods with several starts have fits whose lowest loss was not found again; a :data:`Single`.

    Args:
        fits: rows of fits.csv.
        together: count all cohorts as one, :data:`ALL`.
    """
    fits = fits.assign(cohort=ALL) if together else fits
    several = fits.groupby(["cohort", "loss", "method"], sort=False).filter(lambda group: group["starts"].max() > 1)
    found = {}
    for key, group in several.groupby(["cohort", "loss", "method"], sort=False):
        single = int((~group["found_again"].astype(bool)).sum())
        if single:
            found[key] = (single, len(group))
    return found


def marked(cells: Sequence[Cell], marks: Iterable[bool]) -> list[Cell]:
    """Cells with a dagger after those that have a mark."""
    return [replace(cell, text=cell.text + DAGGER) if mark else cell for cell, mark in zip(cells, marks, strict=True)]


def note(places: Iterable[tuple[str, tuple[int, int]]]) -> list[str]:
    """The note that says what a dagger means, for each place such as ``C-NMF, Ovary, MSE``; none without a place."""
    parts = [f"{n} of {total} fits ({place})" for place, (n, total) in places]
    if not parts:
        return []
    return [f"{DAGGER} {', '.join(parts)}: the lowest loss was found from one start, or one kind of start, only."]
