"""Test error and runtime against the number of signatures, K."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import seaborn
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from aenmf.figures import style
from aenmf.figures.names import MEASURE_NAMES, MethodStyle, resolve_cohorts, resolve_methods, select

_PAPER: dict[str, Any] = {"color": style.MUTED, "linewidth": 0.9, "linestyle": (0, (4, 2))}
_CHOICE: dict[str, Any] = {
    "markerfacecolor": "none",
    "markeredgecolor": style.INK,
    "markeredgewidth": 0.9,
    "markersize": 7.5,
    "marker": "o",
}


@style.styled
def rank_errors(
    rank: pd.DataFrame,
    choice: pd.DataFrame | None = None,
    *,
    loss: str,
    measure: str,
    methods: Mapping[str, MethodStyle] | None = None,
    cohorts: Sequence[str] | Mapping[str, str] | None = None,
    part: str = "test",
    log: bool = True,
) -> Figure:
    """Error against K, relative to that of the same bootstrap sample: medians with quartiles, a small dot per sample.

    Samples with and without a hypermutated patient differ by decades; a mean over them shows that patient and hides the curve.

    Args:
        rank: columns cohort, method, loss, rank, bootstrap, set, measure, value.
        choice: columns cohort, method, loss, chosen, paper_rank; the paper's K is a dashed line, where the cohort
            has one, the chosen K of every method a ring.
        loss, measure: the loss the methods were fitted with, and the error that is shown.
        methods: which methods, in which order; those that are not in the table are left out.
        cohorts: which cohorts in which order, or cohort name → title.
        part: the patients the error is of, ``test`` (out of the bag) or ``train``.
        log: whether the error has a logarithmic axis.
    """
    needed = ("cohort", "method", "rank", "bootstrap", "value")
    table = select(rank, needed, loss=loss, measure=measure, set=part)
    table = table.assign(value=relative_to_sample(table))
    label = f"{'Out-of-bag' if part == 'test' else 'Training'} {MEASURE_NAMES[measure]} /\nthe sample's mean"
    return _against_rank(table, "value", label, choice, loss, methods, cohorts, log)


@style.styled
def rank_seconds(
    timings: pd.DataFrame,
    *,
    loss: str,
    methods: Mapping[str, MethodStyle] | None = None,
    cohorts: Sequence[str] | Mapping[str, str] | None = None,
    log: bool = True,
) -> Figure:
    """Seconds per fit against K: the median over bootstrap samples with quartiles, a small dot per sample.

    Args:
        timings: columns cohort, method, loss, rank, bootstrap, seconds.
        loss, methods, cohorts, log: as for :func:`rank_errors`.
    """
    table = select(timings, ("cohort", "method", "rank", "bootstrap", "seconds"), loss=loss)
    return _against_rank(table, "seconds", "Seconds per fit", None, loss, methods, cohorts, log)


def relative_to_sample(table: pd.DataFrame) -> pd.Series:
    """Each error over the geometric mean of all errors of its cohort and bootstrap sample, over K and methods."""
    logs = np.log(table["value"].where((table["value"] > 0) & np.isfinite(table["value"])))
    return np.exp(logs - logs.groupby([table["cohort"], table["bootstrap"]]).transform("mean"))


def _against_rank(table, column, label, choice, loss, methods, cohorts, log) -> Figure:
    cohorts, methods = resolve_cohorts(table, cohorts), resolve_methods(table, methods)
    figure, axes = style.panels(list(cohorts.values()), 55, most=2 if len(cohorts) == 4 else 3)
    if choice is not None:
        choice = select(choice, ("cohort", "method", "chosen", "paper_rank"), loss=loss)
    shifts = np.linspace(-0.22, 0.22, len(methods)) if len(methods) > 1 else [0.0]
    for i, (axis, cohort) in enumerate(zip(axes, cohorts, strict=True)):
        here = table[table["cohort"] == cohort]
        if log:
            style.log_axis(axis.yaxis)
        for shift, (name, look) in zip(shifts, methods.items(), strict=True):
            medians = _curve(axis, here[here["method"] == name], column, look, shift)
            if choice is not None:
                mine = choice[(choice["cohort"] == cohort) & (choice["method"] == name)]
                for chosen in mine["chosen"][mine["chosen"].isin(medians.index)]:
                    axis.plot(chosen + shift, medians[chosen], linestyle="none", zorder=6, **_CHOICE)
        if choice is not None:
            for paper_rank in choice.loc[choice["cohort"] == cohort, "paper_rank"].dropna().unique():
                axis.axvline(paper_rank, zorder=1, **_PAPER)
        axis.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=11, steps=[1, 2, 5, 10]))
        axis.grid(axis="y")
        axis.set_xlabel("Number of signatures K")
        if i % (2 if len(cohorts) == 4 else 3) == 0:
            axis.set_ylabel(f"{label}{', log scale' if log else ''}")
    handles: list[Artist] = [
        Line2D([], [], color=m.colour, marker=m.marker, markersize=3.5, markeredgewidth=0, label=m.label)
        for m in methods.values()
    ]
    handles.append(Patch(color=style.FAINT, label="middle half of the samples"))
    handles.append(_key("one bootstrap sample", "o", 1.6))
    if choice is not None and choice["paper_rank"].notna().any():
        handles.append(Line2D([], [], label="K of the paper", **_PAPER))
    if choice is not None:
        handles.append(Line2D([], [], linestyle="none", label="K by the one-standard-error rule", **_CHOICE))
    style.legend_below(figure, handles)
    return figure


def _key(label: str, marker: str, size: float) -> Line2D:
    return Line2D([], [], linestyle="none", color=style.MUTED, marker=marker, markersize=size, label=label)


def _curve(axis: Axes, table: pd.DataFrame, column: str, look: MethodStyle, shift: float) -> pd.Series:
    """One method's curve; returns the median at every K."""
    table = table.assign(place=table["rank"] + shift).reset_index(drop=True)
    dots: dict[str, Any] = {"markersize": 1.2, "alpha": 0.45, "markeredgewidth": 0, "zorder": 2}
    axis.plot(table["place"], table[column], "o", color=look.colour, **dots)
    line: dict[str, Any] = {
        "linewidth": 1.0,
        "markersize": 3.2,
        "markeredgewidth": 0,
        "zorder": 4,
        "marker": look.marker,
    }
    band: dict[str, Any] = {"estimator": "median", "errorbar": ("pi", 50), "err_kws": {"alpha": 0.18, "linewidth": 0}}
    labels = axis.get_xlabel(), axis.get_ylabel()
    seaborn.lineplot(table, x="place", y=column, ax=axis, color=look.colour, legend=False, **band, **line)
    axis.set(xlabel=labels[0], ylabel=labels[1])
    return table.groupby("rank")[column].median()
