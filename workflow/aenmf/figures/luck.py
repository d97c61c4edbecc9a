"""How far above the lowest loss known a fit ends, by how it was started."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from aenmf.figures import style
from aenmf.figures.colours import tint
from aenmf.figures.names import MethodStyle, resolve_cohorts, select

_KINDS = {"one start": 0.5, "best of five": 0.25, "search": 0.0}
"""Kinds of fits with how pale they are drawn."""

_FLOOR, _HIT = 1e-6, 1e-4
_ROW, _SHARES = 4.8, 10.0  # mm: height of a row, width of the column of shares
_SPREAD, _PILE, _STEP = 0.3, 5, 1.5
"""Dots of a row are spread over it; those at the floor are piled so high, and the next pile lies so far left of it."""

_RIGHT: dict[str, Any] = {"ha": "right", "va": "center", "fontsize": 5.6}


@style.styled
def luck(luck: pd.DataFrame, *, loss: str, methods: Mapping[str, MethodStyle], cohorts: Mapping[str, str]) -> Figure:
    """A row per method and kind of fit, a dot per fit at its loss above the lowest known, a bar at their median.

    Args:
        luck: columns cohort, loss, method, kind, excess.
        loss: the loss that is minimised.
        methods: entries with their styles, in order.
        cohorts: cohort → title, in order.
    """
    table = select(luck, ("cohort", "loss", "method", "kind", "excess"), loss=loss)
    cohorts = resolve_cohorts(table, cohorts)
    rows: list[tuple[str, str]] = []
    for name in methods:
        made = set(table.loc[table["method"] == name, "kind"])
        rows += [(name, ""), *((name, kind) for kind in _KINDS if kind in made)] if made else []
    left, top, gap = 22.0, 6.0, 4.0
    width = (style.PAGE - left - 2 - gap * (len(cohorts) - 1)) / len(cohorts) - _SHARES
    height = _ROW * len(rows)
    figure = style.new_figure(style.PAGE, top + height + 15, constrained=False)
    finite = table.loc[np.isfinite(table["excess"]), "excess"]
    most = table[table["excess"] <= _FLOOR].groupby(["cohort", "method", "kind"]).size().max()
    piles = 0 if np.isnan(most) else -(-int(most) // _PILE)
    limits = (_FLOOR / _STEP ** (piles + 1), max(finite.max() if len(finite) else 0.0, 1e-3) * 1.8)
    for i, (cohort, title) in enumerate(cohorts.items()):
        axis = style.place(figure, left + i * (width + _SHARES + gap), top, width, height)
        axis.set_title(title)
        _prepare(axis, limits, len(rows))
        across = 1 + (_SHARES - 0.5) / width
        for y, (name, kind) in enumerate(rows):
            if kind:
                chosen = (table["cohort"] == cohort) & (table["method"] == name) & (table["kind"] == kind)
                _draw(axis, y, table.loc[chosen, "excess"].to_numpy(), methods[name].colour, kind, across)
    names = style.place(figure, 2, top, left - 4, height)
    names.set_xlim(0, left - 4)
    names.set_ylim(len(rows) - 0.5, -0.5)
    names.axis("off")
    for y, (name, kind) in enumerate(rows):
        text, weight, indent = (kind, "normal", 2) if kind else (methods[name].label, "bold", 0)
        size = style.fitting_size(text, left - 4 - indent, 6.5, weight=weight)
        names.text(indent, y, text, va="center", fontsize=size, fontweight=weight)
    figure.legend(handles=_key(), loc="lower center", ncols=3)
    return figure


def _prepare(axis: Axes, limits: tuple[float, float], n: int) -> None:
    style.log_axis(axis.xaxis, 0.2)
    axis.set_xlim(*limits)
    axis.set_ylim(n - 0.5, -0.5)
    axis.set_yticks([])
    axis.spines["left"].set_visible(False)
    axis.grid(axis="x")
    axis.axvline(_HIT, color=style.MUTED, linewidth=0.6, linestyle=(0, (3, 2)), zorder=1)
    axis.set_xlabel("Loss above lowest")


def _draw(axis: Axes, y: int, excess: np.ndarray, colour: str, kind: str, across: float) -> None:
    axis.axhline(y, color=style.FAINT, linewidth=0.4, zorder=1)
    if not len(excess):
        return
    shown = np.clip(excess, _FLOOR, axis.get_xlim()[1])
    ordered = np.sort(shown)
    place = np.arange(len(ordered))
    low = ordered <= _FLOOR
    across_row = ordered / np.where(low, _STEP ** (1 + place // _PILE), 1.0)
    down_row = y + _SPREAD * (place % _PILE - _PILE // 2) / (_PILE // 2)
    axis.plot(across_row, down_row, "o", color=tint(colour, _KINDS[kind]), markersize=2.2, markeredgewidth=0, zorder=3)
    axis.plot([np.median(shown)] * 2, [y - 0.38, y + 0.38], color=colour, linewidth=1.4, zorder=4)
    text = f"{np.count_nonzero(excess <= _HIT)}/{len(excess)}"
    axis.text(across, y, text, transform=axis.get_yaxis_transform(), color=style.INK, **_RIGHT)


def _key() -> list[Line2D]:
    plain: dict[str, Any] = {"linestyle": "none", "color": style.INK}
    return [
        Line2D(
            [],
            [],
            marker="o",
            markersize=2.6,
            markeredgewidth=0,
            label="one fit; left of $10^{-6}$ those at most so far above",
            **plain,
        ),
        Line2D([], [], marker="|", markersize=6, markeredgewidth=1.6, label="their median", **plain),
        Line2D(
            [],
            [],
            color=style.MUTED,
            linewidth=0.6,
            linestyle=(0, (3, 2)),
            label="$10^{-4}$; at the right, fits within it",
        ),
    ]
