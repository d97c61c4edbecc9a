"""Which picture shows what, and everything that is read from them as one table.

Pictures are named as in the folder ``plots`` of the published archive. Axis labels and the order of methods are given
here, as they are words; every number next to them is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from aenmf.audit.readings.diamonds import Diamonds, read_diamonds
from aenmf.audit.readings.digits import read_cosines
from aenmf.audit.readings.pictures import read_picture

COHORTS = ("ovary", "prostate", "uterus")
SPLITS = 30

KEYS = ["cohort", "method", "quantity", "item"]
FACTS = ["figure", "picture", *KEYS, "value", "reading_error", "error_is"]

ROUNDING = 0.005
"""Half a unit of the second decimal of a printed cosine."""

EXPONENTS = ((6, 5, 4, 3, 2), (7, 5, 3))
"""Labels of the error axes in training and in test: exponents of ten."""


@dataclass(frozen=True)
class DiamondFigure:
    """A figure whose diamonds are means.

    Attributes:
        figure, picture: its name in the paper, and its file.
        methods: in each cohort's panel, from the left.
        quantity: what is shown.
        items: what of it, one for each row of panels.
        labels: those of the tick marks of each row of panels, from above.
        logarithmic: whether the axis is so, and the labels exponents.
    """

    figure: str
    picture: str
    methods: tuple[str, str]
    quantity: str
    items: tuple[str, ...]
    labels: tuple[tuple[float, ...], ...]
    logarithmic: bool


DIAMOND_FIGURES = (
    DiamondFigure("Figure 2", "error_ncvx", ("nmf", "aenmf"), "mean_error", ("train", "test"), EXPONENTS, True),
    DiamondFigure("Figure S6", "error_nnmf", ("aenmf", "cnmf"), "mean_error", ("train", "test"), EXPONENTS, True),
    DiamondFigure(
        "Figure 4", "cons_aenmf", ("nmf", "aenmf"), "consistency", ("all",), ((1, 0.9, 0.8, 0.7, 0.6),), False
    ),
    DiamondFigure("Figure S7", "cons_aecvx", ("aenmf", "cnmf"), "consistency", ("all",), ((1, 0.8, 0.6),), False),
)
COSINE_FIGURES = {f"cos_val_{cohort.capitalize()}": cohort for cohort in COHORTS}
COSINE_METHODS = ("aenmf", "nmf")
"""The panels of a picture with printed cosines, from above."""


def read_figures(folder: Path, report: Callable[[str], None] = lambda text: None) -> pd.DataFrame:
    """Everything that the pictures of a folder show: columns ``FACTS``.

    AE-NMF is in two pictures each of errors and of consistency, so that there are two rows of it.

    Raises:
        UserError: a picture is missing or cannot be read.
        ValueError: a picture does not show what it is expected to.
    """
    rows: list[tuple[object, ...]] = []
    for shown in DIAMOND_FIGURES:
        picture = read_picture(folder / f"{shown.picture}.png")
        rows += diamond_rows(shown, read_diamonds(picture, shown.labels, shown.logarithmic))
        report(f"{shown.picture} read")
    for name, cohort in COSINE_FIGURES.items():
        numbers = read_cosines(read_picture(folder / f"{name}.png"), SPLITS)
        for method, panel in zip(COSINE_METHODS, numbers, strict=True):
            rows += cosine_rows(name, cohort, method, [number.value for number in panel])
        report(f"{name} read")
    return pd.DataFrame(rows, columns=FACTS)


def diamond_rows(shown: DiamondFigure, rows_of_panels: Sequence[Diamonds]) -> Iterator[tuple[object, ...]]:
    """The rows of the table for one figure with diamonds; one pixel is the reading error."""
    places = [(cohort, method) for cohort in COHORTS for method in shown.methods]
    for item, read in zip(shown.items, rows_of_panels, strict=True):
        for (cohort, method), value in zip(places, read.values, strict=True):
            kind = "relative" if shown.logarithmic else "absolute"
            text = float(f"{value:.4g}")
            error = float(f"{read.scale.pixel:.2g}")
            yield shown.figure, shown.picture, cohort, method, shown.quantity, item, text, error, kind


def cosine_rows(picture: str, cohort: str, method: str, values: Sequence[float]) -> Iterator[tuple[object, ...]]:
    """The rows of the table for one panel of printed cosines; an item is the number of a column."""
    for column, value in enumerate(values, start=1):
        place = ("Figures S10-S15", picture, cohort, method)
        yield *place, "cosmic_cosine", str(column), value, ROUNDING, "absolute"


def facts_of(read: pd.DataFrame) -> pd.DataFrame:
    """One row for each number: of those in two pictures the first, which is a figure of the paper itself."""
    return read.drop_duplicates(KEYS).reset_index(drop=True)
