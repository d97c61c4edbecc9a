"""How numbers and models are written: the one place for digits, exponents and the names that readers know."""

from __future__ import annotations

import math
from collections.abc import Sequence

MISSING = "–"
MODEL_TITLES = {"nmf": "NMF", "cnmf": "C-NMF", "aenmf": "AE-NMF"}
"""The paper's models as they are shown."""


def error(value: float) -> str:
    """An error to 3 significant digits, plain from 0.01 up to 100 and like ``1.05e2`` otherwise: ``error(0.0833)``."""
    if value is None or math.isnan(value):
        return MISSING
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if value == 0:
        return "0"
    mantissa, exponent = f"{value:.2e}".split("e")
    if -2 <= int(exponent) < 2:
        return f"{value:.{2 - int(exponent)}f}"
    return f"{mantissa}e{int(exponent)}"


def cosine(value: float) -> str:
    """A cosine similarity to 2 decimals, as the paper writes it. Not rounded up to 1: 0.997 is ``>0.99``."""
    if value is None or math.isnan(value):
        return MISSING
    return ">0.99" if 0.995 <= value < 1 else f"{value:.2f}"


def similarity(value: float) -> str:
    """A mean cosine similarity to 3 decimals, where methods differ by little."""
    return MISSING if value is None or math.isnan(value) else f"{value:.3f}"


def decimals(value: float, places: int = 3) -> str:
    """A number with so many decimals, and no minus sign before a zero."""
    return f"{round(value, places) + 0.0:.{places}f}"


def fixed(value: float, places: int) -> str:
    """A number with so many decimals, where there is one."""
    return MISSING if value is None or math.isnan(value) else decimals(value, places)


def ratio(value: float, decimals: int = 3) -> str:
    """A ratio of errors to 3 decimals from 0.1 up to 10, and as an error otherwise: ``0.624``, ``0.0410``."""
    if value is None or math.isnan(value):
        return MISSING
    return f"{value:.{decimals}f}" if 0.1 <= abs(value) < 10 else error(value)


def interval(value: float, low: float, high: float) -> str:
    """A ratio with its interval: ``0.887 (0.845 to 0.925)``, and without it where there is none."""
    bounds = "" if math.isnan(low) or math.isnan(high) else f" ({ratio(low)} to {ratio(high)})"
    return ratio(value) + bounds


def p_value(value: float) -> str:
    """A p-value: 3 decimals, or 2 significant digits below 0.001."""
    if value is None or math.isnan(value):
        return MISSING
    if value >= 0.001:
        return f"{value:.3f}"
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def share(part: int, whole: int) -> str:
    """A count out of another, and in per cent: ``29/30, 96.7 %``. Only all of it is 100 %."""
    per_cent = 100 * part / whole if whole else math.nan
    shown = f"{per_cent:.0f}" if part in (0, whole) else f"{min(max(per_cent, 0.1), 99.9):.1f}"
    return f"{part}/{whole}, {shown} %" if whole else MISSING


def change(ratio_of_losses: float) -> str:
    """How far a ratio is from 1, in per cent with a sign: ``+40 %``, ``−5.0 %``, ``−0.009 %``, and ``0 %`` below 0.001 %."""
    if ratio_of_losses is None or math.isnan(ratio_of_losses):
        return MISSING
    value = 100 * (ratio_of_losses - 1)
    if abs(value) < 1e-3:
        return "0 %"
    decimals = min(3, max(0, 1 - math.floor(math.log10(abs(value)))))
    return f"{value:+.{decimals}f} %".replace("-", "−")


def without_shared_words(titles: Sequence[str]) -> list[str]:
    """Titles without the first words that all of several share: ``["PCAWG Liver", "PCAWG Skin"]`` → ``["Liver", "Skin"]``."""
    words = [title.split() for title in titles]
    while len(words) > 1 and all(len(of_one) > 1 and of_one[0] == words[0][0] for of_one in words):
        words = [of_one[1:] for of_one in words]
    return [" ".join(of_one) for of_one in words]


def counted(number: int | str, noun: str) -> str:
    """A number, or numbers in words, with a noun in the plural unless it is one: ``counted(1, "split") == "1 split"``."""
    return f"{number} {noun}{'' if str(number) == '1' else 's'}"
