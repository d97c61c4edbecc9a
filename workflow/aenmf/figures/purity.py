"""Recovery of true signatures against the purity of a cohort."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from aenmf.figures import style
from aenmf.figures.names import MethodStyle, select

_NOISE = {"none": "No noise", "poisson": "Poisson noise", "negative-binomial": "More noise than Poisson's"}
_LEAST = 1e-4
"""Distances of cosines below it are drawn there."""


@style.styled
def purity(fits: pd.DataFrame, cohorts: pd.DataFrame, *, loss: str, methods: Mapping[str, MethodStyle]) -> Figure:
    """A column per size and a row per noise: 1 − mean cosine against purity, a dot per simulated cohort, lines through the means.

    Below each panel ticks mark how pure the signatures of published cohorts are.

    Args:
        fits: columns of :data:`aenmf.studies.purity.COLUMNS`.
        cohorts: the table of :func:`aenmf.tables.purity.cohorts_table`.
        loss: the loss that is minimised.
        methods: entries with their styles, in order.
    """
    table = select(fits, ("noise", "patients", "cap", "method", "purity", "acs"), loss=loss)
    table = table.assign(missing=np.maximum(1.0 - table["acs"], _LEAST))
    sizes, kinds = sorted(table["patients"].unique()), [name for name in _NOISE if (table["noise"] == name).any()]
    figure, axes = style.panels([f"{n} patients" for n in sizes], 46, rows=len(kinds))
    marked = sorted(set(cohorts.loc[cohorts["source"] == "truth", "purity"]))
    worst, best = table["missing"].max() * 1.3, table["missing"].min() / 1.3
    for i, axis in enumerate(axes):
        row, column = divmod(i, len(sizes))
        own = table[(table["noise"] == kinds[row]) & (table["patients"] == sizes[column])]
        style.log_axis(axis.yaxis)
        axis.set_ylim(worst, best)
        for above, (name, look) in enumerate(methods.items()):
            width = max(3.2 - 0.9 * above, 0.8)  # C-NMF and AE-NMF find the same: both can be seen
            mine = own[own["method"] == name]
            means = mine.groupby("cap")[["purity", "missing"]].mean().sort_values("purity")
            axis.plot(
                mine["purity"], mine["missing"], ".", color=look.colour, alpha=0.45, markersize=3.5, markeredgewidth=0
            )
            axis.plot(means["purity"], means["missing"], color=look.colour, linewidth=width)
        axis.axhline(0.1, color=style.INK, linewidth=0.6, linestyle=(0, (3, 2)), zorder=0.5)
        axis.plot(
            marked, np.full(len(marked), 0.02), "|", transform=axis.get_xaxis_transform(), color=style.INK, markersize=5
        )
        axis.set_xlim(0.3, 1.02)
        axis.grid()
        if row == len(kinds) - 1:
            axis.set_xlabel("Purity: largest share of the\nleast pure signature in a patient")
        if column == 0:
            axis.set_ylabel(f"{_NOISE[kinds[row]]}:\n1 − mean cosine to the truth")
    lines: list[dict[str, Any]] = [{"color": look.colour, "label": look.label} for look in methods.values()]
    handles = [Line2D([], [], linewidth=1.4, marker=".", **line) for line in lines]
    handles += [
        Line2D([], [], color=style.INK, linewidth=0.6, linestyle=(0, (3, 2)), label="cosine 0.9"),
        Line2D([], [], color=style.INK, linestyle="", marker="|", label="published simulated cohorts"),
    ]
    style.legend_below(figure, handles)
    return figure
