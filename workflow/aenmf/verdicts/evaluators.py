"""Measuring the paper's claims on a run's tables: one function per kind of claim.

An evaluator takes a :class:`Run` and the claim's parameters and returns an :class:`Outcome`. Where the run does not
hold what is needed it raises :class:`CannotCheck` with the reason. Methods are named by model (``nmf``, ``aenmf``,
``cnmf``); the first configured entry of a model plays its part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from aenmf import formats
from aenmf.evaluation.ordering import natural
from aenmf.evaluation.statistics import compare, mean_interval, mean_pairwise_error, own_measure, per_split, signed_rank
from aenmf.losses import LOSS_TITLES
from aenmf.methods.entries import Entry, playing
from aenmf.seeds import Seed
from aenmf.tables import table4

_SHOWN = {
    **formats.MODEL_TITLES,
    "scenario8": "Scenario 8",
    "cosmic": "COSMIC",
    "signal": "Signal",
    "train": "training",
    **LOSS_TITLES,
}


_TABLES = {
    "errors": "errors",
    "matches": "matched signatures",
    "table4": "matched signatures",
    "consistency": "consistency",
    "recovery": "true signatures",
    "scaling": "scaling study",
    "ranks": "rank selection",
    "proof_of_concept": "proof of concept",
}
"""What a table is called in a sentence."""


def shown(value: object) -> str:
    """How a parameter reads in a sentence: ``shown("aenmf") == "AE-NMF"``."""
    if isinstance(value, list | tuple):
        words = [shown(item) for item in value]
        return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
    return _SHOWN.get(value, str(value)) if isinstance(value, str) else f"{value:g}"


class CannotCheck(Exception):
    """The run does not hold what a claim is about; the message is the reason, a sentence without the full stop."""


@dataclass(frozen=True)
class Run:
    """What a run found, as far as claims are about it.

    Attributes:
        entries: the compared methods in order.
        errors, consistency, recovery, matches: rows of the long tables of those names; empty where a run has none.
        table4: the frame of :func:`aenmf.tables.table4.table4`, of one loss or several one after the other.
        samples, training: number of patients, and of training patients in a split, by cohort.
        seed: the stream of the bootstrap intervals.
        scaling: None where there was no scaling study; else its table of exponents (:data:`aenmf.studies.scaling.EXPONENTS`), or
            seconds against size, columns ``method``, ``solver``, ``loss``, ``variable`` (N or K), ``size``, ``seconds`` and
            optionally ``n_iter``.
        ranks: chosen ranks, columns ``cohort``, ``method``, ``loss``, ``chosen``; None where there was no rank
            selection.
        proof_of_concept: columns ``loss``, ``method``, ``quantity`` (signatures or exposures), ``signature``, ``position``,
            ``value``; or None.
    """

    entries: Sequence[Entry]
    errors: pd.DataFrame
    consistency: pd.DataFrame
    recovery: pd.DataFrame
    matches: pd.DataFrame
    table4: pd.DataFrame
    samples: Mapping[str, int]
    training: Mapping[str, int]
    seed: Seed
    scaling: pd.DataFrame | None = None
    ranks: pd.DataFrame | None = None
    proof_of_concept: pd.DataFrame | None = None

    def entry(self, model: str) -> str:
        """The name of the entry that plays a model's part."""
        found = playing(self.entries, model)
        if found is None:
            raise CannotCheck(f"this run has no {shown(model)}")
        return found.name

    def rows(self, table: str, **keys: object) -> pd.DataFrame:
        """The rows of a table with these keys; there is at least one."""
        frame = getattr(self, table)
        if frame is None:
            raise CannotCheck(f"this run has no {_TABLES.get(table, table)}")
        cohort = keys.get("cohort")
        if cohort is not None and cohort not in self.samples:
            raise CannotCheck(f"this run has no cohort {shown(cohort)}")
        for name, value in keys.items():
            frame = frame[frame[name] == value]
        if frame.empty:
            what = ", ".join(f"{name} {shown(value)}" for name, value in keys.items())
            raise CannotCheck(f"this run has no {_TABLES.get(table, table)} for {what}")
        return frame


