"""What decides the comparison: ratios of errors when one thing at a time is changed."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from aenmf.figures import style
from aenmf.figures.names import MethodStyle, resolve_cohorts, select

_MARKERS = {"train": "o", "test": "D"}
_ROW, _ACROSS = 6.0, 3
"""Height of a row in mm, and panels side by side."""
_SPREAD = 0.33
"""How far the outer marks of a row lie from its middle."""


@style.styled
def ratio_dots(
    ratios: pd.DataFrame,
    *,
    loss: str,
    methods: Mapping[str, MethodStyle],
    cohorts: Mapping[str, str],
    variants: Mapping[str, str],
) -> Figure:
    """A panel per cohort, a row per change, and a mark with its interval per method and set.

    Args:
        ratios: columns cohort, loss, variant, set, first, second, ratio, low, high.
        loss: the loss that is minimised.
        methods: entries with their styles.
        cohorts, variants: name → title, in order.
    """
    needed = ("cohort", "variant", "set", "first", "second", "ratio", "low", "high")
    table = select(ratios, needed, loss=loss)
    cohorts = resolve_cohorts(table, cohorts)
    rows = {name: title for name, title in variants.items() if name in set(table["variant"])}
    kinds = list(itertools.product(_MARKERS, [name for name in methods if name in set(table["second"])]))
    offsets = dict(zip(kinds, np.linspace(-_SPREAD, _SPREAD, len(kinds)), strict=True))
    limits = style.around_one(table[["low", "ratio", "high"]])
    figure, axes = style.panels(list(cohorts.values()), 12 + _ROW * len(rows), most=_ACROSS)
    for i, (axis, cohort) in enumerate(zip(axes, cohorts, strict=True)):
        here = table[table["cohort"] == cohort]
        _prepare(axis, limits, list(rows.values()), named=i % _ACROSS == 0)
        for one in here.itertuples():
            y = list(rows).index(one.variant) + offsets[one.set, one.second]
            look = _look(methods[one.second], one.set)
            axis.plot([one.low, one.high], [y, y], color=look["color"], linewidth=0.8, zorder=2)
            axis.plot(one.ratio, y, zorder=3, **look)
        if i >= len(axes) - _ACROSS:
            axis.set_xlabel(f"Error of {methods[table['first'].iloc[0]].label} / the other's, log scale")
    keys = [
        Line2D([], [], label=f"{methods[name].label}, {which}", **_look(methods[name], which)) for which, name in kinds
    ]
    style.legend_below(figure, keys)
    return figure


def _prepare(axis: Axes, limits: tuple[float, float], names: list[str], *, named: bool) -> None:
    style.log_axis(axis.xaxis, 0.2)
    axis.set_xlim(*limits)
    axis.set_ylim(len(names) - 0.5, -0.5)
    axis.set_yticks(range(len(names)), names if named else [""] * len(names), fontsize=6.5)
    axis.tick_params(axis="y", length=0)
    axis.spines["left"].set_visible(False)
    axis.grid(axis="x")
    for y in range(1, len(names)):
        axis.axhline(y - 0.5, color=style.FAINT, linewidth=0.4, zorder=1)
    axis.axvline(1.0, color=style.INK, linewidth=0.8, zorder=1)


def _look(method: MethodStyle, which: str) -> dict[str, Any]:
    """A mark in the colour of the method that NMF is compared with; those of training are filled."""
    face = method.colour if which == "train" else "white"
    look: dict[str, Any] = {"linestyle": "none", "marker": _MARKERS[which], "color": method.colour}
    return look | {"markerfacecolor": face, "markersize": 2.8, "markeredgewidth": 0.8}
