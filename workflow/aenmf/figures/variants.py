"""Ways to keep the weights of the autoencoder non-negative, next to each other (S1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import seaborn
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from aenmf.figures import style
from aenmf.figures.names import MEASURE_NAMES, MethodStyle, resolve_cohorts, select

_SETS = {"train": "Train", "test": "Test"}
_COLOURS = {"Train": "#777777", "Test": "#D55E00"}


VARIANTS = {
    ("abs", "forward"): "|W|, forward pass",
    ("relu", "forward"): "ReLU, forward pass",
    ("abs", "step"): "|W|, after the step",
    ("relu", "step"): "ReLU, after the step",
}
"""What to call a way to keep weights non-negative, by the options ``nonnegativity`` and ``applied``."""


def variant_labels(entries: Mapping[str, Mapping[str, Any]], titles: Mapping[str, str], *, loss: str) -> dict[str, str]:
    """What to call the variants of the autoencoder side by side: the way each keeps its weights non-negative.

    Where two are the same in this respect, as where they differ in the learning rate, all keep their titles.

    Args:
        entries: method entry → its configuration.
        titles: the entries that are shown, in order, → title.
        loss: the loss whose options count.
    """
    labels = {}
    for name, title in titles.items():
        options = {**entries[name], **(entries[name].get(loss) or {})}
        labels[name] = VARIANTS.get((options.get("nonnegativity", "abs"), options.get("applied", "forward")), title)
    return labels if len(set(labels.values())) == len(labels) else dict(titles)


@style.styled
def variant_dots(
    errors: pd.DataFrame,
    *,
    loss: str,
    measure: str,
    methods: Mapping[str, MethodStyle],
    entries: Mapping[str, Mapping[str, Any]],
    cohorts: Sequence[str] | Mapping[str, str] | None = None,
) -> Figure:
    """Errors of the ways to keep weights non-negative, divided by that of the first way on the same split.

    Args:
        errors: columns cohort, method, loss, split, set, measure, value.
        loss: the loss the methods were fitted with.
        measure: the error that is shown, ``mse`` or ``kld``.
        methods: the variants, in the order of drawing.
        entries: method entry → its configuration, from which they are called (see :func:`variant_labels`).
        cohorts: which cohorts in which order, or cohort name → title.
    """
    errors = select(errors, ("cohort", "method", "split", "set", "value"), loss=loss, measure=measure)
    labels = variant_labels(entries, {name: look.label for name, look in methods.items()}, loss=loss)
    cohorts = resolve_cohorts(errors, cohorts)
    table = relative_to_first(errors[errors["method"].isin(list(labels))], next(iter(labels)))
    order = [style.wrap(text, 30, 6.5) for text in labels.values()]
    table = table.assign(way=table["method"].map(dict(zip(labels, order, strict=True))), set=table["set"].map(_SETS))
    figure, axes = style.panels(list(cohorts.values()), 18 + 8 * len(order))
    shared: dict[str, Any] = {"x": "ratio", "y": "way", "hue": "set", "order": order, "hue_order": list(_COLOURS)}
    shared |= {"palette": _COLOURS, "legend": False}
    for i, (axis, cohort) in enumerate(zip(axes, cohorts, strict=True)):
        mine = table[table["cohort"] == cohort].reset_index(drop=True)
        style.log_axis(axis.xaxis, 0.3)
        axis.axvline(1, color=style.INK, linewidth=0.7, zorder=1)
        seaborn.stripplot(mine, ax=axis, dodge=True, jitter=False, size=2.4, alpha=0.6, zorder=3, **shared)
        look = {"linestyle": "none", "markersize": 4.5, "markeredgewidth": 0}
        seaborn.pointplot(mine, ax=axis, dodge=0.4, estimator="median", errorbar=None, zorder=4, **look, **shared)
        style.log_axis(axis.xaxis, 0.3)
        axis.set_yticks(range(len(order)), order if i % 4 == 0 else [""] * len(order), fontsize=6.5)
        axis.tick_params(axis="y", length=0)
        axis.grid(axis="x")
        axis.set_ylabel("")
        axis.set_xlabel(f"{MEASURE_NAMES[measure]} / first way,\nlog scale")
    dot: dict[str, Any] = {"linestyle": "none", "marker": "o", "markersize": 4.5, "markeredgewidth": 0}
    style.legend_below(figure, [Line2D([], [], color=colour, label=name, **dot) for name, colour in _COLOURS.items()])
    return figure


def relative_to_first(errors: pd.DataFrame, first: str) -> pd.DataFrame:
    """The errors with a column ``ratio``: each over that of the method ``first`` on the same split and set.

    What is not finite has no place on the axis and is left out.
    """
    keys = ["cohort", "split", "set"]
    of_first = errors[errors["method"] == first].set_index(keys)["value"]
    base = of_first.reindex(pd.MultiIndex.from_frame(errors[keys])).to_numpy()
    table = errors.assign(ratio=errors["value"].to_numpy() / base)
    return table[np.isfinite(table["ratio"]) & (table["ratio"] > 0)]