@dataclass(frozen=True)
class Outcome:
    """What was measured.

    Attributes:
        ours: the number, or what holds in a few words.
        evidence: one sentence.
        holds: whether the statement holds; None for a number, which is compared with the paper's.
        rule: the rule of the decision, for a statement.
    """

    ours: float | str
    evidence: str
    holds: bool | None = None
    rule: str = ""


Evaluator = Callable[..., Outcome]
EVALUATORS: dict[str, Evaluator] = {}


def evaluator(function: Evaluator) -> Evaluator:
    """Register an evaluator under its name."""
    EVALUATORS[function.__name__] = function
    return function


@evaluator
def cohort_size(run: Run, cohort: str) -> Outcome:
    """Number of patients of a cohort."""
    if cohort not in run.samples:
        raise CannotCheck(f"this run has no cohort {shown(cohort)}")
    n = run.samples[cohort]
    others = ", ".join(f"{shown(other)} {size}" for other, size in run.samples.items() if other != cohort)
    rest = f" (other cohorts: {others})" if others else ""
    return Outcome(n, f"The catalogue of {shown(cohort)} holds {n} patients{rest}.")


@evaluator
def training_size(run: Run, cohort: str) -> Outcome:
    """Number of training patients in each split of a cohort."""
    if cohort not in run.training:
        raise CannotCheck(f"this run has no cohort {shown(cohort)}")
    n, total = run.training[cohort], run.samples[cohort]
    return Outcome(n, f"Every split of {shown(cohort)} trains on {n} of {total} patients.")


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


@evaluator
def mean_error(run: Run, cohort: str, method: str, loss: str, set: str) -> Outcome:
    """Mean over splits of the error in the loss's own measure."""
    values = own_measure(run.rows("errors", cohort=cohort, method=run.entry(method), loss=loss, set=set))["value"]
    mean = float(values.mean())
    low, high = mean_interval(values, run.seed.child("mean error", cohort, method, loss, set))
    interval = f"{formats.error(low)} to {formats.error(high)}"
    return Outcome(mean, f"Mean {formats.error(mean)} over {len(values)} splits (95 % bootstrap interval {interval}).")


@evaluator
def error_lower(
    run: Run, cohort: str, loss: str, set: str, first: str, second: str, alpha: float, min_share: float
) -> Outcome:
    """The first method's error is lower: on more than ``min_share`` of the splits and by the signed-rank test."""
    rows = run.rows("errors", cohort=cohort, loss=loss, set=set)
    compared = compare(rows, run.entry(first), run.entry(second), run.seed)
    if compared.empty or not compared["n"].iloc[0]:
        raise CannotCheck(f"{shown(first)} and {shown(second)} have no finite errors on the same split")
    result = compared.iloc[0]
    _enough(result["n"], alpha)
    holds = result.mean_ratio < 1 and result.n_lower > min_share * result.n and result.p_value < alpha
    mean, low, high = (formats.ratio(value) for value in (result.mean_ratio, result.low, result.high))
    ratio = f"{mean} (95 % CI {low} to {high})"
    return Outcome(
        ours=f"{shown(first)} lower on {result.n_lower}/{result.n} splits",
        evidence=f"{shown(first)} is lower than {shown(second)} on {result.n_lower} of {result.n} splits and higher on "
        f"{result.n_higher}; mean ratio {ratio}; signed-rank p = {formats.p_value(result.p_value)}.",
        holds=bool(holds),
        rule=f"mean ratio < 1, lower on more than {min_share:.0%} of splits, p < {alpha:g}",
    )


