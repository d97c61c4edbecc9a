"""Cohorts under ``simulated_cohorts``: COSMIC signatures, sparse log-normal exposures, and noise; or draws of others.

Each signature is active in a patient with one probability, independently; a patient without any active signature gets one
of them at random. The exposure to an active signature is log-normal. Counts are Poisson or negative-binomial around the product
of signatures and exposures, or without noise that product rounded to whole mutations, as in Scenario 8.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from aenmf.data.datasets import Registry, drawable
from aenmf.data.entries import Cohort, Draw, Simulation
from aenmf.data.knowntruth import SimulatedCohort, expected_counts, without_empty
from aenmf.data.noise import noisy
from aenmf.data.references import read_signatures
from aenmf.errors import UserError
from aenmf.files.matrices import matrix_frame
from aenmf.seeds import Seed

REFERENCE = "cosmic"
"""The registry's reference that the true signatures come from: COSMIC v3.4 of SigProfilerAssignment."""
KEY = "config key simulated_cohorts"


def with_simulated(registry: Registry, entries: Mapping[str, Mapping[str, Any]]) -> Registry:
    """The registry with the cohorts under ``simulated_cohorts`` of a checked configuration.

    Raises:
        UserError: a name is taken, or a base is not one.
    """
    cohorts = dict(registry.cohorts)
    for name in sorted(entries, key=lambda name: "base" in entries[name]):  # a base may come after what is drawn of it
        if name in cohorts:
            remedy = f"Choose another name; these are taken: {', '.join(cohorts)}"
            raise UserError(f"there is already a cohort {name!r}", where=f"{KEY}.{name}", remedy=remedy)
        given = {key: value for key, value in entries[name].items() if key not in ("title", "rank")}
        if "noise" in given:
            given["noise"] = {True: "poisson", False: "none"}.get(given["noise"], given["noise"])
        if "base" in given:
            made: Draw | Simulation = Draw(**given | {"base": drawable(cohorts, given["base"], f"{KEY}.{name}.base")})
        else:
            made = Simulation(**given | {"signatures": tuple(given["signatures"])})
        rank = made.base.rank if isinstance(made, Draw) else len(made.signatures)
        title = entries[name].get("title", name)
        cohorts[name] = Cohort(name, title, "simulated", entries[name].get("rank", rank), simulation=made)
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
    expected = expected_counts(signatures.to_numpy(), exposures)
    counts = noisy(expected, simulation.noise, simulation.dispersion, stream.child("noise").generator())
    width = len(str(simulation.patients))
    patients = [f"{name}-{i:0{width}d}" for i in range(1, simulation.patients + 1)]
    index = pd.Index(simulation.signatures, name="signature")
    truth = pd.DataFrame(exposures, index=index, columns=patients)
    cohort = SimulatedCohort(matrix_frame(counts, patients), signatures, truth)
    return without_empty(cohort, empty_samples, f"{KEY}.{name}", "Raise burden, lower sigma")


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
