"""What each condition of the theorem is worth: losses without it, as multiples of convex NMF's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from aenmf import formats
from aenmf.figures import style
from aenmf.figures.colours import MODEL_COLOURS, shade, tint
from aenmf.figures.names import resolve_cohorts, select

LABELS = {"bias": "Bias", "relu": "ReLU", "tied": "Tied weights", "patients": "Patients as rows"}
LOWER, HIGHER = MODEL_COLOURS["nmf"], MODEL_COLOURS["aenmf"]


@style.styled
def condition_bars(
    conditions: pd.DataFrame, *, loss: str, cohorts: Sequence[str] | Mapping[str, str] | None = None
) -> Figure:
    """Loss of the models that break a condition over convex NMF's, a panel per cohort and a bar per condition.

    Args:
        conditions: columns cohort, loss, split, condition, value, cnmf_value, nmf_value, a row per split.
        loss: the loss that was minimised.
        cohorts: which cohorts in which order, or cohort name → title.
    """
    needed = ("cohort", "split", "condition", "value", "cnmf_value", "nmf_value")
    table = select(conditions, needed, loss=loss)
    cohorts = resolve_cohorts(table, cohorts)
    figure, axes = style.panels(list(cohorts.values()), 42, most=2)
    for i, (axis, cohort) in enumerate(zip(axes, cohorts, strict=True)):
        here = table[table["cohort"] == cohort]
        style.log_axis(axis.xaxis, 0.2)
        for row, condition in enumerate(LABELS):
            mine = here[here["condition"] == condition]
            _bar(axis, row, (mine["value"] / mine["cnmf_value"]).to_numpy())
        axis.axvline(
            (here["nmf_value"] / here["cnmf_value"]).mean(), color=style.INK, linewidth=0.9, linestyle=(0, (4, 2))
        )
        axis.axvline(1.0, color=style.INK, linewidth=0.8)
        axis.set_yticks(range(len(LABELS)), list(LABELS.values()) if i % 2 == 0 else [""] * len(LABELS), fontsize=6.5)
        axis.set_ylim(len(LABELS) - 0.5, -0.5)
        axis.tick_params(axis="y", length=0)
        axis.margins(x=0.08)
        axis.grid(axis="x")
        if i >= len(axes) - 2:
            axis.set_xlabel("Loss / loss of C-NMF, log scale")
    style.legend_below(
        figure,
        [
            *(
                Patch(facecolor=tint(colour, 0.55), edgecolor=shade(colour, 0.35), linewidth=0.6, label=label)
                for colour, label in ((LOWER, "lower loss than C-NMF"), (HIGHER, "higher loss"))
            ),
            Line2D([], [], linestyle="none", marker="o", markersize=2.2, color=style.INK, label="one split"),
            Line2D([], [], color=style.INK, linewidth=0.9, linestyle=(0, (4, 2)), label="NMF"),
        ],
    )
    return figure


def _bar(axis: Axes, row: int, ratios: np.ndarray) -> None:
    """A bar from 1 to the mean of the ratios, a dot for each, and the mean in per cent at the right of the panel."""
    mean = float(ratios.mean())
    colour = HIGHER if mean > 1 else LOWER
    edge = shade(colour, 0.35)
    axis.barh(row, mean - 1, left=1.0, height=0.55, color=tint(colour, 0.55), edgecolor=edge, linewidth=0.6, zorder=2)
    axis.plot(ratios, np.full(len(ratios), row), "o", color=style.INK, markersize=1.8, markeredgewidth=0, zorder=4)
    across = axis.get_yaxis_transform()
    axis.text(1.02, row, formats.change(mean), transform=across, ha="left", va="center", fontsize=6, color=style.INK)
