"""Evaluators of claims on errors: which method is lower, by how much, and whether two are equivalent."""

from __future__ import annotations

import numpy as np
import pandas as pd

from aenmf import formats
from aenmf.evaluation.resampled import corrected_mean, log_ratios, two_sets_of_splits
from aenmf.evaluation.statistics import own_measure, per_split
from aenmf.verdicts.measuring import CannotCheck, Outcome, Run, enough, evaluator, one_side, shown


@evaluator
def error_lower(run: Run, cohort: str, loss: str, set: str, first: str, second: str) -> Outcome:
    """The mean over splits of first/second is below 1."""
    pairs = _pairs(run, cohort, loss, first, second, set)
    ratio, corrected = pairs["ratio"], corrected_mean(log_ratios(pairs), run.sizes(cohort))
    mean, lower, higher = float(ratio.mean()), int((ratio < 1).sum()), int((ratio > 1).sum())
    return Outcome(
        ours=f"ratio {formats.ratio(mean)}",
        evidence=f"{shown(first)} is lower than {shown(second)} on {lower} of {len(ratio)} splits and higher on {higher}; mean "
        f"ratio {formats.ratio(mean)}, geometric mean {formats.interval(*corrected.ratio())} for new patients.",
        holds=mean < 1,
        decided=one_side(mean < 1, corrected.ratio(), 1.0),
        rule="mean ratio and interval below 1",
        interval=corrected.ratio(),
        p_value=corrected.p_value(),
    )


@evaluator
def gap_larger_in_training(run: Run, cohort: str, loss: str, first: str, second: str) -> Outcome:
    """The mean over splits of first/second is lower in training than in test."""
    sides = [_pairs(run, cohort, loss, first, second, which).set_index("split")["ratio"] for which in ("train", "test")]
    both = pd.concat(sides, axis=1, keys=["train", "test"]).dropna()
    enough(len(both))
    difference = corrected_mean(np.log(both["train"]) - np.log(both["test"]), run.sizes(cohort))
    wins, n = int((both["train"] < both["test"]).sum()), len(both)
    train, test = float(both["train"].mean()), float(both["test"].mean())
    return Outcome(
        ours=f"{formats.ratio(train)} in training, {formats.ratio(test)} in test",
        evidence=f"The mean ratio {shown(first)}/{shown(second)} is {formats.ratio(train)} in training and "
        f"{formats.ratio(test)} in test; it is lower in training on {wins} of {n} splits; training over test, as a geometric "
        f"mean for new patients: {formats.interval(*difference.ratio())}.",
        holds=train < test,
        decided=one_side(train < test, difference.ratio(), 1.0),
        rule="mean ratio lower in training, interval below 1",
        interval=difference.ratio(),
        p_value=difference.p_value(),
    )


@evaluator
def errors_equivalent(
    run: Run, cohort: str, loss: str, set: str, first: str, second: str, margin: float, share: float
) -> Outcome:
    """The ratio of the two methods' errors is within 1 ± margin on at least a share of the splits."""
    pairs = _pairs(run, cohort, loss, first, second, set)
    ratio, corrected = pairs["ratio"], corrected_mean(log_ratios(pairs), run.sizes(cohort))
    within = int(((ratio - 1).abs() <= margin).sum())
    low, middle, high = (formats.ratio(value, 4) for value in np.quantile(ratio, [0.05, 0.5, 0.95]))
    return Outcome(
        ours=f"within {margin:.0%} on {within}/{len(ratio)} splits",
        evidence=f"The ratio {shown(first)}/{shown(second)} has median {middle} and 5 to 95 % quantiles {low} "
        f"to {high}; it is within 1 ± {margin:g} on {within} of {len(ratio)} splits.",
        holds=bool(within >= share * len(ratio)),
        rule=f"ratio within 1 ± {margin:g} on at least {share:.0%} of splits",
        interval=corrected.ratio(),
        p_value=corrected.equivalence(np.log(1 - margin), np.log(1 + margin)),
    )


@evaluator
def mean_error(run: Run, cohort: str, method: str, loss: str, set: str) -> Outcome:
    """Mean over splits of the error in the loss's own measure, with the interval of the mean over other splits."""
    values = own_measure(run.rows("errors", cohort=cohort, method=run.entry(method), loss=loss, set=set))["value"]
    enough(len(values))
    mean = two_sets_of_splits(values)
    low, high = mean.interval()
    interval = f"{formats.error(low)} to {formats.error(high)}"
    evidence = (
        f"Mean {formats.error(mean.value)} over {len(values)} splits; over as many others it lies in {interval} (95 %)."
    )
    return Outcome(mean.value, evidence, interval=(mean.value, low, high))


@evaluator
def variant_not_better(run: Run, cohort: str, loss: str, chosen: str, other: str, margin: float) -> Outcome:
    """The training error of a way to keep the weights non-negative is at most ``margin`` below that of the chosen one."""
    rows = run.rows("variants", cohort=cohort, loss=loss, set="train")
    pairs = per_split(rows, chosen, other)
    if pairs.empty:
        raise CannotCheck(f"the study of the variants has no {shown(other)} next to the chosen one")
    enough(len(pairs))
    corrected = corrected_mean(log_ratios(pairs), run.sizes(cohort))
    mean = float(pairs["ratio"].mean())
    return Outcome(
        ours=f"ratio {formats.ratio(mean)}",
        evidence=f"Training error with the absolute value in the forward pass over that with {shown(other)}: mean ratio "
        f"{formats.ratio(mean)} over {len(pairs)} splits, as geometric mean {formats.interval(*corrected.ratio())}.",
        holds=bool(mean <= 1 + margin),
        decided=one_side(mean <= 1 + margin, corrected.ratio(), 1 + margin),
        limit=f"a ratio of {1 + margin:g}",
        rule=f"mean ratio and interval at most {1 + margin:g}",
        interval=corrected.ratio(),
        p_value=corrected.below(np.log(1 + margin)),
    )


def _pairs(run: Run, cohort: str, loss: str, first: str, second: str, which: str) -> pd.DataFrame:
    """Both methods' errors on the splits where these are finite and positive; at least two."""
    rows = run.rows("errors", cohort=cohort, loss=loss, set=which)
    pairs = per_split(rows, run.entry(first), run.entry(second))
    pairs = pairs[np.isfinite(pairs["ratio"]) & (pairs["ratio"] > 0)]
    if pairs.empty:
        raise CannotCheck(f"{shown(first)} and {shown(second)} have no finite errors on the same split")
    enough(len(pairs))
    return pairs
