"""Every colour of every figure: per method, per COSMIC signature, per cluster, and the field's six for substitutions.

A colour is a ``#RRGGBB`` string and depends only on the name it stands for, never on what else is in a figure. The
palettes are ordered so that any leading part of them stays apart for readers with normal vision and with red-green
colour blindness alike; :func:`colour_distance` is the measure, and the tests hold the palettes to it.
"""

from __future__ import annotations

import re
import zlib
from functools import cache

import numpy as np

SUBSTITUTION_COLOURS = {
    "C>A": "#03BCEE",
    "C>G": "#010101",
    "C>T": "#E32926",
    "T>A": "#CAC9C9",
    "T>C": "#A1CE63",
    "T>G": "#EBC6C4",
}
"""The colours in which mutation profiles are drawn throughout the field."""

MODEL_COLOURS = {
    "nmf": "#0072B2",
    "cnmf": "#2FA58F",
    "aenmf": "#D55E00",
    "dsae": "#AA3377",
    "musexae": "#F0B323",
    "sklearn": "#7CC8F2",
    "bootstrap": "#444444",
}
_FAMILIES = ("dsae", "musexae", "sklearn", "bootstrap")
SPARE_MODEL_COLOURS = ("#5A1EA5", "#C378FF", "#963C00", "#00D795", "#FF69B4", "#7869E1")
"""For models that are not in :data:`MODEL_COLOURS`, such as a user's own."""

CLUSTER_COLOURS = (
    "#5A0078", "#78F078", "#960000", "#78D2F0", "#0000F0", "#7896F0",
    "#B4B400", "#005A5A", "#00D296", "#0000B4", "#B43C00", "#3C7878",
)  # fmt: skip
"""Found by farthest-point search in OKLab with the colours of NMF, C-NMF and AE-NMF as obstacles: none may read as a method."""
CLUSTER_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", "p", ">", "h", "d")

# In the order of this table: first the signatures that de novo extraction in ovary, prostate, uterus and Scenario 8
# brings up, most frequent first, because the head of the palette is the easiest to tell apart. Nine colours by hand
# (Okabe-Ito and Tol), the others by farthest-point search in OKLab under normal, deuteranope and protanope vision.
_SIGNATURE_TABLE = """
SBS40a #0072B2   SBS5 #E69F00     SBS3 #009E73     SBS44 #D55E00    SBS10a #56B4E9   SBS1 #F0E442     SBS6 #882255
SBS10c #332288   SBS10d #FFB6C9   SBS56 #A569F0    SBS20 #5A5A00    SBS28 #FF69B4    SBS10b #69D287   SBS17b #B4F0FF
SBS33 #5A3CC3    SBS26 #965A5A    SBS13 #87FFB4    SBS36 #B43C96    SBS14 #B4C3FF    SBS2 #3C4B78     SBS40c #781E00
SBS8 #A5A569     SBS18 #B41E2D    SBS40b #8796FF   SBS9 #B4D20F     SBS15 #D27887    SBS92 #872D96    SBS57 #78873C
SBS12 #00E1D2    SBS30 #0FA5B4    SBS31 #6969D2    SBS39 #007878    SBS37 #FFD287    SBS17a #967896   SBS4 #1E4B4B
SBS16 #A55A00    SBS21 #5AC33C    SBS7a #FFA578    SBS7b #5A96D2    SBS7c #0F693C    SBS7d #D2A5A5    SBS11 #D296D2
SBS19 #D2C3A5    SBS22a #E14B96   SBS22b #C3871E   SBS23 #3C87FF    SBS24 #784B69    SBS25 #E15A5A    SBS27 #A54BC3
SBS29 #78E1F0    SBS32 #5A1EA5    SBS34 #E196FF    SBS35 #C378E1    SBS38 #8778C3    SBS41 #A5F0D2    SBS42 #69F087
SBS43 #960078    SBS45 #5A3C2D    SBS46 #A54B78    SBS47 #4B8769    SBS48 #875AA5    SBS49 #87693C    SBS50 #4B4BA5
SBS51 #3CC396    SBS52 #691E69    SBS53 #87C3E1    SBS54 #D2D269    SBS55 #A5C369    SBS58 #D22D5A    SBS59 #3C6987
SBS60 #0F69E1    SBS84 #87A54B    SBS85 #FF7887    SBS86 #5AB4C3    SBS87 #874B3C    SBS88 #A5E1A5    SBS89 #9696C3
SBS90 #00A52D    SBS91 #B487A5    SBS93 #96002D    SBS94 #FFC3F0    SBS95 #A5FF78    SBS96 #1E87B4    SBS97 #A51E5A
SBS98 #3C3C87    SBS99 #963C00
"""
SIGNATURE_COLOURS = dict(zip(_SIGNATURE_TABLE.split()[::2], _SIGNATURE_TABLE.split()[1::2], strict=True))
"""COSMIC v3.4 signature name → colour."""

# Undivided names, of older COSMIC versions and of other libraries, take the colour of their most frequent successor.
_SUCCESSOR = {"SBS7": "SBS7a", "SBS10": "SBS10a", "SBS17": "SBS17b", "SBS22": "SBS22a", "SBS40": "SBS40a"}


