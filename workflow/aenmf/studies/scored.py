"""Answers of a protocol, scored against the truth of their patients: what goes into a result file."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from aenmf.data.knowntruth import SimulatedCohort
from aenmf.evaluation.exposure_scores import scores
from aenmf.evaluation.results import Scored, counts_digest, result
from aenmf.evaluation.scores import ERRORS, Solution, seed_consistency
from aenmf.losses import measure


def solution(signatures: np.ndarray, exposures: np.ndarray, cohort: SimulatedCohort) -> Solution:
    """Signatures (M, K) and exposures (K, N) with names."""
    names = [f"S{k}" for k in range(1, signatures.shape[1] + 1)]
    return Solution(
        pd.DataFrame(signatures, index=cohort.catalogue.index, columns=names),
        pd.DataFrame(exposures, index=names, columns=cohort.catalogue.columns),
    )


def errors(answer: Solution, catalogue: pd.DataFrame) -> dict[str, float]:
    """How far a reconstruction is from the counts; without those that are infinite."""
    assert answer.exposures is not None
    rebuilt = answer.signatures.to_numpy() @ answer.exposures.loc[answer.signatures.columns].to_numpy()
    found = {name: measure(name, catalogue.to_numpy(dtype=float), rebuilt) for name in ERRORS}
    return {name: value for name, value in found.items() if math.isfinite(value)}


def of_patients(cohort: SimulatedCohort, patients: list[str]) -> SimulatedCohort:
    """The cohort of some of its patients."""
    return SimulatedCohort(cohort.catalogue[patients], cohort.signatures, cohort.exposures[patients])


@dataclass(frozen=True)
class Setting:
    """What results of one cohort and protocol have in common.

    Attributes:
        cohort: whole, with its truth.
        about: its ``name`` and ``title``.
        protocol: as in result files.
        software: as in result files.
    """

    cohort: SimulatedCohort
    about: Mapping[str, str]
    protocol: Mapping[str, str]
    software: Mapping[str, str | None]

    def result(
        self, method: Mapping[str, Any], answers: Mapping[int, tuple[list[str], Solution, Mapping[str, float]]]
    ) -> dict[str, Any]:
        """The content of a result file.

        Args:
            method: as in result files.
            answers: by number of the seed or split: the patients, what was found, and what that cost.
        """
        seeds = []
        for number, (patients, answer, costs) in answers.items():
            part = of_patients(self.cohort, patients)
            values = scores(answer, Solution(part.signatures, part.exposures))
            values |= errors(answer, part.catalogue) | dict(costs)
            seeds.append(Scored(number, answer.signatures.shape[1], values))
        consistency = seed_consistency([answer.signatures for _, answer, _ in answers.values()])
        first = next(iter(answers.values()))[0]
        about = dict(self.about) | {"patients": len(first), "signatures": self.cohort.signatures.shape[1]}
        about["sha256"] = counts_digest(self.cohort.catalogue.to_numpy())
        return result(method, about, self.protocol, seeds, consistency, self.software)
