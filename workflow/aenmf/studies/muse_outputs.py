"""MUSE-XAE at its full size, scored on the answers that its authors published."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from aenmf.data.knowntruth import SimulatedCohort
from aenmf.data.muse_outputs import RESULTS, SCENARIOS, MuseRun
from aenmf.errors import UserError
from aenmf.evaluation.exposure_scores import exposure_scores, scores
from aenmf.evaluation.scores import Solution
from aenmf.losses import KULLBACK_LEIBLER
from aenmf.solvers.refit import refit
from aenmf.studies.controls import truth
from aenmf.studies.scored import Setting

AUGMENTATION = 100
"""The most resampled copies of each patient, of which there are result files."""
KEYS = ["scenario", "cohort", "augmentation"]
TITLES = ("MUSE-XAE, as published", "MUSE-XAE, as published, refitted")
REFITTED = "refitted"
"""Column: the score ``manhattan`` of exposures that are refitted on the run's own signatures."""


def as_solution(run: MuseRun, cohort: SimulatedCohort) -> Solution:
    """A run's answer, under the names of the cohort's patients.

    The patients are in the cohort's order: the total of each is that of the catalogue but for rounding.

    Raises:
        UserError: the totals are others.
    """
    given, counts = run.exposures, cohort.catalogue
    k = len(given)
    if (
        given.shape[1] != counts.shape[1]
        or (abs(given.sum(axis=0).to_numpy() - counts.sum(axis=0).to_numpy()) > k).any()
    ):
        where = f"augmentation {run.augmentation}, scenario {run.scenario}, run {run.run}"
        remedy = "Check that the archive and the cohort are the published ones"
        raise UserError("the patients do not have the mutations of the cohort", where=where, remedy=remedy)
    return Solution(run.signatures, given.set_axis(counts.columns, axis=1))


def run_scores(runs: Iterable[MuseRun], cohorts: Mapping[str, SimulatedCohort]) -> pd.DataFrame:
    """The scores of every run, one row each.

    Args:
        runs: what :func:`aenmf.data.muse_outputs.read_runs` gives.
        cohorts: by the names in :data:`aenmf.data.muse_outputs.SCENARIOS`; runs of other scenarios are left out.

    Returns:
        ``scenario``, ``cohort``, ``augmentation``, ``run``, ``true`` (K), ``found`` (K), the scores, and :data:`REFITTED`.
    """
    rows = []
    for run in runs:
        name = SCENARIOS.get(run.scenario, "")
        if name not in cohorts:
            continue
        cohort, true = cohorts[name], truth(cohorts[name])
        answer = as_solution(run, cohort)
        refitted = exposure_scores(_refitted(answer, cohort), true)["manhattan"]
        keys = {"scenario": run.scenario, "cohort": name, "augmentation": run.augmentation, "run": run.run}
        sizes = {"true": true.signatures.shape[1], "found": run.signatures.shape[1]}
        rows.append(keys | sizes | scores(answer, true) | {REFITTED: refitted})
    return pd.DataFrame(rows)


def over_runs(runs: pd.DataFrame) -> pd.DataFrame:
    """Means and standard deviations over the runs of a scenario and augmentation.

    Returns:
        ``scenario``, ``cohort``, ``augmentation``, ``runs``, ``true``, and for ``found`` and each score its mean and, as ``_sd``,
        its standard deviation.
    """
    groups = runs.drop(columns="run").groupby(KEYS, sort=False)
    values = groups[[name for name in runs.columns if name not in (*KEYS, "run", "true")]]
    spread = values.std().add_suffix("_sd")
    front = pd.DataFrame({"runs": groups.size(), "true": groups["true"].first()})
    return pd.concat([front, values.mean(), spread], axis=1).reset_index()


def results(
    runs: Iterable[MuseRun], about: Mapping[str, str], cohort: SimulatedCohort, software: Mapping[str, str | None]
) -> list[dict[str, Any]]:
    """The content of two result files: of the published answers, and of their signatures with refitted exposures.

    Args:
        runs: of one scenario, those of :data:`AUGMENTATION` among them; each is a seed.
        about: ``name`` and ``title`` of the cohort.
        cohort: with its truth.
        software: as in result files.
    """
    protocol = {"rank": "chosen", "patients": "full", "chosen_by": "the method"}
    setting, patients = Setting(cohort, about, protocol, software), list(cohort.catalogue.columns)
    answers = {run.run: as_solution(run, cohort) for run in runs if run.augmentation == AUGMENTATION}
    again = {number: _refitted(answer, cohort) for number, answer in answers.items()}
    configuration = {"model": "musexae", "augmentation": AUGMENTATION}
    return [
        setting.result(
            {"name": name, "title": title, "autoencoder": True, "configuration": configuration},
            {number: (patients, answer, {}) for number, answer in found.items()},
        )
        for name, title, found in zip(RESULTS, TITLES, (answers, again), strict=True)
    ]


def _refitted(answer: Solution, cohort: SimulatedCohort) -> Solution:
    exposures = refit(KULLBACK_LEIBLER, cohort.catalogue.to_numpy(), answer.signatures.to_numpy())
    return Solution(
        answer.signatures,
        pd.DataFrame(exposures, index=answer.signatures.columns, columns=cohort.catalogue.columns),
    )
