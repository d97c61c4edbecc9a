"""The pipeline's own matrix files: channels or signatures × patients or signatures, as TSV.

Fits read them without pandas, which takes longer to import than the files to read.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from aenmf.channels import CHANNELS
from aenmf.errors import UserError
from aenmf.files.atomic import atomic_write

if TYPE_CHECKING:
    import pandas as pd


class Matrix(NamedTuple):
    """A matrix with its names.

    Attributes:
        kind: what the rows are, ``channel`` or ``signature``.
        rows, columns: their names.
        values: float64.
    """

    kind: str
    rows: list[str]
    columns: list[str]
    values: np.ndarray


def matrix_frame(matrix: np.ndarray, names: Sequence[str]) -> pd.DataFrame:
    """A (96, N) matrix as a table with the canonical channels as index ``channel``."""
    import pandas as pd

    return pd.DataFrame(matrix, index=pd.Index(CHANNELS, name="channel"), columns=list(names))


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
    """Read what :func:`write_matrix_tsv` wrote, float64, with the same index name, index and columns; see :func:`read_matrix`."""
    import pandas as pd

    kind, rows, columns, values = read_matrix(path)
    return pd.DataFrame(values, index=pd.Index(rows, name=kind), columns=columns)


def read_matrix(path: str | Path) -> Matrix:
    """Read what :func:`write_matrix_tsv` wrote.

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
    return Matrix(index_name, labels, columns, values)


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def counts_of(catalogue: pd.DataFrame, samples: Sequence[str]) -> np.ndarray:
    """The counts (96, n) of some samples of a catalogue, in the given order, float64 and C-contiguous."""
    return np.ascontiguousarray(catalogue[list(samples)].to_numpy(dtype=np.float64))
