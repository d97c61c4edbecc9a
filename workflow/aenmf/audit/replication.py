"""Fitting the published training sets again: the same patients, our solvers, several starts, and from the published point.

Fits are ranked by their loss. Starting points are drawn until the best fit is at or below the published loss, at least
``starts`` and at most ``most_starts`` of them. Besides, every published fit is *continued*: its own matrices are the
starting point of a converging solver, which ends at the optimum of the basin in which the authors stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import nnls

from aenmf.audit.oracle import test_error
from aenmf.evaluation.matching import match
from aenmf.losses import FROBENIUS, mse
from aenmf.methods.base import Method
from aenmf.methods.checked import checked_fits
from aenmf.methods.cnmf import polish
from aenmf.problem import Fit, Problem, Start
from aenmf.seeds import Seed
from aenmf.solvers.common import scale_signatures
from aenmf.solvers.nmf_hals import HALS

FITS = [
    *("cohort", "split", "fit", "published", "train_mse", "test_mse", "starts", "best_start", "first_train_mse"),
    *("converged", "kkt", "n_iter"),
]
COSINES = ["cohort", "split", "fit", "published", "signature", "cosine"]
CONTINUED = {"nmf": "continued_nmf", "cnmf": "continued_cnmf", "aenmf": "continued_aenmf"}
"""Published method → name of the fit continued from it."""


def replicate(
    arrays: Mapping[str, np.ndarray],
    cohort: str,
    name: str,
    method: Method,
    counterpart: str,
    seed: Seed,
    settings: Mapping[str, Any],
    tolerance: float,
    report: Callable[[str], None] = lambda line: None,
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, np.ndarray]]:
    """Fit every published training set of a cohort.

    Args:
        arrays: the recovered cohort, see :mod:`aenmf.audit.oracle`.
        cohort: its name.
        name: what the fits are called in the tables.
        method: the configured method.
        counterpart: the published method it is compared with.
        seed: stream of the starting points; each split and start has a child.
        settings: ``starts``, ``most_starts``, and ``splits``, how many splits are fitted.
        tolerance: relative excess over the published loss that counts as reaching it.
        report: called with a line of text after each split.

    Returns:
        A row per split (columns ``FITS``), a row per split and signature (``COSINES``, the cosine similarity to the
        matched published signature), and the signatures (S, 96, K) under ``signatures`` with ``splits`` (S,).
    """
    fits, cosines, kept = [], [], {}
    for s, split in enumerate(arrays["splits"].tolist()[: settings["splits"]]):
        catalogue = training_matrix(arrays, s)
        published = arrays[f"signatures_{counterpart}"][s]
        goal = mse(catalogue, published @ arrays[f"exposures_{counterpart}"][s]) * (1 + tolerance)
        best: Fit | None = None
        best_start = 0
        losses: list[float] = []
        while len(losses) < settings["most_starts"]:
            stream = seed.child(cohort, f"published split {split}", f"start {len(losses)}")
            problem = Problem(catalogue, published.shape[1], FROBENIUS, stream)
            fit = checked_fits(method, [problem])[0]
            losses.append(fit.objective)
            if best is None or fit.objective < best.objective:
                best, best_start = fit, len(losses) - 1
            if len(losses) >= settings["starts"] and best.objective <= goal:
                break
        assert isinstance(best, Fit)
        test = test_error(arrays["catalogue"], arrays["patients"][s], best.signatures)
        place = (cohort, split, name, counterpart)
        outcome = (best.objective, test, len(losses), best_start, losses[0], best.converged, best.kkt, best.n_iter)
        fits.append((*place, *outcome))
        cosines += [(*place, k, value) for k, value in enumerate(match(published, best.signatures).cosines)]
        kept[split] = best.signatures
        report(f"{cohort} {name} split {split}: loss {best.objective:.6g} of {len(losses)} starts")
    signatures = {"splits": np.array(list(kept)), "signatures": np.stack(list(kept.values()))}
    return pd.DataFrame(fits, columns=FITS), pd.DataFrame(cosines, columns=COSINES), signatures


def training_matrix(arrays: Mapping[str, np.ndarray], s: int) -> np.ndarray:
    """The counts (96, n) of the training patients of split number s, columns as published."""
    return np.ascontiguousarray(arrays["catalogue"][:, arrays["patients"][s]])


def continue_fits(
    arrays: Mapping[str, np.ndarray], cohort: str, report: Callable[[str], None] = lambda line: None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Continue every published fit of a cohort to the optimum of its basin: rows ``FITS`` and ``COSINES``.

    NMF goes on by HALS from the published signatures and exposures. For C-NMF and AE-NMF the weights are not published,
    but every signature is a non-negative combination of the training patients' counts: non-negative least squares finds
    one, and the exact blocks go on from there. ``first_train_mse`` is the loss at the starting point.
    """
    fits, cosines = [], []
    for s, split in enumerate(arrays["splits"].tolist()):
        catalogue = training_matrix(arrays, s)
        for method, name in CONTINUED.items():
            published, exposures = arrays[f"signatures_{method}"][s], arrays[f"exposures_{method}"][s]
            problem = Problem(catalogue, published.shape[1], FROBENIUS, Seed(0))
            if method == "nmf":
                start = Start(published, exposures, np.empty((catalogue.shape[1], 0)))
                solution = HALS.solve(problem, start, HALS.options())
                first = mse(catalogue, published @ exposures)
            else:
                weights = weights_of(catalogue, published)
                solution = polish(problem, weights, exposures)
                first = mse(catalogue, catalogue @ weights @ exposures)
            signatures, loadings, _ = scale_signatures(solution.signatures, solution.exposures)
            train = mse(catalogue, signatures @ loadings)
            test = test_error(arrays["catalogue"], arrays["patients"][s], signatures)
            place = (cohort, split, name, method)
            fits.append((*place, train, test, 1, 0, first, solution.converged, np.nan, solution.n_iter))
            cosines += [(*place, k, value) for k, value in enumerate(match(published, signatures).cosines)]
        report(f"{cohort} split {split} continued")
    return pd.DataFrame(fits, columns=FITS), pd.DataFrame(cosines, columns=COSINES)


def weights_of(catalogue: np.ndarray, signatures: np.ndarray) -> np.ndarray:
    """Non-negative weights A (n, K) with V A nearest to the signatures (96, K), by non-negative least squares."""
    sizes = catalogue.sum(axis=0)
    scaled = catalogue / np.where(sizes > 0, sizes, 1.0)
    columns = [nnls(scaled, signatures[:, k], maxiter=30 * scaled.shape[1])[0] for k in range(signatures.shape[1])]
    return np.stack(columns, axis=1) / np.where(sizes > 0, sizes, 1.0)[:, None]
