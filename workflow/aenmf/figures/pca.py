"""The first two principal components of all de novo signatures (Figure 3; S9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from aenmf.figures import style
from aenmf.figures.colours import cluster_style
from aenmf.figures.names import MethodStyle, in_matched_order, resolve_cohorts, resolve_methods, select


@style.styled
def signature_projection(
    coordinates: pd.DataFrame,
    explained: pd.DataFrame,
    clusters: pd.DataFrame,
    *,
    loss: str,
    methods: Mapping[str, MethodStyle] | None = None,
    cohorts: Sequence[str] | Mapping[str, str] | None = None,
    order: pd.DataFrame | None = None,
) -> Figure:
    """Signatures of all splits in the plane of their first two components; columns methods, rows cohorts.

    Colour and shape say the PAM cluster, the same for matched clusters of different methods; black rings mark the medoids,
    which are the consensus signatures. A row shares its axes.

    Args:
        coordinates, explained: as made by :func:`aenmf.evaluation.projection.project_signatures`, of all cohorts.
        clusters: columns cohort, method, loss, split, signature, cluster, medoid.
        loss: the loss the methods were fitted with.
        methods: which methods, in which order; those that are not in the table are left out.
        cohorts: which cohorts in which order, or cohort name → title.
        order: columns cohort, method, loss, cluster, position, where cluster numbers are not yet in matched order.
    """
    points = select(coordinates, ("cohort", "method", "split", "signature", "pc1", "pc2"), loss=loss)
    members = select(clusters, ("cohort", "method", "split", "signature", "cluster", "medoid"), loss=loss)
    keys = ["cohort", "method", "loss", "split", "signature"]
    points = points.merge(in_matched_order(members, order), on=keys, validate="one_to_one")
    shares = select(explained, ("cohort", "component", "explained"), loss=loss)
    shares = shares.set_index(["cohort", "component"])["explained"]
    cohorts, methods = resolve_cohorts(points, cohorts), resolve_methods(points, methods)
    points = points[points["cohort"].isin(list(cohorts)) & points["method"].isin(list(methods))]

    side = min(46.0, (style.PAGE - 12) / len(methods))
    width = style.COLUMN if len(methods) == 1 else style.PAGE
    title_size = 7.5 if side > 30 else 6
    wrapped = [style.wrap(look.label, side - 3, title_size, "bold") for look in methods.values()]
    lines = max(text.count("\n") for text in wrapped)
    high = min(max(side, 30), (style.TALLEST - 25) / len(cohorts))
    figure = style.new_figure(width, high * len(cohorts) + 3 * lines)
    grid = figure.subplots(len(cohorts), len(methods), squeeze=False, sharex="row", sharey="row")
    for row, (cohort, title) in enumerate(cohorts.items()):
        for column, name in enumerate(methods):
            axis = grid[row, column]
            _scatter(axis, points[(points["cohort"] == cohort) & (points["method"] == name)], 1.0 if side > 30 else 0.6)
            axis.xaxis.set_major_locator(MaxNLocator(3))
            axis.yaxis.set_major_locator(MaxNLocator(4))
            axis.tick_params(labelleft=column == 0)
            axis.grid()
            if row == 0:
                axis.set_title(wrapped[column], loc="center", fontsize=title_size)
        for axis in grid[row] if side >= 34 else grid[row, len(methods) // 2 : len(methods) // 2 + 1]:
            axis.set_xlabel(f"PC1 ({shares[cohort, 'pc1']:.0%})", labelpad=2)
        label = grid[row, 0].set_ylabel(f"PC2 ({shares[cohort, 'pc2']:.0%})", labelpad=2)
        grid[row, 0].annotate(
            title,
            xy=(0, 0.5),
            xycoords=label,
            xytext=(-2, 0),
            textcoords="offset points",
            rotation=90,
            ha="right",
            va="center",
            fontsize=7.5,
            fontweight="bold",
        )
    handles = []
    for position in sorted(points["cluster"].unique()):
        colour, marker = cluster_style(int(position))
        handles.append(_key(f"cluster {position}", color=colour, marker=marker, markersize=4.5))
    handles.append(
        _key(
            "medoid (consensus signature)",
            color="none",
            marker="o",
            markersize=7,
            markeredgecolor="black",
            markeredgewidth=0.9,
        )
    )
    style.legend_below(figure, handles)
    return figure


def _key(label: str, **look) -> Line2D:
    return Line2D([], [], linestyle="none", label=label, **{"markeredgewidth": 0, **look})


def _scatter(axis: Axes, points: pd.DataFrame, scale: float) -> None:
    axis.margins(0.09)
    for position, mine in points.groupby("cluster"):
        colour, marker = cluster_style(int(position))
        look: dict[str, Any] = {"marker": marker, "color": colour}
        axis.scatter(mine["pc1"], mine["pc2"], s=11 * scale, linewidths=0.25, edgecolors="white", zorder=3, **look)
        medoids = mine[mine["medoid"].astype(bool)]
        # An open ring, wider than a point: the medoid and its neighbours show inside it.
        ring: dict[str, Any] = {"marker": "o", "facecolors": "none", "edgecolors": "black", "zorder": 5}
        axis.scatter(medoids["pc1"], medoids["pc2"], s=60 * scale, linewidths=0.9, **ring)
