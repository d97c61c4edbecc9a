"""The leaderboard as dots: a band per cohort, a panel per score, a dot per method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from aenmf.figures import style
from aenmf.figures.names import MethodStyle, resolve_cohorts, resolve_methods, select

_PANELS = {
    "missed": "1 − mean cosine\nto the truth",
    "f1": "F1 of recovered\nsignatures",
    "cosmic": "Mean cosine\nto COSMIC",
    "test_ratio": "Test error /\nlowest on the split",
    "seconds": "Seconds\nper fit",
}
_LOGARITHMIC = ("missed", "test_ratio", "seconds")
_BETTER = {"missed": "← better", "f1": "better →", "test_ratio": "← better", "seconds": "← faster"}
_RISING = ("f1",)
_ROUNDED = ("missed", "f1", "test_ratio")
DECIMALS = 3
"""Scores that agree to so many decimals are a tie, as in the table."""
_LEAST = 0.5 * 10.0**-DECIMALS
"""1 minus a cosine that rounds to 1 is drawn here."""
_ROW, _GAP = 2.3, 1.6  # mm
_RING: dict[str, Any] = {"markerfacecolor": "none", "markeredgecolor": style.INK, "markeredgewidth": 0.7}


@style.styled
def leaderboard_dots(
    by_cohort: pd.DataFrame,
    seconds: pd.DataFrame,
    spread: pd.DataFrame,
    *,
    loss: str,
    methods: Mapping[str, MethodStyle] | None = None,
    cohorts: Sequence[str] | Mapping[str, str] | None = None,
) -> Figure:
    """A dot per method in every cohort and score, with a line over its splits; a panel per score, a band per cohort.

    COSMIC is shown only where a cohort has no truth. Infinite values are open triangles at the right edge.

    Args:
        by_cohort: columns cohort, loss, method and acs, f1, cosmic, test_ratio; missing values leave no dot.
        seconds: columns cohort, loss, method, seconds.
        spread: columns cohort, loss, method, score, low, high: the ends of the line.
        loss: the loss the methods were fitted with.
        methods: which methods, in which order; those that are not in the table are left out.
        cohorts: which cohorts in which order, or cohort name → title.
    """
    by_cohort = by_cohort.assign(missed=(1 - by_cohort["acs"]).clip(lower=_LEAST))
    scores = by_cohort.merge(seconds, on=["cohort", "loss", "method"], how="left")
    spread = spread[spread["loss"] == loss]
    table = select(scores, ("cohort", "method", *_PANELS), loss=loss)
    methods, cohorts = resolve_methods(table, methods), resolve_cohorts(table, cohorts)
    shown = [name for name in _PANELS if table[name].notna().any()]
    if table["missed"].notna().groupby(table["cohort"]).any().all() and "cosmic" in shown:
        shown.remove("cosmic")
    band = _ROW * len(methods) + _GAP
    figure = style.new_figure(style.PAGE, 20 + band * len(cohorts))
    axes = figure.subplots(1, len(shown), sharey=True, squeeze=False)[0]
    for axis, name in zip(axes, shown, strict=True):
        _panel(axis, table, _lines(spread, name), name, methods, list(cohorts), band)
    axes[0].set_yticks([band * (i + 0.5) for i in range(len(cohorts))], [_broken(title) for title in cohorts.values()])
    axes[0].tick_params(axis="y", length=0, labelsize=7)
    axes[0].set_ylim(band * len(cohorts), 0)
    keys = [_dot(look, label=look.label) for look in methods.values()]
    keys.append(Line2D([], [], linestyle="none", marker="o", markersize=6.2, label="best, or tied with it", **_RING))
    style.legend_below(figure, keys)
    return figure


def _panel(
    axis: Axes,
    table: pd.DataFrame,
    lines: pd.DataFrame,
    name: str,
    methods: Mapping[str, MethodStyle],
    cohorts: list[str],
    band: float,
) -> None:
    """One score of all cohorts."""
    axis.set_title(_PANELS[name])
    lines = lines[lines["cohort"].isin(cohorts) & lines["method"].isin(methods)]
    drawn = pd.concat([table[name], lines["low"], lines["high"]]).astype(float)
    finite = drawn[np.isfinite(drawn)]
    if name in _LOGARITHMIC:
        style.log_axis(axis.xaxis, 0.3)
        low, high = (max(finite.min(), 1e-4), max(finite.max(), 1e-4)) if len(finite) else (1.0, 1.0)
        room = max((high / low) ** 0.08, 1.05)
        limits = (low / room, high * room)
        for_infinite = high * np.sqrt(room)
    else:
        low = min(float(finite.min()) if len(finite) else 1.0, 0.9)
        step = next((step for step in (0.05, 0.1, 0.2) if (1 - low) / step <= 3.5), 0.5)
        axis.set_xticks(np.arange(1, low - step / 4, -step)[::-1])
        limits, for_infinite = (low - 0.1 * (1 - low), 1 + 0.1 * (1 - low)), 1.0
    axis.set_xlim(*limits)
    for line in lines.itertuples():
        y = _height(cohorts.index(line.cohort), list(methods).index(line.method), band)
        ends = np.clip([line.low, line.high], *limits)
        axis.plot(ends, [y, y], color=methods[line.method].colour, linewidth=0.9, zorder=2)
    axis.set_xlabel(_BETTER.get(name, ""), color=style.MUTED)
    axis.grid(axis="x")
    axis.spines["left"].set_visible(False)
    axis.tick_params(axis="y", length=0)
    for i, cohort in enumerate(cohorts):
        if i % 2 == 0:
            axis.axhspan(band * i, band * (i + 1), color="#F5F5F5", zorder=0, linewidth=0)
        part = table[table["cohort"] == cohort].set_index("method")[name]
        if part.notna().sum() == 0:
            axis.text(limits[1], band * (i + 0.5), "no truth ", ha="right", va="center", fontsize=6, color=style.MUTED)
        tied = tied_with_best(part, name)
        for j, (method, look) in enumerate(methods.items()):
            value = part.get(method, np.nan)
            y = _height(i, j, band)
            if np.isinf(value):
                mark: dict[str, Any] = {
                    "markerfacecolor": "white",
                    "markeredgecolor": look.colour,
                    "markeredgewidth": 0.9,
                }
                axis.plot([for_infinite], [y], linestyle="none", marker=">", markersize=3.6, zorder=3, **mark)
            elif not np.isnan(value):
                axis.add_line(_dot(look, [value], [y]))
                if method in tied:
                    axis.plot([value], [y], marker="o", markersize=6.2, zorder=4, **_RING)


def _lines(spread: pd.DataFrame, name: str) -> pd.DataFrame:
    """The lines of one score: cohort, method, low and high, as the panel shows the score."""
    part = spread[spread["score"] == ("acs" if name == "missed" else name)]
    if name == "missed":
        flipped = {"low": (1 - part["high"]).clip(lower=_LEAST), "high": (1 - part["low"]).clip(lower=_LEAST)}
        part = part.assign(**flipped)
    return part[["cohort", "method", "low", "high"]]


def _height(cohort: int, method: int, band: float) -> float:
    """Where a method's row is in the band of a cohort."""
    return band * cohort + _GAP / 2 + _ROW * (method + 0.5)


def tied_with_best(scores: pd.Series, name: str) -> set[str]:
    """The methods whose score is the best of a cohort or reads the same; none of the scores that are not compared so."""
    finite = scores[np.isfinite(scores)]
    if name not in _ROUNDED or finite.empty:
        return set()
    shown = finite.round(DECIMALS)
    return set(shown.index[shown == (shown.max() if name in _RISING else shown.min())])


def _dot(look: MethodStyle, x: Sequence[float] = (), y: Sequence[float] = (), label: str = "") -> Line2D:
    mark: dict[str, Any] = {"marker": look.marker, "color": look.colour, "markersize": 3.8, "markeredgewidth": 0}
    return Line2D(list(x), list(y), linestyle="none", label=label, zorder=3, **mark)


def _broken(title: str) -> str:
    return style.wrap(title, 30, 7)
