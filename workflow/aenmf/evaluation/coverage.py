"""How often the intervals that a method gives for exposures hold the true ones."""

from __future__ import annotations

import numpy as np
from scipy.stats import poisson

from aenmf.evaluation.matching import match
from aenmf.problem import Fit

LEVEL = 0.95
COLUMNS = ["cohort", "method", "loss", "split", "acs", "own", "refitted", "relative_width"]


def covered(true: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> float:
    """Share of the true exposures (K, N) between their bounds."""
    return float(((lower <= true) & (true <= upper)).mean())


def coverage(signatures: np.ndarray, exposures: np.ndarray, fit: Fit) -> dict[str, float]:
    """The coverage of a fit with ``lower`` and ``upper`` among its extras.

    Args:
        signatures, exposures: the true ones, (M, K) and (K, N).
        fit: of as many signatures; each true one is matched to one of them.

    Returns:
        ``acs``; ``own``, the share of the true exposures in the fit's own intervals; ``refitted``, the same for Poisson
        intervals about the refitted exposures to the same signatures; and ``relative_width``, the width of the fit's own
        intervals over that of intervals about the truth, all together.
    """
    matched = match(signatures, fit.signatures)
    true = exposures[matched.rows]
    lower, upper, refitted = (
        array[matched.columns] for array in (fit.extras["lower"], fit.extras["upper"], fit.exposures)
    )
    ends = ((1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0)
    about = [np.maximum(poisson.ppf(end, refitted), 0.0) for end in ends]
    ideal = [np.maximum(poisson.ppf(end, true), 0.0) for end in ends]
    width = float((upper - lower).sum() / (ideal[1] - ideal[0]).sum())
    return {
        "acs": float(matched.cosines.mean()),
        "own": covered(true, lower, upper),
        "refitted": covered(true, *about),
        "relative_width": width,
    }
