"""The one style of all figures: sizes, type, panels, legends, axes, and the only way a figure is written.

Figures are built from ``matplotlib.figure.Figure`` without pyplot, so drawing one has no effect outside it. Every
public drawing function is decorated with :func:`styled` and returns a Figure; :func:`save` writes it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import matplotlib.style
import numpy as np
from fontTools import subset
from fontTools.ttLib import TTFont
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.ticker import FuncFormatter, Locator, MaxNLocator, NullFormatter, NullLocator
from numpy.typing import ArrayLike

P = ParamSpec("P")
R = TypeVar("R")

COLUMN, PAGE, TALLEST = 85.0, 175.0, 235.0
"""Widths of a journal's column and page, and the greatest height, in mm."""
SMALLEST = 5.0
"""Smallest type in points, except in tiles, which shrink their text to fit."""

_RC = {
    "axes.axisbelow": True,
    "axes.formatter.use_mathtext": True,
    "axes.labelsize": 7,
    "axes.linewidth": 0.6,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlepad": 4,
    "axes.titlesize": 7.5,
    "axes.titleweight": "bold",
    "figure.constrained_layout.h_pad": 0.04,
    "figure.constrained_layout.w_pad": 0.04,
    "font.family": "DejaVu Sans",  # ships with matplotlib, so the same everywhere
    "font.size": 7,
    "grid.color": "#E4E4E4",
    "grid.linewidth": 0.5,
    "legend.borderaxespad": 0.3,
    "legend.columnspacing": 1.4,
    "legend.fontsize": 6.5,
    "legend.frameon": False,
    "legend.handletextpad": 0.5,
    "legend.title_fontsize": 6.5,
    "lines.linewidth": 1.0,
    "mathtext.default": "regular",
    "mathtext.fontset": "dejavusans",
    "pdf.fonttype": 42,
    "svg.hashsalt": "aenmf",
    "xtick.labelsize": 6.2,
    "xtick.major.size": 2.2,
    "xtick.major.width": 0.6,
    "ytick.labelsize": 6.2,
    "ytick.major.size": 2.2,
    "ytick.major.width": 0.6,
}


def _load_font(*args: Any, load: Callable[..., TTFont] = subset.load_font, **options: Any) -> TTFont:
    """A font to put into a PDF, without the tables for placing glyphs: these are already in their places there."""
    font = load(*args, **options)
    for table in {"GDEF", "GPOS", "GSUB", "kern"} & set(font.keys()):
        del font[table]
    return font


# To read and cut down the tables for placing glyphs would take a third of a PDF's time.
subset.load_font = _load_font

INK, MUTED, FAINT = "#222222", "#777777", "#D9D9D9"


def _context():
    return matplotlib.style.context(["default", _RC])


def styled(draw: Callable[P, R]) -> Callable[P, R]:
    """Run a drawing function under this style, whatever the user's own matplotlib settings are."""

    @functools.wraps(draw)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        with _context():
            return draw(*args, **kwargs)

    return wrapper


@styled
def save(figure: Figure, *paths: str | Path) -> None:
    """Write a figure to files whose suffixes (``.png`` at 300 dpi, ``.pdf``, ``.svg``) say the format.

    Equal figures give equal bytes: no date, no program version, fixed identifiers. Folders are created.

    Raises:
        ValueError: no path, or a suffix that is none of these.
    """
    metadata: dict[str, dict[str, Any]] = {
        ".png": {"Software": None},
        ".pdf": {"CreationDate": None, "ModDate": None, "Producer": None, "Creator": None},
        ".svg": {"Date": None, "Creator": None},
    }
    if not paths or any(Path(path).suffix not in metadata for path in paths):
        raise ValueError(f"a figure is written as {', '.join(metadata)}, not as {[str(path) for path in paths]}")
    layout = figure.get_layout_engine()
    for path in map(Path, paths):
        path.parent.mkdir(parents=True, exist_ok=True)
        # Level 6, the default, takes a quarter longer for files a tenth smaller.
        png: dict[str, Any] = {"pil_kwargs": {"compress_level": 3}} if path.suffix == ".png" else {}
        figure.savefig(path, dpi=300, metadata=metadata[path.suffix], **png)
        figure.set_layout_engine("none")  # all files have the layout of the first: to find it takes as long as to draw
    figure.set_layout_engine(layout)


