"""Noise around expected counts, and further draws of cohorts whose truth is known."""

from __future__ import annotations

import numpy as np

from aenmf.data.entries import Draw
from aenmf.data.knowntruth import SimulatedCohort, check_counts, expected_counts, without_empty
from aenmf.files.matrices import matrix_frame
from aenmf.seeds import Seed

SEED = Seed(0, ("draw of a cohort",))
"""Root of the noise of all draws: a draw is the same in every run, whatever the run's seed."""


def noisy(expected: np.ndarray, noise: str, dispersion: float, generator: np.random.Generator) -> np.ndarray:
    """Counts (M, N) around expected ones, drawn patient by patient, so that more patients leave the first ones as they are.

    Args:
        expected: means of the counts.
        noise: ``poisson``; ``negative-binomial``, with variance mean + mean² / dispersion; or ``none``, which rounds.
        dispersion: of the negative binomial.
        generator: source of the noise.
    """
    if noise == "none":
        return np.rint(expected)
    means = expected.T
    if noise == "poisson":
        return generator.poisson(means).T.astype(float)
    return generator.negative_binomial(dispersion, dispersion / (dispersion + means)).T.astype(float)


def draw(name: str, made: Draw, base: SimulatedCohort, empty_samples: str = "error") -> SimulatedCohort:
    """A further draw of a cohort; its name names the stream of the noise.

    Args:
        name: the cohort's name.
        made: noise and depth.
        base: the cohort with its truth. Its patients keep their names.
        empty_samples: what to do with patients who draw no mutation: ``error`` or ``drop``.

    Raises:
        UserError: patients have no mutation (unless dropped; always if none has any).
        RuntimeError: the counts are not those that the registry knows.
    """
    exposures = made.depth * base.exposures
    expected = expected_counts(base.signatures.to_numpy(), exposures.to_numpy())
    counts = noisy(expected, made.noise, made.dispersion, SEED.child(name).generator())
    if made.sha256:
        check_counts(name, counts, made.sha256)
    cohort = SimulatedCohort(matrix_frame(counts, list(exposures.columns)), base.signatures, exposures)
    return without_empty(cohort, empty_samples, f"cohort {name}", "Raise depth")
