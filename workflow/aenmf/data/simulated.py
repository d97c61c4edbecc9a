"""Any simulated cohort with its truth, wherever it comes from: made here, regenerated, read from files, or drawn again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from aenmf.data import simulation, synsiggen
from aenmf.data.catalogues import read_catalogue
from aenmf.data.entries import Cohort, DataFile, Draw, Given, Reference, Regenerated, Simulation
from aenmf.data.fetch import Downloads, Resolved, find_nearby, resolve
from aenmf.data.knowntruth import SimulatedCohort
from aenmf.data.noise import draw
from aenmf.data.references import read_signatures
from aenmf.errors import UserError
from aenmf.seeds import Seed


@dataclass(frozen=True)
class Made:
    """A simulated cohort, and what its provenance says.

    Attributes:
        cohort: counts and truth.
        source: where they come from, in words.
        sha256: of the file behind them; empty where there is none.
    """

    cohort: SimulatedCohort
    source: str
    sha256: str


def simulated_from(cohort: Cohort) -> str:
    """The name of the reference whose signatures a cohort is made of; empty where it is none of them."""
    made = cohort.simulation
    if isinstance(made, Draw):
        return simulated_from(made.base)
    if isinstance(made, Simulation):
        return simulation.REFERENCE
    return "cosmic_v3_3" if isinstance(made, Regenerated) and cohort.cohort != synsiggen.RANDOM else ""


def files_of(cohort: Cohort) -> list[DataFile]:
    """The files that a simulated cohort is read from; none for one that the pipeline makes."""
    made = cohort.simulation
    if isinstance(made, Draw):
        return files_of(made.base)
    return [cohort.data, made.signatures, made.exposures] if isinstance(made, Given) and cohort.data else []


def is_nearby(cohort: Cohort, data_dir: str | Path | None = None) -> bool:
    """Whether a simulated cohort needs no download.

    Raises:
        UserError: as :func:`aenmf.data.fetch.find_nearby`.
    """
    return all(find_nearby(data, data_dir) for data in files_of(cohort))


def make(
    cohort: Cohort,
    reference: Reference | None,
    seed: Seed,
    *,
    data_dir: str | Path | None = None,
    empty_samples: str = "error",
    downloads: Downloads | None = None,
) -> Made:
    """Make, or read, a simulated cohort.

    Args:
        cohort: one of kind ``simulated``.
        reference: the one that :func:`simulated_from` names, if any.
        seed: the run's stream; published cohorts, and the noise of draws, do not depend on it.
        data_dir: as of :func:`aenmf.data.fetch.resolve`.
        empty_samples: what to do with patients without mutations: ``error`` or ``drop``.
        downloads: how to download.

    Raises:
        UserError: a file cannot be had or read, or patients have no mutation.
        RuntimeError: regenerated counts are not those that the registry knows.
    """
    made, name = cohort.simulation, cohort.cohort
    if isinstance(made, Draw):
        options = {"data_dir": data_dir, "empty_samples": empty_samples, "downloads": downloads}
        base = make(made.base, reference, seed, **options)  # type: ignore[arg-type]
        again = draw(name, made, base.cohort, empty_samples)
        dropped = (*base.cohort.dropped, *again.dropped)
        source = f"drawn again from {made.base.title}, noise {made.noise}; {base.source}"
        return Made(replace(again, dropped=dropped), source, base.sha256)
    if isinstance(made, Given):
        catalogue, signatures, exposures = (resolve(data, data_dir, downloads=downloads) for data in files_of(cohort))
        return _read(catalogue, signatures, exposures, empty_samples)
    if reference is None:
        assert isinstance(made, Regenerated)
        return Made(synsiggen.regenerate(name, made.sha256, ""), "simulated from random signatures", "")
    found = resolve(reference.data, data_dir)
    if isinstance(made, Simulation):
        simulated = simulation.simulate(name, made, found.path, seed, empty_samples)
    else:
        assert isinstance(made, Regenerated)
        simulated = synsiggen.regenerate(name, made.sha256, found.path)
    return Made(simulated, f"simulated from {reference.title} ({found.source})", found.sha256)


def _read(catalogue: Resolved, signatures: Resolved, exposures: Resolved, empty_samples: str) -> Made:
    """A cohort and its truth from files; signatures that no patient has an exposure to are left out.

    Raises:
        UserError: a file cannot be read, or the names of the files do not agree.
    """
    counts = read_catalogue(catalogue.path, empty_samples=empty_samples)
    table = pd.read_csv(exposures.path, index_col=0).rename_axis(index="signature").astype(float)
    missing = [name for name in counts.samples if name not in table.columns]
    if missing:
        remedy = "Give one column per sample of the catalogue"
        raise UserError(f"there is no sample {missing[0]!r}", where=str(exposures.path), remedy=remedy)
    active = table.loc[(table > 0).any(axis=1), list(counts.samples)]
    truth = read_signatures(signatures.path, names=list(active.index))
    return Made(
        SimulatedCohort(counts.frame, truth, active, counts.dropped),
        f"published ({catalogue.source})",
        catalogue.sha256,
    )