@evaluator
def gap_larger_in_training(run: Run, cohort: str, loss: str, first: str, second: str, alpha: float) -> Outcome:
    """The ratio first/second is farther below 1 in training than in test, split by split."""
    sides = [_pairs(run, cohort, loss, first, second, which).set_index("split")["ratio"] for which in ("train", "test")]
    both = pd.concat(sides, axis=1, keys=["train", "test"]).dropna()
    _enough(len(both), alpha)
    p = signed_rank(np.log(both["train"]) - np.log(both["test"]))
    wins, n = int((both["train"] < both["test"]).sum()), len(both)
    train, test = float(both["train"].mean()), float(both["test"].mean())
    return Outcome(
        ours=f"larger in training on {wins}/{n} splits",
        evidence=f"The mean ratio {shown(first)}/{shown(second)} is {formats.ratio(train)} in training and "
        f"{formats.ratio(test)} in test; it "
        f"is lower in training on {wins} of {n} splits; signed-rank p = {formats.p_value(p)}.",
        holds=bool(train < test and 2 * wins > n and p < alpha),
        rule=f"mean ratio and most splits lower in training, p < {alpha:g}",
    )


@evaluator
def errors_equivalent(
    run: Run, cohort: str, loss: str, set: str, first: str, second: str, margin: float, share: float
) -> Outcome:
    """The ratio of the two methods' errors is within 1 ± margin on at least a share of the splits."""
    ratio = _pairs(run, cohort, loss, first, second, set)["ratio"]
    within = int(((ratio - 1).abs() <= margin).sum())
    low, middle, high = (formats.ratio(value, 4) for value in np.quantile(ratio, [0.05, 0.5, 0.95]))
    return Outcome(
        ours=f"within {margin:.0%} on {within}/{len(ratio)} splits",
        evidence=f"The ratio {shown(first)}/{shown(second)} has median {middle} and 5 to 95 % quantiles {low} "
        f"to {high}; it is within 1 ± {margin:g} on {within} of {len(ratio)} splits.",
        holds=bool(within >= share * len(ratio)),
        rule=f"ratio within 1 ± {margin:g} on at least {share:.0%} of splits",
    )


@evaluator
def consistency_equal(run: Run, cohort: str, loss: str, methods: Sequence[str], margin: float) -> Outcome:
    """Signature consistency differs by at most a margin between methods."""
    tables = {m: run.rows("consistency", cohort=cohort, method=run.entry(m), loss=loss) for m in methods}
    means = {m: float(table["similarity"].mean()) for m, table in tables.items()}
    errors = {m: mean_pairwise_error(table) for m, table in tables.items()}
    values = ", ".join(f"{shown(m)} {means[m]:.3f} (SE {errors[m]:.3f})" for m in methods)
    n = len(next(iter(tables.values())))
    return _spread(means, margin, f"Mean matched cosine over {n} pairs of splits: {values}")


@evaluator
def recovery_equal(run: Run, cohort: str, loss: str, methods: Sequence[str], margin: float) -> Outcome:
    """ACS with the true signatures differs by at most a margin between methods."""
    means = {}
    for m in methods:
        rows = run.rows("recovery", cohort=cohort, method=run.entry(m), loss=loss)
        means[m] = float(rows.groupby("split")["cosine"].mean().mean())
    values = ", ".join(f"{shown(m)} {value:.4f}" for m, value in means.items())
    return _spread(means, margin, f"Mean ACS with the true signatures: {values}")


@evaluator
def matches_equal(run: Run, cohort: str, loss: str, reference: str, methods: Sequence[str], margin: float) -> Outcome:
    """Mean cosine similarity to a reference set differs by at most a margin between methods."""
    means = {m: float(mean_match_cosine(run, cohort, m, loss, reference).ours) for m in methods}
    values = ", ".join(f"{shown(m)} {value:.3f}" for m, value in means.items())
    return _spread(means, margin, f"Mean cosine similarity of the consensus signatures to {shown(reference)}: {values}")


