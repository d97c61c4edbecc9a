"""The proof of concept (S2.1): recovered exposures and signatures drawn over the true ones."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from aenmf.figures import style
from aenmf.figures.names import MethodStyle, resolve_methods, select

_TRUTH = "truth"


@style.styled
def proof_of_concept_panels(
    table: pd.DataFrame, *, loss: str, methods: Mapping[str, MethodStyle] | None = None
) -> Figure:
    """Exposures and signatures that every method recovers, over the truth in grey; a row per signature.

    Methods alternate between large open and small filled marks, so that coinciding results, as of C-NMF and AE-NMF,
    show as a filled mark inside an open one.

    Args:
        table: columns loss, method, quantity, signature, position, value, as made by
            :func:`aenmf.studies.proof_of_concept.proof_of_concept`.
        loss: the loss the methods were fitted with.
        methods: which methods, in which order; those that are not in the table are left out.
    """
    table = select(table, ("method", "quantity", "signature", "position", "value"), loss=loss)
    methods = resolve_methods(table[table["method"] != _TRUTH], methods)
    looks = {name: _mark(look, i) for i, (name, look) in enumerate(methods.items())}
    signatures = sorted(table["signature"].unique())
    figure = style.new_figure(style.PAGE, 42 * len(signatures))
    grid = figure.subplots(len(signatures), 2, squeeze=False, width_ratios=[2.6, 1], sharey="col", sharex="col")
    for axes, signature in zip(grid, signatures, strict=True):
        mine = table[table["signature"] == signature]
        _exposures(axes[0], mine[mine["quantity"] == "exposures"], looks)
        _signature(axes[1], mine[mine["quantity"] == "signatures"], looks)
        axes[0].set_ylabel(f"Exposure to\nsignature {signature} (counts)")
        axes[1].set_ylabel(f"Signature {signature}\n(share of counts)")
    grid[0, 0].set_title("Exposures")
    grid[0, 1].set_title("Signatures")
    grid[-1, 0].set_xlabel("Sample")
    grid[-1, 1].set_xlabel("Feature")
    truth = [Patch(facecolor=style.FAINT, edgecolor=style.MUTED, linewidth=0.8, label="truth")]
    marks = [Line2D([], [], linestyle="none", label=methods[name].label, **look) for name, look in looks.items()]
    style.legend_below(figure, [*truth, *marks])
    return figure


def _mark(look: MethodStyle, i: int) -> dict:
    """Marks from large and open to small and filled, so that each shows what lies under it."""
    kinds = (
        {"marker": "_", "markersize": 7.0, "markeredgewidth": 1.3},
        {"marker": "o", "markersize": 4.6, "markerfacecolor": "none", "markeredgewidth": 1.0},
        {"marker": "o", "markersize": 2.2, "markeredgewidth": 0},
        {"marker": "s", "markersize": 4.6, "markerfacecolor": "none", "markeredgewidth": 0.8},
        {"marker": "x", "markersize": 3.0, "markeredgewidth": 0.9},
        {"marker": "D", "markersize": 4.6, "markerfacecolor": "none", "markeredgewidth": 0.8},
        {"marker": "+", "markersize": 4.0, "markeredgewidth": 0.9},
    )
    return {"color": look.colour, "markeredgecolor": look.colour, **kinds[i % len(kinds)]}


def _exposures(axis: Axes, table: pd.DataFrame, looks: Mapping[str, dict]) -> None:
    truth = table[table["method"] == _TRUTH].sort_values("position")
    edges = np.arange(len(truth) + 1) + 0.5
    axis.stairs(truth["value"], edges, fill=True, color=style.FAINT, zorder=1)
    axis.stairs(truth["value"], edges, color=style.MUTED, linewidth=0.8, zorder=2)
    _marks(axis, table, looks)
    axis.set_xlim(0, len(truth) + 1)
    axis.set_ylim(bottom=0)


def _signature(axis: Axes, table: pd.DataFrame, looks: Mapping[str, dict]) -> None:
    truth = table[table["method"] == _TRUTH].sort_values("position")
    axis.bar(
        truth["position"], truth["value"], 0.8, facecolor=style.FAINT, edgecolor=style.MUTED, linewidth=0.8, zorder=1
    )
    _marks(axis, table, looks)
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    axis.set_ylim(bottom=0)


def _marks(axis: Axes, table: pd.DataFrame, looks: Mapping[str, dict]) -> None:
    axis.ticklabel_format(useMathText=False)  # to set every number as a formula takes a quarter of the time
    for i, (name, look) in enumerate(looks.items()):
        mine = table[table["method"] == name]
        axis.plot(mine["position"], mine["value"], linestyle="none", zorder=3 + i, clip_on=False, **look)
