"""One number of each of several cancers, with its standard error, put together: a mean, how far the cancers differ, and by what.

The cancers have different patients and are independent. Splits of one cancer are not, which its standard error has to allow for
before it comes here (:mod:`aenmf.evaluation.resampled`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special
from scipy.optimize import brentq

from aenmf.evaluation.resampled import Mean
from aenmf.evaluation.statistics import CONFIDENCE


@dataclass(frozen=True)
class Pooled:
    """A random-effects mean.

    Attributes:
        mean: of the cancers; its standard error is that of Hartung and Knapp.
        q: weighted squares about the fixed-effect mean (Cochran 1954).
        tau: standard deviation between cancers, by Paule and Mandel.
        weights: of each cancer, 1 / (s² + τ²).
    """

    mean: Mean
    q: float
    tau: float
    weights: np.ndarray

    @property
    def i2(self) -> float:
        """Share of the spread of the cancers that is not within them (Higgins and Thompson 2002)."""
        return max(0.0, 1 - (self.mean.n - 1) / self.q) if self.q > 0 else 0.0

    def new(self, confidence: float = CONFIDENCE) -> tuple[float, float]:
        """The interval in which another cancer is expected: t with n − 2 degrees of freedom (Higgins et al. 2009)."""
        spread = float(np.hypot(self.tau, self.mean.error))
        reach = float(special.stdtrit(self.mean.n - 2, 0.5 + confidence / 2)) * spread
        return self.mean.value - reach, self.mean.value + reach


def pooled(values: ArrayLike, errors: ArrayLike) -> Pooled:
    """The random-effects mean of several cancers.

    The variance τ² between cancers is the one for which Σ w (y − μ)² = k − 1, with w = 1/(s² + τ²) and μ the mean of the values y
    weighted by w, or 0 where the sum is smaller even then (Paule and Mandel 1982). The estimate in closed form (DerSimonian and
    Laird 1986) weights the cancers by 1/s² alone. It comes out far too small where one of them is known much better than the
    others, which is so here. The variance of μ is Σ w (y − μ)² / ((k − 1) Σ w), and its t distribution has k − 1 degrees of
    freedom (Hartung and Knapp 2001).

    Args:
        values: y, one of each of k cancers.
        errors: s, their standard errors, all finite and positive.

    Raises:
        ValueError: fewer than three cancers, or an error that is no standard error.
    """
    y, s = np.asarray(values, dtype=float), np.asarray(errors, dtype=float)
    k = len(y)
    if k < 3 or not (np.isfinite(y).all() and np.isfinite(s).all() and (s > 0).all()):
        raise ValueError("at least three finite values with positive standard errors are needed")

    def squares(tau2: float) -> float:
        w = 1 / (s**2 + tau2)
        return float(w @ (y - w @ y / w.sum()) ** 2)

    q, tau2 = squares(0.0), 0.0
    if q > k - 1:
        # At the upper end every weight is below 1/τ², so that the sum is below Σ (y − ȳ)² / τ² ≤ k − 1.
        tau2 = float(brentq(lambda t: squares(t) - (k - 1), 0.0, float(np.var(y, ddof=1)) + 1e-300, xtol=1e-14))
    w = 1 / (s**2 + tau2)
    mean = float(w @ y / w.sum())
    error = float(np.sqrt(w @ (y - mean) ** 2 / ((k - 1) * w.sum())))
    return Pooled(Mean(k, mean, error), q, float(np.sqrt(tau2)), w)


@dataclass(frozen=True)
class Followed:
    """What share of the weighted variance between cancers follows some predictors.

    Attributes:
        share: R² of all predictors together.
        chance: R² to be expected of as many predictors that say nothing: their number / (k − 1).
        lost: by how much R² falls without each predictor; small for two that say the same.
    """

    share: float
    chance: float
    lost: dict[str, float]


def followed(values: ArrayLike, weights: ArrayLike, predictors: Mapping[str, ArrayLike]) -> Followed | None:
    """Weighted least squares of one number of each cancer on facts about the cancers.

    Returns:
        None for fewer than two cancers per coefficient, of which nothing can be said.
    """
    y, w = np.asarray(values, dtype=float), np.asarray(weights, dtype=float)
    columns = {name: np.asarray(column, dtype=float) for name, column in predictors.items()}
    if len(y) < 2 * (len(columns) + 1):
        return None
    share = _r2(y, w, list(columns.values()))
    lost = {name: share - _r2(y, w, [c for other, c in columns.items() if other != name]) for name in columns}
    return Followed(share, len(columns) / (len(y) - 1), lost)


def _r2(y: np.ndarray, weights: np.ndarray, columns: list[np.ndarray]) -> float:
    """Share of the weighted variance of y that a linear function of some columns has; nan where y does not vary."""
    root = np.sqrt(weights / weights.sum())
    centred = [(column - root**2 @ column) * root for column in (y, *columns)]
    total = float(centred[0] @ centred[0])
    design = np.column_stack(centred[1:]) if columns else np.zeros((len(y), 0))
    fitted = design @ np.linalg.lstsq(design, centred[0], rcond=1e-10)[0]
    return 1 - float(np.square(centred[0] - fitted).sum()) / total if total > 0 else np.nan
