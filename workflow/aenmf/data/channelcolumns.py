"""Which columns of a table name the channels, which only number rows or repeat the channels, and the order of the rows."""

from __future__ import annotations

from collections import Counter
from math import isfinite
from pathlib import Path

from aenmf.channels import CHANNELS, N_CHANNELS, POSITION
from aenmf.data import spellings
from aenmf.data.cells import LABELS, MOST_LABELS, Grid, plain, some
from aenmf.data.spellings import SBS_BY_STRAND, is_channel, parse_channel, spelt
from aenmf.errors import UserError

_SECOND_LABELS = {"trinucleotide", "trinucleotidecontext", "trinucleotides", "context", "subtype"}
_SAMPLES = {"sample", "samples", "sampleid", "samplename", "patient", "patients", "patientid", "donor", "donorid"}
_SAMPLES |= {"tumorsamplebarcode", "caseid", "tumour", "tumor"}
"""Headings of a column that names samples, in a table with a row for each channel and sample."""
_SBS96_REMEDY = (
    "Give the matrix of 96 channels, SBS96, that the same tool writes; SigProfilerMatrixGenerator calls it *.SBS96.all"
)


def align_header(grid: Grid) -> bool:
    """Whether the header had no field above the channels, as R leaves it, and has an empty one now."""
    numbered = _is_numbering(grid.text_in(0))
    short = len(grid.header) == len(grid.columns) - 1 and (numbered or plain(grid.header[0]) not in LABELS)
    if short:
        grid.header.insert(0, "")
    return short and not numbered


def leave_out_row_numbers(grid: Grid) -> None:
    """Leave out columns with a number for each row, which no patient has."""
    if _labels_at(grid.rows):
        numbered = {column for column in range(len(grid.columns)) if _is_numbering(grid.text_in(column))}
        grid.leave_out(numbered, "row numbers")


def _is_numbering(cells: list[str]) -> bool:
    """Whether cells are 0, 1, 2, … or 1, 2, 3, …, in any order: rows may have been sorted since."""
    return len(cells) > 2 and set(cells) in ({*map(str, range(len(cells)))}, {*map(str, range(1, len(cells) + 1))})


def _labels_at(rows: list[tuple[int, list[str]]]) -> tuple[int, int] | None:
    """The first column with channels and how many columns they fill (1 or 2), or None."""
    for column in range(min(len(rows[0][1]), MOST_LABELS)):
        for n in (1, 2):
            if any(spelt(":".join(fields[column : column + n])) for _, fields in rows[:N_CHANNELS]):
                return column, n
    return None


def label_columns(grid: Grid, noun: str) -> int:
    """How many columns name the channels (1 or 2); further ones that only repeat them are left out.

    Raises:
        UserError: the file is another kind of matrix, or columns come before the channels.
    """
    _check_header(grid, noun)
    path, (line, fields) = grid.path, grid.rows[0]
    found = _labels_at(grid.rows)
    if found is None:
        two = plain(grid.header[0]) in LABELS and plain(grid.header[min(1, len(grid.header) - 1)]) in _SECOND_LABELS
        n_labels = 2 if two else 1
        raise _no_channels(path, line, ":".join(fields[:n_labels]), noun)
    first, n_labels = found
    _check_repeated(grid, first, n_labels)
    if first:
        before = "the first column" if first == 1 else f"the first {first} columns"
        problem = f"the channels are in column {grid.columns[first]}, not in the first"
        raise UserError(problem, where=f"{path}, row {line}", remedy=f"Remove {before}")
    return n_labels


def _check_repeated(grid: Grid, first: int, n_labels: int) -> None:
    """Refuse a matrix with several rows per channel, as one by strand or a long table has them."""
    labels = [":".join(fields[first : first + n_labels]) for _, fields in grid.rows]
    repeated = sum(count > 1 for count in Counter(label.upper() for label in labels).values())
    if repeated <= N_CHANNELS // 2:
        return
    columns = range(min(len(grid.columns), MOST_LABELS))
    strands = [column for column in columns if all(map(spellings.is_strand, grid.text_in(column)))]
    if strands:
        problem = f"{grid.name(strands[0])} names strands: this looks like a matrix of the kind {SBS_BY_STRAND}"
    elif samples := [column for column in columns if _names_samples(grid, column, labels)]:
        problem = f"this looks like a long table: {grid.name(samples[0])} names a sample in every row"
        remedy = "Make it wide, with one row per channel and one column per sample, such as by pandas' pivot_table"
        raise UserError(problem, where=f"{grid.path}, header", remedy=remedy)
    else:
        problem = f"{repeated} channels have several rows: this looks like a matrix of the kind {SBS_BY_STRAND}"
        problem += ", or like several tables one below the other"
    raise UserError(problem, where=f"{grid.path}, header", remedy=_SBS96_REMEDY)


