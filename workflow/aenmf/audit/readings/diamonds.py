"""Means shown by diamonds over a vertical axis, from the tick marks of the axis and the diamonds' centres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aenmf.audit.readings.pictures import blobs, near

DIAMOND = (0x2F, 0x47, 0x0A)
"""Dark green."""

BORDER = (0x33, 0x33, 0x33)
"""The grey of panel borders and tick marks."""

SHADE = 14
"""How far a pixel's colour may lie from a mark's: the edges of marks are blended with what is around them."""

LEAST_DIAMOND = 2000
"""Pixels of a diamond at least; each has about 2,700, and no other mark has this colour."""

BESIDE_BORDER = 8
"""Pixels from the left border of the first panel to the column in which the tick marks are met; they are 14 long."""


@dataclass(frozen=True)
class Scale:
    """A vertical axis in one row of panels: value = base + step · row of pixels, or ten to that where logarithmic."""

    base: float
    step: float
    logarithmic: bool

    def value(self, row: float) -> float:
        """The value at a row of pixels, which may lie between two."""
        linear = self.base + self.step * row
        return float(10**linear if self.logarithmic else linear)

    @property
    def pixel(self) -> float:
        """What one pixel is worth: a ratio minus 1 where the axis is logarithmic, else a difference."""
        return float(10 ** abs(self.step) - 1 if self.logarithmic else abs(self.step))


@dataclass(frozen=True)
class Diamonds:
    """The diamonds of one row of panels: their values from left to right, and the scale they were read on."""

    values: list[float]
    scale: Scale


def read_diamonds(picture: np.ndarray, labels: tuple[tuple[float, ...], ...], logarithmic: bool) -> list[Diamonds]:
    """Read the diamonds of every row of panels.

    Args:
        picture: from :func:`~aenmf.audit.readings.pictures.read_picture`.
        labels: what is printed next to the tick marks of every row of panels, from above.
        logarithmic: whether the axis is so; then the labels are the exponents of ten.

    Raises:
        ValueError: there are more or fewer tick marks than labels.
    """
    ticks = tick_rows(picture)
    if len(ticks) != sum(map(len, labels)):
        raise ValueError(f"{len(ticks)} tick marks for {sum(map(len, labels))} labels")
    marks = [blob.centre for blob in blobs(near(picture, DIAMOND, SHADE), LEAST_DIAMOND)]
    height, result = len(picture) / len(labels), []
    for number, texts in enumerate(labels):
        rows, ticks = ticks[: len(texts)], ticks[len(texts) :]
        step, base = np.polyfit(rows, texts, 1)
        scale = Scale(float(base), float(step), logarithmic)
        inside = [mark for mark in marks if number * height <= mark[0] < (number + 1) * height]
        result.append(Diamonds([scale.value(row) for row, _ in sorted(inside, key=lambda mark: mark[1])], scale))
    return result


def tick_rows(picture: np.ndarray) -> list[float]:
    """The rows of pixels of the tick marks left of the first panel, from above, each the middle of its shade."""
    darkness = 255.0 - picture.mean(axis=2)
    border = near(picture[:, : picture.shape[1] // 4], BORDER, SHADE).sum(axis=0)
    first = int(np.flatnonzero(border > border.max() / 2)[0])
    column = darkness[:, first - BESIDE_BORDER]
    marks = blobs((column > column.max() / 4)[:, None])
    weights = [column[mark.top : mark.top + mark.height] for mark in marks]
    return [
        float(np.average(mark.top + np.arange(mark.height), weights=w)) for mark, w in zip(marks, weights, strict=True)
    ]
