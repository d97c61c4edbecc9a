"""What decides the comparison: the same methods on the same cohort, changed in one respect at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from aenmf.data.splits import make_splits
from aenmf.errors import UserError
from aenmf.files.matrices import Matrix
from aenmf.losses import MEASURE_OF_LOSS, loss_value
from aenmf.methods.base import Method
from aenmf.methods.checked import checked_fits
from aenmf.problem import Fit, Problem, Report
from aenmf.seeds import Seed
from aenmf.solvers.refit import refit

ALL, DEVIANCE = "all", "deviance"
VARIANTS = {
    ALL: "All patients",
    "no_hypermutators": "No hypermutators",
    "equal_totals": "Equal totals",
    "other_splits": "Other splits",
    "half_rank": "Half of K",
    "double_rank": "Twice K",
    DEVIANCE: "Deviance",
}
"""Names and titles of what is changed, in the order shown."""

EVEN = 1e-3
"""Share of a patient's mutations that the deviance takes to fall evenly on the channels."""

WHERE = "config key robustness."
COLUMNS = ["variant", "rank", "split", "set", "patients", "measure", "value"]


@dataclass(frozen=True)
class Setting:
    """What is fitted in a variant.

    Attributes:
        counts: (M, N).
        training: (S, N) boolean, true for the training patients of each split.
        rank: K.
        seeds: (S,) the stream of each split.
    """

    counts: np.ndarray
    training: np.ndarray
    rank: int
    seeds: Sequence[Seed]

    def problems(self, loss: str) -> list[Problem]:
        """The training patients of every split, to be factorised."""
        return [
            Problem(np.ascontiguousarray(self.counts[:, mask]), self.rank, loss, seed)
            for mask, seed in zip(self.training, self.seeds, strict=True)
        ]


def check_methods(config: Mapping[str, Any]) -> None:
    """Check that the study has two methods to compare, or none.

    Raises:
        UserError: it has one.
    """
    if len(config["robustness"]["methods"]) == 1:
        remedy = "Name another one next to it: the study measures ratios of errors"
        raise UserError("one method entry has nothing to be compared with", where=WHERE + "methods", remedy=remedy)


def hypermutated(counts: np.ndarray, factor: float) -> np.ndarray:
    """Which patients (N,) have more mutations than so many times the median of the cohort."""
    totals = counts.sum(axis=0)
    return totals > factor * np.median(totals)


def with_equal_totals(counts: np.ndarray) -> np.ndarray:
    """Every patient's profile times the median of the totals."""
    totals = counts.sum(axis=0)
    return counts / totals * np.median(totals)


def mean_deviance(observed: np.ndarray, fitted: np.ndarray) -> float:
    """The Poisson deviance of a patient per mutation, mean over patients; arrays (M, N) in mutations.

    A patient's deviance, 2 Σ v log(v/v̂) − v + v̂, grows with the mutations where a fit misses the profile. Divided by them it
    says how far the profile is missed, and no patient weighs more for having many. Reconstructions are mixed with a small
    ``EVEN`` profile, so that a zero in them costs much but not everything.
    """
    from scipy.special import kl_div  # takes longer to import than most users of this module need to run

    totals = observed.sum(axis=0)
    mixed = (1 - EVEN) * fitted + EVEN * totals / len(observed)
    return float(np.mean(2 * kl_div(observed, mixed).sum(axis=0) / totals))


