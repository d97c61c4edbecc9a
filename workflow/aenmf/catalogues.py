"""Mutational catalogues, channels × patients: reading a user's file, and the pipeline's own matrix files."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from aenmf.atomic import atomic_write
from aenmf.channels import CHANNELS, N_CHANNELS
from aenmf.channeltable import read_table, some
from aenmf.errors import UserError, did_you_mean
from aenmf.splits import least_samples, train_size

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
        left_out: number of empty columns at the end of the file that were left out.
    """

    samples: tuple[str, ...]
    matrix: np.ndarray
    dropped: tuple[str, ...] = ()
    reordered: bool = False
    path: Path | None = None
    left_out: int = 0

    @property
    def frame(self) -> pd.DataFrame:
        """The counts as a table: index ``channel``, one column per sample."""
        return matrix_frame(self.matrix, self.samples)


def matrix_frame(matrix: np.ndarray, names: Sequence[str]) -> pd.DataFrame:
    """A (96, N) matrix as a table with the canonical channels as index ``channel``."""
    return pd.DataFrame(matrix, index=pd.Index(CHANNELS, name="channel"), columns=list(names))


def read_catalogue(path: str | Path, *, empty_samples: str = "error") -> Catalogue:
    """Read and check a catalogue of mutation counts.

    Args:
        path: the file, in one of the formats described in :mod:`aenmf.channeltable`.
        empty_samples: what to do with samples without mutations: ``error`` names them, ``drop`` leaves them out, lists
            them in ``dropped`` and logs them.

    Raises:
        UserError: as :func:`aenmf.channeltable.read_table`, and where a sample has no mutation (unless dropped).
    """
    if empty_samples not in ("error", "drop"):
        remedy = did_you_mean(empty_samples, ("error", "drop"))
        raise UserError(f"{empty_samples!r} is not allowed", where="empty_samples", remedy=remedy)
    table = read_table(path, "sample")
    names, matrix = np.array(table.names, dtype=object), table.matrix
    fractional = int((matrix != np.floor(matrix)).any(axis=0).sum())
    if fractional:
        log.info("%s: %d of %d samples have fractional counts; kept as they are", path, fractional, len(names))
    empty = ~matrix.any(axis=0)
    dropped = tuple(names[empty])
    if dropped:
        listed = some(dropped)
        if empty_samples == "error":
            remedy = (
                "Remove them from the file, or leave them out: empty_samples: drop, which scaffold --drop-empty writes"
            )
            raise UserError(f"{len(dropped)} without any mutation: {listed}", where=f"{path}, samples", remedy=remedy)
        if len(dropped) == len(names):
            raise UserError("no sample has any mutation", where=str(path), remedy="Check that this is the right file")
        log.warning("%s: left out %d samples without any mutation: %s", path, len(dropped), ", ".join(dropped))
    kept = np.ascontiguousarray(matrix[:, ~empty])
    return Catalogue(tuple(names[~empty]), kept, dropped, table.reordered, table.path, table.left_out)


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
        remedy = f"Rank {rank} with train_fraction {train_fraction} needs at least {least} samples: add samples"
        remedy += f", choose a rank of at most {training}" if training else ""
        remedy += ", or raise train_fraction" if rank < n else ""
        raise UserError(
            f"{n} samples give {training} training samples, fewer than the rank {rank} needs",
            where=where,
            remedy=remedy,
        )


def write_matrix_tsv(path: str | Path, frame: pd.DataFrame) -> None:
    """Write a table of numbers as TSV: the index first, then one column per sample or signature.

    The index has a name, ``channel`` or ``signature``. Whole numbers are written as integers, others so that reading
    gives the same float64; the same table gives the same bytes.

    Raises:
        ValueError: the index has no name, or a name holds a tab or a line break.
    """
    names = [str(frame.index.name or ""), *map(str, frame.columns)]
    labels = [str(label) for label in frame.index]
    if not names[0] or any(mark in text for text in (*names, *labels) for mark in "\t\r\n"):
        raise ValueError("the index needs a name, and names cannot hold tabs or line breaks")
    values = frame.to_numpy(dtype=float)
    with atomic_write(path) as file:
        file.write("\t".join(names) + "\n")
        for label, row in zip(labels, values.tolist(), strict=True):
            file.write("\t".join([label, *map(_number, row)]) + "\n")


def read_matrix_tsv(path: str | Path) -> pd.DataFrame:
    """Read what :func:`write_matrix_tsv` wrote, float64, with the same index name, index and columns.

    Raises:
        UserError: the file is not one of the pipeline's own: fields are missing, names are duplicate, a cell is no
            number, or rows called ``channel`` are not in canonical order.
    """
    remedy = "This file is the pipeline's own: delete it and run again"
    try:
        header, *lines = Path(path).read_text(encoding="utf-8").rstrip("\n").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"the matrix cannot be read ({error})", where=str(path), remedy=remedy) from error
    index_name, *columns = header.split("\t")
    values, labels = np.empty((len(lines), len(columns))), []
    for i, line in enumerate(lines):
        label, *cells = line.split("\t")
        labels.append(label)
        try:
            values[i] = list(map(float, cells))
        except ValueError as error:
            raise UserError(f"the row is damaged ({error})", where=f"{path}, row {i + 2}", remedy=remedy) from error
    if len(set(labels)) < len(labels) or len(set(columns)) < len(columns):
        raise UserError("a name occurs twice", where=str(path), remedy=remedy)
    if index_name == "channel" and tuple(labels) != CHANNELS:
        raise UserError("the channels are not in canonical order", where=str(path), remedy=remedy)
    return pd.DataFrame(values, index=pd.Index(labels, name=index_name), columns=columns)


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def counts_of(catalogue: pd.DataFrame, samples: Sequence[str]) -> np.ndarray:
    """The counts (96, n) of some samples of a catalogue, in the given order, float64 and C-contiguous."""
    return np.ascontiguousarray(catalogue[list(samples)].to_numpy(dtype=np.float64))
