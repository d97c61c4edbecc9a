"""How solvers converge, and how few patients make a convex signature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from aenmf.figures import style
from aenmf.figures.boxes import draw_box, method_patches, slots
from aenmf.figures.names import LOSS_NAMES, MethodStyle, resolve_cohorts, resolve_methods, select, solver_styles

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
