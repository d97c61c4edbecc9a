"""Mutational profiles over the 96 channels: consensus signatures, and recovered signatures over the true ones."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator

from aenmf.channels import CHANNELS, N_CHANNELS, SUBSTITUTIONS, substitution
from aenmf.figures import style
from aenmf.figures.colours import SUBSTITUTION_COLOURS, text_colour
from aenmf.figures.names import MethodStyle, cohort_title, in_matched_order, resolve_methods, select, short_reference

REFERENCES = {"cosmic": "COSMIC", "signal": "Signal", "truth": "true"}

# Layout, in mm: the parts of one profile from top to bottom, and what surrounds them all.
_TITLE, _STRIP, _GAP = 3.6, 2.5, 2.2
_LEFT, _BETWEEN, _RIGHT, _TOP = 12.0, 9.0, 1.5, 5.0
_LEAST = 4.0  # bars lower than this say nothing
_WIDE = 120.0  # a profile this wide has room for the names of all channels; a narrower one has none
_BAR_COLOURS = [SUBSTITUTION_COLOURS[substitution(channel)] for channel in CHANNELS]


@style.styled
def signature_profiles(
    consensus: pd.DataFrame,
    matches: pd.DataFrame,
    *,
    cohort: str,
    loss: str,
    methods: Mapping[str, MethodStyle] | None = None,
    order: pd.DataFrame | None = None,
    references: Sequence[str] = ("cosmic", "signal"),
    title: str | None = None,
) -> Figure:
    """Profiles of the consensus signatures of a cohort, a column per method (at most three), rows in matched order.

    The profiles of a row have one scale.

    Args:
        consensus: columns cohort, method, loss, cluster, channel, value.
        matches: columns cohort, method, loss, cluster, reference, match, cosine.
        cohort, loss: which consensus.
        methods: which methods, in which order; those that are not in the table are left out.
        order: columns cohort, method, loss, cluster, position, where cluster numbers are not yet in matched order.
        references: the libraries whose match is written above a profile, where there is one.
        title: the cohort's title, where not its name.
    """
    table = select(consensus, ("method", "cluster", "channel", "value"), cohort=cohort, loss=loss)
    table = in_matched_order(table, order)
    methods = resolve_methods(table, methods)
    named = matches[(matches["cohort"] == cohort) & (matches["loss"] == loss)].dropna(subset=["match"])
    named = in_matched_order(named, order).set_index(["method", "cluster", "reference"]).sort_index()
    clusters = sorted(table["cluster"].unique())
    figure, grid = _grid(clusters, list(methods.values()), title or cohort_title(cohort))
    for column, name in enumerate(methods):
        for row, cluster in enumerate(clusters):
            mine = table[(table["method"] == name) & (table["cluster"] == cluster)]
            if mine.empty:
                grid[row][column].remove()
                continue
            texts = []
            for reference in references:
                if (name, cluster, reference) in named.index:
                    match, cosine = named.loc[(name, cluster, reference), ["match", "cosine"]]
                    texts.append(f"{REFERENCES.get(reference, reference)} {short_reference(match)} ({cosine:.2f})")
            number = f"Signature {cluster}" if len(methods) < 3 else str(cluster)
            _profile(grid[row][column], mine, number, " · ".join(texts))
    _share_heights(grid)
    return figure


@style.styled
def recovered_profiles(
    truth: pd.DataFrame,
    consensus: pd.DataFrame,
    matches: pd.DataFrame,
    *,
    cohort: str,
    loss: str,
    methods: Mapping[str, MethodStyle] | None = None,
    title: str | None = None,
) -> Figure:
    """Recovered signatures as bars, the true ones as outlines over them, a column per method (at most three).

    The profiles of a row have one scale.

    Args:
        truth: channels × signatures; rows are drawn in the order of the signatures.
        consensus: columns cohort, method, loss, cluster, channel, value.
        matches: columns cohort, method, loss, cluster, reference, match, cosine; used where reference is ``truth``.
        cohort, loss, methods, title: as for :func:`signature_profiles`.
    """
    table = select(consensus, ("method", "cluster", "channel", "value"), cohort=cohort, loss=loss)
    methods = resolve_methods(table, methods)
    named = select(matches, ("method", "cluster", "match", "cosine"), cohort=cohort, loss=loss, reference="truth")
    names = list(truth.columns)
    truth = truth.reset_index().melt(id_vars="channel", var_name="signature")
    figure, grid = _grid(names, list(methods.values()), title or cohort_title(cohort), below=5.0)
    for column, method in enumerate(methods):
        for row, name in enumerate(names):
            mine = named[(named["method"] == method) & (named["match"] == name)]
            true = truth[truth["signature"] == name]
            if mine.empty:
                recovered, text = true.assign(value=0.0), "not recovered"
            else:
                cluster, cosine = mine.iloc[0][["cluster", "cosine"]]
                recovered = table[(table["method"] == method) & (table["cluster"] == cluster)]
                text = f"cosine {np.floor(cosine * 1e4) / 1e4:.4f}"  # rounding up would turn 0.99996 into 1
            _profile(grid[row][column], recovered, str(name), text, outline=_in_order(true))
    _share_heights(grid)
    handles = [
        Patch(facecolor="#BBBBBB", label="recovered (consensus signature)"),
        Patch(facecolor="none", edgecolor=style.INK, linewidth=0.8, label="true signature"),
    ]
    figure.legend(handles=handles, loc="lower center", ncols=2, borderaxespad=0.1)
    return figure


def _grid(rows: Sequence, columns: Sequence[MethodStyle], title: str, below: float = 0.0):
    """A figure with empty axes for rows × columns profiles, bases under the lowest, and headings."""
    if len(columns) > 3:
        raise ValueError(f"{len(columns)} methods side by side leave no room for 96 channels; draw at most three")
    width = (style.PAGE - _LEFT - _RIGHT - _BETWEEN * (len(columns) - 1)) / len(columns)
    frame = _TOP + (6.5 if width > _WIDE else 2.0) + below
    bars = min(15.0, (style.TALLEST - frame) / len(rows) - _TITLE - _STRIP - _GAP)
    bars = max(bars, _LEAST)  # with very many signatures the figure is higher than a page
    pitch = bars + _TITLE + _STRIP + _GAP
    figure = style.new_figure(style.PAGE, frame + pitch * len(rows), constrained=False)
    grid = []
    for row in range(len(rows)):
        top = _TOP + row * pitch + _TITLE + _STRIP
        axes = [style.place(figure, _LEFT + c * (width + _BETWEEN), top, width, bars) for c in range(len(columns))]
        grid.append(axes)
    page_width, page_height = figure.get_size_inches() * 25.4
    for axis, look in zip(grid[0], columns, strict=True):
        box = axis.get_position()
        text = f"{title}, {look.label}"
        size = style.fitting_size(text, width, 8, weight="bold")
        figure.text(box.x0, 1 - 0.8 / page_height, text, fontsize=size, fontweight="bold", va="top", color=look.colour)
    if width > _WIDE:
        _trinucleotides(grid[-1][0])
    middle = (grid[0][0].get_position().y1 + grid[-1][0].get_position().y0) / 2
    figure.text(1 / page_width, middle, "Share of mutations", rotation=90, va="center", ha="left", fontsize=7)
    return figure, grid


def _trinucleotides(axis: Axes) -> None:
    """Name every channel by its bases under a profile that is wide enough; the strip above names the substitution."""
    across = axis.get_xaxis_transform()
    _, height = style.millimetres(axis)
    for place, channel in enumerate(CHANNELS):
        text = f"{channel[0]}{channel[2]}{channel[-1]}"
        axis.text(
            place, -0.5 / height, text, transform=across, rotation=90, ha="center", va="top", fontsize=style.SMALLEST
        )


def _share_heights(grid: Sequence[Sequence[Axes]]) -> None:
    """Give the profiles of a row one scale, so that they can be compared."""
    for row in grid:
        drawn = [axis for axis in row if axis.get_figure() is not None]
        top = max(axis.get_ylim()[1] for axis in drawn)
        for axis in drawn:
            axis.set_ylim(0, top)


def _in_order(profile: pd.DataFrame) -> np.ndarray:
    return profile.set_index("channel")["value"].reindex(list(CHANNELS)).to_numpy()


def _profile(axis: Axes, profile: pd.DataFrame, name: str, match: str, outline: np.ndarray | None = None) -> None:
    """One profile: bars, the strip of substitutions above, its name at the left and its match at the right."""
    values = _in_order(profile)
    places = np.arange(N_CHANNELS)
    corners = [
        (places - 0.36, 0 * values),
        (places - 0.36, values),
        (places + 0.36, values),
        (places + 0.36, 0 * values),
    ]
    # One collection, because 96 separate bars take twenty times as long.
    axis.add_collection(
        PolyCollection(list(np.stack([np.stack(c, axis=1) for c in corners], axis=1)), facecolors=_BAR_COLOURS)
    )
    top = np.max(values)
    if outline is not None:
        edges = np.arange(N_CHANNELS + 1) - 0.5
        axis.stairs(outline, edges, color=style.INK, linewidth=0.55, zorder=4)
        top = max(top, np.max(outline))
    axis.set_xlim(-0.7, N_CHANNELS - 0.3)
    axis.set_ylim(0, top * 1.06)
    axis.set_xticks([])
    axis.yaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 2.5, 5, 10]))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.3g}%"))
    axis.tick_params(axis="y", labelsize=5.8, pad=1.5)
    axis.grid(axis="y")
    width, height = style.millimetres(axis)
    across = axis.get_xaxis_transform()
    per_substitution = N_CHANNELS // len(SUBSTITUTIONS)
    for i, kind in enumerate(SUBSTITUTIONS):
        left, strip = i * per_substitution - 0.5 + 0.15, _STRIP / height
        colour = SUBSTITUTION_COLOURS[kind]
        patch = Rectangle(
            (left, 1), per_substitution - 0.3, strip, transform=across, facecolor=colour, clip_on=False, linewidth=0
        )
        axis.add_patch(patch)
        axis.text(
            left + (per_substitution - 0.3) / 2, 1 + strip * 0.46, kind.replace(">", " > ") if width > _WIDE else kind,
            transform=across, ha="center", va="center", fontsize=5.2, fontweight="bold", color=text_colour(colour),
        )  # fmt: skip
    above = 1 + (_STRIP + 0.5) / height
    axis.text(0, above, name, transform=axis.transAxes, fontsize=6.8, fontweight="bold", va="bottom")
    room = width - style.text_width(name, 6.8, "bold") - 2
    if style.text_width(match, style.SMALLEST) > room:
        match = re.sub(r"[()]", "", match)
    size = style.fitting_size(match, room, 6.5, least=4.0)
    axis.text(1, above, match, transform=axis.transAxes, fontsize=size, ha="right", va="bottom")
