"""Figure 1: NMF next to convex NMF and the autoencoder that solves the same problem.

The shades of the cells are a fixed pattern in which V is the product H W; they are not data.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle

from aenmf.figures import style
from aenmf.figures.colours import CLUSTER_COLOURS, MODEL_COLOURS, tint

_HEIGHT = 96.0
_M, _N, _K = 19.0, 22.0, 7.5  # lengths in mm of a side that stands for channels, patients, signatures
_ROWS, _COLUMNS = 10, 12  # cells drawn along M and N; K has one cell per signature
_SIGNATURE_COLOURS = CLUSTER_COLOURS[:3]
_DATA = "#3F4A55"


def _pattern() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """A catalogue V = H W, its signatures H and exposures W, and weights W1 that pick each signature's purest patients."""
    rows, columns = np.arange(_ROWS), np.arange(_COLUMNS)
    signatures = np.stack([np.exp(-(((rows - centre) / 1.7) ** 2)) for centre in (1.5, 5.0, 8.0)], axis=1)
    exposures = np.stack([0.5 + 0.5 * np.cos(0.9 * (columns - phase)) for phase in (0.0, 2.6, 4.9)])
    weights = np.where(exposures.T > 0.75, exposures.T, 0.0)
    return signatures @ exposures, signatures, exposures, weights


@style.styled
def schematic() -> Figure:
    """Draw Figure 1: matrices as blocks with their dimensions, and the autoencoder as a network."""
    figure = style.new_figure(style.PAGE, _HEIGHT, constrained=False)
    axis = figure.add_axes((0, 0, 1, 1))
    axis.set_xlim(0, style.PAGE)
    axis.set_ylim(_HEIGHT, 0)
    axis.axis("off")
    catalogue, signatures, exposures, weights = _pattern()

    _heading(axis, 3, "a", "NMF", MODEL_COLOURS["nmf"], "K(M + N) parameters", 98)
    centre = 24.0
    _block(axis, 5, centre, _N, _M, catalogue, "V", "M × N", "catalogue")
    _sign(axis, 31.5, centre, "≈")
    _block(axis, 36, centre, _K, _M, signatures, "H", "M × K", "signatures", by="column")
    _sign(axis, 47, centre, "·")
    _block(axis, 50.5, centre, _N, _K, exposures, "W", "K × N", "exposures", by="row")

    _heading(axis, 50, "b", "Convex NMF (C-NMF)", MODEL_COLOURS["cnmf"], "2KN parameters", 98)
    centre = 73.0
    _block(axis, 5, centre, _N, _M, catalogue, "V", "M × N", "catalogue")
    _sign(axis, 31.5, centre, "≈")
    _block(axis, 36, centre, _N, _M, catalogue, "V", "M × N", "")
    _sign(axis, 60.5, centre, "·")
    _block(axis, 63, centre, _K, _N, weights, "W$_1$", "N × K", "", by="column")
    _sign(axis, 73.2, centre, "·")
    _block(axis, 76, centre, _N, _K, exposures, "W$_2$", "K × N", "exposures", by="row")
    _brace(axis, 36, 63 + _K, centre + 16.2, "signatures H = V W$_1$   (M × K)")

    axis.plot([105, 105], [3, _HEIGHT - 3], color=style.FAINT, linewidth=0.8)
    _heading(axis, 3, "c", "Autoencoder (AE-NMF)", MODEL_COLOURS["aenmf"], "2KN parameters", 172, left=110)
    _network(axis, 108, 172, 11, 73)
    lines = (
        "every channel is one example: M examples of N features",
        "no biases, identity activations, weights enter as |·|",
        "W$_1$ = |W$_{enc}$|  and  W$_2$ = |W$_{dec}$|:  the model of C-NMF",
    )
    for i, line in enumerate(lines):
        weight = "bold" if i == 2 else "normal"
        axis.text(140, 80 + 4.8 * i, line, fontsize=6.2, ha="center", va="center", fontweight=weight)
    return figure


def _heading(
    axis: Axes, top: float, letter: str, text: str, colour: str, note: str, right: float, left: float = 2
) -> None:
    axis.text(left, top, letter, fontsize=9, fontweight="bold", va="top")
    axis.text(left + 4, top + 0.1, text, fontsize=8, fontweight="bold", va="top", color=colour)
    axis.text(right, top + 0.4, note, fontsize=6.2, va="top", ha="right", color=style.MUTED)