@evaluator
def scaling_exponent(run: Run, method: str, variable: str, loss: str, solver: str) -> Outcome:
    """Exponent of the seconds per iteration in a size: slope of log seconds against log size (medians per size)."""
    if run.scaling is not None and "exponent" in run.scaling:
        keys = {"model": method, "solver": solver, "loss": loss, "variable": variable, "quantity": "iteration"}
        fit = run.rows("scaling", **keys).iloc[0]
        if np.isnan(fit["exponent"]):
            raise CannotCheck(f"the scaling study has fewer than three sizes of {variable}")
        growth = f"{variable}^{fit['exponent']:.2f} (SE {fit['se']:.2f})"
        sizes = f"{variable} from {fit['smallest']:g} to {fit['largest']:g}"
        evidence = (
            f"In the scaling study seconds per iteration of {shown(method)} ({solver}) grow as {growth} for {sizes}."
        )
        return Outcome(float(fit["exponent"]), evidence)
    rows = run.rows("scaling", method=run.entry(method), solver=solver, loss=loss, variable=variable)
    per_iteration = "n_iter" in rows
    seconds = rows["seconds"] / rows["n_iter"] if per_iteration else rows["seconds"]
    medians = seconds.groupby(rows["size"]).median()
    if len(medians) < 3:
        raise CannotCheck(f"the scaling study has only {len(medians)} sizes of {variable}")
    from scipy import stats  # takes longer to import than most users of this module need to run

    fit = stats.linregress(np.log(medians.index.to_numpy(dtype=float)), np.log(medians.to_numpy()))
    what = "Seconds per iteration" if per_iteration else "Seconds per fit"
    sizes = f"{variable} from {medians.index.min():g} to {medians.index.max():g}"
    growth = f"grow as {variable}^{fit.slope:.2f} (SE {fit.stderr:.2f}) for {sizes}"
    return Outcome(float(fit.slope), f"{what} of {shown(method)} ({solver}) {growth}.")


@evaluator
def chosen_rank(run: Run, cohort: str, method: str, loss: str) -> Outcome:
    """The rank chosen from the out-of-bag errors of bootstrap samples by the one-standard-error rule."""
    rows = run.rows("ranks", cohort=cohort, method=run.entry(method), loss=loss)
    rank = int(rows["chosen"].iloc[0])
    return Outcome(rank, f"The one-standard-error rule on the out-of-bag error of {shown(method)} chooses K = {rank}.")


@evaluator
def proof_of_concept_overlap(run: Run, quantity: str, loss: str, first: str, second: str, margin: float) -> Outcome:
    """Two methods' signatures or exposures in the proof of concept differ by at most a margin, relative to their size."""
    keys = ["signature", "position"]
    tables = [
        run.rows("proof_of_concept", loss=loss, quantity=quantity, method=run.entry(method))
        for method in (first, second)
    ]
    a, b = (table.set_index(keys)["value"] for table in tables)
    a, b = a.align(b, join="outer")
    difference = float((a - b).abs().sum() / b.abs().sum()) if not (a.isna() | b.isna()).any() else np.nan
    return Outcome(
        ours=f"{difference:.2%} apart",
        evidence=f"The {quantity} of {shown(first)} and {shown(second)} differ by {difference:.2%} of their sum.",
        holds=difference <= margin,
        rule=f"difference at most {margin:.0%} of the sum",
    )


def _pairs(run: Run, cohort: str, loss: str, first: str, second: str, which: str) -> pd.DataFrame:
    rows = run.rows("errors", cohort=cohort, loss=loss, set=which)
    pairs = per_split(rows, run.entry(first), run.entry(second))
    if pairs.empty:
        raise CannotCheck(f"{shown(first)} and {shown(second)} have no split in common")
    return pairs


def _enough(n: int, alpha: float) -> None:
    """Whether a two-sided signed-rank test of n splits can be significant at all: its smallest p-value is 2/2ⁿ."""
    if 2.0 ** (1 - n) >= alpha:
        raise CannotCheck(f"{n} splits are too few for a signed-rank test at the level {alpha:g}")


def _spread(means: Mapping[str, float], margin: float, values: str) -> Outcome:
    spread = max(means.values()) - min(means.values())
    return Outcome(
        ours=f"largest difference {spread:.3f}",
        evidence=f"{values}; the largest difference is {spread:.3f}.",
        holds=bool(spread <= margin),
        rule=f"difference at most {margin:g}",
    )
