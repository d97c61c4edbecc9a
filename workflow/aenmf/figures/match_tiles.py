"""Which reference signature each split's signatures match (S10-S15): a tile per split and signature."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from aenmf.figures import style
from aenmf.figures.colours import signature_colour, text_colour
from aenmf.figures.names import MethodStyle, cohort_title, in_matched_order, resolve_methods, select, short_reference

_ACROSS = 30  # splits in a line of tiles
_FEW, _WIDEST = 5, 24.0  # splits that fit into a journal's column, and the widest tile in mm
_LEFT, _RIGHT, _HEADING, _FOOTING = 12.0, 1.5, 5.0, 8.5  # mm
_CORNER = [(0, 0), (1, 1), (0, 1)]  # the mark of a signature that stands in another cluster's row


@style.styled
def match_tiles(
    split_matches: pd.DataFrame,
    clusters: pd.DataFrame,
    *,
    cohort: str,
    loss: str,
    methods: Mapping[str, MethodStyle] | None = None,
    reference: str = "cosmic",
    order: pd.DataFrame | None = None,
    title: str | None = None,
) -> Figure:
    """A tile per split (column) and signature (row), coloured by the matched reference signature, cosine printed.

    Rows are the consensus clusters. Where a split has two signatures in one cluster, the one with the lower silhouette
    is in the row of a cluster which the split lacks, and has a marked corner. One block of tiles per method.

    Args:
        split_matches: columns cohort, method, loss, split, signature, reference, match, cosine.
        clusters: columns cohort, method, loss, split, signature, cluster, silhouette.
        cohort, loss, reference: which matches.
        methods: which methods, in which order; those that are not in the table are left out.
        order: columns cohort, method, loss, cluster, position, where cluster numbers are not yet in matched order.
        title: the cohort's title, where not its name.
    """
    needed = ("method", "split", "signature", "match", "cosine")
    tiles = select(split_matches, needed, cohort=cohort, loss=loss, reference=reference)
    methods = resolve_methods(tiles, methods)
    needed = ("method", "split", "signature", "cluster", "silhouette")
    members = in_matched_order(select(clusters, needed, cohort=cohort, loss=loss), order)
    keys = ["cohort", "method", "loss", "split", "signature"]
    tiles = tiles.merge(members[[*keys, "cluster", "silhouette"]], on=keys, validate="one_to_one")
    tiles = tiles[tiles["method"].isin(list(methods))]
    tiles = tiles.assign(row=_rows(tiles))

    blocks = []
    for name, look in methods.items():
        mine = tiles[tiles["method"] == name]
        splits = sorted(mine["split"].unique())
        lines = [splits[i : i + _ACROSS] for i in range(0, len(splits), _ACROSS)]
        blocks += [(look, mine[mine["split"].isin(line)], line) for line in lines]
    depths = [int(block["row"].max()) for _, block, _ in blocks]
    across = max(len(line) for _, _, line in blocks)
    page = style.COLUMN if across <= _FEW else style.PAGE
    width = min(_WIDEST, (page - _LEFT - _RIGHT) / across)
    height = min(7.0, max(4.2, (style.TALLEST - 20 - len(blocks) * (_HEADING + _FOOTING)) / sum(depths)))
    figure = style.new_figure(page, sum(depths) * height + len(blocks) * (_HEADING + _FOOTING), constrained=False)
    names = sorted(tiles["match"].dropna().unique(), key=_natural)
    handles: list[Artist] = [
        Patch(facecolor=signature_colour(n), edgecolor="white", label=short_reference(n)) for n in names
    ]
    if (tiles["row"] != tiles["cluster"]).any():
        corner = Line2D([], [], linestyle="none", marker=_CORNER, markersize=7, color=style.INK, markeredgewidth=0)
        corner.set_label("signature of another row's cluster")
        handles.append(corner)
    legend = style.legend_below(figure, handles)
    legend.set_loc("lower center")
    top = 0.0
    for (look, block, line), depth in zip(blocks, depths, strict=True):
        axis = style.place(figure, _LEFT, top + _HEADING, width * len(line), depth * height)
        heading = f"{title or cohort_title(cohort)}, {look.label}"
        size = style.fitting_size(heading, page - 15, 8, weight="bold")
        axis.set_title(heading, color=look.colour, pad=3, fontsize=size)
        _block(axis, block, line, depth, width, height)
        top += _HEADING + depth * height + _FOOTING
    return figure


def _rows(tiles: pd.DataFrame) -> pd.Series:
    """A row for every tile: its cluster's for as many as can, for each split's others the rows left over."""
    rows: dict[Any, int] = {}
    ranked = tiles.sort_values(["silhouette", "signature"], ascending=[False, True])
    for _, split in ranked.groupby(["method", "split"]):
        clusters = split["cluster"].tolist()
        vacant = iter(sorted(set(range(1, len(clusters) + 1)) - set(clusters)))
        taken: set[int] = set()
        for index, cluster in zip(split.index, clusters, strict=True):
            rows[index] = next(vacant) if cluster in taken else cluster
            taken.add(cluster)
    return pd.Series(rows).reindex(tiles.index)


def _natural(name: str) -> list:
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", short_reference(name))]


def _in_two_lines(label: str) -> str:
    """A label broken before the ``+`` or space nearest to its middle."""
    breaks = [i for i, letter in enumerate(label) if letter in "+ " and i]
    if not breaks:
        return label
    at = min(breaks, key=lambda i: abs(i - len(label) / 2))
    return f"{label[:at]}\n{label[at:].strip()}"


def _block(axis: Axes, block: pd.DataFrame, line: list[int], depth: int, width: float, height: float) -> None:
    scale = min(1.0, height / 5.5)
    squares, fills, marks, inks = [], [], [], []
    column = {split: i for i, split in enumerate(line)}
    for tile in block.itertuples():
        x, y, matched = column[tile.split], tile.row - 1, not pd.isna(tile.match)
        colour = signature_colour(tile.match) if matched else "#EEEEEE"
        ink = text_colour(colour)
        squares.append([(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1)])
        fills.append(colour)
        if tile.row != tile.cluster:
            corner = (x + 0.05, y + 0.04)
            marks.append([corner, (corner[0] + 1.0 / width, corner[1]), (corner[0], corner[1] + 1.0 / height)])
            inks.append(ink)
        label = re.sub(r"^SBS", "", short_reference(tile.match)) if matched else "none"
        if style.text_width(label, 4.2, "bold") > width - 0.7:
            label = _in_two_lines(label)
        size = min(style.fitting_size(label, width - 0.7, 5.6, 3.0, "bold"), scale * (4.0 if "\n" in label else 5.6))
        words: dict[str, Any] = {"color": ink, "ha": "center", "va": "center", "linespacing": 0.95, "clip_on": False}
        axis.text(x + 0.5, y + 0.32, label, fontsize=size, fontweight="bold", **words)
        cosine = f"{tile.cosine:.2f}" if matched else ""
        size = style.fitting_size(cosine, width - 0.7, 5.0 * scale, 3.0)
        axis.text(x + 0.5, y + 0.73, cosine, fontsize=size, **words)
    axis.add_collection(PolyCollection(squares, facecolors=fills, edgecolors="white", linewidths=0.7), autolim=False)
    axis.add_collection(PolyCollection(marks, facecolors=inks, linewidths=0), autolim=False)
    axis.set_xlim(0, len(line))
    axis.set_ylim(depth, 0)
    axis.set_xticks([i + 0.5 for i in range(len(line))], [str(split) for split in line])
    axis.set_yticks([i + 0.5 for i in range(depth)], [str(i + 1) for i in range(depth)])
    axis.tick_params(length=0, pad=2)
    axis.spines[:].set_visible(False)
    axis.set_xlabel("Split", labelpad=1)
    axis.set_ylabel("Consensus signature" if depth > 3 else "Signature", labelpad=2)
