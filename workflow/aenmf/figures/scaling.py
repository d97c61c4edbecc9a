"""Seconds and peak memory of a fit against the number of patients and of signatures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator

from aenmf.figures import style
from aenmf.figures.names import (
    LOSS_NAMES,
    SeriesStyle,
    cohort_title,
    method_styles,
    resolve_methods,
    select,
    solver_styles,
)

_VARIABLES = {"N": "Patients N", "K": "Signatures K"}
_LEFT, _BETWEEN, _PANEL, _LINE = 14.0, 20.0, 46.0, 3.7  # mm
_CUT: dict[str, Any] = {"marker": "^", "markerfacecolor": "white", "markeredgewidth": 0.9, "markersize": 4.2}
FEWEST = 4
"""Sizes that must have been measured for an exponent to be shown."""


@style.styled
def scaling_curves(times: pd.DataFrame, exponents: pd.DataFrame, *, loss: str, quantity: str, budget: float) -> Figure:
    """Cost against size on logarithmic axes, and under the panels the fitted exponents with their intervals.

    A fit that the budget ended is an open triangle where it was ended, its true seconds lie above; a solver with such fits has
    no exponent. Else an exponent is shown where at least :data:`FEWEST` sizes were measured.

    A line per solver has its model's colour, as long
    as no two entries share both.

    Args:
        times: columns quantity, outcome, converged, method, model, solver, loss, variable (``N``, ``K``), size, seconds,
            peak_mb; repeats of a size are dots, the line joins their medians. A column cohort is named above the panels.
        exponents: columns quantity, method, model, solver, loss, variable, exponent, low, high; seconds grow as size to the
            exponent.
        loss: the loss the methods were fitted with.
        quantity: what the seconds are of, ``iteration`` or ``fit``.
        budget: seconds after which a fit was ended.
    """
    times = with_censored(times[times["quantity"] == quantity], quantity, budget)
    exponents = exponents[exponents["quantity"] == quantity]
    if not times[["method", "model", "solver"]].drop_duplicates().duplicated(["model", "solver"]).any():
        times, exponents = (table.assign(method=table["model"]) for table in (times, exponents))
    methods = method_styles({name: name for name in dict.fromkeys(times["method"])})
    labels = {"seconds": f"Seconds per {quantity}", "peak_mb": "Peak memory (MB)"}
    table = select(times, ("method", "solver", "variable", "size", *labels), loss=loss)
    exponents = select(exponents, ("method", "solver", "variable", "exponent", "low", "high"), loss=loss)
    exponents = exponents.set_index(["method", "solver", "variable"]).sort_index()
    methods = resolve_methods(table, methods)
    looks = solver_styles(table, methods)
    variables = {key: name for key, name in _VARIABLES.items() if key in set(table["variable"])}
    width = (style.PAGE - _LEFT - 2 - _BETWEEN * (len(variables) - 1)) / len(variables)
    rows = {column: 6 + i * (_PANEL + 11) for i, column in enumerate(labels)}
    below = max(rows.values()) + _PANEL + 13
    figure = style.new_figure(style.PAGE, below + (len(looks) + 1) * _LINE + 1.5, constrained=False)
    of = [*map(cohort_title, dict.fromkeys(table["cohort"]))] if "cohort" in table else []
    note = style.place(figure, _LEFT, 1, style.PAGE - _LEFT - 2, 4)
    note.axis("off")
    said = [*of, f"loss {LOSS_NAMES[loss]}"]
    if table["censored"].any():
        said.append(
            f"△ a fit still running when it was ended after {budget:g} s or its last iteration: slower than drawn"
        )
    note.text(0, 0.5, ", ".join(said), va="center", fontsize=6.5, color=style.MUTED)
    for i, (variable, name) in enumerate(variables.items()):
        ticks = _ticks(table.loc[table["variable"] == variable, "size"], width)
        for column, top in rows.items():
            axis = style.place(figure, _LEFT + i * (width + _BETWEEN), top, width, _PANEL)
            style.log_axis(axis.xaxis)
            style.log_axis(axis.yaxis)
            for (method, solver), look in looks.items():
                mine = table[table["variable"] == variable]
                mine = mine[(mine["method"] == method) & (mine["solver"] == solver)]
                _line(axis, mine, column, look)
            axis.xaxis.set_major_locator(FixedLocator(ticks))
            axis.grid()
            axis.set_xlabel(name)
            axis.set_ylabel(labels[column])
    sizes = table.groupby(["method", "solver", "variable"])["size"].nunique()
    cut = table[table["censored"]].groupby(["method", "solver", "variable"])["size"].min()
    enough = sizes.reindex(exponents.index, fill_value=0) >= FEWEST
    exponents = exponents[enough & ~exponents.index.isin(cut.index)]
    below_panels = style.place(figure, 2, below, style.PAGE - 4, (len(looks) + 1) * _LINE)
    missing = dict.fromkeys(sizes.index, "too few sizes")
    missing |= {key: f"over {budget:g} s from {key[2]} = {size:g}" for key, size in cut.items()}
    _exponents(below_panels, looks, exponents, missing, variables)
    return figure


def with_censored(times: pd.DataFrame, quantity: str, budget: float) -> pd.DataFrame:
    """What was tried, with a column ``censored``: fits that had not met their stopping rule when they were ended.

    Seconds of a fit that the budget ended are the budget.
    """
    tried = times[times["outcome"] != "not tried"]
    over = tried["outcome"] != "done"
    censored = over | ~tried["converged"].astype(bool) if quantity == "fit" else over
    return tried.assign(censored=censored, seconds=tried["seconds"].where(~over, budget))


def _ticks(sizes: pd.Series, width: float) -> list[float]:
    """The measured sizes, from the largest down, as far as their labels have room on a logarithmic axis ``width`` mm wide."""
    distinct = sorted(map(float, set(sizes)), reverse=True)
    span = np.log(distinct[0] / distinct[-1]) or 1.0
    kept = distinct[:1]
    for size in distinct[1:]:
        room = np.log(kept[-1] / size) / span * 0.9 * width  # the margins of the axis take a tenth
        needed = (style.text_width(style.number(size), 6.2) + style.text_width(style.number(kept[-1]), 6.2)) / 2
        if room > needed + 1:
            kept.append(size)
    return kept[::-1]


def _line(axis: Axes, table: pd.DataFrame, column: str, look: SeriesStyle) -> None:
    table = table[table[column] > 0]
    cut = table[table["censored"]] if column == "seconds" else table.iloc[:0]
    # A size has a median if most of its fits ended: those that did not are slower than any that did.
    medians = (
        table.assign(value=table[column].where(~table.index.isin(cut.index), np.inf)).groupby("size")["value"].median()
    )
    medians = medians[np.isfinite(medians)]
    ended = table.drop(cut.index)
    axis.plot(ended["size"], ended[column], "o", color=look.colour, markersize=1.4, alpha=0.5, markeredgewidth=0)
    axis.plot(cut["size"], cut[column], linestyle="none", color=look.colour, zorder=4, **_CUT)
    marks: dict[str, Any] = {"marker": look.marker, "markersize": 3.2, "markeredgewidth": 0}
    axis.plot(medians.index, medians, color=look.colour, linestyle=look.dash, linewidth=1.1, zorder=3, **marks)


def _exponents(axis: Axes, looks: dict, exponents: pd.DataFrame, missing: dict, variables: dict) -> None:
    """The legend as a table: a row per method and solver, a column per variable with the exponent of seconds."""
    axis.set_xlim(0, style.PAGE - 4)
    axis.set_ylim(len(looks) + 0.5, -0.5)
    axis.axis("off")
    columns = {variable: 100 + 42 * i for i, variable in enumerate(variables)}
    for variable, x in columns.items():
        axis.text(x, 0, f"Seconds grow as {variable} to the", ha="center", va="center", fontsize=6.5, fontweight="bold")
    axis.plot([12, style.PAGE - 16], [0.5, 0.5], color=style.FAINT, linewidth=0.7)
    for row, ((method, solver), look) in enumerate(looks.items(), 1):
        marks: dict[str, Any] = {"marker": look.marker, "markersize": 3.2, "markeredgewidth": 0}
        axis.plot([13, 16.5, 20], [row] * 3, color=look.colour, linestyle=look.dash, linewidth=1.1, **marks)
        size = style.fitting_size(look.label, 56, 6.5)
        axis.text(22, row, look.label, va="center", fontsize=size)
        for variable, x in columns.items():
            key = (method, solver, variable)
            text = missing.get(key, "–")
            if key in exponents.index and not pd.isna(exponents.loc[key, "exponent"]):
                fit = exponents.loc[key]
                text = f"{fit['exponent']:.2f}  ({fit['low']:.2f} to {fit['high']:.2f})".replace("-", "−")
            axis.text(x, row, text, ha="center", va="center", fontsize=6.5)
