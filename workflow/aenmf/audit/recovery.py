"""Who trained a published split, and which row of its exposures belongs to which signature.

For fixed signatures the optimal exposures of a patient are a non-negative least-squares problem of that patient's counts
alone. In a converged fit the published exposures of a column therefore equal those of exactly one patient, and all three
methods of a split trained on the same patients in the same column order. So every column is compared with every patient
in all three methods at once, by the relative distance between the two reconstructions

    q = ‖S (e − x)‖ / min(‖S e‖, ‖S x‖),   e published, x the patient's optimal exposures,

(not of the exposures themselves, which near-collinear signatures leave undetermined; over the smaller of the two, so that
a patient with far more or far fewer mutations is far off), and the columns are assigned to
patients one-to-one at the smallest sum of log q (Hungarian method). A logarithm, because the methods stopped at very
different distances from their optimum: one exact match outweighs several rough ones.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.optimize import linear_sum_assignment

from aenmf.data.published import PublishedFit
from aenmf.losses import FROBENIUS
from aenmf.solvers.refit import refit

EXACT = 1e-3
"""Relative distance of exposures below which a column is identified exactly."""

LEAST_MISFIT = 1e-6
"""Relative distances are not told apart below this: digits of the two least-squares solvers."""

SLACK = float(np.log(100.0))
"""A patient whose sum of log q exceeds the assigned one's by less than this is an alternative that is not ruled out."""

MAX_RANK = 8
"""Row orders are compared exhaustively: 8! = 40,320."""

ORDER_TIE = 1e-2
"""Relative difference of squared errors up to which the row order of the file is kept; a wrong order costs a multiple."""

MAX_ROUNDS = 20


@dataclass(frozen=True)
class Recovery:
    """The training patients and row orders of one split with n training patients, out of N; M methods.

    Attributes:
        patients: (n,) position in the cohort's catalogue of the patient of every column.
        orders: (M, K) row of the exposures of every signature column, per method.
        order_margins: (M,) relative excess of the squared error with the best other row order; about 0 or less where
            signatures can be exchanged without effect.
        distances: (M, n) relative distance of the published exposures to the patient's optimal ones.
        misfits: (M, n) the same of the reconstructions: q.
        exact: (n,) whether ``distances`` is below EXACT in at least one method.
        margins: (n,) by how much the sum of log q of the best other patient exceeds the assigned one's.
        alternatives: (n, N) patients not ruled out for a column, the assigned one included.
    """

    patients: np.ndarray
    orders: np.ndarray
    order_margins: np.ndarray
    distances: np.ndarray
    misfits: np.ndarray
    exact: np.ndarray
    margins: np.ndarray
    alternatives: np.ndarray

    @property
    def certain(self) -> np.ndarray:
        """(n,) columns identified exactly for which every other patient is ruled out."""
        return self.exact & (self.alternatives.sum(axis=1) == 1)


def recover(catalogue: np.ndarray, fits: Sequence[PublishedFit]) -> Recovery:
    """Recover one split from the published fits of all methods, which share its training columns.

    Args:
        catalogue: (96, N) counts of the whole cohort.
        fits: one per method.
    """
    optimal = [refit(FROBENIUS, catalogue, fit.signatures) for fit in fits]
    patients, known = first_guess(fits, optimal)
    orders = [best_order(catalogue, fit, patients, known)[0] for fit in fits]
    for _ in range(MAX_ROUNDS):
        misfits = [
            pairwise_misfit(f.signatures, f.exposures[o], x) for f, o, x in zip(fits, orders, optimal, strict=True)
        ]
        assigned = assign(misfits)
        new = [best_order(catalogue, fit, assigned)[0] for fit in fits]
        settled = np.array_equal(assigned, patients) and all(
            np.array_equal(a, b) for a, b in zip(orders, new, strict=True)
        )
        patients, orders = assigned, new
        if settled:
            break
    return _describe(catalogue, fits, optimal, patients, orders)


def _describe(
    catalogue: np.ndarray,
    fits: Sequence[PublishedFit],
    optimal: Sequence[np.ndarray],
    patients: np.ndarray,
    orders: Sequence[np.ndarray],
) -> Recovery:
    columns = np.arange(len(patients))
    misfits, distances, order_margins = [], [], []
    for fit, order, exposures in zip(fits, orders, optimal, strict=True):
        published = fit.exposures[order]
        misfits.append(pairwise_misfit(fit.signatures, published, exposures))
        own = exposures[:, patients]
        distances.append(np.linalg.norm(published - own, axis=0) / np.maximum(np.linalg.norm(own, axis=0), 1e-300))
        order_margins.append(best_order(catalogue, fit, patients)[1])
    cost = total_cost(misfits)
    excess = cost - cost[columns, patients][:, None]
    exact = np.any(np.stack(distances) < EXACT, axis=0)
    others = excess.copy()
    others[columns, patients] = np.inf
    alternatives = excess < SLACK
    # A patient who is some column's exact match beyond doubt is no alternative for another column.
    settled = exact & (others.min(axis=1) >= SLACK)
    alternatives[:, patients[settled]] = False
    alternatives[columns, patients] = True
    return Recovery(
        patients=patients,
        orders=np.stack(orders),
        order_margins=np.array(order_margins),
        distances=np.stack(distances),
        misfits=np.stack([q[columns, patients] for q in misfits]),
        exact=exact,
        margins=others.min(axis=1),
        alternatives=alternatives,
    )