def new_figure(width: float, height: float, *, constrained: bool = True) -> Figure:
    """An empty figure; sizes in mm."""
    figure = Figure(figsize=(width / 25.4, height / 25.4), layout="constrained" if constrained else None)
    FigureCanvasAgg(figure)
    return figure


def panels(titles: Sequence[str], height: float, *, most: int = 4, rows: int = 1) -> tuple[Figure, list[Axes]]:
    """A figure with one titled panel per entry, at most ``most`` side by side, panels ``height`` mm high.

    With ``rows`` > 1 there are that many panels per entry, one below the other under one title; the axes are listed row
    by row. Wrapping to further lines is for ``rows`` = 1 only.
    """
    n = len(titles)
    across = n if rows > 1 else min(most, n)
    down = rows if rows > 1 else -(-n // across)
    figure = new_figure(COLUMN if across == 1 else PAGE, min(height * down, TALLEST - 15))
    grid = figure.subplots(down, across, squeeze=False)
    axes = list(grid.flat)
    for spare in axes[max(n, n * rows) :]:
        spare.remove()
    axes = axes[: n * rows]
    for axis, title in zip(axes, titles, strict=False):
        axis.set_title(title)
    return figure, axes


def around_one(ratios: ArrayLike) -> tuple[float, float]:
    """Limits of a logarithmic axis that has all these ratios, and one; panels that share it can be compared."""
    values = np.asarray(ratios, dtype=float).ravel()
    shown = np.append(values[np.isfinite(values) & (values > 0)], [0.95, 1.05])
    room = (shown.max() / shown.min()) ** 0.05
    return shown.min() / room, shown.max() * room


def legend_below(figure: Figure, handles: Sequence[Artist]) -> Legend:
    """A legend under all panels, read row by row, with as many columns as fit; the figure grows by its height."""
    room = figure.bbox.width - 4 * figure.dpi / 25.4
    renderer = FigureCanvasAgg(figure).get_renderer()
    for rows in range(1, len(handles) + 1):
        columns = -(-len(handles) // rows)
        by_row = [handle for column in range(columns) for handle in handles[column::columns]]
        legend = figure.legend(handles=by_row, loc="outside lower center", ncols=columns)
        extent = legend.get_window_extent(renderer)
        if columns == 1 or extent.width <= room:
            break
        legend.remove()
    width, height = figure.get_size_inches()
    figure.set_size_inches(width, height + extent.height / figure.dpi)
    return legend


_HEADLINE: dict[str, Any] = {"fontweight": "bold", "ha": "left", "va": "top"}
_HEADLINE_LEFT, _HEADLINE_LINE = 1.5, 4.1  # mm


@styled
def headline(figure: Figure, text: str) -> None:
    """Write the question that a figure answers, or its finding, above everything; the figure grows by its height."""
    width, before = figure.get_size_inches() * 25.4
    size = 8.5 if width > COLUMN else 7.5
    wrapped = wrap(text, width - 2 * _HEADLINE_LEFT, size, "bold")
    after = before + (wrapped.count("\n") + 1) * _HEADLINE_LINE + 1.0
    figure.set_size_inches(width / 25.4, after / 25.4)
    if figure.get_layout_engine() is None:
        _keep_places(figure, before / after)
        figure.suptitle(wrapped, x=_HEADLINE_LEFT / width, y=1 - 0.8 / after, fontsize=size, **_HEADLINE)
    else:
        figure.suptitle(wrapped, x=_HEADLINE_LEFT / width, fontsize=size, **_HEADLINE)


def _keep_places(figure: Figure, shrink: float) -> None:
    """Leave all that is placed by hand where it is, measured from below, when a figure grows at its top."""
    for axis in figure.axes:
        box = axis.get_position()
        axis.set_position((box.x0, box.y0 * shrink, box.width, box.height * shrink))
    for text in figure.texts:
        text.set_y(text.get_position()[1] * shrink)


@functools.lru_cache(maxsize=4096)
def text_width(text: str, size: float, weight: str = "normal") -> float:
    """Width of the widest line of a text, in mm."""
    figure, renderer = _ruler()
    drawn = figure.text(0, 0, text, fontsize=size, fontweight=weight, family=_RC["font.family"])
    width = drawn.get_window_extent(renderer).width
    drawn.remove()
    return width / figure.dpi * 25.4


@functools.cache
def _ruler() -> tuple[Figure, RendererAgg]:
    figure = Figure(figsize=(4, 1), dpi=300)
    return figure, FigureCanvasAgg(figure).get_renderer()


def wrap(text: str, width: float, size: float, weight: str = "normal") -> str:
    """Break a text at spaces, and inside longer words after hyphens, so that lines fit ``width`` mm where they can."""
    lines = [""]
    for word in re.findall(r"\s*[^\s-]*-?", text):
        if lines[-1] and text_width((lines[-1] + word).strip(), size, weight) > width:
            lines.append(word)
        else:
            lines[-1] += word
    return "\n".join(line.strip() for line in lines)


def fitting_size(text: str, width: float, size: float, least: float = SMALLEST, weight: str = "normal") -> float:
    """The type size, at most ``size`` and at least ``least`` points, at which a text is no wider than ``width`` mm."""
    return max(least, min(size, size * width / max(text_width(text, size, weight), 1e-6)))


def place(figure: Figure, left: float, top: float, width: float, height: float) -> Axes:
    """Axes at a position measured in mm from the figure's left and top edges, for figures without automatic layout."""
    page_width, page_height = figure.get_size_inches() * 25.4
    box = (left / page_width, 1 - (top + height) / page_height, width / page_width, height / page_height)
    return figure.add_axes(box)


def millimetres(axis: Axes) -> tuple[float, float]:
    """Width and height of axes."""
    figure = axis.get_figure(root=True)
    assert figure is not None
    size = np.asarray(axis.get_position().size) * figure.get_size_inches() * 25.4
    return float(size[0]), float(size[1])


class LogTicks(Locator):
    """Ticks for a logarithmic axis that is labelled well whether it spans five decades or a fraction of one.

    Args:
        apart: least distance of two ticks as a fraction of the axis.
    """

    def __init__(self, apart: float = 0.15):
        self.apart = apart

    def __call__(self):
        assert self.axis is not None  # set by matplotlib before it asks
        return self.tick_values(*self.axis.get_view_interval())

    def tick_values(self, vmin: float, vmax: float):
        low, high = sorted((max(vmin, 1e-300), max(vmax, 1e-300)))
        decades = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
        ticks = np.array([])
        for digits in ((1,), (1, 3), (1, 2, 5), (1, 1.5, 2, 3, 5, 7)):
            ticks = np.array([digit * 10.0**power for power in decades for digit in digits])
            ticks = ticks[(ticks >= low) & (ticks <= high)]
            if len(ticks) >= (3 if self.apart < 0.25 else 2):
                break
        else:
            ticks = np.asarray(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high))
            ticks = ticks[(ticks >= low) & (ticks <= high)]
        step = 1
        while len(ticks[::step]) > 2 and np.min(np.diff(np.log(ticks[::step]))) < self.apart * np.log(high / low):
            step += 1
        return ticks[::step]


def number(value: float) -> str:
    """A number as tick labels show it: plain from 0.001 to below 100000, else as a power of ten."""
    if value == 0 or 1e-3 <= abs(value) < 1e5:
        return f"{value:.6g}"
    mantissa, exponent = f"{value:.3e}".split("e")
    mantissa = f"{float(mantissa):g}"
    power = f"10^{{{int(exponent)}}}"
    return f"${power}$" if mantissa == "1" else f"${mantissa}\\times{power}$"


def log_axis(axis: Axis, apart: float = 0.15) -> None:
    """Make an axis logarithmic, with readable ticks."""
    (axis.axes.set_xscale if axis is axis.axes.xaxis else axis.axes.set_yscale)("log")
    axis.set_major_locator(LogTicks(apart))
    axis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
    axis.set_minor_locator(NullLocator())
    axis.set_minor_formatter(NullFormatter())