def _sign(axis: Axes, x: float, y: float, sign: str) -> None:
    axis.text(x, y, sign, fontsize=12, ha="center", va="center")


def _block(
    axis: Axes,
    left: float,
    centre: float,
    width: float,
    height: float,
    values: np.ndarray,
    name: str,
    size: str,
    meaning: str,
    by: str = "",
) -> None:
    """A matrix as a block of shaded cells; ``by`` says whether columns or rows have the colours of signatures."""
    top = centre - height / 2
    rows, columns = values.shape
    deep, wide = height / rows, width / columns
    shades = values / values.max()
    cells, fills = [], []
    for (i, j), shade in np.ndenumerate(shades):
        x, y = left + j * wide, top + i * deep
        colour = _DATA if not by else _SIGNATURE_COLOURS[j if by == "column" else i]
        cells.append([(x, y), (x + wide, y), (x + wide, y + deep), (x, y + deep)])
        fills.append(tint(colour, 0.94 - 0.86 * float(shade)))
    axis.add_collection(PolyCollection(cells, facecolors=fills, edgecolors="white", linewidths=0.3), autolim=False)
    axis.add_patch(Rectangle((left, top), width, height, facecolor="none", edgecolor=style.INK, linewidth=0.8))
    middle = left + width / 2
    axis.text(middle, top - 1.2, name, fontsize=8, fontweight="bold", ha="center", va="bottom")
    axis.text(middle, top + height + 1.4, size, fontsize=6.5, ha="center", va="top")
    if meaning:
        axis.text(middle, top + height + 4.8, meaning, fontsize=6.5, ha="center", va="top", color=style.MUTED)


def _brace(axis: Axes, left: float, right: float, y: float, text: str) -> None:
    axis.plot([left, left, right, right], [y - 1, y, y, y - 1], color=style.INK, linewidth=0.8)
    axis.text((left + right) / 2, y + 1, text, fontsize=6.5, ha="center", va="top")


def _network(axis: Axes, left: float, right: float, top: float, bottom: float) -> None:
    """Input and output layers of N patients, a hidden layer of K signatures, all connected."""
    layers = {"in": left + 9, "hidden": (left + right) / 2, "out": right - 9}
    patients = np.linspace(top + 10, bottom - 14, 7)
    hidden = np.linspace(top + 19, bottom - 23, 3)
    shown = [y for i, y in enumerate(patients) if i != 5]
    for y in shown:
        for z, colour in zip(hidden, _SIGNATURE_COLOURS, strict=True):
            for a, b in ((layers["in"], layers["hidden"]), (layers["hidden"], layers["out"])):
                ends = [y, z] if a < layers["hidden"] else [z, y]
                axis.plot([a, b], ends, color=tint(colour, 0.4), linewidth=0.6, zorder=1)
    for where in ("in", "out"):
        for y in shown:
            axis.add_patch(
                Circle((layers[where], y), 2.0, facecolor="#E3E6E9", edgecolor=_DATA, linewidth=0.8, zorder=2)
            )
        axis.text(layers[where], patients[5], "⋮", fontsize=9, ha="center", va="center", color=_DATA)
    for z, colour in zip(hidden, _SIGNATURE_COLOURS, strict=True):
        axis.add_patch(
            Circle(
                (layers["hidden"], z), 2.3, facecolor=tint(colour, 0.25), edgecolor=style.INK, linewidth=0.8, zorder=2
            )
        )
    between = ((layers["in"] + layers["hidden"]) / 2, (layers["hidden"] + layers["out"]) / 2)
    for x, name, size in ((between[0], "|W$_{enc}$|", "N × K"), (between[1], "|W$_{dec}$|", "K × N")):
        axis.text(x, top + 3.0, name, fontsize=8, fontweight="bold", ha="center", va="center")
        axis.text(x, top + 6.8, size, fontsize=6.5, ha="center", va="center")
    under = {
        "in": ("row of V", "N patients"),
        "hidden": ("row of H", "K signatures"),
        "out": ("row of V̂", "N patients"),
    }
    for where, (what, count) in under.items():
        axis.text(layers[where], bottom - 8.5, what, fontsize=6.5, ha="center", va="center")
        axis.text(layers[where], bottom - 4.8, count, fontsize=6.5, ha="center", va="center", color=style.MUTED)
