"""Choosing the number of signatures: error of out-of-bag patients over bootstrap samples (paper, Design: Rank)."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from aenmf.errors import UserError
from aenmf.losses import MEASURE_OF_LOSS, measure, measures_of
from aenmf.methods.base import Method
from aenmf.methods.checked import checked_fits
from aenmf.problem import Problem, Report
from aenmf.seeds import Seed
from aenmf.solvers.refit import refit


def bootstrap_sample(n_samples: int, bootstrap: int, seed: Seed) -> tuple[np.ndarray, np.ndarray]:
    """Draw patients with replacement; the patients that were not drawn are out of bag.

    Args:
        n_samples: N.
        bootstrap: number of the bootstrap sample; the same for every method and rank.
        seed: the cohort's stream.

    Returns:
        Drawn patients (N,), ascending with repeats, and out-of-bag patients, both as positions.
    """
    drawn = np.sort(seed.child(f"bootstrap {bootstrap}").generator().integers(n_samples, size=n_samples))
    return drawn, np.setdiff1d(np.arange(n_samples), drawn)


def bootstrap_samples(n_samples: int, bootstraps: int, seed: Seed) -> list[tuple[np.ndarray, np.ndarray]]:
    """Some bootstrap samples with the patients left out of each.

    Raises:
        UserError: one left no patient out, so nothing can be tested.
    """
    samples = [bootstrap_sample(n_samples, b, seed) for b in range(bootstraps)]
    if any(len(out) == 0 for _, out in samples):
        raise UserError(
            f"a bootstrap sample of {n_samples} patients left none out",
            where="config key rank_selection",
            remedy="Leave this cohort out of rank_selection and rank_criteria; it is too small",
        )
    return samples


def rank_errors(
    catalogue: np.ndarray,
    method: Method,
    loss: str,
    ranks: Iterable[int],
    n_bootstraps: int,
    seed: Seed,
    report: Report | None = None,
    dispersion: np.ndarray | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Fit every rank to every bootstrap sample and refit the out-of-bag patients.

    Args:
        catalogue: (M, N) counts.
        method: a configured method.
        loss: the loss to minimise and to refit with.
        ranks: numbers of signatures K.
        n_bootstraps: bootstrap samples per rank.
        seed: the cohort's stream.
        report: called after each fit, counted over all ranks.
        dispersion: (N,) of the patients, for the loss that needs it.

    Returns:
        Columns ``rank``, ``bootstrap``, ``set`` (train, test), ``measure``, ``value``; and ``rank``, ``bootstrap``, ``seconds``.

    Raises:
        UserError: as :func:`bootstrap_samples`.
    """
    errors, seconds = [], []
    samples = bootstrap_samples(catalogue.shape[1], n_bootstraps, seed)
    ranks = list(ranks)
    for position, rank in enumerate(ranks):
        problems = [
            Problem(
                np.ascontiguousarray(catalogue[:, drawn]),
                rank,
                loss,
                seed.child(f"bootstrap {b}", f"rank {rank}"),
                None if dispersion is None else dispersion[drawn],
            )
            for b, (drawn, _) in enumerate(samples)
        ]

        def counted(done: int, _: int, loss: float, before: int = position * n_bootstraps) -> None:
            assert report is not None
            report(before + done, len(ranks) * n_bootstraps, loss)

        for b, fit in enumerate(checked_fits(method, problems, counted if report else None)):
            left_out = np.ascontiguousarray(catalogue[:, samples[b][1]])
            alpha = None if dispersion is None else dispersion[samples[b][1]]
            parts = {
                "train": (problems[b].catalogue, fit.exposures, problems[b].dispersion),
                "test": (left_out, refit(loss, left_out, fit.signatures, alpha), alpha),
            }
            for which, (observed, exposures, own) in parts.items():
                fitted = fit.signatures @ exposures
                errors += [(rank, b, which, name, measure(name, observed, fitted, own)) for name in measures_of(loss)]
            seconds.append((rank, b, fit.seconds))
    return (
        pd.DataFrame(errors, columns=["rank", "bootstrap", "set", "measure", "value"]),
        pd.DataFrame(seconds, columns=["rank", "bootstrap", "seconds"]),
    )


def choose_rank(errors: pd.DataFrame) -> int:
    """The smallest rank whose mean error is within one standard error of the lowest mean (one-standard-error rule).

    Args:
        errors: columns ``rank``, ``value``: test errors of one cohort, method and loss, several per rank.
    """
    by_rank = errors.groupby("rank")["value"]
    return within_one_standard_error(by_rank.mean(), by_rank.sem())


def within_one_standard_error(means: pd.Series, standard_errors: pd.Series) -> int:
    """The smallest rank whose mean is at most the lowest mean plus its standard error, both by rank."""
    best = means.idxmin()
    return int(means.index[means <= means[best] + standard_errors[best]].min())


def rank_choices(errors: pd.DataFrame, paper_ranks: dict[str, int]) -> pd.DataFrame:
    """Our choice next to the paper's for every cohort, method and loss.

    Args:
        errors: the long table of :func:`rank_errors` with ``cohort``, ``method`` and ``loss`` in front.
        paper_ranks: the paper's rank by cohort, of those cohorts that are the paper's.

    Returns:
        Columns ``cohort``, ``method``, ``loss``, ``chosen``, ``paper_rank`` (missing for the other cohorts), ``lowest`` (the
        rank of the lowest mean error).
    """
    rows = []
    for (cohort, method, loss), group in errors.groupby(["cohort", "method", "loss"], sort=False):
        tested = group[(group["set"] == "test") & (group["measure"] == MEASURE_OF_LOSS[loss])]
        lowest = int(tested.groupby("rank")["value"].mean().idxmin())
        rows.append((cohort, method, loss, choose_rank(tested), paper_ranks.get(str(cohort)), lowest))
    columns = ["cohort", "method", "loss", "chosen", "paper_rank", "lowest"]
    return pd.DataFrame(rows, columns=columns).astype({"paper_rank": "Int64"})