def _names_samples(grid: Grid, column: int, labels: list[str]) -> bool:
    """Whether a column says of which sample each row is: its heading does, or no two rows of one name have one channel."""
    cells = grid.text_in(column)
    if plain(grid.header[min(column, len(grid.header) - 1)]) in _SAMPLES:
        return True
    return not any(map(_is_number, cells)) and len(set(zip(labels, cells, strict=True))) == len(cells)


def _is_number(cell: str) -> bool:
    try:
        return bool(cell) and isfinite(float(cell))
    except ValueError:
        return False


def _check_header(grid: Grid, noun: str) -> None:
    """Refuse a file without a header, or with the channels in it."""
    where, header = f"{grid.path}, header", grid.header
    if is_channel(header[0]) or (len(header) > 1 and is_channel(f"{header[0]}:{header[1]}")):
        raise UserError(f"there is no header with {noun} names", where=where, remedy="Add it as the first row")
    if sum(map(is_channel, header)) > N_CHANNELS // 2:
        remedy = f"Transpose the file: one row per channel, one column per {noun}"
        raise UserError("the channels are in the header", where=where, remedy=remedy)


def channel_order(grid: Grid, n_labels: int) -> list[int]:
    """The canonical position of each row; columns that repeat the channels are left out."""
    labels = [":".join(fields[:n_labels]) for _, fields in grid.rows]
    lines: dict[str, int] = {}
    try:
        written = spellings.written_out(labels)
    except UserError as error:
        raise UserError(error.problem, where=str(grid.path), remedy=error.remedy) from None
    for (line, fields), label in zip(grid.rows, written, strict=True):
        try:
            channel = parse_channel(label)
        except UserError as error:
            remedy = error.remedy if lines else _remedy_above(fields[n_labels:], label) or error.remedy
            raise UserError(error.problem, where=f"{grid.path}, row {line}", remedy=remedy) from None
        if channel in lines:
            remedy = f"If rows {lines[channel]} and {line} count different mutations, add them up; if one is a copy, remove it"
            raise UserError(f"duplicate channel {channel!r}", where=f"{grid.path}, row {line}", remedy=remedy)
        lines[channel] = line
    missing = [channel for channel in CHANNELS if channel not in lines]
    if missing:
        remedy = "Add the rows; a channel without mutations is a row of zeros"
        raise UserError(
            f"{len(missing)} of {N_CHANNELS} channels are missing: {some(missing)}",
            where=str(grid.path),
            remedy=remedy,
        )
    other = next((pair for pair in zip(labels, lines, strict=True) if pair[0] != pair[1]), None)
    if other:
        grid.notes.append(f"read channels such as {other[0]!r} as {other[1]!r}")
    repeating = {
        column
        for column in range(n_labels, min(len(grid.columns), MOST_LABELS))
        if all(map(spellings.repeats, grid.text_in(column), lines))
    }
    grid.leave_out(repeating, "the channels again")
    return [POSITION[channel] for channel in lines]


def _remedy_above(cells: list[str], label: str) -> str:
    """What to do about a row without a channel above those that have one; empty where it looks like a misspelt channel."""
    if plain(label) and plain(label) in LABELS and any(cells):
        return "This looks like the header: remove the rows above it"
    if plain(label) and any(cell.replace(".", "", 1).isdigit() for cell in cells):
        return ""
    return "The header has several rows: keep the one that names the columns, and remove the others"


def _no_channels(path: Path, line: int, label: str, noun: str) -> UserError:
    """What a file is in which no row is named by a channel, judged by its first row."""
    where = f"{path}, row {line}"
    problem = f"unknown channel {label!r}"
    if kind := spellings.other_kind(label):
        return UserError(f"{problem}: this looks like a matrix of the kind {kind}", where=where, remedy=_SBS96_REMEDY)
    remedy = (
        f"Give one row per channel, written like A[C>A]A, and one column per {noun}: transpose the file if it is the "
        "other way round, and take SBS96 where it is another kind of matrix"
    )
    return UserError(f"{problem}, and no other row has a known one", where=where, remedy=remedy)
