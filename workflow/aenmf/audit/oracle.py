"""What the recovered splits say: errors of every published fit, who trained it and how surely, and bounds.

A recovered cohort is kept as named arrays (:func:`arrays_of`), so that later steps need neither the archive nor the
recovery: ``catalogue`` (96, N), ``samples`` (N,), ``patients`` (S, n) positions of the training patients of every split in
the order of the published columns, and per method ``signatures_<method>`` (S, 96, K) and ``exposures_<method>``
(S, K, n), rows in the order of the signatures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from aenmf.audit.recovery import EXACT, Recovery, held_out, recover
from aenmf.data.published import Blemish, PublishedCohort
from aenmf.evaluation.fits import reconstruct
from aenmf.losses import FROBENIUS, mse
from aenmf.solvers.refit import refit

ERRORS = ["cohort", "split", "method", "train_mse", "test_mse", "row_order"]
SPLITS = ["cohort", "split", "column", "sample", "certainty", "identified_by", "misfit", "alternatives"]
BOUNDS = ["cohort", "split", "method", "set", "low", "value", "high"]
CERTAINTY = [
    *("cohort", "split", "columns", "exact", "certain", "with_alternatives", "most_alternatives", "mean_misfit"),
]  # fmt: skip
HELD_OUT = ["cohort", "split", "method", "known", "same_patient", "not_ruled_out"]


@dataclass(frozen=True)
class Recovered:
    """All splits of a cohort, recovered.

    Attributes:
        cohort: the published fits.
        catalogue: (96, N) counts, patients in the order of ``samples``.
        samples: names of the N patients.
        recoveries: by split.
        checks: rows of the held-out test, see :func:`aenmf.audit.recovery.held_out`, by split.
    """

    cohort: PublishedCohort
    catalogue: np.ndarray
    samples: Sequence[str]
    recoveries: Mapping[int, Recovery]
    checks: Mapping[int, list[tuple[str, int, int, int]]]


def recover_cohort(cohort: PublishedCohort, catalogue: np.ndarray, samples: Sequence[str]) -> Recovered:
    """Recover every split of a cohort and test the recovery on its own data."""
    recoveries, checks = {}, {}
    for split in next(iter(cohort.fits.values())):
        fits = [of_method[split] for of_method in cohort.fits.values()]
        recoveries[split] = recover(catalogue, fits)
        checks[split] = held_out(catalogue, fits, recoveries[split])
    return Recovered(cohort, catalogue, list(samples), recoveries, checks)


def arrays_of(found: Recovered) -> dict[str, np.ndarray]:
    """The recovered cohort as arrays, see above."""
    splits = list(found.recoveries)
    arrays = {
        "catalogue": found.catalogue,
        "samples": np.array(found.samples),
        "splits": np.array(splits),
        "patients": np.stack([found.recoveries[split].patients for split in splits]),
    }
    for m, (method, fits) in enumerate(found.cohort.fits.items()):
        arrays[f"signatures_{method}"] = np.stack([fits[split].signatures for split in splits])
        arrays[f"exposures_{method}"] = np.stack(
            [fits[split].exposures[found.recoveries[split].orders[m]] for split in splits]
        )
    return arrays


def splits_table(found: Recovered) -> pd.DataFrame:
    """The training patient of every published column.

    Returns:
        Columns ``SPLITS``. ``certainty``: ``exact`` (published exposures equal the patient's optimal ones to EXACT in
        the methods ``identified_by``), or ``joint`` (assigned by the best joint fit of all methods). ``misfit``: the
        smallest relative distance of reconstructions over methods; ``alternatives``: other patients not ruled out.
    """
    methods = list(found.cohort.fits)
    rows = []
    for split, recovery in found.recoveries.items():
        others = recovery.alternatives.sum(axis=1) - 1
        for column, patient in enumerate(recovery.patients):
            by = [name for m, name in enumerate(methods) if recovery.distances[m, column] < EXACT]
            certainty = "exact" if recovery.exact[column] else "joint"
            misfit = float(recovery.misfits[:, column].min())
            place = (found.cohort.cohort, split, column, found.samples[patient])
            rows.append((*place, certainty, " ".join(by), misfit, int(others[column])))
    return pd.DataFrame(rows, columns=SPLITS)


def certainty_table(found: Recovered) -> pd.DataFrame:
    """How certain every split is: columns ``CERTAINTY``; shares of columns lie between 0 and 1."""
    rows = []
    for split, recovery in found.recoveries.items():
        others = recovery.alternatives.sum(axis=1) - 1
        rows.append(
            (
                *(found.cohort.cohort, split, len(recovery.patients)),
                *(float(recovery.exact.mean()), float(recovery.certain.mean()), int((others > 0).sum())),
                *(int(others.max()), float(recovery.misfits.min(axis=0).mean())),
            )
        )
    return pd.DataFrame(rows, columns=CERTAINTY)


def held_out_table(found: Recovered) -> pd.DataFrame:
    """The test of the joint fit on columns that the method left out identifies exactly: columns ``HELD_OUT``."""
    rows = [(found.cohort.cohort, split, *row) for split, checks in found.checks.items() for row in checks]
    return pd.DataFrame(rows, columns=HELD_OUT)


def errors_table(found: Recovered) -> pd.DataFrame:
    """Train and test MSE of every published fit and its row order: columns ``ERRORS``.

    ``train_mse``: mean over cells of (V − S E)² on the training patients, exposures as published, in the right row
    order; ``test_mse``: the same on the other patients with their optimal exposures.
    """
    rows = []
    for m, (method, fits) in enumerate(found.cohort.fits.items()):
        for split, recovery in found.recoveries.items():
            fit, order = fits[split], recovery.orders[m]
            training = found.catalogue[:, recovery.patients]
            train = mse(training, reconstruct(fit.signatures, fit.exposures[order]))
            test = test_error(found.catalogue, recovery.patients, fit.signatures)
            rows.append((found.cohort.cohort, split, method, train, test, " ".join(map(str, order))))
    return pd.DataFrame(rows, columns=ERRORS)


def test_error(catalogue: np.ndarray, training: np.ndarray, signatures: np.ndarray) -> float:
    """MSE of the patients (columns of (96, N)) that are not in ``training`` (n,), refitted on the signatures (96, K)."""
    rest = np.ascontiguousarray(np.delete(catalogue, training, axis=1))
    return mse(rest, reconstruct(signatures, refit(FROBENIUS, rest, signatures)))


def bounds_table(found: Recovered) -> pd.DataFrame:
    """How far the errors could move if columns with alternatives had trained on other patients: columns ``BOUNDS``.

    Training: every such column takes the alternative that fits it best, or worst. Test: the patients that are somebody's
    alternative or assigned to such a column form a pool, of which as many as such columns train; those left for the
    test set are the ones with the smallest, or the largest, error. Both are wider than any one-to-one assignment allows.
    """
    rows = []
    for method, fits in found.cohort.fits.items():
        m = list(found.cohort.fits).index(method)
        for split, recovery in found.recoveries.items():
            fit = fits[split]
            values = _train_bounds(found.catalogue, fit.signatures, fit.exposures[recovery.orders[m]], recovery)
            rows.append((found.cohort.cohort, split, method, "train", *values))
            rows.append(
                (found.cohort.cohort, split, method, "test", *_test_bounds(found.catalogue, fit.signatures, recovery))
            )
    return pd.DataFrame(rows, columns=BOUNDS)


def _train_bounds(
    catalogue: np.ndarray, signatures: np.ndarray, exposures: np.ndarray, recovery: Recovery
) -> tuple[float, float, float]:
    fitted = reconstruct(signatures, exposures)
    low, value, high = [], [], []
    for column, patient in enumerate(recovery.patients):
        possible = np.flatnonzero(recovery.alternatives[column])
        errors = np.square(catalogue[:, possible] - fitted[:, [column]]).mean(axis=0)
        low.append(errors.min())
        high.append(errors.max())
        value.append(errors[possible == patient][0])
    return float(np.mean(low)), float(np.mean(value)), float(np.mean(high))


def _test_bounds(catalogue: np.ndarray, signatures: np.ndarray, recovery: Recovery) -> tuple[float, float, float]:
    errors = np.square(catalogue - reconstruct(signatures, refit(FROBENIUS, catalogue, signatures))).mean(axis=0)
    unsure = recovery.alternatives.sum(axis=1) > 1
    while True:  # whoever may lose a patient to another column is unsure too
        pool = recovery.alternatives[unsure].any(axis=0)
        if np.array_equal(unsure, unsure | pool[recovery.patients]):
            break
        unsure = unsure | pool[recovery.patients]
    sure_test = ~pool
    sure_test[recovery.patients] = False
    in_test = np.ones(catalogue.shape[1], dtype=bool)
    in_test[recovery.patients] = False
    n_test, open_places = int(in_test.sum()), int(pool.sum() - unsure.sum())
    ordered, fixed = np.sort(errors[pool]), errors[sure_test].sum()
    low, high = ordered[:open_places].sum(), ordered[len(ordered) - open_places :].sum()
    return float((fixed + low) / n_test), float(errors[in_test].mean()), float((fixed + high) / n_test)


def order_blemishes(found: Recovered) -> list[Blemish]:
    """One blemish per file whose exposures are not in the order of its signatures."""
    blemishes = []
    for m, fits in enumerate(found.cohort.fits.values()):
        for split, recovery in found.recoveries.items():
            order = recovery.orders[m]
            if not np.array_equal(order, np.arange(len(order))):
                shown = " ".join(map(str, order))
                excess = f"the best other order has {1 + recovery.order_margins[m]:.3g} times the squared error"
                what = f"rows are in another order than the signatures: signature k has row [{shown}][k]; {excess}"
                blemishes.append(Blemish(fits[split].exposures_file, what, "put into the order of the signatures"))
    return blemishes
