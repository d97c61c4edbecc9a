"""The dot plot of the first screen, as a drawing inside the page: every split, the interval, and the published value."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from aenmf import formats
from aenmf.formats import counted
from aenmf.report.about import About
from aenmf.report.ratios import Ratio

TOP, FOOT = 8, 44
TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50)
JITTER = 3.5
"""Half the height, in units of the drawing, over which the splits of a row are spread."""
SETS = {"train": "training", "test": "test"}


@dataclass(frozen=True)
class Shape:
    """How wide a drawing and its margins are, in its own units, and how high a row is.

    Attributes:
        above: the room over each group's first row for its name; 0 where the name is to the left of that row.
        most: how many letters of the name fit.
    """

    name: str
    width: int
    left: int
    right: int
    row: int
    above: int
    most: int


WIDE = Shape("wide", 640, 228, 112, 24, 0, 25)
NARROW = Shape("narrow", 370, 56, 104, 21, 19, 44)
"""For a phone, where the letters of the wide drawing would be too small to read."""


def dot_plots(rows: Sequence[Ratio], about: About, axis: str) -> Markup:
    """The drawing for wide windows and that for phones, of which the style of the page shows one."""
    return Markup("").join(dot_plot(rows, about, axis, shape) for shape in (WIDE, NARROW))


def dot_plot(rows: Sequence[Ratio], about: About, axis: str, shape: Shape = WIDE) -> Markup:
    """Rows of ratios on one logarithmic axis; each group of cohort and loss has its name at its first row."""
    low, high = _range(rows)
    groups = [f"{about.cohort(row.cohort)}, {about.loss(row.loss)}" for row in rows]
    first = [name != before for name, before in zip(groups, [None, *groups], strict=False)]
    bottom = TOP + shape.row * len(rows) + shape.above * sum(first)
    height = bottom + FOOT

    def x(value: float) -> float:
        share = (math.log(value) - math.log(low)) / (math.log(high) - math.log(low))
        return round(shape.left + min(max(share, 0.0), 1.0) * (shape.width - shape.left - shape.right), 1)

    parts = [
        Markup(
            '<line class="{}" x1="{x}" x2="{x}" y1="{}" y2="{}"/><text class="tick middle" x="{x}" y="{}">{}</text>'
        ).format("one" if tick == 1 else "grid", TOP, bottom, bottom + 15, f"{tick:g}", x=x(tick))
        for tick in TICKS
        if low <= tick <= high
    ]
    y = float(TOP)
    for row, name, starts in zip(rows, groups, first, strict=True):
        y += shape.above * starts
        parts.append(_row(row, y + shape.row / 2, x, name if starts else "", about, shape))
        y += shape.row
    words = Markup('<text class="tick middle" x="{}" y="{}">{}</text>').format(
        x(math.sqrt(low * high)), height - 8, axis
    )
    label = f"{axis}: " + "; ".join(f"{_name(row, about)} {_said(row)}" for row in rows)
    return Markup('<svg class="dots {}" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}</svg>').format(
        shape.name, shape.width, height, label, Markup("").join(parts), words
    )


def _row(row: Ratio, y: float, x: Callable[[float], float], name: str, about: About, shape: Shape) -> Markup:
    """One cohort, loss and set: splits, interval, mean, and the published mean as a ring."""
    spread = np.linspace(-JITTER, JITTER, len(row.values)) if len(row.values) > 1 else [0.0]
    dots = Markup("").join(
        Markup('<circle class="split" cx="{}" cy="{}" r="2"/>').format(x(value), round(y + shift, 1))
        for value, shift in zip(row.values, spread, strict=True)
    )
    bar = (
        Markup('<line class="interval" x1="{}" x2="{}" y1="{y}" y2="{y}"/>').format(x(row.low), x(row.high), y=y)
        if math.isfinite(row.low)
        else ""
    )
    ring = (
        Markup('<circle class="published" cx="{}" cy="{}" r="5.5"/>').format(x(row.published), y)
        if row.published
        else ""
    )
    return Markup(
        '<g class="{set}"><title>{title}</title><text class="tick name" x="0" y="{ny}">{name}</text>'
        '<text class="tick end" x="{left}" y="{ty}">{shown}</text>{dots}{bar}'
        '<circle class="mean" cx="{mean}" cy="{y}" r="4"/>{ring}'
        '<text class="tick" x="{right}" y="{ty}">{said}</text></g>'
    ).format(
        set=row.set, title=f"{_name(row, about)}: {_said(row)}", ty=y + 4, left=shape.left - 8, shown=SETS[row.set],
        name=_short(name, shape.most), ny=y + 4 - shape.above,
        dots=dots, bar=bar, mean=x(row.mean), y=y, ring=ring, right=shape.width - shape.right + 8, said=interval(row),
    )  # fmt: skip


def interval(row: Ratio) -> str:
    """The mean ratio with its interval, short."""
    bounds = f" ({formats.ratio(row.low, 2)}–{formats.ratio(row.high, 2)})" if math.isfinite(row.low) else ""
    return f"{formats.ratio(row.mean, 2)}{bounds}"


def _said(row: Ratio) -> str:
    published = f", published {formats.ratio(row.published, 2)}" if row.published else ""
    return f"{interval(row)} over {counted(len(row.values), 'split')}{published}"


def _name(row: Ratio, about: About) -> str:
    return f"{about.cohort(row.cohort)}, {about.loss(row.loss)}, {SETS[row.set]}"


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _range(rows: Sequence[Ratio]) -> tuple[float, float]:
    """The ends of the axis: those of all that is drawn, with 1 in between and a little room."""
    drawn = [1.0]
    for row in rows:
        drawn += [*row.values, row.mean, *(value for value in (row.low, row.high, row.published) if value is not None)]
    finite = [value for value in drawn if math.isfinite(value) and value > 0]
    return min(finite) / 1.06, max(finite) * 1.06