def settings(
    catalogue: Matrix,
    sets: Mapping[int, Mapping[str, str]],
    variants: Sequence[str],
    *,
    cohort: str,
    rank: int,
    seed: int,
    splits: int,
    seeds: int,
    splits_per_seed: int,
    train_fraction: float,
    hypermutator: float,
) -> dict[str, Setting]:
    """What is fitted, by variant. A cohort without hypermutators has no variant without them.

    Args:
        catalogue: all patients of the cohort.
        sets: split → patient → set, of the run.
        variants: what is changed, besides all patients as they are.
        cohort: its name, which names its streams.
        rank: K.
        seed: of the run. Other splits are those of runs with the next seeds.
        splits: how many of the run's splits, the first ones.
        seeds, splits_per_seed: how many other seeds, and splits of each.
        train_fraction: of other splits.
        hypermutator: factor on the median burden.

    Raises:
        UserError: a variant leaves too few patients.
    """
    counts = catalogue.values
    training = np.array([[sets[n][sample] == "train" for sample in catalogue.columns] for n in range(splits)])
    streams = [Seed(seed).child(cohort, f"split {n}") for n in range(splits)]
    made = {ALL: Setting(counts, training, rank, streams)}
    others = [Seed(seed + i).child(cohort) for i in range(1, seeds + 1)]
    for name in variants:
        if name == "no_hypermutators":
            kept = ~hypermutated(counts, hypermutator)
            if not kept.all():
                made[name] = Setting(counts[:, kept], training[:, kept], rank, streams)
        elif name == "equal_totals":
            made[name] = Setting(with_equal_totals(counts), training, rank, streams)
        elif name == "other_splits":
            drawn = [make_splits(catalogue.columns, splits_per_seed, train_fraction, stream) for stream in others]
            masks = [table["set"].to_numpy().reshape(splits_per_seed, -1) == "train" for table in drawn]
            own = [stream.child(f"split {n}") for stream in others for n in range(splits_per_seed)]
            made[name] = Setting(counts, np.concatenate(masks), rank, own)
        elif name == "half_rank":
            # Rounded up: with one signature all three models have the same optimum.
            made[name] = Setting(counts, training, -(-rank // 2), streams)
        elif name == "double_rank":
            made[name] = Setting(counts, training, 2 * rank, streams)
    for name, setting in made.items():
        _check_size(name, setting)
    return made


def _check_size(name: str, setting: Setting) -> None:
    train = setting.training.sum(axis=1)
    most = min(len(setting.counts), int(train.min()))
    if setting.rank > most or train.max() == setting.counts.shape[1]:
        problem = f"the variant {name} asks for {setting.rank} signatures of {train.min()} training patients"
        if train.max() == setting.counts.shape[1]:
            problem = f"the variant {name} leaves no patient to test on"
        raise UserError(problem, where=WHERE + "variants", remedy="Leave out the variant, or the cohort")


def variant_errors(
    made: Mapping[str, Setting], deviance: bool, method: Method, loss: str, report: Report | None = None
) -> pd.DataFrame:
    """Train and test errors of one method in every variant, in the measure of the loss.

    Args:
        made: what :func:`settings` returns.
        deviance: whether the fits of all patients are measured by their deviance, too.
        method: a configured method.
        loss: the loss to minimise and to refit with.
        report: called after each fit, counted over all variants.

    Returns:
        Columns ``COLUMNS``; ``patients`` are those of the set.
    """
    fits = iter(checked_fits(method, [p for setting in made.values() for p in setting.problems(loss)], report))
    rows: list[tuple[object, ...]] = []
    for name, setting in made.items():
        for split, mask in enumerate(setting.training):
            for which, observed, fitted in _sets(setting.counts, mask, next(fits), loss):
                front, n = (setting.rank, split, which), observed.shape[1]
                rows.append((name, *front, n, MEASURE_OF_LOSS[loss], loss_value(loss, observed, fitted)))
                if name == ALL and deviance:
                    rows.append((DEVIANCE, *front, n, DEVIANCE, mean_deviance(observed, fitted)))
    return pd.DataFrame(rows, columns=COLUMNS)


def _sets(counts: np.ndarray, mask: np.ndarray, fit: Fit, loss: str) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Training and test patients, each with their reconstruction."""
    tested = np.ascontiguousarray(counts[:, ~mask])
    exposures = {"train": fit.exposures, "test": refit(loss, tested, fit.signatures)}
    observed = {"train": counts[:, mask], "test": tested}
    return [(name, observed[name], fit.signatures @ exposures[name]) for name in ("train", "test")]
