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
from aenmf.figures.names import resolve_cohorts, select, with_solver

_PROBLEMS = {"nmf": "NMF", "cnmf": "Convex NMF"}
OTHER_PACKAGES = ("scikit-learn", "salamander", "RcppML", "SigProfilerExtractor")
_PEERS = {"textbook": style.MUTED, **dict.fromkeys(OTHER_PACKAGES, MODEL_COLOURS["sklearn"])}
_ROW, _GAPS = 4.6, 11.5  # mm: height of a row, width of the column of gaps
_RIGHT: dict[str, Any] = {"ha": "right", "va": "center", "fontsize": 5.6}
_OPEN: dict[str, Any] = {"markerfacecolor": "white", "markersize": 3.6, "markeredgewidth": 0.8}


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

    A split on which the target was not reached is an open triangle at the seconds that were spent; the column at the
    right of a panel says the median gap that was left on those splits.

    Args:
        times: columns cohort, split, loss, problem, method, solver, outcome, seconds, gap, spent; outcome ``reached`` or
            why not; rows of a peer that ``failed`` are left out.
        loss: the loss that is minimised.
        models: method entry → model.
        titles: method entry → name; peers are called by ``method``.
        cohorts: cohort → title, in order.
        within: the relative distance from the best known loss that counts as reached.
    """
    needed = ("cohort", "split", "problem", "method", "solver", "outcome", "seconds", "gap", "spent")
    table = select(times, needed, loss=loss)
    table = table[table["outcome"] != "failed"]
    cohorts = resolve_cohorts(table, cohorts)
    rows: list[tuple[str, str, str] | str] = []
    for problem, label in _PROBLEMS.items():
        own = table[table["problem"] == problem]
        if len(own):
            rows += [
                label,
                *((problem, *pair) for pair in dict.fromkeys(zip(own["method"], own["solver"], strict=True))),
            ]
    texts = [row if isinstance(row, str) else with_solver(titles.get(row[1], row[1]), row[2]) for row in rows]
    left, top, gap = min(46.0, 9 + max(style.text_width(text, 6.5) for text in texts)), 6.0, 4.0
    width = (style.PAGE - left - 2 - gap * (len(cohorts) - 1)) / len(cohorts) - _GAPS
    height = _ROW * len(rows)
    figure = style.new_figure(style.PAGE, top + height + 14, constrained=False)
    low = np.nanmin(table[["seconds", "spent"]].to_numpy(float))
    limits = (max(low, 1e-4) / 1.6, max(table["spent"].max(), table["seconds"].max()) * 1.5)
    for i, (cohort, title) in enumerate(cohorts.items()):
        axis = style.place(figure, left + i * (width + _GAPS + gap), top, width, height)
        axis.set_title(title)
        style.log_axis(axis.xaxis, 0.2)
        axis.set_xlim(*limits)
        axis.set_ylim(len(rows) - 0.5, -0.5)
        axis.set_yticks([])
        axis.spines["left"].set_visible(False)
        axis.grid(axis="x")
        axis.set_xlabel("Seconds")
        across = 1 + (_GAPS - 0.5) / width
        axis.text(across, 0, "gap left", transform=axis.get_yaxis_transform(), color=style.MUTED, **_RIGHT)
        for y, row in enumerate(rows):
            if isinstance(row, str):
                continue
            axis.axhline(y, color=style.FAINT, linewidth=0.4, zorder=1)
            mine = table[table["cohort"] == cohort]
            for column, value in zip(("problem", "method", "solver"), row, strict=True):
                mine = mine[mine[column] == value]
            _draw(axis, y, mine, _colour(row[1], models), across)
    names = style.place(figure, 2, top, left - 4, height)
    names.set_xlim(0, left - 4)
    names.set_ylim(len(rows) - 0.5, -0.5)
    names.axis("off")
    for y, (row, text) in enumerate(zip(rows, texts, strict=True)):
        indent, weight = (0, "bold") if isinstance(row, str) else (2, "normal")
        size = style.fitting_size(text, left - 6, 6.5, weight=weight)
        names.text(indent, y, text, va="center", fontsize=size, fontweight=weight)
    figure.legend(handles=_key(within), loc="lower center", ncols=3)
    return figure


def _colour(method: str, models: Mapping[str, str]) -> str:
    if method in _PEERS:
        return _PEERS[method]
    return MODEL_COLOURS.get(models.get(method, method), style.INK)


def _draw(axis: Axes, y: int, table: pd.DataFrame, colour: str, across: float) -> None:
    hit = table[table["outcome"] == "reached"]
    missed = table[table["outcome"] != "reached"]
    axis.plot(hit["seconds"], [y] * len(hit), "o", color=colour, markersize=3, markeredgewidth=0, alpha=0.75, zorder=3)
    if len(hit):
        axis.plot([hit["seconds"].median()] * 2, [y - 0.32, y + 0.32], color=colour, linewidth=1.6, zorder=4)
    if len(missed):
        look = _OPEN | {"markeredgecolor": colour, "linestyle": "none", "zorder": 5}
        axis.plot(missed["spent"], [y] * len(missed), marker=">", **look)
        text = f"+{_two_digits(100 * missed['gap'].median())} %"
        axis.text(across, y, text, transform=axis.get_yaxis_transform(), color=style.INK, **_RIGHT)


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
        Line2D([], [], marker=">", label="not reached: seconds spent; at the right the median gap", **plain, **_OPEN),
    ]


def _two_digits(value: float) -> str:
    """Two significant digits, without a power of ten above one: 0.077, 46, 110."""
    return f"{value:.2g}" if value < 100 else f"{float(f'{value:.2g}'):.0f}"
