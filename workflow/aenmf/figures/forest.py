"""A forest plot: a row per cancer with the ratio of two methods' errors, and their mean below."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from aenmf.figures import style
from aenmf.figures.names import MethodStyle, resolve_cohorts, select
from aenmf.formats import ratio, without_shared_words

_SETS = {"train": "Training patients", "test": "Test patients"}
_ROW, _TOP, _BOTTOM = 3.7, 11.0, 17.0  # mm
_NAME, _FACT, _PAIR, _GAP = 21.0, 8.2, 2.5, 6.0  # mm: widths of columns, between two comparisons, between two sets
_FACTS = {"patients": "N", "rank": "K", "burden": "Burden", "hypermutated": "Hyper"}
_BELOW = 3
"""Rows below the cancers: a gap, the mean, and what its panel says of the spread."""

_SMALL: dict[str, Any] = {"va": "center", "fontsize": 5.6}
_SQUARE = (1.4, 4.6)
"""Sides of the smallest and the largest square, in points."""


@dataclass(frozen=True)
class _Look:
    colour: str
    limits: tuple[float, float]
    n: int

    @property
    def mean(self) -> float:
        """The row of the mean."""
        return self.n + 0.4


@style.styled
def forest(
    forest: pd.DataFrame,
    summary: pd.DataFrame,
    *,
    loss: str,
    methods: Mapping[str, MethodStyle],
    cohorts: Mapping[str, str],
) -> Figure:
    """Ratios of errors in all cancers, those with most patients first, a panel per set of patients and comparison.

    Args:
        forest: columns cohort, loss, set, method, title, ratio, low, high, weight, patients, rank, burden, hypermutated.
        summary: columns loss, set, method, ratio, low, high, new_low, new_high, i2, tau.
        loss: the loss that is minimised.
        methods: the methods that the baseline is divided by, with their styles.
        cohorts: cohort → title.
    """
    needed = ("cohort", "set", "method", "title", "ratio", "low", "high", "weight", *_FACTS)
    table = select(forest, needed, loss=loss)
    means = select(summary, ("set", "method", "ratio", "low", "high", "new_low", "new_high", "i2", "tau"), loss=loss)
    titles = resolve_cohorts(table, cohorts)
    titles = dict(zip(titles, without_shared_words(list(titles.values())), strict=True))
    facts = table.drop_duplicates("cohort").set_index("cohort").loc[lambda rows: rows.index.isin(titles)]
    chosen = [name for name in methods if name in set(table["method"])]
    n = len(facts)
    height = _ROW * (n + _BELOW)
    left = 2 + _NAME + _FACT * len(_FACTS) + 2
    width = (style.PAGE - left - 2 - _GAP - 2 * _PAIR * (len(chosen) - 1)) / (2 * len(chosen))
    figure = style.new_figure(style.PAGE, _TOP + height + _BOTTOM, constrained=False)
    limits = _limits(table)
    x = left
    for which, heading in _SETS.items():
        page = style.PAGE
        figure.text(
            x / page, 1 - 2.5 / (_TOP + height + _BOTTOM), heading, va="center", fontsize=7.5, fontweight="bold"
        )
        for name in chosen:
            axis = style.place(figure, x, _TOP, width, height)
            rows = table[(table["set"] == which) & (table["method"] == name)].set_index("cohort").reindex(facts.index)
            mean = means[(means["set"] == which) & (means["method"] == name)].iloc[0]
            axis.set_title(rows["title"].dropna().iloc[0], fontweight="normal")
            _panel(axis, rows, mean, _Look(methods[name].colour, limits, n))
            x += width + _PAIR
        x += _GAP - _PAIR
    _names(style.place(figure, 2, _TOP, left - 4, height), facts, titles)
    figure.legend(handles=_key(), loc="lower center", ncols=3, columnspacing=2)
    return figure


def _limits(table: pd.DataFrame) -> tuple[float, float]:
    """The range of all ratios with most of their intervals, and 1; longer intervals end in arrows."""
    points = np.log(table.loc[table["ratio"] > 0, "ratio"])
    reach = np.log(table["high"] / table["ratio"]).replace(np.inf, np.nan).quantile(0.8)
    reach = 0.05 if np.isnan(reach) else max(reach, 0.05)
    return float(np.exp(min(points.min() - reach, 0) - 0.04)), float(np.exp(max(points.max() + reach, 0) + 0.04))


def _panel(axis: Axes, rows: pd.DataFrame, mean: pd.Series, look: _Look) -> None:
    style.log_axis(axis.xaxis, 0.22)
    axis.set_xlim(*look.limits)
    axis.set_ylim(look.n + _BELOW - 0.5, -0.5)
    axis.set_yticks([])
    axis.spines["left"].set_visible(False)
    axis.set_xlabel("Ratio of errors")
    axis.plot([1, 1], [-0.5, look.mean + 0.6], color=style.MUTED, linewidth=0.6, zorder=1)
    axis.plot([mean["ratio"]] * 2, [-0.5, look.mean], color=look.colour, linewidth=0.6, linestyle=(0, (3, 2)), zorder=1)
    heaviest = rows["weight"].max()
    for place, row in enumerate(rows.itertuples()):
        if not np.isnan(row.ratio):
            share = np.sqrt(row.weight / heaviest) if row.weight > 0 else 0.0
            _interval(axis, place, (row.low, row.high), look, linewidth=0.8)
            axis.plot(row.ratio, place, "s", color=look.colour, markersize=_side(share), markeredgewidth=0, zorder=4)
    _interval(axis, look.mean, (mean["new_low"], mean["new_high"]), look, linewidth=0.8)
    across = [mean["low"], mean["ratio"], mean["high"], mean["ratio"]]
    y = look.mean
    axis.fill(np.clip(across, *look.limits), [y, y - 0.42, y, y + 0.42], color=look.colour, linewidth=0.6, zorder=4)
    text = f"{ratio(mean['ratio'])}; I² {100 * mean['i2']:.0f} %, τ {mean['tau']:.2f}"
    axis.text(0.5, look.n + _BELOW - 1.1, text, ha="center", transform=axis.get_yaxis_transform(), **_SMALL)


def _side(share: float) -> float:
    return _SQUARE[0] + (_SQUARE[1] - _SQUARE[0]) * share


def _interval(axis: Axes, y: float, bounds: tuple[float, float], look: _Look, **line: Any) -> None:
    """An interval; where it leaves the panel an arrow says so."""
    if np.isnan(bounds).any():
        return
    low, high = look.limits
    axis.plot(np.clip(bounds, low, high), [y, y], color=look.colour, solid_capstyle="butt", zorder=3, **line)
    arrow: dict[str, Any] = {
        "color": look.colour,
        "markersize": 2.6,
        "markeredgewidth": 0,
        "clip_on": False,
        "zorder": 3,
    }
    if bounds[0] < low:
        axis.plot(low, y, "<", **arrow)
    if bounds[1] > high:
        axis.plot(high, y, ">", **arrow)


def _names(axis: Axes, facts: pd.DataFrame, titles: Mapping[str, str]) -> None:
    """The columns to the left of the panels: the cancers and what is known of their patients."""
    n, width = len(facts), _NAME + _FACT * len(_FACTS)
    axis.set_xlim(0, width)
    axis.set_ylim(n + _BELOW - 0.5, -0.5)
    axis.axis("off")
    for y, cohort in enumerate(facts.index):
        size = style.fitting_size(titles[cohort], _NAME - 1, 6.5)
        axis.text(0, y, titles[cohort], va="center", fontsize=size)
    axis.text(0, n + 0.4, "Random-effects mean", va="center", fontsize=6.5, fontweight="bold")
    for i, (name, heading) in enumerate(_FACTS.items()):
        right = _NAME + _FACT * (i + 1)
        axis.text(right, -1.1, heading, ha="right", color=style.MUTED, **_SMALL)
        for y, value in enumerate(facts[name]):
            text = f"{100 * value:.0f} %" if name == "hypermutated" else f"{value:.0f}"
            axis.text(right, y, text, ha="right", **_SMALL)


def _key() -> list[Line2D]:
    ink: dict[str, Any] = {"color": style.INK}
    square: dict[str, Any] = {"marker": "s", "markersize": 3.5, "markeredgewidth": 0, "linewidth": 0.8}
    diamond: dict[str, Any] = {"linestyle": "none", "marker": "D", "markersize": 4, "markeredgewidth": 0}
    return [
        Line2D([], [], label="a cancer and its 95 % interval; larger: more weight", **square, **ink),
        Line2D([], [], label="mean, as wide as its 95 % interval", **diamond, **ink),
        Line2D([], [], label="where a new cancer is expected", linewidth=0.8, **ink),
    ]
