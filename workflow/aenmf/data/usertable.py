"""Reading tables of the 96 channels in the formats people have: catalogues and signatures.

Accepted, as CSV, TSV, semicolon- or space-separated text, also gzipped, with or without quotes, a byte-order mark or
Windows line ends, rows in any order:

- a first column of channels, under any heading (``Type``, ``MutationType``, ``Mutation type``, none, …);
- the same with a header that is one field short, as R's ``write.table`` leaves it (the GEL catalogues);
- two columns ``Mutation type`` (``C>A``) and ``Trinucleotide`` (``ACA``), in either order;
- any of these with further columns that only repeat the channel, as COSMIC v2 has them.

:mod:`aenmf.data.spellings` lists the spellings of a channel. What is no part of the table and cannot be taken for it is left
out: a title or ``sep=;`` above the header, columns of row numbers, and columns at the end without a name and a value. Every
such step is a note of the table, and goes to the log.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

import numpy as np

from aenmf.channels import N_CHANNELS
from aenmf.data.cells import LABELS, Grid, plain, read_cells, row_place, some
from aenmf.data.channelcolumns import align_header, channel_order, label_columns, leave_out_row_numbers
from aenmf.errors import UserError

log = logging.getLogger(__name__)

_ROUNDING = 1e-12
"""Negative values below this part of their column's sum are zeros: sums of 96 doubles are off by 1e-14 of it at most."""
_NUMBERS_REMEDY = "Counts are plain numbers such as 12 or 12.5: a decimal point, no thousands separator, no NA"
_GROUPED = re.compile(r"0|[1-9]\d{0,2}(\.\d{3})?")
"""Whole numbers below a million with a dot for thousands; decimals would also be below 1, or have fewer or more digits."""


@dataclass(frozen=True)
class Table:
    """A matrix read from text, with what is needed to name a place in it.

    Attributes:
        path: the file.
        names: column names in file order.
        matrix: (96, N) float64, finite and non-negative, rows in canonical channel order.
        reordered: whether the file had another row order.
        notes: what was done to read it, in sentences without full stops.
    """

    path: Path
    names: tuple[str, ...]
    matrix: np.ndarray
    reordered: bool
    notes: tuple[str, ...] = ()


def read_table(path: str | Path, noun: str) -> Table:
    """Read a table with one row per channel; ``noun`` says what a column is ("sample", "signature").

    Raises:
        UserError: with file, row or column, and remedy: the file is missing, empty or no text; rows are ragged;
            channels are missing, duplicate or unknown, or the matrix is of another kind; a cell is empty, not a number,
            infinite or negative; a column holds text; column names are empty or duplicate.
    """
    path = Path(path)
    grid = read_cells(path, noun)
    short = align_header(grid)
    leave_out_row_numbers(grid)
    n_labels = label_columns(grid, noun)
    order = channel_order(grid, n_labels)
    names = _column_names(grid, n_labels, short, noun)
    _check_no_text(grid, n_labels, noun)
    matrix = np.empty((N_CHANNELS, len(names)))
    for target, (line, fields) in zip(order, grid.rows, strict=True):
        matrix[target] = _numbers(grid, line, fields, names, noun, n_labels)
    _check_thousands(grid, matrix, names, noun, n_labels)
    _settle_negatives(grid, matrix, order, names, noun, n_labels)
    matrix += 0.0  # turns -0.0 into 0.0
    reordered = order != sorted(order)
    for note in [*grid.notes, *["rows re-ordered by name to the canonical channel order"] * reordered]:
        log.info("%s: %s", path, note)
    return Table(path, names, matrix, reordered, tuple(grid.notes))


def _column_names(grid: Grid, n_labels: int, short: bool, noun: str) -> tuple[str, ...]:
    """The names of the columns after the channels."""
    where, header, width = f"{grid.path}, header", grid.header, len(grid.columns)
    if len(header) != width or (short and n_labels > 1):
        remedy = f"Give every column a name: {n_labels} for the channel, then one per {noun}"
        given = len(header) - short
        raise UserError(f"the header has {given} fields and the rows have {width}", where=where, remedy=remedy)
    if n_labels == 1 and plain(header[0]) not in LABELS:
        grid.notes.append(f"column 1, headed {header[0]!r}, is taken as the channels")
    names = tuple(header[n_labels:])
    if not names:
        raise UserError(f"there is no {noun}", where=where, remedy=f"Give at least one {noun} column")
    for column, name in zip(grid.columns[n_labels:], names, strict=True):
        remedy = f"Name every {noun}; remove empty columns and separators at the end of rows"
        check_name(name, noun, f"{where}, column {column}", remedy)
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        columns = [column for column, name in zip(grid.columns[n_labels:], names, strict=True) if name == twice[0]]
        others = f" (and {len(twice) - 1} more)" if len(twice) > 1 else ""
        problem = f"duplicate {noun} {twice[0]!r}{others}"
        raise UserError(problem, where=f"{where}, columns {some(columns)}", remedy=f"Give every {noun} its own name")
    return names


