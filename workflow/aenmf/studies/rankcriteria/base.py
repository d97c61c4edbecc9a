"""What a criterion of the number of signatures is, and the rules and errors that several of them share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from aenmf.losses import FROBENIUS, NEGATIVE_BINOMIAL, needed, negative_binomial_cells
from aenmf.problem import Fit, Problem
from aenmf.seeds import Seed

ERROR = "error"
"""The quantity of the criteria that measure one only."""

HALF = 0.5
"""Mutations that a signature gives every channel where new counts are predicted (Krichevsky & Trofimov 1981)."""

Row = tuple[int, int, str, float]
"""Rank, resample, quantity and value."""

Quantities = Mapping[str, pd.DataFrame]
"""The values of each quantity: a row per resample, a column per rank."""


@dataclass(frozen=True)
class Task:
    """What a criterion is measured on.

    Attributes:
        catalogue: (M, N) counts.
        loss: the loss that is minimised.
        ranks: the numbers of signatures that are tried.
        resamples: folds, samples or starts, as the criterion says.
        seed: the cohort's stream.
        fit: fits some problems of one loss.
        dispersion: (N,) of the patients, for the loss that needs it.
    """

    catalogue: np.ndarray
    loss: str
    ranks: Sequence[int]
    resamples: int
    seed: Seed
    fit: Callable[[list[Problem]], list[Fit]]
    dispersion: np.ndarray | None = None

    def problem(
        self, catalogue: np.ndarray, rank: int, resample: str, patients: np.ndarray | slice = slice(None)
    ) -> Problem:
        """A problem whose stream is named by its resample and rank; ``patients`` are the catalogue's own."""
        seed = self.seed.child(resample, f"rank {rank}")
        return Problem(np.ascontiguousarray(catalogue), rank, self.loss, seed, self.dispersion_of(patients))

    def dispersion_of(self, patients: np.ndarray | slice = slice(None)) -> np.ndarray | None:
        """The dispersion of some patients, or None for a loss without."""
        return None if self.dispersion is None else self.dispersion[patients]

    def errors(
        self, observed: np.ndarray, predicted: np.ndarray, patients: np.ndarray | slice = slice(None)
    ) -> np.ndarray:
        """The error (N,) of each of some patients in the measure of the loss, see :func:`patient_errors`."""
        return patient_errors(self.loss, observed, predicted, self.dispersion_of(patients))


@dataclass(frozen=True)
class Criterion:
    """A way to choose the number of signatures, in sentences and in code.

    Attributes:
        title: in tables and figures.
        measures: what is measured for every rank and resample.
        rule: how the rank is chosen from that.
        reference: where it comes from.
        values: measures.
        choose: the rank chosen.
        resampled: whether the rule takes means over resamples, so that drawing these again gives an interval.
        again: what it would choose from less, where it does not take means; the interval then holds all of these.
        best: the number from which more signatures no longer help; a growing range has to end well above it. Without one, a
            range cannot grow.
        beyond: so many numbers above the best one have to be tried before a growing range may end.
    """

    title: str
    measures: str
    rule: str
    reference: str
    values: Callable[[Task], list[Row]]
    choose: Callable[[Quantities], int]
    resampled: bool = True
    again: Callable[[Quantities], list[int]] | None = None
    best: Callable[[Quantities], int] | None = None
    beyond: int = 3

    @property
    def description(self) -> str:
        """What is measured, how the rank is chosen, and where that comes from."""
        return f"{self.measures} {self.rule} {self.reference}."


def paired_one_standard_error(found: Quantities) -> int:
    """The smallest rank at most one standard error above the one of the lowest mean, both of the differences between them.

    Differences within a resample leave out what its fits have in common, which is most of the spread of the errors.
    """
    table = found[ERROR]
    excess = table.sub(table[table.mean().idxmin()], axis=0)
    return int(table.columns[(excess.mean() <= excess.sem()).to_numpy()].min())


def lowest_mean(found: Quantities) -> int:
    """The rank of the lowest mean error."""
    return int(found[ERROR].mean().idxmin())


def smoothed(signatures: np.ndarray, exposures: np.ndarray) -> np.ndarray:
    """Signatures (M, K) with half a mutation more in every channel: a channel never seen would make the loss infinite."""
    totals = exposures.sum(axis=1)
    return signatures + np.divide(HALF, totals, out=np.zeros_like(totals), where=totals > 0)


def covered(exposures: np.ndarray) -> np.ndarray:
    """Exposures (K, N) with half a mutation for patients who have none in what is known: others of theirs may be left out."""
    return np.where(exposures.sum(axis=0) > 0, exposures, HALF / len(exposures))


def patient_errors(
    loss: str, observed: np.ndarray, predicted: np.ndarray, dispersion: np.ndarray | None = None
) -> np.ndarray:
    """The error (N,) of every patient: the sum of squares for ``frobenius``, the deviance of the noise otherwise."""
    from scipy.special import kl_div

    if loss == FROBENIUS:
        return np.square(observed - predicted).sum(axis=0)
    if loss == NEGATIVE_BINOMIAL:
        return 2.0 * negative_binomial_cells(observed, predicted, np.asarray(needed(dispersion))).sum(axis=0)
    return 2.0 * kl_div(observed, predicted).sum(axis=0)