def first_guess(fits: Sequence[PublishedFit], optimal: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """A patient for every column before row orders are known, from each column's exposures sorted by size.

    Returns:
        The patients (n,), and which columns to trust (n,): those below EXACT, or the nearest half if these are fewer.
    """
    best, patients = np.zeros(0), np.zeros(0, int)
    for number, (fit, exposures) in enumerate(zip(fits, optimal, strict=True)):
        distance = _relative(np.sort(fit.exposures, axis=0), np.sort(exposures, axis=0))
        nearest, smallest = distance.argmin(axis=1), distance.min(axis=1)
        if number == 0:
            best, patients = smallest, nearest
        else:
            patients, best = np.where(smallest < best, nearest, patients), np.minimum(best, smallest)
    return patients, best <= max(EXACT, float(np.median(best)))


def best_order(
    catalogue: np.ndarray, fit: PublishedFit, patients: np.ndarray, use: np.ndarray | None = None
) -> tuple[np.ndarray, float]:
    """The row order with the least squared error, what the fit minimised; all K! orders are compared.

    The order of the file is kept where no other lowers the error by more than ORDER_TIE: signatures that are collinear
    or unused can be exchanged without any effect.

    Args:
        catalogue: (96, N).
        fit: the published fit.
        patients: (n,) patient of every column.
        use: (n,) columns to compare, each patient with the same weight; None: all, weighted as in the loss.

    Returns:
        The row of each signature column (K,), and the relative excess of the best other order's squared error.
    """
    k = fit.signatures.shape[1]
    if k > MAX_RANK:
        raise ValueError(f"row orders of {k} signatures cannot be compared exhaustively")
    observed, exposures = catalogue[:, patients], fit.exposures
    if use is not None:
        observed, exposures = observed[:, use], exposures[:, use]
        size = np.linalg.norm(observed, axis=0)
        size = np.where(size > 0, size, 1.0)
        observed, exposures = observed / size, exposures / size
    gram = np.einsum("ma,mb->ab", fit.signatures, fit.signatures)
    inner = np.einsum("an,bn->ab", exposures, exposures)
    cross = np.einsum("an,bn->ab", np.einsum("ma,mn->an", fit.signatures, observed), exposures)
    every = orders_of(k)
    losses = np.full(len(every), np.square(observed).sum())
    for a in range(k):
        losses -= 2 * cross[a, every[:, a]]
        for b in range(k):
            losses += gram[a, b] * inner[every[:, a], every[:, b]]
    best = int(losses.argmin())
    scale = max(losses[best], 1e-12 * np.square(observed).sum())
    if losses[0] - losses[best] <= ORDER_TIE * scale:
        best = 0
    others = np.delete(losses, best)
    return every[best], float((others.min() - losses[best]) / scale) if len(others) else np.inf


@cache
def orders_of(k: int) -> np.ndarray:
    """All K! orders, (K!, K), the identity first."""
    return np.array(list(itertools.permutations(range(k))))


def pairwise_misfit(signatures: np.ndarray, published: np.ndarray, optimal: np.ndarray) -> np.ndarray:
    """q of every published column (K, n) with every patient's optimal exposures (K, N): (n, N)."""
    # ‖S y‖ = ‖R y‖ with the K × K factor R of S = QR.
    factor = np.linalg.qr(signatures, mode="r")
    return _relative(factor @ published, factor @ optimal)


def _relative(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Distance of every column of ``first`` (K, n) to every one of ``second`` (K, N), over the smaller of their lengths."""
    smaller = np.minimum(np.linalg.norm(first, axis=0)[:, None], np.linalg.norm(second, axis=0)[None, :])
    squares = np.zeros(smaller.shape)
    for a, b in zip(first, second, strict=True):  # direct differences: a Gram formula would cancel below 1e-8
        squares += np.square(a[:, None] - b[None, :])
    return np.sqrt(squares) / np.maximum(smaller, 1e-300)


def total_cost(misfits: Sequence[np.ndarray]) -> np.ndarray:
    """Sum over methods of log q, from below cut off at LEAST_MISFIT: (n, N)."""
    return sum(np.log(np.maximum(q, LEAST_MISFIT)) for q in misfits)


def assign(misfits: Sequence[np.ndarray]) -> np.ndarray:
    """The one-to-one assignment of columns to patients at the least total cost: patient of every column (n,)."""
    return linear_sum_assignment(total_cost(misfits))[1]


def held_out(catalogue: np.ndarray, fits: Sequence[PublishedFit], found: Recovery) -> list[tuple[str, int, int, int]]:
    """A test on the data themselves: does the joint fit name the right patients where a method does so exactly?

    For each method the columns it identifies exactly are taken as known, and the assignment is repeated without it.

    Returns:
        Per method: its name, the number of columns known, how many of them the other methods assign alike, and for how
        many the known patient is not ruled out by them.
    """
    optimal = [refit(FROBENIUS, catalogue, fit.signatures) for fit in fits]
    misfits = [
        pairwise_misfit(fit.signatures, fit.exposures[order], x)
        for fit, order, x in zip(fits, found.orders, optimal, strict=True)
    ]
    rows = []
    for m, fit in enumerate(fits):
        known = np.flatnonzero(found.distances[m] < EXACT)
        rest = [q for i, q in enumerate(misfits) if i != m]
        assigned, cost = assign(rest), total_cost(rest)
        alike = int((assigned[known] == found.patients[known]).sum())
        excess = cost[known, found.patients[known]] - cost[known, assigned[known]]
        rows.append((fit.method, len(known), alike, int((excess < SLACK).sum())))
    return rows
