"""The one style of all figures: sizes, type, axes, legends, names, and the only way a figure is written.

Figures are built from ``matplotlib.figure.Figure`` without pyplot, so drawing one has no effect outside it. Every public
drawing function is decorated with :func:`styled` and returns a Figure; :func:`save` writes it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import matplotlib.style
import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.ticker import FuncFormatter, Locator, MaxNLocator, NullFormatter, NullLocator

from aenmf.figures.colours import model_colours
from aenmf.losses import MEASURE_OF_LOSS

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
    for path in map(Path, paths):
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=300, metadata=metadata[path.suffix])


# ---- names ------------------------------------------------------------------------------------------------------------

_MODEL_LABELS = {
    "nmf": "NMF", "cnmf": "C-NMF", "aenmf": "AE-NMF", "dsae": "DSAE", "musexae": "MUSE-XAE", "sklearn": "scikit-learn NMF",
}  # fmt: skip
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "p")
_COHORT_ORDER = ("scenario8", "ovary", "prostate", "uterus")
MEASURE_NAMES = {"mse": "MSE", "kld": "KLD"}
LOSS_NAMES = {loss: MEASURE_NAMES[measure] for loss, measure in MEASURE_OF_LOSS.items()}


@dataclass(frozen=True)
class MethodStyle:
    """How a method entry of the configuration appears: its name in legends, its colour, its marker in line plots."""

    label: str
    colour: str
    marker: str


def method_styles(entries: Mapping[str, str], labels: Mapping[str, str] | None = None) -> dict[str, MethodStyle]:
    """The look of every method entry.

    Args:
        entries: entry name → model name in the order of drawing. Give all entries of the configuration, so that a colour
            is the same in every figure, and take what a figure shows from the result.
        labels: entry name → text for legends and titles, where the default does not do.
    """
    colours, labels = model_colours(dict(entries)), labels or {}
    return {
        name: MethodStyle(labels.get(name) or _method_label(name, model), colours[name], _MARKERS[i % len(_MARKERS)])
        for i, (name, model) in enumerate(entries.items())
    }


def _method_label(name: str, model: str) -> str:
    known = _MODEL_LABELS.get(model.lower())
    if known and name.lower() == model.lower():
        return known
    if known and name.lower().startswith((f"{model}_", f"{model}-")):
        return f"{known} ({name[len(model) + 1 :].replace('_', ' ')})"
    return name.replace("_", " ")


def resolve_methods(table: pd.DataFrame, methods: Mapping[str, MethodStyle] | None) -> dict[str, MethodStyle]:
    """The methods of a figure: those given that occur in the table, else all of the table's, known models first."""
    occurring = list(dict.fromkeys(table["method"]))
    if methods is None:
        known = [name for name in _MODEL_LABELS if name in occurring]
        return method_styles({name: name for name in known + [name for name in occurring if name not in known]})
    chosen = {name: look for name, look in methods.items() if name in occurring}
    if not chosen:
        raise ValueError(f"none of the methods {', '.join(methods)} is in the table, which has {', '.join(occurring)}")
    return chosen


def resolve_cohorts(table: pd.DataFrame, cohorts: Sequence[str] | Mapping[str, str] | None) -> dict[str, str]:
    """Cohort name → title: those given that occur in the table, else all of the table's, in the paper's order."""
    occurring = list(dict.fromkeys(table["cohort"]))
    if cohorts is None:
        cohorts = [name for name in _COHORT_ORDER if name in occurring]
        cohorts += [name for name in occurring if name not in cohorts]
    titles = cohorts if isinstance(cohorts, Mapping) else {name: cohort_title(name) for name in cohorts}
    chosen = {name: title for name, title in titles.items() if name in occurring}
    if not chosen:
        raise ValueError(f"none of the cohorts {', '.join(titles)} is in the table, which has {', '.join(occurring)}")
    return chosen


def cohort_title(name: str) -> str:
    """``ovary`` → ``Ovary``; ``scenario8`` → ``Scenario 8``."""
    text = "Scenario 8" if name == "scenario8" else name.replace("_", " ")
    return text[:1].upper() + text[1:]


def select(table: pd.DataFrame, columns: Iterable[str], **values: Any) -> pd.DataFrame:
    """The rows of a table whose columns have the given values (None: any).

    Raises:
        ValueError: a needed column is missing, or no row is left.
    """
    missing = [column for column in (*columns, *values) if column not in table.columns]
    if missing:
        raise ValueError(f"the table lacks the columns {missing}; it has {list(table.columns)}")
    for column, value in values.items():
        if value is not None:
            table = table[table[column] == value]
    if table.empty:
        raise ValueError(f"no rows with {', '.join(f'{k}={v!r}' for k, v in values.items() if v is not None)}")
    return table


