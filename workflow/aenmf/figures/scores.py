"""Scores against the truth: a row per method, a panel per score, between the controls."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from aenmf.figures import style
from aenmf.figures.names import plain, select

_CONTROL = "control_"
_PANELS = {
    "tpr": ("Share of true\nsignatures found", "better →"),
    "cosine": ("1 − cosine of\nthose found", "← better"),
    "manhattan": ("Exposures:\nManhattan", "← better"),
    "k_error": ("K − true K", ""),
}
_LOGARITHMIC = {"cosine": 1e-4, "manhattan": 1e-2}
"""Smaller values, those of the truth among them, are drawn there."""
_ROW = 4.2  # mm
_METHOD, _OF_CONTROL = "#0B5FA5", style.MUTED


@style.styled
def score_dots(board: pd.DataFrame, by_cohort: pd.DataFrame, *, protocol: str) -> Figure:
    """The scores of one protocol; small dots are cohorts, large ones means with intervals over cohorts.

    Args:
        board: columns protocol, method, title, score, cohorts, value, low, high.
        by_cohort: columns protocol, cohort, method, score, value.
        protocol: such as ``given-full``.
    """
    rank, patients = protocol.split("-")
    shown = f"K {rank}, {patients}"
    means = select(board, ("method", "title", "score", "cohorts", "value", "low", "high"), protocol=shown)
    dots = select(by_cohort, ("cohort", "method", "score", "value"), protocol=shown)
    composite = means[means["score"] == "composite"].set_index("method")["value"]
    methods = sorted(composite.index, key=lambda name: (name.startswith(_CONTROL), -composite[name]))
    titles = dict(zip(means["method"], means["title"], strict=True))
    figure = style.new_figure(style.PAGE, 24 + _ROW * len(methods))
    panels = [name for name in _PANELS if (means["score"] == name).any() and (name, rank) != ("k_error", "given")]
    axes = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    for axis, name in zip(axes, panels, strict=True):
        _panel(axis, name, _shown(name, means), _shown(name, dots), methods)
    axes[0].set_yticks(range(len(methods)), [plain(titles[name]) for name in methods], fontsize=6.5)
    axes[0].set_ylim(len(methods) - 0.4, -0.6)
    n = int(means["cohorts"].max())
    look: dict[str, Any] = {"linestyle": "none", "marker": "o", "color": _METHOD, "markeredgewidth": 0}
    style.legend_below(
        figure,
        [
            Line2D([], [], label="a cohort, mean over seeds", markersize=2.6, alpha=0.45, **look),
            Line2D([], [], label=f"mean of {n} cohorts, 95 % interval", markersize=4.2, **look),
            Line2D([], [], label="controls", markersize=4.2, **(look | {"color": _OF_CONTROL})),
        ],
    )
    return figure


def _shown(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """The values of a score as they are drawn: cosines as their distance from 1, where there is one."""
    frame = frame[frame["score"] == name]
    columns = [column for column in ("value", "low", "high") if column in frame]
    values = frame[columns]
    if name == "cosine":
        values = (1 - values).where(values > 0)
    return frame.assign(**{column: values[column].clip(_LOGARITHMIC.get(name)) for column in columns})


def _panel(axis: Axes, name: str, means: pd.DataFrame, dots: pd.DataFrame, methods: list[str]) -> None:
    title, better = _PANELS[name]
    axis.set_title(title)
    axis.set_xlabel(better, color=style.MUTED)
    if name in _LOGARITHMIC:
        style.log_axis(axis.xaxis, 0.25)
    if name == "k_error":
        axis.axvline(0, color=style.INK, linewidth=0.6, zorder=1)
    axis.grid(axis="x")
    axis.spines["left"].set_visible(False)
    axis.tick_params(axis="y", length=0)
    controls = sum(method.startswith(_CONTROL) for method in methods)
    if controls:
        axis.axhspan(len(methods) - controls - 0.5, len(methods) - 0.5, color="#F5F5F5", zorder=0, linewidth=0)
    table = means.set_index("method")
    for y, method in enumerate(methods):
        colour = _OF_CONTROL if method.startswith(_CONTROL) else _METHOD
        values = dots.loc[dots["method"] == method, "value"].dropna()
        small: dict[str, Any] = {
            "linestyle": "none",
            "marker": "o",
            "color": colour,
            "markeredgewidth": 0,
            "alpha": 0.45,
        }
        axis.plot(values, np.full(len(values), y + 0.18), markersize=2.6, zorder=2, **small)
        if method in table.index and not np.isnan(table.loc[method, "value"]):
            row = table.loc[method]
            ends = sorted((row["low"], row["high"]))
            axis.plot(ends, [y - 0.12, y - 0.12], color=colour, linewidth=0.9, zorder=3)
            axis.plot([row["value"]], [y - 0.12], "o", color=colour, markersize=4.2, markeredgewidth=0, zorder=4)
