"""Whether a method finds the same signatures in other patients: similarity of the signatures of different splits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from aenmf.figures import style
from aenmf.figures.boxes import slots
from aenmf.figures.colours import shade, tint
from aenmf.figures.names import MethodStyle, resolve_cohorts, resolve_methods, select

_NORMAL = 1.96
"""Standard errors to each side of a mean over pairs that its 95 % interval reaches."""


@style.styled
def consistency_dots(
    consistency: pd.DataFrame,
    *,
    loss: str,
    methods: Mapping[str, MethodStyle] | None = None,
    cohorts: Sequence[str] | Mapping[str, str] | None = None,
) -> Figure:
    """A dot per split, at its mean similarity to all others, and the mean of all pairs with its interval (Figure 4; S7).

    Args:
        consistency: columns cohort, method, loss, split_a, split_b, similarity; a row per pair of splits.
        loss, methods, cohorts: as for :func:`aenmf.figures.boxes.error_boxes`.
    """
    table = select(consistency, ("cohort", "method", "split_a", "split_b", "similarity"), loss=loss)
    cohorts, methods = resolve_cohorts(table, cohorts), resolve_methods(table, methods)
    offsets, width = slots(len(methods))
    figure = style.new_figure(style.COLUMN if len(cohorts) * len(methods) <= 12 else style.PAGE, 58)
    axis = figure.subplots()
    pairs = dict(iter(table.groupby(["cohort", "method"])))
    for centre, cohort in enumerate(cohorts):
        for offset, (name, look) in zip(offsets, methods.items(), strict=True):
            if (cohort, name) in pairs:
                _splits(axis, centre + offset, pairs[cohort, name], look.colour, width)
    axis.ticklabel_format(axis="y", useMathText=False)  # to set every number as a formula takes a tenth of the time
    axis.set_xticks(range(len(cohorts)), cohorts.values(), fontsize=7)
    axis.tick_params(axis="x", length=0)
    axis.set_xlim(-0.55, len(cohorts) - 0.45)
    for edge in range(1, len(cohorts)):
        axis.axvline(edge - 0.5, color=style.FAINT, linewidth=0.6, zorder=0)
    axis.grid(axis="y")
    axis.set_ylabel("Mean matched cosine to the other splits")
    keys = [
        Line2D(
            [], [], linestyle="none", marker="o", markersize=4, markeredgewidth=0, color=look.colour, label=look.label
        )
        for look in methods.values()
    ]
    keys.append(Line2D([], [], color=style.INK, linewidth=1.3, label="mean, 95 % jackknife interval"))
    style.legend_below(figure, keys)
    return figure


def by_split(pairs: pd.DataFrame) -> np.ndarray:
    """The mean similarity of every split to all others, ascending."""
    ends = pd.concat([pairs["split_a"], pairs["split_b"]])
    return pd.concat([pairs["similarity"]] * 2).groupby(ends.to_numpy()).mean().sort_values().to_numpy()


def jackknife_error(values: np.ndarray) -> float:
    """The jackknife standard error over splits of the mean of all pairs, from every split's mean over its own pairs.

    It is :func:`aenmf.evaluation.statistics.mean_pairwise_error`: without split i the mean is (n · mean − 2 · value i) / (n − 2).
    """
    n = len(values)
    if n < 3:
        return np.nan
    return float(2 / (n - 2) * np.sqrt((n - 1) / n * np.square(values - values.mean()).sum()))


def _splits(axis: Axes, x: float, pairs: pd.DataFrame, colour: str, width: float) -> None:
    values, mean, dark = by_split(pairs), pairs["similarity"].mean(), shade(colour, 0.35)
    reach = _NORMAL * jackknife_error(values)
    across = x + np.linspace(
        -width / 2, width / 2, len(values)
    )  # in order of size, so that equal ones lie side by side
    axis.plot(across, values, "o", color=tint(colour, 0.35), markersize=2.2, markeredgewidth=0, zorder=3)
    axis.plot([x - width / 2, x + width / 2], [mean, mean], color=dark, linewidth=1.3, zorder=4)
    axis.plot([x, x], [mean - reach, mean + reach], color=dark, linewidth=1.3, zorder=4)
