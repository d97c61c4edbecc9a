"""A criterion of the number of signatures against that number, with the choice and its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from aenmf.figures import style
from aenmf.figures.names import resolve_cohorts, select

SHOWN = {
    "relative_error": ("error", "Mean log error", "relative error of left-out patients"),
    "mean_error": ("error", "Mean error", "mean error of left-out patients"),
    "mutations": ("error", "Error", "error of left-out mutations"),
    "blocks": ("error", "Error", "error of left-out blocks"),
    "stability": ("mean silhouette", "Mean silhouette", "stability of the signatures"),
    "penalty": ("error", "Deviance", "penalised likelihood"),
}
"""The quantity of each criterion that is shown, what it is called, and what the criterion is called."""

LEAVING_OUT = {"stability"}
"""Whose first value is that of all replicates and whose others leave one out each."""

ON_LOG_AXIS = {"mean_error", "penalty"}

_TRUE: dict[str, Any] = {"color": style.MUTED, "linewidth": 0.9, "linestyle": (0, (4, 2))}
_THRESHOLD: dict[str, Any] = {"color": style.INK, "linewidth": 0.6, "linestyle": (0, (1, 2))}
_BAND: dict[str, Any] = {"color": style.MUTED, "alpha": 0.2, "linewidth": 0}
_CHOICE: dict[str, Any] = {
    "linestyle": "none",
    "marker": "o",
    "markersize": 7.5,
    "markerfacecolor": "none",
    "markeredgecolor": style.INK,
    "markeredgewidth": 0.9,
}


@style.styled
def criterion_curves(
    values: pd.DataFrame,
    choices: pd.DataFrame,
    *,
    loss: str,
    criterion: str,
    cohorts: Sequence[str] | Mapping[str, str] | None = None,
    threshold: float | None = None,
) -> Figure:
    """One criterion for the first method that was fitted, a panel per cohort.

    Args:
        values: columns cohort, method, loss, criterion, rank, resample, quantity, value.
        choices: columns cohort, method, loss, criterion, chosen, low, high, true.
        loss, criterion: the loss that was minimised, and the criterion.
        cohorts: which cohorts in which order, or cohort name → title.
        threshold: the value from which on a number is taken into account, where the criterion has one.
    """
    quantity, label, name = SHOWN[criterion]
    table = select(
        values,
        ("cohort", "method", "rank", "resample", "value"),
        loss=loss,
        criterion=criterion,
        quantity=quantity,
    )
    chosen = select(
        choices, ("cohort", "method", "criterion", "chosen", "low", "high", "true"), loss=loss, criterion=criterion
    )
    method, titles = table["method"].iloc[0], resolve_cohorts(table, cohorts)
    most = 2 if len(titles) == 4 else 3
    figure, axes = style.panels(list(titles.values()), 55, most=most)
    for i, (axis, cohort) in enumerate(zip(axes, titles, strict=True)):
        here = table[(table["cohort"] == cohort) & (table["method"] == method)]
        [choice] = chosen[(chosen["cohort"] == cohort) & (chosen["method"] == method)].itertuples()
        if criterion in ON_LOG_AXIS:
            style.log_axis(axis.yaxis)
        _curve(axis, here, choice)
        if threshold is not None:
            axis.axhline(threshold, zorder=1, **_THRESHOLD)
        axis.set_xlabel("Number of signatures K")
        if i % most == 0:
            axis.set_ylabel(label)
    handles = _legend(chosen)
    if threshold is not None:
        handles.append(Line2D([], [], label=f"threshold, {threshold:g}", **_THRESHOLD))
    style.legend_below(figure, handles)
    style.headline(figure, f"How many signatures does the {name} choose?")
    return figure


def _curve(axis: Axes, table: pd.DataFrame, choice: Any) -> None:
    """The values of one cohort with the choice; patients, of which errors are means, are no resamples."""
    grouped = table.groupby("rank")["value"]
    means, bars = grouped.mean(), None
    if not pd.isna(choice.low):
        axis.axvspan(choice.low - 0.5, choice.high + 0.5, zorder=0, **_BAND)
        axis.plot(table["rank"], table["value"], "o", color=style.INK, markersize=1.2, alpha=0.45, markeredgewidth=0)
        bars = grouped.sem()
    if choice.criterion in LEAVING_OUT:
        means, bars = table[table["resample"] == 0].set_index("rank")["value"], None
    axis.errorbar(
        means.index, means, yerr=bars, color=style.INK, marker="o", markersize=3.2, linewidth=1.0, capsize=1.4, zorder=4
    )
    if choice.chosen in means.index:
        axis.plot(choice.chosen, means[choice.chosen], zorder=6, **_CHOICE)
    if not pd.isna(choice.true):
        axis.axvline(choice.true, zorder=1, **_TRUE)
    axis.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=11, steps=[1, 2, 5, 10]))
    axis.grid(axis="y")


def _legend(chosen: pd.DataFrame) -> list[Line2D | Patch]:
    """What the marks mean, of those that are drawn."""
    handles: list[Line2D | Patch] = [Line2D([], [], label="K chosen", **_CHOICE)]
    if chosen["low"].notna().any():
        handles.append(Patch(label="choices from other resamples", **_BAND))
    if chosen["true"].notna().any():
        handles.append(Line2D([], [], label="true K", **_TRUE))
    return handles
