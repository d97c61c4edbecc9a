"""Evaluators of claims on signatures: consistency over splits, recovery of true ones, agreement with known ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from aenmf import formats
from aenmf.evaluation.ordering import natural
from aenmf.evaluation.resampled import Mean, corrected_mean, correction
from aenmf.evaluation.statistics import mean_pairwise_error
from aenmf.tables import table4
from aenmf.verdicts.measuring import CannotCheck, Outcome, Run, equal, evaluator, shown


@evaluator
def consistency_equal(run: Run, cohort: str, loss: str, first: str, second: str, margin: float) -> Outcome:
    """Signature consistency of two methods is equal: the difference of matched cosines over the same pairs of splits."""
    keys = ["split_a", "split_b"]
    sides = {m: run.rows("consistency", cohort=cohort, method=run.entry(m), loss=loss) for m in (first, second)}
    a, b = (sides[m].set_index(keys)["similarity"] for m in (first, second))
    difference = (a - b).dropna().rename("similarity").reset_index()
    n = difference[keys].stack().nunique()
    error = mean_pairwise_error(difference) * correction(n, run.sizes(cohort))
    values = ", ".join(f"{shown(m)} {sides[m]['similarity'].mean():.3f}" for m in (first, second))
    text = f"Mean matched cosine over {len(difference)} pairs of splits: {values}"
    if pd.isna(error):
        raise CannotCheck(f"{n} splits are too few for an interval")
    return equal(Mean(n, float(difference["similarity"].mean()), error), margin, text)


@evaluator
def recovery_equal(run: Run, cohort: str, loss: str, first: str, second: str, margin: float) -> Outcome:
    """ACS of two methods with the true signatures is equal."""
    sides = {}
    for m in (first, second):
        rows = run.rows("recovery", cohort=cohort, method=run.entry(m), loss=loss)
        sides[m] = rows.groupby("split")["cosine"].mean()
    values = ", ".join(f"{shown(m)} {side.mean():.4f}" for m, side in sides.items())
    difference = corrected_mean((sides[first] - sides[second]).dropna(), run.sizes(cohort))
    return equal(difference, margin, f"Mean ACS with the true signatures: {values}")


@evaluator
def matches_equal(run: Run, cohort: str, loss: str, reference: str, first: str, second: str, margin: float) -> Outcome:
    """Mean cosine similarity to a reference set is equal between two methods."""
    means = {m: float(mean_match_cosine(run, cohort, m, loss, reference).ours) for m in (first, second)}
    difference = _of_consensus(run, cohort, loss, reference, first, second)
    values = ", ".join(f"{shown(m)} {value:.3f}" for m, value in means.items())
    text = f"Mean cosine similarity of the consensus signatures to {shown(reference)}: {values}"
    if not np.isnan(difference.error):
        return equal(difference, margin, text)
    return Outcome(
        ours=f"difference {formats.decimals(difference.value)}",
        evidence=f"{text}.",
        holds=bool(abs(difference.value) <= margin),
        rule=f"difference within ±{margin:g}; one consensus per method leaves nothing to test",
        interval=(difference.value, np.nan, np.nan),
    )


@evaluator
def slight_advantage(
    run: Run, cohorts: Sequence[str], loss: str, reference: str, first: str, second: str, margin: float
) -> Outcome:
    """The first method's mean cosine to a reference, averaged over cohorts, is higher, by at most a margin."""
    of_cohorts = {
        cohort: [float(mean_match_cosine(run, cohort, m, loss, reference).ours) for m in (first, second)]
        for cohort in cohorts
    }
    parts = [_of_consensus(run, cohort, loss, reference, first, second) for cohort in cohorts]
    error = float(np.linalg.norm([part.error for part in parts])) / len(parts)
    mean = Mean(min(part.n for part in parts), float(np.mean([part.value for part in parts])), error)
    values = ", ".join(f"{a:.3f} and {b:.3f} on {shown(cohort)}" for cohort, (a, b) in of_cohorts.items())
    said, tested = formats.decimals(mean.value), not np.isnan(error)
    low, high = mean.interval() if tested else (np.nan, np.nan)
    if tested:
        said += f" ({formats.decimals(low)} to {formats.decimals(high)})"
    return Outcome(
        ours=f"{shown(first)} {'higher' if mean.value > 0 else 'not higher'}: difference {formats.decimals(mean.value)}",
        evidence=f"{shown(first)} and {shown(second)} agree with {shown(reference)} by {values}; mean difference {said}.",
        holds=bool(0 < mean.value <= margin),
        decided=not tested or low > (margin if mean.value > margin else 0) or high < 0,
        limit=f"a difference of {margin:g}" if mean.value > margin else "equality",
        rule=f"mean difference over the cohorts above 0 with its interval, and at most {margin:g}",
        interval=(mean.value, low, high),
        p_value=mean.p_value() if tested else None,
    )


def _of_consensus(run: Run, cohort: str, loss: str, reference: str, first: str, second: str) -> Mean:
    """The difference of two methods' mean cosines to a reference: that of the consensus signatures, with the standard error for
    new patients of the mean over splits; nan where the matches of single splits are not known."""
    first_mean, second_mean = (float(mean_match_cosine(run, cohort, m, loss, reference).ours) for m in (first, second))
    if run.split_matches is None:
        return Mean(1, first_mean - second_mean, np.nan)
    sides = []
    for m in (first, second):
        rows = run.rows("split_matches", cohort=cohort, method=run.entry(m), loss=loss, reference=reference)
        sides.append(rows[rows["match"].notna()].groupby("split")["cosine"].mean())
    over_splits = corrected_mean((sides[0] - sides[1]).dropna(), run.sizes(cohort))
    return Mean(over_splits.n, first_mean - second_mean, over_splits.error)


@evaluator
def mean_match_cosine(run: Run, cohort: str, method: str, loss: str, reference: str) -> Outcome:
    """Mean cosine similarity of the consensus signatures to their matches in a reference set."""
    rows = run.rows("matches", cohort=cohort, method=run.entry(method), loss=loss, reference=reference)
    rows = rows[rows["match"].notna()].sort_values("match", key=lambda c: c.map(natural))
    if rows.empty:
        raise CannotCheck(f"no signature was matched to {shown(reference)}")
    names = ", ".join(
        f"{table4.signal_title(name)} {formats.cosine(value)}"
        for name, value in zip(rows["match"], rows["cosine"], strict=True)
    )
    mean = float(rows["cosine"].mean())
    return Outcome(mean, f"Mean {mean:.3f} over {len(rows)} consensus signatures: {names}.")


@evaluator
def seen_before(run: Run, cohort: str, method: str, loss: str) -> Outcome:
    """Number of consensus signatures whose COSMIC match PCAWG saw in the cancer type."""
    rows = run.rows("table4", cohort=cohort, method=run.entry(method), loss=loss)
    known = rows[rows["seen_in_cancer_type"].notna()]
    if known.empty:
        raise CannotCheck("there is no PCAWG table for this cohort")
    names = sorted(known.loc[known["seen_in_cancer_type"].astype(bool), "cosmic"], key=natural)
    others = sorted(known.loc[~known["seen_in_cancer_type"].astype(bool), "cosmic"], key=natural)
    rest = f", not {', '.join(others)}" if others else ""
    evidence = f"{len(names)} of {len(rows)}: PCAWG saw {', '.join(names) or 'none'} in this cancer type{rest}."
    return Outcome(len(names), evidence)