def in_matched_order(table: pd.DataFrame, order: pd.DataFrame | None) -> pd.DataFrame:
    """Give clusters the number of the position they are shown at.

    Args:
        table: has columns cohort, method, loss, cluster.
        order: columns cohort, method, loss, cluster, position; None where cluster numbers already are positions.
    """
    if order is None:
        return table
    keys = ["cohort", "method", "loss", "cluster"]
    merged = table.merge(order[[*keys, "position"]], on=keys, how="left", validate="many_to_one")
    if merged["position"].isna().any():
        raise ValueError("the order of clusters lacks some of the clusters in the table")
    return merged.assign(cluster=merged["position"].astype(int)).drop(columns="position")


# ---- figures and panels ------------------------------------------------------------------------------------------------


def new_figure(width: float, height: float, *, constrained: bool = True) -> Figure:
    """An empty figure; sizes in mm."""
    figure = Figure(figsize=(width / 25.4, height / 25.4), layout="constrained" if constrained else "none")
    FigureCanvasAgg(figure)
    return figure


def panels(titles: Sequence[str], height: float, *, most: int = 4, rows: int = 1) -> tuple[Figure, list[Axes]]:
    """A figure with one titled panel per entry, at most ``most`` side by side, panels ``height`` mm high.

    With ``rows`` > 1 there are that many panels per entry, one below the other and sharing the title; the axes are listed
    row by row. Wrapping to further lines is for ``rows`` = 1 only.
    """
    n = len(titles)
    across = n if rows > 1 else min(most, n)
    down = rows if rows > 1 else -(-n // across)
    figure = new_figure(COLUMN if across == 1 else PAGE, min(height * down, TALLEST - 20) + 10)
    grid = figure.subplots(down, across, squeeze=False)
    axes = list(grid.flat)
    for spare in axes[max(n, n * rows) :]:
        spare.remove()
    axes = axes[: n * rows]
    for axis, title in zip(axes, titles, strict=False):
        axis.set_title(title)
    return figure, axes


def legend_below(figure: Figure, handles: Sequence[Artist]) -> Legend:
    """A legend under all panels, read row by row, with as many columns as fit the figure's width."""
    room = figure.bbox.width - 4 * figure.dpi / 25.4
    renderer = figure.canvas.get_renderer()
    for columns in range(len(handles), 0, -1):
        by_row = [handle for column in range(columns) for handle in handles[column::columns]]
        legend = figure.legend(handles=by_row, loc="outside lower center", ncols=columns)
        if columns == 1 or legend.get_window_extent(renderer).width <= room:
            break
        legend.remove()
    return legend


def text_width(text: str, size: float, weight: str = "normal") -> float:
    """Width of the widest line of a text, in mm."""
    figure = _ruler()
    drawn = figure.text(0, 0, text, fontsize=size, fontweight=weight, family=_RC["font.family"])
    width = drawn.get_window_extent(figure.canvas.get_renderer()).width
    drawn.remove()
    return width / figure.dpi * 25.4


@functools.cache
def _ruler() -> Figure:
    figure = Figure(figsize=(4, 1), dpi=300)
    FigureCanvasAgg(figure)
    return figure


def wrap(text: str, width: float, size: float, weight: str = "normal") -> str:
    """Break a text at spaces so that no line is wider than ``width`` mm, as far as words allow."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and text_width(longer, size, weight) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return "\n".join(lines)


# ---- axes --------------------------------------------------------------------------------------------------------------


class LogTicks(Locator):
    """Ticks for a logarithmic axis that is labelled well whether it spans five decades or a fraction of one."""

    def __init__(self, most: int = 5):
        self.most = most

    def __call__(self):
        return self.tick_values(*self.axis.get_view_interval())

    def tick_values(self, vmin: float, vmax: float):
        low, high = sorted((max(vmin, 1e-300), max(vmax, 1e-300)))
        first, last = int(np.floor(np.log10(low))), int(np.ceil(np.log10(high)))
        for digits in ((1,), (1, 3), (1, 2, 5)):
            ticks = [digit * 10.0**power for power in range(first, last + 1) for digit in digits]
            ticks = [tick for tick in ticks if low <= tick <= high]
            if len(ticks) >= 3:
                return np.array(ticks[:: -(-len(ticks) // self.most)])
        return np.array([t for t in MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high) if low <= t <= high])


def number(value: float) -> str:
    """A number as tick labels show it: plain between 0.001 and 9999, else as a power of ten."""
    if value == 0 or 1e-3 <= abs(value) < 1e4:
        return f"{value:.6g}"
    mantissa, exponent = f"{value:.3e}".split("e")
    mantissa = f"{float(mantissa):g}"
    power = f"10^{{{int(exponent)}}}"
    return f"${power}$" if mantissa == "1" else f"${mantissa}\\times{power}$"


def log_axis(axis: Axis, most: int = 5) -> None:
    """Make an axis logarithmic, with readable ticks."""
    (axis.axes.set_xscale if axis.axis_name == "x" else axis.axes.set_yscale)("log")
    axis.set_major_locator(LogTicks(most))
    axis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
    axis.set_minor_locator(NullLocator())
    axis.set_minor_formatter(NullFormatter())
