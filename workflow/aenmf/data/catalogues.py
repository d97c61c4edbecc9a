"""Mutational catalogues, channels × patients: reading a user's file, and the pipeline's own matrix files."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from aenmf.channels import N_CHANNELS
from aenmf.data.cells import some
from aenmf.data.splits import least_samples, train_size
from aenmf.data.usertable import read_table
from aenmf.errors import UserError, did_you_mean
from aenmf.files.matrices import matrix_frame
from aenmf.formats import counted

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Catalogue:
    """Mutation counts of a cohort, channels × patients.

    Attributes:
        samples: names of the N patients.
        matrix: (96, N) counts, float64, C-contiguous, rows in canonical channel order.
        dropped: samples left out because they have no mutation.
        reordered: whether the file had another row order.
        path: the file read.
        notes: what was done to read the file.
    """

    samples: tuple[str, ...]
    matrix: np.ndarray
    dropped: tuple[str, ...] = ()
    reordered: bool = False
    path: Path | None = None
    notes: tuple[str, ...] = ()

    @property
    def frame(self) -> pd.DataFrame:
        """The counts as a table: index ``channel``, one column per sample."""
        return matrix_frame(self.matrix, self.samples)


def read_catalogue(path: str | Path, *, empty_samples: str = "error", selection: str = "") -> Catalogue:
    """Read and check a catalogue of mutation counts.

    Args:
        path: the file, in one of the formats described in :mod:`aenmf.data.usertable`.
        empty_samples: what to do with samples without mutations: ``error`` names them, ``drop`` leaves them out, lists
            them in ``dropped`` and logs them.
        selection: keep the samples whose names begin so, and cut that off the names; empty keeps all.

    Raises:
        UserError: as :func:`aenmf.data.usertable.read_table`, and where no sample is selected, or one has no mutation (unless
            dropped).
    """
    if empty_samples not in ("error", "drop"):
        remedy = did_you_mean(empty_samples, ("error", "drop"))
        raise UserError(f"{empty_samples!r} is not allowed", where="empty_samples", remedy=remedy)
    table = read_table(path, "sample")
    names, matrix = np.array(table.names, dtype=object), table.matrix
    if selection:
        wanted = np.array([name.startswith(selection) for name in names])
        if not wanted.any():
            remedy = f"The samples are: {some(table.names)}"
            raise UserError(f"no sample begins with {selection!r}", where=str(path), remedy=remedy)
        names, matrix = np.array([name.removeprefix(selection) for name in names[wanted]]), matrix[:, wanted]
    fractional = int((matrix != np.floor(matrix)).any(axis=0).sum())
    if fractional:
        log.info("%s: %d of %d samples have fractional counts; kept as they are", path, fractional, len(names))
    found = settled(path, list(names), matrix, empty_samples)
    return replace(found, reordered=table.reordered, path=table.path, notes=table.notes)


def settled(path: str | Path, samples: Sequence[str], matrix: np.ndarray, empty_samples: str) -> Catalogue:
    """The catalogue of a matrix from a file or folder, with samples that have no mutation refused or left out.

    Raises:
        UserError: a sample has no mutation (unless dropped), or none has any.
    """
    empty, names = ~matrix.any(axis=0), np.array(samples, dtype=object)
    dropped = tuple(names[empty])
    if dropped:
        listed = some(dropped)
        if len(dropped) == len(names):
            raise UserError("no sample has any mutation", where=str(path), remedy="Check that this is the right file")
        if empty_samples == "error":
            remedy = (
                "Remove them from the file, or leave them out: empty_samples: drop, which scaffold --drop-empty writes"
            )
            raise UserError(f"{len(dropped)} without any mutation: {listed}", where=f"{path}, samples", remedy=remedy)
        log.warning("%s: left out %d samples without any mutation: %s", path, len(dropped), ", ".join(dropped))
    kept = np.ascontiguousarray(matrix[:, ~empty])
    return Catalogue(tuple(names[~empty]), kept, dropped, path=Path(path))


def check_rank(catalogue: Catalogue, rank: int, train_fraction: float) -> None:
    """Check that a cohort is large enough for a rank and a fraction of training patients.

    Args:
        catalogue: the catalogue, after dropping.
        rank: number of signatures K.
        train_fraction: fraction of the patients that train, above 0 and below 1.

    Raises:
        UserError: K exceeds the 96 channels or the training patients.
    """
    check_size(str(catalogue.path or "catalogue"), len(catalogue.samples), rank, train_fraction)


def check_size(where: str, n: int, rank: int, train_fraction: float) -> None:
    """:func:`check_rank` for a cohort of ``n`` patients, found at ``where``.

    Raises:
        UserError: as :func:`check_rank`.
    """
    if not 1 <= rank <= N_CHANNELS:
        raise UserError(f"rank {rank} is outside 1 to {N_CHANNELS}", where=where, remedy="Choose a rank in this range")
    training = train_size(n, train_fraction)
    if training < rank:
        least = least_samples(rank, train_fraction)
        remedy = (
            f"Rank {rank} with train_fraction {train_fraction} needs at least {counted(least, 'sample')}: add samples"
        )
        remedy += f", choose a rank of at most {training}" if training else ""
        remedy += ", or raise train_fraction" if rank < n else ""
        raise UserError(
            f"of {counted(n, 'sample')}, {training} would be for training, fewer than the rank {rank} needs",
            where=where,
            remedy=remedy,
        )
