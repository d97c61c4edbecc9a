"""Cohorts whose truth is known: catalogue, true signatures and true exposures by the cohort's name."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd

from aenmf.channels import CHANNELS
from aenmf.data import scenarios
from aenmf.data.datasets import Registry
from aenmf.data.fetch import resolve
from aenmf.data.scenarios import SimulatedCohort
from aenmf.errors import UserError, did_you_mean

SCENARIO8 = "scenario8"
SETS = {
    "sbs2_7": "syn.2.7a.7b.abst",
    "pancreas": "syn.pancreas",
    "bladder_melanoma": "syn.2.7a.7b.bladder.and.melanoma",
    "rcc_ovary": "syn.3.5.40.rcc.and.ovary",
    "many_types": "syn.many.types",
    "random30": "syn.30.random.sigs",
}
"""Cohorts of SynSigGen and the folders below ``synsiggen`` of the data directory that hold them."""
COHORTS = (SCENARIO8, *SETS)


def truth_of(cohort: str, registry: Registry, data_dir: str | Path | None = None) -> SimulatedCohort:
    """A cohort with its truth.

    Args:
        cohort: one of :data:`COHORTS`.
        registry: where the reference signatures of a regenerated cohort come from.
        data_dir: the data directory; empty or None falls back to AENMF_DATA_DIR.

    Raises:
        UserError: there is no such cohort, or its files are missing.
    """
    if cohort == SCENARIO8:
        return scenarios.simulate(resolve(registry.reference("cosmic_v3_3").data, data_dir).path)
    if cohort not in SETS:
        remedy = f"{did_you_mean(cohort, COHORTS)}; for a cohort of your own name its files with --truth-signatures"
        raise UserError(f"there is no cohort {cohort!r} with known truth", where="--cohort", remedy=remedy)
    folder = Path(data_dir or os.environ.get("AENMF_DATA_DIR") or "") / "synsiggen" / SETS[cohort]
    if not folder.is_dir():
        remedy = "Name the data directory with AENMF_DATA_DIR"
        raise UserError(f"the files of the cohort {cohort!r} are not there", where=str(folder), remedy=remedy)
    exposures = pd.read_csv(folder / "exposures.csv", index_col=0).rename_axis("signature")
    signatures = _by_channel(folder / "sigs.csv")
    return SimulatedCohort(_by_channel(folder / "catalog.csv"), signatures, exposures.loc[signatures.columns])


def _by_channel(path: Path) -> pd.DataFrame:
    table = pd.read_csv(path)
    parts = zip(table.pop("Mutation type"), table.pop("Trinucleotide"), strict=True)
    table.index = pd.Index([f"{three[0]}[{change}]{three[2]}" for change, three in parts], name="channel")
    return table.loc[list(CHANNELS)].astype(float)


def title_of(cohort: str, registry: Registry) -> str:
    """The name of a cohort in tables: the registry's or, of one that is not there, its own in words."""
    known = registry.cohorts.get(cohort)
    return known.title if known else cohort.replace("_", " ").capitalize()