def check_name(name: str, noun: str, where: str, remedy: str) -> None:
    """Check that a name can be shown and written to tables.

    Raises:
        UserError: it is empty, or has unprintable characters.
    """
    if not name or not name.isprintable():
        problem = f"the {noun} name is empty" if not name else f"the {noun} name {name!r} has unprintable characters"
        raise UserError(problem, where=where, remedy=remedy)


def _check_no_text(grid: Grid, n_labels: int, noun: str) -> None:
    """Refuse columns of text, such as genes or subtypes; a single cell that is no number is left to :func:`_numbers`."""
    columns = range(n_labels, len(grid.columns))
    texts = [column for column in columns if all(map(_is_text, (fields[column] for _, fields in grid.rows)))]
    if texts:
        listed = some([grid.name(column) for column in texts])
        verb, them = ("holds", "it") if len(texts) == 1 else ("hold", "them")
        remedy = f"Remove {them}: every column after the channels has the numbers of one {noun}"
        raise UserError(f"{listed} {verb} text in every row", where=str(grid.path), remedy=remedy)


def _numbers(grid: Grid, line: int, fields: list[str], names: Sequence[str], noun: str, n_labels: int) -> list[float]:
    """One row of finite numbers."""
    cells = fields[n_labels:]
    try:
        values = list(map(float, cells))
        if isfinite(sum(values)) and "_" not in "".join(cells):  # float() also reads 1_000
            return values
    except ValueError:
        pass
    for position, cell in enumerate(cells):
        if problem := _cell_problem(cell):
            where = _cell(grid, line, fields, position, names, noun, n_labels)
            raise UserError(problem, where=where, remedy=_NUMBERS_REMEDY)
    return [float(cell) for cell in cells]  # finite each, though their sum overflows


def _check_thousands(grid: Grid, matrix: np.ndarray, names: Sequence[str], noun: str, n_labels: int) -> None:
    """Refuse a table whose dots may group thousands: every cell is written as such numbers are, like 0, 900 or 1.770."""
    if matrix.max() >= 1000 or ((matrix > 0) & (matrix < 1)).any() or (matrix == np.floor(matrix)).all():
        return
    if all(map(_GROUPED.fullmatch, (cell for _, fields in grid.rows for cell in fields[n_labels:]))):
        line, fields = next((line, fields) for line, fields in grid.rows if "." in "".join(fields[n_labels:]))
        position, cell = next((i, cell) for i, cell in enumerate(fields[n_labels:]) if "." in cell)
        where = _cell(grid, line, fields, position, names, noun, n_labels)
        problem = (
            f"{cell} may mean {cell.replace('.', '')}, with a dot for thousands: all numbers of the file are written so"
        )
        remedy = f"Write thousands without a dot, {cell.replace('.', '')}; write decimals with one digit more, {cell}0"
        raise UserError(problem, where=where, remedy=remedy)


def _settle_negatives(
    grid: Grid, matrix: np.ndarray, order: list[int], names: Sequence[str], noun: str, n_labels: int
) -> None:
    """Set to 0 what is below it by rounding alone; refuse other negative values."""
    negative = matrix < 0
    if not negative.any():
        return
    real = negative & (-matrix > _ROUNDING * np.abs(matrix).sum(axis=0))
    for target, (line, fields) in zip(order, grid.rows, strict=True):
        for position in np.flatnonzero(real[target])[:1]:
            where = _cell(grid, line, fields, position, names, noun, n_labels)
            problem = f"negative value {fields[n_labels + position]}"
            raise UserError(problem, where=where, remedy="Values cannot be negative")
    grid.notes.append(f"read {negative.sum()} values down to {matrix.min():.2g}, below 0 by rounding alone, as 0")
    matrix[negative] = 0


def _cell(
    grid: Grid, line: int, fields: list[str], position: int, names: Sequence[str], noun: str, n_labels: int
) -> str:
    """How messages name a cell."""
    row = row_place(grid.path, line, fields[:n_labels])
    return f"{row}, {noun} {names[position]!r} (column {grid.columns[n_labels + position]})"


def _cell_problem(cell: str) -> str | None:
    try:
        value = float(cell)
    except ValueError:
        return f"{cell!r} is not a number" if cell else "the cell is empty"
    return f"{cell!r} is not a finite number" if "_" in cell or not isfinite(value) else None


def _is_text(cell: str) -> bool:
    """Whether a cell is a word; 1,5 and 1 000 are numbers written in another way."""
    try:
        float(cell)
    except ValueError:
        return any(map(str.isalpha, cell))
    return False
