"""Seconds until a solver or one of its peers is at the best known loss."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from aenmf.figures import style
from aenmf.figures.colours import MODEL_COLOURS
from aenmf.figures.names import resolve_cohorts, select

_PROBLEMS = {"nmf": "NMF", "cnmf": "Convex NMF"}
_PEERS = {"textbook": style.MUTED, "scikit-learn": MODEL_COLOURS["sklearn"]}
_ROW = 4.6  # mm
_OPEN: dict[str, Any] = {"markerfacecolor": "white", "markersize": 3.6, "markeredgewidth": 0.8}
_CLEAR: dict[str, Any] = {"facecolor": "white", "edgecolor": "none", "pad": 0.4}


@style.styled
def seconds_to_target(
    times: pd.DataFrame,
    *,
    loss: str,
    models: Mapping[str, str],
    titles: Mapping[str, str],
    cohorts: Mapping[str, str],
    within: float,
) -> Figure:
    """A row per contestant, a dot per split at its seconds to the best known loss, a bar at their median.

    A split on which the target was not reached is an open triangle at the seconds that were spent, followed by the
    median gap that was left.

    Args:
        times: columns cohort, split, loss, problem, method, solver, outcome, seconds, gap, spent; outcome ``reached`` or
            why not.
        loss: the loss that is minimised.
        models: method entry → model.
        titles: method entry → name; peers are called by ``method``.
        cohorts: cohort → title, in order.
        within: the relative distance from the best known loss that counts as reached.
    """
    needed = ("cohort", "split", "problem", "method", "solver", "outcome", "seconds", "gap", "spent")
    table = select(times, needed, loss=loss)
    cohorts = resolve_cohorts(table, cohorts)
    rows: list[tuple[str, str] | str] = []
    for problem, label in _PROBLEMS.items():
        own = table[table["problem"] == problem]
        if len(own):
            rows += [label, *dict.fromkeys(zip(own["method"], own["solver"], strict=True))]
    left, top, gap = 46.0, 6.0, 5.0
    width = (style.PAGE - left - 14 - gap * (len(cohorts) - 1)) / len(cohorts)
    height = _ROW * len(rows)
    figure = style.new_figure(style.PAGE, top + height + 14, constrained=False)
    low = np.nanmin(table[["seconds", "spent"]].to_numpy(float))
    limits = (max(low, 1e-4) / 1.6, table["spent"].max() * 6)
    for i, (cohort, title) in enumerate(cohorts.items()):
        axis = style.place(figure, left + i * (width + gap), top, width, height)
        axis.set_title(title)
        style.log_axis(axis.xaxis, 0.2)
        axis.set_xlim(*limits)
        axis.set_ylim(len(rows) - 0.5, -0.5)
        axis.set_yticks([])
        axis.spines["left"].set_visible(False)
        axis.grid(axis="x")
        axis.set_xlabel("Seconds")
        for y, row in enumerate(rows):
            if isinstance(row, str):
                continue
            axis.axhline(y, color=style.FAINT, linewidth=0.4, zorder=1)
            mine = table[(table["cohort"] == cohort) & (table["method"] == row[0]) & (table["solver"] == row[1])]
            _draw(axis, y, mine, _colour(row[0], models))
    names = style.place(figure, 2, top, left - 4, height)
    names.set_xlim(0, left - 4)
    names.set_ylim(len(rows) - 0.5, -0.5)
    names.axis("off")
    for y, row in enumerate(rows):
        if isinstance(row, str):
            text, indent, weight = row, 0, "bold"
        else:
            text, indent, weight = _name(titles.get(row[0], row[0]), row[1]), 2, "normal"
        size = style.fitting_size(text, left - 6, 6.5, weight=weight)
        names.text(indent, y, text, va="center", fontsize=size, fontweight=weight)
    figure.legend(handles=_key(within), loc="lower center", ncols=3)
    return figure


def _name(title: str, solver: str) -> str:
    return title if solver.lower() in title.lower() else f"{title}, {solver}"


def _colour(method: str, models: Mapping[str, str]) -> str:
    if method in _PEERS:
        return _PEERS[method]
    return MODEL_COLOURS.get(models.get(method, method), style.INK)


def _draw(axis: Axes, y: int, table: pd.DataFrame, colour: str) -> None:
    hit = table[table["outcome"] == "reached"]
    missed = table[table["outcome"] != "reached"]
    axis.plot(hit["seconds"], [y] * len(hit), "o", color=colour, markersize=3, markeredgewidth=0, alpha=0.75, zorder=3)
    if len(hit):
        axis.plot([hit["seconds"].median()] * 2, [y - 0.32, y + 0.32], color=colour, linewidth=1.6, zorder=4)
    if len(missed):
        look = _OPEN | {"markeredgecolor": colour, "linestyle": "none", "zorder": 3}
        axis.plot(missed["spent"], [y] * len(missed), marker=">", **look)
        at = missed["spent"].max() * 1.25
        axis.text(
            at,
            y,
            f"+{_two_digits(100 * missed['gap'].median())} %",
            va="center",
            fontsize=5.2,
            color=style.INK,
            bbox=_CLEAR,
            zorder=2,
        )


def _key(within: float) -> list[Line2D]:
    plain: dict[str, Any] = {"linestyle": "none", "color": style.INK}
    return [
        Line2D(
            [],
            [],
            marker="o",
            markersize=3,
            markeredgewidth=0,
            label=f"one split: seconds to within {style.number(within)} of the best known loss",
            **plain,
        ),
        Line2D([], [], marker="|", markersize=6, markeredgewidth=1.6, label="their median", **plain),
        Line2D([], [], marker=">", label="not reached: seconds spent, median gap left", **plain, **_OPEN),
    ]


def _two_digits(value: float) -> str:
    """Two significant digits, without a power of ten above one: 0.077, 46, 110."""
    return f"{value:.2g}" if value < 100 else f"{float(f'{value:.2g}'):.0f}"
