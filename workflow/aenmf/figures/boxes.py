"""Box plots: one look for all of them, and the figure of errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from aenmf.figures import style
from aenmf.figures.colours import shade, tint
from aenmf.figures.names import MEASURE_NAMES, MethodStyle, resolve_cohorts, resolve_methods, select

SETS = {"train": "Train", "test": "Test"}


def draw_box(axis: Axes, position: float, values: np.ndarray, colour: str, width: float, vertical: bool = True) -> None:
    """One box: median, quartiles, whiskers to the last point within 1.5 interquartile ranges, every value as a dot.

    Values that are not finite cannot be drawn; their number is written where the box would be.
    """
    finite = values[np.isfinite(values)]
    if len(finite):
        dark = shade(colour, 0.35)
        axis.boxplot(
            [finite],
            positions=[position],
            widths=width,
            orientation="vertical" if vertical else "horizontal",
            patch_artist=True,
            showfliers=False,
            manage_ticks=False,
            boxprops={"facecolor": tint(colour, 0.55), "edgecolor": dark, "linewidth": 0.6},
            medianprops={"color": dark, "linewidth": 1.3, "solid_capstyle": "butt"},
            whiskerprops={"color": dark, "linewidth": 0.6},
            capprops={"color": dark, "linewidth": 0.6},
            zorder=3,
        )
        at = np.full(len(finite), position)
        x, y = (at, finite) if vertical else (finite, at)
        size, alpha = (1.1, 0.9) if len(finite) <= 60 else (0.8, 0.25)
        axis.plot(x, y, "o", color=colour, markersize=size, alpha=alpha, markeredgewidth=0, zorder=4, rasterized=False)
    if len(finite) < len(values):
        text = f"{len(values) - len(finite)} × ∞"
        ink: dict[str, Any] = {"fontsize": style.SMALLEST, "color": style.INK}
        if vertical:
            across = axis.get_xaxis_transform()
            axis.text(position, 1, text, transform=across, rotation=90, ha="center", va="top", **ink)
        else:
            across = axis.get_yaxis_transform()
            axis.text(1, position, text, transform=across, ha="right", va="center", **ink)


def method_patches(methods: Mapping[str, MethodStyle]) -> list[Artist]:
    """Legend entries that name the methods of a box plot."""
    return [
        Patch(facecolor=tint(m.colour, 0.55), edgecolor=shade(m.colour, 0.35), linewidth=0.6, label=m.label)
        for m in methods.values()
    ]


def slots(n: int) -> tuple[np.ndarray, float]:
    """Offsets of n boxes around a group's centre, and the width of a box, where groups are 1 apart."""
    pitch = 0.84 / n
    return (np.arange(n) - (n - 1) / 2) * pitch, min(0.3, 0.66 * pitch)


@style.styled
def error_boxes(
    errors: pd.DataFrame,
    *,
    loss: str,
    measure: str,
    methods: Mapping[str, MethodStyle] | None = None,
    cohorts: Sequence[str] | Mapping[str, str] | None = None,
    log: bool = True,
) -> Figure:
    """Train and test errors, a panel per cohort; lines join the same split (Figure 2; S2, S5, S6).

    Args:
        errors: columns cohort, method, loss, split, set, measure, value.
        loss: the loss the methods were fitted with.
        measure: the error that is shown, ``mse`` or ``kld``.
        methods: which methods, in which order; those that are not in the table are left out.
        cohorts: which cohorts in which order, or cohort name → title.
        log: whether the error has a logarithmic axis.
    """
    errors = select(errors, ("cohort", "method", "split", "set", "value"), loss=loss, measure=measure)
    cohorts, methods = resolve_cohorts(errors, cohorts), resolve_methods(errors, methods)
    offsets, width = slots(len(methods))
    figure, axes = style.panels(list(cohorts.values()), 62)
    for axis, cohort in zip(axes, cohorts, strict=True):
        here = errors[errors["cohort"] == cohort]
        if log:
            style.log_axis(axis.yaxis)
        for centre, part in enumerate(SETS):
            wide = here[here["set"] == part].pivot(index="split", columns="method", values="value")
            present = [(offset, name) for offset, name in zip(offsets, methods, strict=True) if name in wide]
            _join_splits(
                axis, centre + np.array([o for o, _ in present]), wide[[name for _, name in present]].to_numpy()
            )
            for offset, name in present:
                values = wide[name].to_numpy()
                draw_box(axis, centre + offset, values[~np.isnan(values)], methods[name].colour, width)
        axis.set_xticks(range(len(SETS)), SETS.values(), fontsize=7)
        axis.tick_params(axis="x", length=0)
        axis.set_xlim(-0.55, len(SETS) - 0.45)
        axis.axvline(0.5, color=style.FAINT, linewidth=0.6, zorder=0)
        axis.grid(axis="y")
    for axis in axes[::4]:
        axis.set_ylabel(f"{MEASURE_NAMES[measure]}{', log scale' if log else ''}")
    joined = Line2D([], [], color=_JOIN, linewidth=0.7, label="same split")
    style.legend_below(figure, [*method_patches(methods), *([joined] if len(methods) > 1 else [])])
    return figure


_JOIN = "#B5B5B5"


def _join_splits(axis: Axes, positions: np.ndarray, values: np.ndarray) -> None:
    """Lines through the values of each row, broken where a value is missing or not finite."""
    segments = [
        [(positions[j], row[j]), (positions[j + 1], row[j + 1])]
        for row in values
        for j in range(len(positions) - 1)
        if np.isfinite(row[j]) and np.isfinite(row[j + 1])
    ]
    axis.add_collection(LineCollection(segments, colors=_JOIN, linewidths=0.35, zorder=2), autolim=False)
