"""The cosines printed on the tiles of a picture, read with the digits of its own horizontal axis as templates.

The axis numbers the columns of tiles 1, 2, … 30, so which digit each of its glyphs is follows from its place. A glyph of
a printed number is the digit whose template it overlaps most, both brought to one size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from aenmf.audit.readings.pictures import Blob, blobs

BLACK = 45
"""Brightness up to which a pixel belongs to a number on a tile; the darkest tiles are at 70."""

GREY = 110
"""Brightness up to which a pixel belongs to a number of the axis, which is dark grey on white."""

DIGIT_HEIGHTS = (50, 60)
"""Pixels of a digit on a tile, least and most."""

POINT_SIZES = (5, 10)
"""Pixels of a decimal point in height and width, least and most."""

AXIS_HEIGHTS = (70, 100)
"""Pixels of a digit of the axis, least and most."""

REACH = 60
"""Pixels from one sign of a number to the next at most, from left edge to left edge."""

GRID = (28, 20)
"""Rows and columns to which glyphs are brought before they are compared."""

LEAST_MARGIN = 0.05
"""By how much the best digit's agreement must exceed the second best's."""


@dataclass(frozen=True)
class Number:
    """A printed number, where its point is, and by how much the best reading of its least clear digit is ahead."""

    value: float
    row: float
    column: float
    margin: float


def read_cosines(picture: np.ndarray, n_columns: int) -> list[list[Number]]:
    """The number printed in every column of tiles, one list for each panel, from above.

    All tiles of a column show the same number; they are read one by one.

    Raises:
        ValueError: a digit is unclear, or the tiles of a column differ.
    """
    grey = picture.mean(axis=2)
    templates = axis_digits(grey, n_columns)
    numbers = printed_numbers(grey, templates)
    unclear = [number for number in numbers if number.margin < LEAST_MARGIN]
    if unclear:
        raise ValueError(f"{len(unclear)} of {len(numbers)} printed numbers have an unclear digit")
    return [agreed(panel, n_columns) for panel in panels(numbers)]


def axis_digits(grey: np.ndarray, n_columns: int) -> dict[int, np.ndarray]:
    """The digits 0 … 9 as means of their glyphs in the numbers 1, 2, … of the axis, each (GRID)."""
    glyphs = [
        b for b in blobs(grey < GREY, 200) if AXIS_HEIGHTS[0] <= b.height <= AXIS_HEIGHTS[1] and b.width < b.height
    ]
    text = "".join(str(n) for n in range(1, n_columns + 1))
    lines: dict[int, list[Blob]] = {}
    for glyph in glyphs:
        lines.setdefault(round((glyph.top + glyph.height) / 10), []).append(glyph)
    axis = [line for line in lines.values() if len(line) == len(text)]
    if len(axis) != 1:
        raise ValueError(f"no line of {len(text)} digits found below the tiles")
    kinds: dict[int, list[np.ndarray]] = {}
    for digit, glyph in zip(text, sorted(axis[0], key=lambda b: b.left), strict=True):
        kinds.setdefault(int(digit), []).append(on_grid(glyph.pixels))
    return {digit: np.mean(shapes, axis=0) for digit, shapes in kinds.items()}


def on_grid(pixels: np.ndarray) -> np.ndarray:
    """A glyph at the size GRID: the share of every cell that it covers; a narrow glyph keeps its width."""
    rows, columns = GRID
    height, width = pixels.shape
    square = np.zeros((height, max(width, round(height * columns / rows))))
    start = (square.shape[1] - width) // 2
    square[:, start : start + width] = pixels
    return shrunk(shrunk(square, rows).T, columns).T


def shrunk(array: np.ndarray, rows: int) -> np.ndarray:
    """An array with its rows averaged to so many, where a row may count in part towards two."""
    edges = np.linspace(0, len(array), rows + 1)
    total = np.vstack([np.zeros(array.shape[1]), np.cumsum(array, axis=0)])
    at = np.floor(edges).astype(int).clip(max=len(array) - 1)
    upto = total[at] + (edges - at)[:, None] * array[at]
    return np.diff(upto, axis=0) / np.diff(edges)[:, None]


def agreement(first: np.ndarray, second: np.ndarray) -> float:
    """Correlation of two glyphs on the grid."""
    return float(np.corrcoef(first.ravel(), second.ravel())[0, 1])


def digit_of(glyph: Blob, templates: Mapping[int, np.ndarray]) -> tuple[int, float]:
    """The digit that a glyph agrees with best, and by how much it is ahead of the second."""
    shape = on_grid(glyph.pixels)
    ranked = sorted(((agreement(shape, template), digit) for digit, template in templates.items()), reverse=True)
    return ranked[0][1], ranked[0][0] - ranked[1][0]


def printed_numbers(grey: np.ndarray, templates: Mapping[int, np.ndarray]) -> list[Number]:
    """Every number on the tiles: a point, the digit on its left, and the one or two on its right."""
    found = blobs(grey < BLACK, 20)
    digits = [b for b in found if DIGIT_HEIGHTS[0] <= b.height <= DIGIT_HEIGHTS[1] and b.width < b.height]
    least, most = POINT_SIZES
    points = [b for b in found if least <= b.height <= most and least <= b.width <= most]
    numbers = []
    for point in points:
        line = [d for d in digits if abs(d.top + d.height - point.top - point.height) <= 3]
        before = [d for d in line if 0 < point.left - d.left <= REACH]
        after = sorted((d for d in line if 0 < d.left - point.left <= 1.5 * REACH), key=lambda d: d.left)
        if len(before) != 1 or not after:
            continue  # a point that belongs to no number, such as a dot of another mark
        read = [digit_of(glyph, templates) for glyph in (before[0], *after)]
        text = f"{read[0][0]}.{''.join(str(digit) for digit, _ in read[1:])}"
        numbers.append(Number(float(text), *point.centre, min(margin for _, margin in read)))
    return numbers


def panels(numbers: Sequence[Number]) -> list[list[Number]]:
    """The numbers of the upper and of the lower panel: parted at the largest step between their rows."""
    ordered = sorted(numbers, key=lambda number: number.row)
    steps = np.diff([number.row for number in ordered])
    cut = int(steps.argmax()) + 1
    return [ordered[:cut], ordered[cut:]]


def agreed(panel: Sequence[Number], n_columns: int) -> list[Number]:
    """One number for each column of a panel, which all of its tiles show.

    Raises:
        ValueError: the tiles of a column differ, or there are more or fewer columns.
    """
    ordered = sorted(panel, key=lambda number: number.column)
    starts = np.flatnonzero(np.diff([number.column for number in ordered]) > REACH) + 1
    columns = np.split(np.arange(len(ordered)), starts)
    if len(columns) != n_columns:
        raise ValueError(f"{len(columns)} columns of numbers, expected {n_columns}")
    result: list[Number] = []
    for column in columns:
        tiles = [ordered[i] for i in column]
        values = {tile.value for tile in tiles}
        if len(values) != 1:
            raise ValueError(f"the tiles of column {len(result) + 1} show {sorted(values)}")
        result.append(min(tiles, key=lambda tile: tile.margin))
    return result
