"""How numbers and models are written: the one place for digits, exponents and the names that readers know."""

from __future__ import annotations

import math

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


def ratio(value: float, decimals: int = 3) -> str:
    """A ratio of errors to 3 decimals from 0.1 up to 10, and as an error otherwise: ``0.624``, ``0.0410``."""
    if value is None or math.isnan(value):
        return MISSING
    return f"{value:.{decimals}f}" if 0.1 <= abs(value) < 10 else error(value)


def p_value(value: float) -> str:
    """A p-value: 3 decimals, or 2 significant digits below 0.001."""
    if value is None or math.isnan(value):
        return MISSING
    if value >= 0.001:
        return f"{value:.3f}"
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa}e{int(exponent)}"
