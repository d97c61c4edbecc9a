"""What single precision does to the training of AE-NMF."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from aenmf.figures import style
from aenmf.figures.names import LOSS_NAMES, resolve_cohorts, select
from aenmf.figures.trainings import NO_RULE, PLATEAU

LEVEL = "optimum of convex NMF"
FELL = "float64, trained until its loss no longer falls"
PRECISION_COLOURS = {"float64": "#0072B2", NO_RULE: "#D55E00", "float32": "#D55E00"}
"""In the order of drawing: up to where float32 stops the curves are nearly the same, so it lies on top, as a thinner line."""
_WIDTHS = {"float64": 2.2, NO_RULE: 0.8, "float32": 1.1}
_DASHED = {NO_RULE: (0, (3, 1.5))}


@style.styled
def precision_curves(
    curves: pd.DataFrame,
    summary: pd.DataFrame,
    *,
    loss: str,
    cohorts: Sequence[str] | Mapping[str, str] | None = None,
    above: float = 100.0,
    floor: float = 1e-9,
) -> Figure:
    """How far above the optimum of convex NMF one method is, trained in float32 and in float64, against iterations.

    The vertical axis is the loss above the optimum, relative to it, and logarithmic. A dot marks where the stopping rule
    ended a training, and the loss of float32 is written next to its dot as a multiple of the optimum.

    Args:
        curves, summary: tables of :func:`aenmf.studies.precision.compare_precisions` with ``cohort`` and ``loss`` in front.
        loss: the loss that is minimised.
        cohorts: which cohorts in which order, or cohort name → title.
        above: the largest gap that is shown; iterations before it are left out.
        floor: the smallest relative gap that is told apart; levels below it are drawn there.

    Raises:
        ValueError: a cohort has no optimum.
    """
    curves, levels = drawn(curves, summary)
    table = select(curves, ("cohort", "dtype", "iteration", "value"), loss=loss)
    cohorts = resolve_cohorts(table, cohorts)
    levels = select(levels, ("cohort", "label", "value"), loss=loss)
    optima = levels[levels["label"] == LEVEL].set_index("cohort")["value"]
    if missing := [cohort for cohort in cohorts if cohort not in optima.index]:
        raise ValueError(f"the levels lack the {LEVEL} of {', '.join(missing)}")

    def gap(rows: pd.DataFrame) -> pd.Series:
        return (rows["value"] / rows["cohort"].map(optima) - 1).clip(lower=floor)

    table = table[(table["iteration"] > 0) & table["cohort"].isin(list(cohorts))]
    table = table.assign(gap=gap).sort_values("iteration")
    levels = levels[(levels["label"] != LEVEL) & levels["cohort"].isin(list(cohorts))].assign(gap=gap)
    dashes = [(0, (4, 1.5)), (0, (1, 1.2)), (0, (5, 1.5, 1, 1.5)), (0, (2, 1))]
    looks: dict[str, dict[str, Any]] = {
        label: {"color": style.INK, "linestyle": dashes[i % 4], "linewidth": 0.9}
        for i, label in enumerate(dict.fromkeys(levels["label"]))
    }
    shown = table[table["gap"] <= above]
    shown = shown if len(shown) else table
    limits = (min([*shown["gap"], *levels["gap"]]) / 3, shown["gap"].max() * 2)
    figure, axes = style.panels(list(cohorts.values()), 56)
    for i, (axis, cohort) in enumerate(zip(axes, cohorts, strict=True)):
        style.log_axis(axis.xaxis, 0.2)
        style.log_axis(axis.yaxis)
        for z, (dtype, colour) in enumerate(PRECISION_COLOURS.items()):
            mine = table[(table["cohort"] == cohort) & (table["dtype"] == dtype)]
            if mine.empty:
                continue
            line: dict[str, Any] = {"color": colour, "linewidth": _WIDTHS[dtype], "linestyle": _DASHED.get(dtype, "-")}
            axis.plot(mine["iteration"], mine["gap"], zorder=3 + z, **line)
            last = mine.iloc[-1]
            if dtype == NO_RULE:
                continue
            end: dict[str, Any] = {"color": colour, "markersize": 4.4, "markeredgewidth": 0, "zorder": 5 + z}
            axis.plot(last["iteration"], last["gap"], "o", **end)
        for label, look in looks.items():
            for value in levels.loc[(levels["cohort"] == cohort) & (levels["label"] == label), "gap"]:
                axis.axhline(value, zorder=4.5, **look)
        here = shown.loc[shown["cohort"] == cohort, "iteration"]
        if len(here):
            axis.set_xlim(here.min(), here.max() * (here.max() / here.min()) ** 0.06)
        axis.set_ylim(*limits)
        for _, last in table[(table["cohort"] == cohort) & (table["dtype"] == "float32")].tail(1).iterrows():
            _say_multiple(axis, last["iteration"], last["gap"], last["value"] / optima[cohort])
        axis.grid()
        axis.set_xlabel("Iteration")
        if i % 4 == 0:
            axis.set_ylabel(f"{LOSS_NAMES[loss]} above the optimum of\nconvex NMF, relative, log scale")
    handles = [
        Line2D(
            [], [], color=PRECISION_COLOURS[dtype], linewidth=_WIDTHS[dtype], marker="o", markersize=4.4,
            markeredgewidth=0, label=f"{dtype}, dot where it stopped",
        )
        for dtype in ("float32", "float64")
    ]  # fmt: skip
    dashed: dict[str, Any] = {
        "color": PRECISION_COLOURS[NO_RULE],
        "linewidth": _WIDTHS[NO_RULE],
        "linestyle": _DASHED[NO_RULE],
    }
    handles.insert(1, Line2D([], [], label="float32 without the rule", **dashed))
    handles += [Line2D([], [], label=label, **look) for label, look in looks.items()]
    style.legend_below(figure, handles)
    return figure


def _say_multiple(axis: Axes, x: float, y: float, multiple: float) -> None:
    """Write how many times the optimum a loss is above its dot, on the side where the panel has more room."""
    low, high = axis.get_xlim()
    right = x * x < low * high  # of the middle of a logarithmic axis
    said = axis.annotate(
        f"{multiple:.2f} × optimum",
        xy=(x, y),
        xytext=(4, 3) if right else (-2, 5),
        ha="left" if right else "right",
        textcoords="offset points",
        fontsize=6.2,
        color=style.INK,
        zorder=6,
    )
    said.set_in_layout(False)


def drawn(curves: pd.DataFrame, summary: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What the figure shows: the trainings but that to a plateau, which is a level as the best known loss is.

    A dtype of ``NO_RULE`` is that of the training of this name.

    Returns:
        Columns cohort, dtype, loss, iteration, value; and columns cohort, loss, label, value.
    """
    best = summary.drop_duplicates(["cohort", "loss"]).assign(label=LEVEL, value=lambda table: table["best"])
    plateau = summary[summary["training"] == PLATEAU].assign(label=FELL, value=lambda table: table["objective"])
    levels = pd.concat([best, plateau], ignore_index=True)[["cohort", "loss", "label", "value"]]
    free = curves["training"] == NO_RULE
    curves = curves.assign(dtype=curves["dtype"].where(~free, NO_RULE))
    return curves[curves["training"] != PLATEAU], levels[np.isfinite(levels["value"])]
