"""The answer in one figure: NMF's error divided by that of the other methods, split by split, with what the paper found."""

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
from aenmf.figures.names import LOSS_NAMES, MethodStyle, resolve_cohorts, select

_SETS = {"train": "train", "test": "test"}
_ROW, _GAP = 3.4, 3.0
"""Heights in mm of a row, and of the gap between two cohorts."""
_PUBLISHED: dict[str, Any] = {"marker": "D", "markerfacecolor": "white", "markeredgewidth": 0.9, "markersize": 4.2}


@style.styled
def split_ratios(
    ratios: pd.DataFrame,
    errors: pd.DataFrame,
    *,
    losses: Mapping[str, str],
    methods: Mapping[str, MethodStyle],
    cohorts: Mapping[str, str],
) -> Figure:
    """A panel per loss, a row per cohort, set and method: splits as dots, their mean with its interval, the paper hollow.

    Args:
        ratios: columns cohort, loss, set, first, second, ratio, low, high, published.
        errors: columns cohort, method, loss, split, set, measure, value.
        losses: loss → the measure it is judged by.
        methods: the entries with their styles.
        cohorts: cohort → title.
    """
    table = select(ratios, ("cohort", "loss", "set", "first", "second", "ratio", "low", "high", "published"))
    cohorts = resolve_cohorts(table, cohorts)
    table = table[table["cohort"].isin(list(cohorts)) & table["second"].isin(list(methods))]
    losses = {loss: measure for loss, measure in losses.items() if loss in set(table["loss"])}
    rows = _rows(table, cohorts)
    limits = style.around_one(table[["low", "ratio", "high", "published"]])
    height = max(y for y in rows.values()) + _ROW
    figure = style.new_figure(style.PAGE, min(height + 24, style.TALLEST - 20))
    axes = figure.subplots(1, len(losses), sharey=True, squeeze=False)[0]
    for axis, (loss, measure) in zip(axes, losses.items(), strict=True):
        _prepare(axis, rows, cohorts, limits, height)
        axis.set_title(f"{LOSS_NAMES[loss]}")
        axis.set_xlabel(f"Error of {methods[table['first'].iloc[0]].label} / error of the other method, log scale")
        of_loss = errors[(errors["loss"] == loss) & (errors["measure"] == measure)]
        for one in table[table["loss"] == loss].itertuples():
            _row(axis, rows[one.cohort, one.set, one.second], one, _per_split(of_loss, one), methods[one.second])
    style.legend_below(figure, _keys(table, methods))
    style.headline(figure, finding(table, methods))
    return figure


def finding(table: pd.DataFrame, methods: Mapping[str, MethodStyle]) -> str:
    """What the figure shows, in a sentence with its numbers."""
    first, other = table["first"].iloc[0], table["second"].iloc[-1]
    mine = table[table["second"] == other]
    lower, sure = int((mine["ratio"] < 1).sum()), int((mine["high"] < 1).sum())
    return (
        f"{methods[first].label} has a lower error than {methods[other].label} in {lower} of {len(mine)} comparisons; "
        f"in {sure} the interval for new patients lies below 1"
    )


def _rows(table: pd.DataFrame, cohorts: Mapping[str, str]) -> dict[tuple[str, str, str], float]:
    """The place of every cohort, set and method, in mm from the top."""
    rows: dict[tuple[str, str, str], float] = {}
    y = _GAP / 2
    for cohort in cohorts:
        for which in _SETS:
            for second in dict.fromkeys(table["second"]):
                rows[cohort, which, second] = y + _ROW / 2
                y += _ROW
        y += _GAP
    return rows


def _prepare(axis: Axes, rows: Mapping, cohorts: Mapping[str, str], limits: tuple[float, float], height: float) -> None:
    style.log_axis(axis.xaxis, 0.14)
    axis.set_xlim(*limits)
    axis.set_ylim(height, 0)
    axis.axvline(1, color=style.INK, linewidth=0.8, zorder=1)
    axis.grid(axis="x")
    axis.spines["left"].set_visible(False)
    axis.tick_params(axis="y", length=0)
    places = pd.Series(rows).rename_axis(["cohort", "set", "second"]).groupby(["cohort", "set"], sort=False).mean()
    axis.set_yticks(list(places), [_label(cohorts, *key) for key in places.index], fontsize=6.8)
    for cohort in list(cohorts)[1:]:
        top = min(y for (name, *_), y in rows.items() if name == cohort) - (_ROW + _GAP) / 2
        axis.axhline(top, color=style.FAINT, linewidth=0.6, zorder=0)


def _label(cohorts: Mapping[str, str], cohort: str, which: str) -> str:
    return f"{cohorts[cohort]}, {_SETS[which]}"


def _per_split(errors: pd.DataFrame, one: Any) -> np.ndarray:
    """The ratio on each split that both methods have."""
    part = errors[(errors["cohort"] == one.cohort) & (errors["set"] == one.set)]
    wide = part.pivot(index="split", columns="method", values="value")
    with np.errstate(divide="ignore", invalid="ignore"):
        return (wide[one.first] / wide[one.second]).dropna().to_numpy()


def _row(axis: Axes, y: float, one: Any, splits: np.ndarray, look: MethodStyle) -> None:
    low, high = axis.get_xlim()
    inside = splits[(splits >= low) & (splits <= high)]
    dots: dict[str, Any] = {"markersize": 2.4, "markeredgewidth": 0, "color": tint(look.colour, 0.55), "zorder": 2}
    axis.plot(inside, np.full(len(inside), y), "o", **dots)
    axis.plot([one.low, one.high], [y, y], color=look.colour, linewidth=1.1, zorder=3)
    axis.plot(one.ratio, y, "o", color=look.colour, markersize=4.4, markeredgewidth=0, zorder=5)
    axis.plot(one.published, y, color=look.colour, zorder=4, linestyle="none", **_PUBLISHED)


def _keys(table: pd.DataFrame, methods: Mapping[str, MethodStyle]) -> list[Line2D]:
    first = methods[table["first"].iloc[0]].label
    keys = [
        Line2D([], [], color=methods[name].colour, marker="o", markersize=4.4, markeredgewidth=0, linewidth=1.1,
               label=f"{first}/{methods[name].label}, mean and 95 % interval")
        for name in dict.fromkeys(table["second"])
    ]  # fmt: skip
    grey: dict[str, Any] = {"linestyle": "none", "color": style.MUTED}
    keys.append(Line2D([], [], marker="o", markersize=2.4, markeredgewidth=0, label="one split", **grey))
    if table["published"].notna().any():
        keys.append(Line2D([], [], label="published matrices, mean", **_PUBLISHED, **grey))
    return keys