def signature_colour(name: str) -> str:
    """The colour of a reference signature.

    COSMIC names have their own colour. Other names, such as ``GEL-Ovary_common_SBS1+18``, have the mean of those of
    the COSMIC signatures they mention; ``_b`` variants are darker. A name that mentions none still has one colour.
    """
    if name in SIGNATURE_COLOURS:
        return SIGNATURE_COLOURS[name]
    mentioned = re.search(r"SBS(\d+[a-d]?(?:\+\d+[a-d]?)*)", name)
    parts = [f"SBS{number}" for number in mentioned.group(1).split("+")] if mentioned else []
    known = [
        SIGNATURE_COLOURS[cosmic] for cosmic in (_SUCCESSOR.get(p, p) for p in parts) if cosmic in SIGNATURE_COLOURS
    ]
    if not known:
        return list(SIGNATURE_COLOURS.values())[zlib.crc32(name.encode()) % len(SIGNATURE_COLOURS)]
    mean = _hex(np.mean([rgb(colour) for colour in known], axis=0))
    return shade(mean, 0.35) if re.search(r"_[b-z]$", name) else mean


def cluster_style(position: int) -> tuple[str, str]:
    """Colour and marker of the cluster at a position counted from 1; beyond 12 colours repeat with another marker."""
    lap, i = divmod(position - 1, len(CLUSTER_COLOURS))
    return CLUSTER_COLOURS[i], CLUSTER_MARKERS[(i + 5 * lap) % len(CLUSTER_MARKERS)]


def rgb(colour: str) -> np.ndarray:
    """``#RRGGBB`` as three numbers in [0, 1]."""
    return np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])


def _hex(values: np.ndarray) -> str:
    return "#" + "".join(f"{round(float(v) * 255):02X}" for v in np.clip(values, 0, 1))


def tint(colour: str, amount: float) -> str:
    """The colour mixed with white: 0 leaves it, 1 is white. Solid, so that overlaps do not darken."""
    return _hex(rgb(colour) * (1 - amount) + amount)


def shade(colour: str, amount: float) -> str:
    """The colour mixed with black: 0 leaves it, 1 is black."""
    return _hex(rgb(colour) * (1 - amount))


def _linear(colour: str) -> np.ndarray:
    c = rgb(colour)
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def contrast(a: str, b: str) -> float:
    """WCAG contrast ratio of two colours, 1 to 21."""
    low, high = sorted(float(_linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (a, b))
    return (high + 0.05) / (low + 0.05)


@cache
def text_colour(background: str) -> str:
    """Black or white, whichever reads better on the background."""
    return max(("#000000", "#FFFFFF"), key=lambda ink: contrast(ink, background))


# Machado, Oliveira & Fernandes (2009), complete dichromacy, on linear RGB.
_VISION = {
    "normal": np.eye(3),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
}
# Ottosson (2020), linear RGB → cone responses → OKLab.
_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_OKLAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def colour_distance(a: str, b: str, vision: str = "normal") -> float:
    """Distance of two colours in OKLab as seen with ``normal`` vision, ``deuteranopia`` or ``protanopia``.

    About 0.02 is just noticeable side by side; black and white are 1 apart.
    """
    return float(np.linalg.norm(_seen(a, vision) - _seen(b, vision)))


@cache
def _seen(colour: str, vision: str) -> np.ndarray:
    """A colour in OKLab; few colours are compared again and again for every figure."""
    return _OKLAB @ np.cbrt(_CONES @ np.clip(_VISION[vision] @ _linear(colour), 0, 1))


@cache
def least_distance(a: str, b: str) -> float:
    """The smallest distance of two colours over the visions considered."""
    return min(colour_distance(a, b, vision) for vision in _VISION)


def model_colours(entries: dict[str, str]) -> dict[str, str]:
    """The colour of every method entry of a configuration.

    Args:
        entries: entry name → model name, all entries of the configuration so that a colour is the same everywhere.

    Returns:
        Entry name → colour. The entry named like its model, else the first entry of that model, has the model's colour;
        further entries of the model get the tint or shade of it that differs most from every colour already given.
    """
    base = _base_colours(sorted(set(entries.values())))
    first = {model: name for name, model in reversed(entries.items())}
    first.update({model: model for model in base if entries.get(model) == model})
    colours = {name: base[model] for name, model in entries.items() if first[model] == name}
    for name, model in entries.items():
        if name not in colours:
            tones = [tint(base[model], 0.45), shade(base[model], 0.4), tint(base[model], 0.65), shade(base[model], 0.6)]
            taken = set(colours.values())
            colours[name] = max(tones, key=lambda tone: min(least_distance(tone, other) for other in taken))
    return {name: colours[name] for name in entries}


def _base_colours(models: list[str]) -> dict[str, str]:
    """One colour per model: its own, that of its family (``sklearn-nmf``), or a spare one that its name chooses."""
    plain = {model: re.sub(r"[^a-z0-9]", "", model.lower()) for model in models}
    base = {model: MODEL_COLOURS[plain[model]] for model in models if plain[model] in MODEL_COLOURS}
    for model in models:
        family = next((name for name in _FAMILIES if plain[model].startswith(name)), "")
        if model not in base and family and MODEL_COLOURS[family] not in base.values():
            base[model] = MODEL_COLOURS[family]
    for model in (m for m in models if m not in base):
        start = zlib.crc32(model.encode()) % len(SPARE_MODEL_COLOURS)
        turns = [SPARE_MODEL_COLOURS[(start + i) % len(SPARE_MODEL_COLOURS)] for i in range(len(SPARE_MODEL_COLOURS))]
        base[model] = next((colour for colour in turns if colour not in base.values()), turns[0])
    return base
