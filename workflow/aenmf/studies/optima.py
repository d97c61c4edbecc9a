"""Local optima: many fits of the same problem, each from its own random numbers, by every way to start and to move on."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from aenmf.errors import UserError
from aenmf.methods.checked import checked_fits
from aenmf.methods.devices import CPU
from aenmf.methods.registry import build_method
from aenmf.problem import Problem
from aenmf.seeds import Seed

MODELS = ("nmf", "cnmf", "aenmf")
"""Models that the study is about: those whose fits start as its options say."""

RANDOM, EARLY = "random", "early"
EARLY_TOL = 1e-4
"""Relative change of the loss per iteration at which an early stop ends."""

Options = dict[str, Any]
ENDS = ["split", "way", "try", "objective"]


def ways(strategies: Sequence[str], moves: Sequence[str]) -> dict[str, Options]:
    """The ways to an optimum by name, with their options; the last one, ``early``, shows how wide its valley is."""
    search = {"restarts": "search", "least_starts": 1, "most_starts": 1, "strategies": ["residual"], "patience": 2}
    return {
        **{name: {"restarts": 1, "strategies": [name]} for name in strategies},
        **{name: search | {"move": name} for name in moves},
        EARLY: {"restarts": 1, "strategies": ["residual"], "tol": EARLY_TOL},
    }


def overlaid(entry: Mapping[str, Any], options: Options, loss: str) -> dict[str, Any]:
    """A method entry with options laid over its own, also over those of the loss, on the processor, whose seconds are counted."""
    return {**entry, **options, loss: {**(entry.get(loss) or {}), **options}, "device": CPU}


def check_models(config: Mapping[str, Any]) -> None:
    """Check that the study's entries are of models with local optima to search.

    Raises:
        UserError: an entry is of another model.
    """
    for name in config["optima"]["methods"]:
        model = config["methods"][name]["model"]
        if model not in MODELS:
            problem = f"the model of {name!r} is {model}, which has no starts to choose from"
            raise UserError(
                problem, where="config key optima.methods", remedy=f"Name entries of {', '.join(MODELS[:-1])} or aenmf"
            )


@dataclass(frozen=True)
class Tries:
    """What the tries ended at.

    Attributes:
        ends: a row per try, columns ``ENDS``.
        seconds: (T,) CPU seconds.
        signatures: (T, M, K).
    """

    ends: pd.DataFrame
    seconds: np.ndarray
    signatures: np.ndarray


def fit_tries(
    problems: Mapping[int, Problem],
    name: str,
    entry: Mapping[str, Any],
    ways: Mapping[str, Options],
    tries: int,
    report: Callable[[int, int, float], None] = lambda done, total, loss: None,
) -> Tries:
    """Fit every problem by every way, each try with a stream of its own.

    Args:
        problems: by split, all of one loss.
        name, entry: of the method.
        ways: options by way.
        tries: of each problem and way.
        report: called after every try.
    """
    rows, seconds, signatures = [], [], []
    total = len(problems) * len(ways) * tries
    [loss] = {problem.loss for problem in problems.values()}
    for way, options in ways.items():
        method = build_method(name, overlaid(entry, options, loss))
        method.fit([toy(loss)])  # so that loading compiled code is not counted
        for split, problem in problems.items():
            for number in range(tries):
                own = replace(problem, seed=problem.seed.child("try", number))
                began = time.process_time()
                [fit] = checked_fits(method, [own])
                seconds.append(time.process_time() - began)
                rows.append((split, way, number, fit.objective))
                signatures.append(fit.signatures)
                report(len(rows), total, fit.objective)
    return Tries(pd.DataFrame(rows, columns=ENDS), np.array(seconds), np.stack(signatures))


def toy(loss: str) -> Problem:
    """A problem that every way has solved in no time."""
    catalogue = Seed(0).generator().poisson(20.0, (16, 12)).astype(float)
    return Problem(catalogue, 2, loss, Seed(0))
