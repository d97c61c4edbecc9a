"""Simulated cohorts with known truth: COSMIC signatures, sparse log-normal exposures, Poisson noise.

Each signature is active in a patient with one probability, independently; a patient without any active signature gets one
of them at random. The exposure to an active signature is log-normal. Counts are Poisson around the product of signatures
and exposures, or without noise that product rounded to whole mutations, as in Scenario 8.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from aenmf.data.datasets import Cohort, Registry, Simulation
from aenmf.data.references import read_signatures
from aenmf.data.scenarios import SimulatedCohort
from aenmf.data.usertable import some
from aenmf.errors import UserError
from aenmf.files.matrices import matrix_frame
from aenmf.seeds import Seed

REFERENCE = "cosmic"
"""The registry's reference that the true signatures come from: COSMIC v3.4 of SigProfilerAssignment."""
KEY = "config key simulated_cohorts"


def with_simulated(registry: Registry, entries: Mapping[str, Mapping[str, Any]]) -> Registry:
    """The registry with the cohorts under ``simulated_cohorts`` of a checked configuration.

    Raises:
        UserError: a name is taken, or the rank exceeds the patients.
    """
    cohorts = dict(registry.cohorts)
    for name, entry in entries.items():
        if name in cohorts:
            remedy = f"Choose another name; these are taken: {', '.join(cohorts)}"
            raise UserError(f"there is already a cohort {name!r}", where=f"{KEY}.{name}", remedy=remedy)
        given = {key: value for key, value in entry.items() if key not in ("title", "rank")}
        simulation = Simulation(**given | {"signatures": tuple(entry["signatures"])})
        rank = entry.get("rank", len(simulation.signatures))
        cohorts[name] = Cohort(name, entry.get("title", name), "simulated", rank, simulation=simulation)
    return Registry(cohorts, registry.references)


def simulate(
    name: str, simulation: Simulation, cosmic: str | Path, seed: Seed, empty_samples: str = "error"
) -> SimulatedCohort:
    """Simulate a cohort; the same name, simulation and seed give the same cohort.

    Presence, exposures and noise have streams of their own, drawn patient by patient: switching the noise off leaves the
    exposures as they are, and more patients leave the first ones as they are.

    Args:
        name: the cohort's name, part of the random streams' and of the patients' names.
        simulation: what to simulate.
        cosmic: the file of reference signatures.
        seed: the run's stream.
        empty_samples: what to do with patients who draw no mutation: ``error`` or ``drop``.

    Raises:
        UserError: a signature is unknown, or patients have no mutation (unless dropped; always if none has any).
    """
    try:
        signatures = read_signatures(cosmic, names=simulation.signatures)
    except UserError as error:
        raise UserError(error.problem, where=f"{KEY}.{name}.signatures", remedy=error.remedy) from error
    stream = seed.child("simulated cohort", name)
    exposures = draw_exposures(simulation, stream)
    expected = np.zeros((len(signatures), simulation.patients))
    for k in range(len(exposures)):  # one signature after the other, so that no library chooses the order of the sum
        expected += np.outer(signatures.to_numpy()[:, k], exposures[k])
    noisy = simulation.noise
    counts = stream.child("noise").generator().poisson(expected.T).T.astype(float) if noisy else np.rint(expected)
    width = len(str(simulation.patients))
    patients = np.array([f"{name}-{i:0{width}d}" for i in range(1, simulation.patients + 1)], dtype=object)
    filled = counts.any(axis=0)
    dropped = tuple(patients[~filled])
    if dropped and (empty_samples == "error" or not filled.any()):
        problem = f"{len(dropped)} of {simulation.patients} patients have no mutation: {some(dropped)}"
        remedy = "Raise burden, lower sigma, or set empty_samples: drop to leave them out"
        raise UserError(problem, where=f"{KEY}.{name}", remedy=remedy)
    index = pd.Index(simulation.signatures, name="signature")
    truth = pd.DataFrame(exposures[:, filled], index=index, columns=list(patients[filled]))
    return SimulatedCohort(matrix_frame(counts[:, filled], list(patients[filled])), signatures, truth, dropped)


def draw_exposures(simulation: Simulation, stream: Seed) -> np.ndarray:
    """True exposures (K, N) in expected mutations, zero where a signature is not active.

    Their sum over the signatures has mean ``burden`` over the patients of an infinite cohort.
    """
    k, n, p = len(simulation.signatures), simulation.patients, simulation.presence
    active = stream.child("presence").generator().random((n, k)) < p
    instead = stream.child("one at least").generator().integers(k, size=n)
    alone = ~active.any(axis=1)
    active[alone, instead[alone]] = True
    mean = simulation.burden / (k * p + (1 - p) ** k)  # over the expected number of active signatures
    normals = stream.child("exposures").generator().standard_normal((n, k))
    amounts = mean * np.exp(simulation.sigma * normals - simulation.sigma**2 / 2)
    return np.where(active, amounts, 0.0).T.copy()
