"""The scores of the controls on a cohort with known truth: between these the scores of methods are shown."""

from __future__ import annotations

import numpy as np
import pandas as pd

from aenmf.data.knowntruth import SimulatedCohort
from aenmf.evaluation.exposure_scores import scores
from aenmf.evaluation.scores import Solution
from aenmf.losses import KULLBACK_LEIBLER
from aenmf.methods.registry import build_method
from aenmf.problem import Problem
from aenmf.seeds import Seed

TRUTH = "control_truth"
NEGATIVE = ("control_mean", "control_patients", "control_cosmic")
CONTROLS = (TRUTH, *NEGATIVE)
TITLES = {TRUTH: "Truth"} | dict(
    zip(NEGATIVE, ("Mean spectrum", "Random patients", "Random COSMIC signatures"), strict=True)
)
"""The controls as they are shown, the positive one first."""


def truth(cohort: SimulatedCohort) -> Solution:
    """The truth of a cohort as a solution: the positive control, and what all others are scored against."""
    return Solution(cohort.signatures, cohort.exposures)


def control(name: str, cohort: SimulatedCohort, seed: Seed) -> Solution:
    """What a control answers: the truth, one mean spectrum, or as many random signatures as there are true ones.

    The exposures to these are refitted with the Kullback–Leibler loss.
    """
    answer = truth(cohort)
    if name == TRUTH:
        return answer
    rank = 1 if name == "control_mean" else cohort.signatures.shape[1]
    counts = np.ascontiguousarray(cohort.catalogue.to_numpy(dtype=float))
    problem = Problem(counts, rank, KULLBACK_LEIBLER, seed.child("control"))
    [fit] = build_method(name, {"model": name}).fit([problem])
    names = [f"S{k}" for k in range(1, rank + 1)]
    signatures = pd.DataFrame(fit.signatures, index=cohort.catalogue.index, columns=names)
    return Solution(signatures, pd.DataFrame(fit.exposures, index=names, columns=cohort.catalogue.columns))


def control_scores(cohort: SimulatedCohort, seed: Seed, *, exposures: bool = True) -> dict[str, dict[str, float]]:
    """Control → score → value, of all :data:`CONTROLS`.

    Args:
        cohort: with its truth.
        seed: of the random choices; the same seed gives the same controls.
        exposures: whether they are scored as well.
    """
    true = truth(cohort)
    answers = {name: control(name, cohort, seed) for name in CONTROLS}
    if not exposures:
        answers = {name: Solution(answer.signatures) for name, answer in answers.items()}
    return {name: scores(answer, true) for name, answer in answers.items()}
