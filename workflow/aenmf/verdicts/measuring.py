"""What claims are measured on, and what is measured: a run's tables, the outcome of a claim, and the register of evaluators.

An evaluator takes a :class:`Run` and the claim's parameters and returns an :class:`Outcome`. Where the run does not
hold what is needed it raises :class:`CannotCheck` with the reason. Methods are named by model (``nmf``, ``aenmf``,
``cnmf``); the first configured entry of a model plays its part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from aenmf import formats
from aenmf.evaluation.resampled import Mean, Sizes
from aenmf.losses import LOSS_TITLES
from aenmf.methods.entries import Entry, playing

_SHOWN = {
    **formats.MODEL_TITLES,
    "scenario8": "Scenario 8",
    "scenario8_poisson": "Scenario 8 with Poisson noise",
    "scenario8_negbin": "Scenario 8 with negative-binomial noise",
    "cosmic": "COSMIC",
    "signal": "Signal",
    "train": "training",
    "aenmf_relu": "ReLU in the forward pass",
    "aenmf_abs_step": "the absolute value after the step",
    "aenmf_relu_step": "ReLU after the step",
    **LOSS_TITLES,
}


_TABLES = {
    "errors": "errors",
    "matches": "matched signatures",
    "table4": "matched signatures",
    "consistency": "consistency",
    "recovery": "true signatures",
    "scaling": "scaling study",
    "times": "times of a scaling study",
    "ranks": "criterion of the number of signatures",
    "proof_of_concept": "proof of concept",
    "variants": "study of the variants",
    "theorem": "checks of the theorem",
    "architectures": "table of architectures",
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
        scaling, times: exponents and seconds of a scaling study (:mod:`aenmf.studies.scaling`); None where there was none.
        ranks: ranks chosen by criteria (:mod:`aenmf.tables.rank_criteria`), columns ``cohort``, ``loss``, ``criterion``,
            ``chosen``, ``low``, ``high``, ``highest_tried``, ``true``, those of controls that are no cohorts of the run
            included; None where there were none.
        proof_of_concept: columns ``loss``, ``method``, ``quantity`` (signatures or exposures), ``signature``, ``position``,
            ``value``; or None.
        variants: errors of the ways to keep the weights non-negative, as in errors.csv; or None.
        theorem: the checks of the theorem by cohort and loss (:mod:`aenmf.studies.theorem`); or None.
        architectures: Table 1; or None.
        split_matches: the matches of the signatures of every split; None where a table of the consensus is all there is.
    """

    entries: Sequence[Entry]
    errors: pd.DataFrame
    consistency: pd.DataFrame
    recovery: pd.DataFrame
    matches: pd.DataFrame
    table4: pd.DataFrame
    samples: Mapping[str, int]
    training: Mapping[str, int]
    scaling: pd.DataFrame | None = None
    times: pd.DataFrame | None = None
    ranks: pd.DataFrame | None = None
    proof_of_concept: pd.DataFrame | None = None
    variants: pd.DataFrame | None = None
    theorem: pd.DataFrame | None = None
    architectures: pd.DataFrame | None = None
    split_matches: pd.DataFrame | None = None

    def entry(self, model: str) -> str:
        """The name of the entry that plays a model's part."""
        found = playing(self.entries, model)
        if found is None:
            raise CannotCheck(f"this run has no {shown(model)}")
        return found.name

    def sizes(self, cohort: str) -> Sizes:
        """How many patients of a cohort train and test in a split."""
        return Sizes(self.training[cohort], self.samples[cohort] - self.training[cohort])

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
        holds: whether the point statement holds; None for a number, which is compared with the paper's.
        decided: whether the interval bears out what the point statement says; true where there is no interval.
        limit: what the interval includes where it decides nothing, in words.
        rule: the rule of the decision, for a statement.
        interval: the estimate with its lower and upper bound, where there are such.
        p_value: of the test of this claim alone: that the estimate differs from no difference, or, for a statement of equality,
            that it lies within the margin.
        equality: whether the statement is one of equality, which holds only if its test shows it.
    """

    ours: float | str
    evidence: str
    holds: bool | None = None
    decided: bool = True
    limit: str = "equality"
    rule: str = ""
    interval: tuple[float, float, float] | None = None
    p_value: float | None = None
    equality: bool = False


def with_controls(ranks: pd.DataFrame | None = None, controls: pd.DataFrame | None = None) -> pd.DataFrame | None:
    """The ranks of a run, with those of cohorts that another run tried and this one did not."""
    if ranks is None or controls is None:
        return ranks
    return pd.concat([ranks, controls[~controls["cohort"].isin(ranks["cohort"])]], ignore_index=True)


Evaluator = Callable[..., Outcome]
EVALUATORS: dict[str, Evaluator] = {}


def evaluator(function: Evaluator) -> Evaluator:
    """Register an evaluator under its name."""
    EVALUATORS[function.__name__] = function
    return function


def enough(n: int) -> None:
    """A single split shows no spread, so that nothing can be said of its mean."""
    if n < 2:
        raise CannotCheck(f"{n} split{'s are' if n != 1 else ' is'} too few for an interval")


def one_side(holds: bool, interval: tuple[float, float, float], bound: float) -> bool:
    """Whether the interval of a quantity said to lie below a bound lies wholly on the side that its point statement names."""
    _, low, high = interval
    return high < bound if holds else low > bound


def equal(difference: Mean, margin: float, values: str) -> Outcome:
    """The outcome for a statement that two means are equal, from their difference over splits."""
    enough(difference.n)
    low, high = difference.interval()
    text = f"difference {formats.decimals(difference.value)} ({formats.decimals(low)} to {formats.decimals(high)})"
    return Outcome(
        ours=f"difference {formats.decimals(difference.value)}",
        evidence=f"{values}; {text}, which differs from zero with p = {formats.p_value(difference.p_value())} before "
        "correction for several tests.",
        holds=bool(abs(difference.value) <= margin),
        decided=abs(difference.value) <= margin or low > margin or high < -margin,
        rule=f"difference within ±{margin:g}, shown by two one-sided tests",
        interval=(difference.value, low, high),
        p_value=difference.equivalence(-margin, margin),
        equality=True,
    )
