"""The forest tables: NMF's error relative to the convex models' in every cancer, their mean, and what the cancers differ by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from aenmf.data.datasets import Cohort
from aenmf.errors import UserError
from aenmf.evaluation.pooled import Pooled, followed, pooled
from aenmf.evaluation.resampled import Sizes, corrected_mean, log_ratios
from aenmf.evaluation.statistics import GROUP, per_split
from aenmf.methods.entries import Entry

LEAST = 3
"""Cancers that a mean needs at least."""

HYPERMUTATED = 10
"""A patient with more mutations than so many times the median of the cancer is called hypermutated."""

BLOCK = ["loss", "measure", "set", "method"]
COLUMNS = [
    *("cohort", "loss", "measure", "set", "baseline", "method", "title"),
    *("splits", "log_ratio", "log_error", "ratio", "low", "high", "weight"),
    *("patients", "rank", "burden", "hypermutated"),
]
PREDICTORS = {"burden": "burden", "hypermutated": "hypermutated", "rank": "K", "patients": "patients"}
"""Facts that the differences between cancers may follow, with their names; all but the share are taken as logarithms."""

SUMMARY = [
    *(
        "loss",
        "measure",
        "set",
        "baseline",
        "method",
        "title",
        "cohorts",
        "ratio",
        "low",
        "high",
        "new_low",
        "new_high",
    ),
    *("cohorts_below", "q", "i2", "tau", "followed", "chance", *(f"lost_{name}" for name in PREDICTORS)),
]


@dataclass(frozen=True)
class Facts:
    """What is known of the patients of a cancer.

    Attributes:
        patients: N.
        burden: median number of mutations of a patient.
        hypermutated: share of the patients with more than :data:`HYPERMUTATED` times as many.
    """

    patients: int
    burden: float
    hypermutated: float

    @classmethod
    def of(cls, catalogue: pd.DataFrame) -> Facts:
        """The facts of a catalogue, channels × patients."""
        totals = catalogue.sum(axis=0)
        median = float(totals.median())
        return cls(len(totals), median, float((totals > HYPERMUTATED * median).mean()))


def forest(
    errors: pd.DataFrame,
    cohorts: Sequence[Cohort],
    entries: Sequence[Entry],
    sizes: Mapping[str, Sizes],
    facts: Mapping[str, Facts],
) -> pd.DataFrame:
    """The first method's error relative to each other one's, in every cancer, loss and set.

    Args:
        errors: rows of errors.csv.
        cohorts: which cancers.
        entries: the baseline, then the others.
        sizes: patients in a split, by cohort.
        facts: of each of ``cohorts``; others in ``errors`` are left out.

    Returns:
        The columns :data:`COLUMNS`, cancers with most patients first. ``log_ratio`` is the mean over splits of
        log(baseline / other) and ``log_error`` its standard error, corrected for shared patients; ``ratio``, ``low`` and
        ``high`` are the same as a geometric mean with its interval. ``weight`` is the cancer's share in the random-effects
        mean; it is missing where the cancer has no standard error, and is then no part of it.

    Raises:
        UserError: there are too few cancers, or too few splits for a standard error.
    """
    ordered = sorted(cohorts, key=lambda cohort: -facts[cohort.cohort].patients)
    errors = errors[errors["cohort"].isin(facts)]
    frame = pd.concat([_ratios(errors, entries[0], other, sizes) for other in entries[1:]], ignore_index=True)
    known = {cohort.cohort: {"rank": cohort.rank} | asdict(facts[cohort.cohort]) for cohort in ordered}
    frame = frame.join(pd.DataFrame(known).T, on="cohort").astype({"patients": int, "rank": int})
    frame["weight"] = pd.concat([_weights(block) for _, block in frame.groupby(BLOCK, sort=False)])
    ranks = {"loss": list(errors["loss"].unique()), "set": ["train", "test"]}
    ranks |= {"method": [entry.name for entry in entries], "cohort": [cohort.cohort for cohort in ordered]}
    order = frame.sort_values(
        list(ranks), key=lambda column: column.map({v: i for i, v in enumerate(ranks[column.name])}), kind="stable"
    )
    return order[COLUMNS].reset_index(drop=True)


def _ratios(errors: pd.DataFrame, first: Entry, second: Entry, sizes: Mapping[str, Sizes]) -> pd.DataFrame:
    """One method's error relative to another's, as a mean of logarithms and as a geometric one, in every cohort, loss and set."""
    rows = []
    for key, group in per_split(errors, first.name, second.name).groupby(GROUP, sort=False):
        mean = corrected_mean(log_ratios(group), sizes[str(key[0])])
        place = dict(zip(GROUP, key, strict=True))
        named = {"baseline": first.name, "method": second.name, "title": f"{first.title}/{second.title}"}
        found = {"splits": mean.n, "log_ratio": mean.value, "log_error": mean.error}
        rows.append(place | named | found | dict(zip(("ratio", "low", "high"), mean.ratio(), strict=True)))
    return pd.DataFrame(rows)


def summary(frame: pd.DataFrame) -> pd.DataFrame:
    """The random-effects mean of every loss, set and comparison, how far the cancers differ, and what that follows.

    Args:
        frame: what :func:`forest` returns.

    Returns:
        The columns :data:`SUMMARY`: ``new_low`` and ``new_high`` for another cancer, ``cohorts_below`` with their whole
        interval below 1, ``followed`` and ``chance`` as in :class:`aenmf.evaluation.pooled.Followed`, missing where there
        are too few cancers.
    """
    rows = []
    for (loss, measure, which, method), group in frame.groupby(BLOCK, sort=False):
        used = group[group["weight"].notna()]
        result = _pooled(used)
        place = {"loss": loss, "measure": measure, "set": which, "baseline": group["baseline"].iloc[0]}
        named = {"method": method, "title": group["title"].iloc[0], "cohorts": len(used)}
        new = dict(zip(("new_low", "new_high"), np.exp(result.new()), strict=True))
        mean = dict(zip(("ratio", "low", "high"), result.mean.ratio(), strict=True))
        spread = {"cohorts_below": int((used["high"] < 1).sum()), "q": result.q, "i2": result.i2, "tau": result.tau}
        rows.append(place | named | mean | new | spread | _followed(used, result))
    return pd.DataFrame(rows, columns=SUMMARY)


def _usable(part: pd.DataFrame) -> pd.Series:
    """Which cancers have a standard error; equal ratios on all splits give none."""
    return np.isfinite(part["log_error"]) & (part["log_error"] > 0)


def _pooled(part: pd.DataFrame) -> Pooled:
    if len(part) < LEAST:
        problem = f"only {len(part)} cancers have a ratio of errors with a standard error, and a mean needs {LEAST}"
        raise UserError(
            problem, where="config keys cohorts, n_splits", remedy="Name more cohorts, with 2 splits or more"
        )
    return pooled(part["log_ratio"], part["log_error"])


def _weights(part: pd.DataFrame) -> pd.Series:
    used = part[_usable(part)]
    weights = _pooled(used).weights
    return pd.Series(weights / weights.sum(), index=used.index).reindex(part.index)


def _followed(part: pd.DataFrame, result: Pooled) -> dict[str, float]:
    predictors = {name: part[name] if name == "hypermutated" else np.log(part[name]) for name in PREDICTORS}
    found = followed(part["log_ratio"], result.weights, predictors)
    if found is None:
        return {}
    return {"followed": found.share, "chance": found.chance} | {f"lost_{name}": x for name, x in found.lost.items()}
