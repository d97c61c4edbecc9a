"""Cohorts whose truth is known: catalogue, true signatures and true exposures by the cohort's name."""

from __future__ import annotations

from pathlib import Path

from aenmf.data.datasets import Registry
from aenmf.data.knowntruth import SimulatedCohort
from aenmf.data.simulated import make, simulated_from
from aenmf.errors import UserError, did_you_mean
from aenmf.seeds import Seed


def truth_of(cohort: str, registry: Registry, data_dir: str | Path | None = None) -> SimulatedCohort:
    """A cohort of the registry with its truth.

    Args:
        cohort: its name, one of kind ``simulated``.
        registry: all cohorts and references.
        data_dir: the data directory; empty or None falls back to AENMF_DATA_DIR.

    Raises:
        UserError: there is no such cohort, or a file of it cannot be had.
    """
    known = {name: one for name, one in registry.cohorts.items() if one.kind == "simulated"}
    if cohort not in known:
        remedy = f"{did_you_mean(cohort, known)}; for a cohort of your own name its files with --truth-signatures"
        raise UserError(f"there is no cohort {cohort!r} with known truth", where="--cohort", remedy=remedy)
    reference = simulated_from(known[cohort])
    return make(known[cohort], registry.references[reference] if reference else None, Seed(0), data_dir=data_dir).cohort


def title_of(cohort: str, registry: Registry) -> str:
    """The name of a cohort in tables: the registry's or, of one that is not there, its own in words."""
    known = registry.cohorts.get(cohort)
    return known.title if known else cohort.replace("_", " ").capitalize()
