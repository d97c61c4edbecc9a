"""How solvers converge, what float32 does to it, and how few patients make a convex signature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from aenmf.figures import style
from aenmf.figures.boxes import draw_box, method_patches, slots
from aenmf.figures.names import LOSS_NAMES, MethodStyle, resolve_cohorts, resolve_methods, select, solver_styles
from aenmf.figures.precisionlevels import LEVEL

_AXES = {"iteration": "Iteration", "seconds": "Seconds"}


@style.styled
def convergence_curves(
    convergence: pd.DataFrame,
    *,
    loss: str,
    methods: Mapping[str, MethodStyle] | None = None,
    cohorts: Sequence[str] | Mapping[str, str] | None = None,
    models: Mapping[str, str] | None = None,
    floor: float = 1e-9,
) -> Figure:
    """How far each solver is above the best known loss, relative to it, against iterations and against seconds.

    Both axes are logarithmic. A marker shows where a solver stopped; gaps below ``floor`` are drawn on the lower edge.

    Args:
        convergence: columns cohort, method, solver, loss, iteration, seconds, value, best; best is the lowest known
            loss of the model that the method fits.
        loss: the loss that is minimised.
        methods: which methods, in which order; those that are not in the table are left out.
        cohorts: which cohorts in which order, or cohort name → title.
        models: method entry → model, where the entries of a model are to share its colour and differ by their dashes.
        floor: the smallest relative gap that is told apart.
    """
    needed = ("cohort", "method", "solver", "iteration", "seconds", "value", "best")
    table = select(convergence, needed, loss=loss)
    cohorts, methods = resolve_cohorts(table, cohorts), resolve_methods(table, methods)
    looks = solver_styles(table, methods, models)
    table = table.assign(gap=(table["value"] / table["best"] - 1).clip(lower=floor))
    figure, axes = style.panels(list(cohorts.values()), 50, rows=2)
    for i, axis in enumerate(axes):
        x, cohort = list(_AXES)[i // len(cohorts)], list(cohorts)[i % len(cohorts)]
        style.log_axis(axis.xaxis, 0.2)
        style.log_axis(axis.yaxis)
        for (method, solver), look in looks.items():
            mine = table[(table["cohort"] == cohort) & (table["method"] == method) & (table["solver"] == solver)]
            mine = mine[mine[x] > 0].sort_values(x)
            if len(mine):
                axis.plot(mine[x], mine["gap"], color=look.colour, linestyle=look.dash, linewidth=1.1, zorder=3)
                end: dict[str, Any] = {
                    "color": look.colour,
                    "markersize": 3.4,
                    "markeredgewidth": 0,
                    "clip_on": False,
                    "zorder": 4,
                }
                axis.plot(mine[x].iloc[-1], mine["gap"].iloc[-1], look.marker, **end)
        axis.set_ylim(bottom=floor)
        axis.grid()
        axis.set_xlabel(_AXES[x])
        if i % len(cohorts) == 0:
            axis.set_ylabel(f"{LOSS_NAMES[loss]} above the best known,\nrelative, log scale")
    handles = [
        Line2D(
            [], [], color=s.colour, linestyle=s.dash, marker=s.marker, markersize=3.4, markeredgewidth=0, label=s.label
        )
        for s in looks.values()
    ]
    style.legend_below(figure, handles)
    return figure


PRECISION_COLOURS = {"float64": "#0072B2", "float32": "#D55E00"}
"""In the order of drawing: up to where float32 stops the curves are nearly the same, so it lies on top, as a thinner line."""
_WIDTHS = {"float64": 2.2, "float32": 1.1}


@style.styled
def precision_curves(
    convergence: pd.DataFrame,
    levels: pd.DataFrame,
    *,
    loss: str,
    cohorts: Sequence[str] | Mapping[str, str] | None = None,
    above: float = 100.0,
    floor: float = 1e-9,
) -> Figure:
    """How far above the optimum of convex NMF one method is, trained in float32 and in float64, against iterations.

    The vertical axis is the loss above the optimum, relative to it, and logarithmic. A dot marks where the stopping rule
    ended a training, and beside that of float32 stands its loss as a multiple of the optimum.

    Args:
        convergence: columns cohort, dtype (``float32``, ``float64``), loss, iteration, value; one run per cohort and
            dtype. A row's value is the loss in float64 of the weights at that iteration.
        levels: columns cohort, loss, label, value: the optimum, labelled :data:`aenmf.figures.precisionlevels.LEVEL`, for every
            cohort, and other losses to compare with, drawn as horizontal lines.
        loss: the loss that is minimised.
        cohorts: which cohorts in which order, or cohort name → title.
        above: the largest gap that is shown; iterations before it are left out.
        floor: the smallest relative gap that is told apart; levels below it are drawn there.

    Raises:
        ValueError: a cohort has no optimum.
    """
    table = select(convergence, ("cohort", "dtype", "iteration", "value"), loss=loss)
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
            axis.plot(mine["iteration"], mine["gap"], color=colour, linewidth=_WIDTHS[dtype], zorder=3 + z)
            last = mine.iloc[-1]
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
        for dtype in sorted(PRECISION_COLOURS)
    ]  # fmt: skip
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


_COUNTS = {"patients_50": "50%", "patients_90": "90%", "nonzero": "100%"}


@style.styled
def weight_sparsity(
    weights: pd.DataFrame,
    *,
    loss: str | None = None,
    methods: Mapping[str, MethodStyle] | None = None,
    cohorts: Sequence[str] | Mapping[str, str] | None = None,
) -> Figure:
    """How many patients make up half, nine tenths and all of the weight of a convex signature.

    Args:
        weights: columns cohort, method, split, signature, patients_50, patients_90, nonzero, and loss where
            ``loss`` is given.
        loss: the loss the methods were fitted with, None where the table has one loss only.
        methods: which methods, in which order; those that are not in the table are left out.
        cohorts: which cohorts in which order, or cohort name → title.
    """
    table = select(weights, ("cohort", "method", *_COUNTS), **({"loss": loss} if loss else {}))
    cohorts, methods = resolve_cohorts(table, cohorts), resolve_methods(table, methods)
    offsets, width = slots(len(methods))
    figure, axes = style.panels(list(cohorts.values()), 55)
    for i, (axis, cohort) in enumerate(zip(axes, cohorts, strict=True)):
        style.log_axis(axis.yaxis)
        for centre, column in enumerate(_COUNTS):
            for offset, (name, look) in zip(offsets, methods.items(), strict=True):
                values = table.loc[(table["cohort"] == cohort) & (table["method"] == name), column].to_numpy(float)
                if len(values):
                    draw_box(axis, centre + offset, values, look.colour, width)
        axis.set_xticks(range(len(_COUNTS)), _COUNTS.values())
        axis.set_xlabel("Share of the weight")
        axis.tick_params(axis="x", length=0)
        axis.set_xlim(-0.55, len(_COUNTS) - 0.45)
        axis.grid(axis="y")
        if i % 4 == 0:
            axis.set_ylabel("Patients per signature, log scale")
    style.legend_below(figure, method_patches(methods))
    return figure
