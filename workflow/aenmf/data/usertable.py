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

import csv
import gzip
import io
import logging
import re
import zlib
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from math import isfinite
from pathlib import Path

import numpy as np

from aenmf.channels import CHANNELS, N_CHANNELS, POSITION
from aenmf.data import spellings
from aenmf.data.spellings import SBS_BY_STRAND, is_channel, parse_channel, spelt
from aenmf.errors import UserError

log = logging.getLogger(__name__)

# Headings of label columns, lower case, letters and digits only ("Mutation type" -> "mutationtype").
_LABELS = {"", "unnamed0", "index", "feature", "features", "type", "types", "channel", "channels", "context", "sbs"}
_LABELS |= {"mutation", "mutationtype", "mutationtypes", "mutationcontext", "somaticmutationtype"}
_LABELS |= {"substitution", "substitutiontype"}
_SECOND_LABELS = {"trinucleotide", "trinucleotidecontext", "trinucleotides", "context", "subtype"}
_MOST_LABELS = 6
"""The channels are looked for in so many columns; no tool writes more before its counts."""
_ROUNDING = 1e-12
"""Negative values below this part of their column's sum are zeros: sums of 96 doubles are off by 1e-14 of it at most."""
_ENTITY = re.compile("(?<=[ACGT])&gt;(?=[ACGT])", re.IGNORECASE)
_NUMBERS_REMEDY = "Counts are plain numbers such as 12 or 12.5: a decimal point, no thousands separator, no NA"
_GROUPED = re.compile(r"0|[1-9]\d{0,2}(\.\d{3})?")
"""Whole numbers below a million with a dot for thousands; decimals would also be below 1, or have fewer or more digits."""
_SBS96_REMEDY = (
    "Give the matrix of 96 channels, SBS96, that the same tool writes; SigProfilerMatrixGenerator calls it *.SBS96.all"
)


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


@dataclass
class _Grid:
    """The cells of a file.

    Attributes:
        path: the file.
        header: fields of the header, as many as the rows have, or another number where that is a mistake.
        rows: each row's line number in the file and its fields.
        columns: each column's number in the file, from 1.
        notes: what was done to read it.
    """

    path: Path
    header: list[str]
    rows: list[tuple[int, list[str]]]
    columns: list[int] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def text_in(self, column: int) -> list[str]:
        """The cells of a column."""
        return [fields[column] for _, fields in self.rows]

    def name(self, column: int) -> str:
        """How messages call a column."""
        heading = self.header[column] if column < len(self.header) else ""
        return f"column {self.columns[column]}" + (f" {heading!r}" if heading else "")

    def leave_out(self, columns: Collection[int], why: str) -> None:
        """Leave columns out, with a note.

        Raises:
            UserError: the header names more or fewer columns, so that it is not known which names go with them.
        """
        if not columns:
            return
        given, width = len(self.header), len(self.columns)
        if given != width:
            remedy = "Give every column a name in the header, also those that name channels or number rows"
            raise UserError(
                f"the header has {given} fields and the rows have {width}", where=f"{self.path}, header", remedy=remedy
            )
        self.notes.append(f"left out {some([self.name(column) for column in sorted(columns)])}: {why}")
        kept = [column for column in range(len(self.columns)) if column not in columns]
        self.header = [self.header[column] for column in kept]
        self.rows = [(line, [fields[column] for column in kept]) for line, fields in self.rows]
        self.columns = [self.columns[column] for column in kept]


def read_table(path: str | Path, noun: str) -> Table:
    """Read a table with one row per channel; ``noun`` says what a column is ("sample", "signature").

    Raises:
        UserError: with file, row or column, and remedy: the file is missing, empty or no text; rows are ragged;
            channels are missing, duplicate or unknown, or the matrix is of another kind; a cell is empty, not a number,
            infinite or negative; a column holds text; column names are empty or duplicate.
    """
    path = Path(path)
    grid = _split_lines(path, _read_text(path))
    _check_widths(grid)
    _leave_out_the_end(grid)
    short = _align_header(grid)
    _leave_out_row_numbers(grid)
    n_labels = _label_columns(grid, noun)
    order = _channel_order(grid, n_labels)
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


def _read_text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        remedy = "Check the path and its spelling"
        raise UserError(f"the file cannot be read ({error.strerror})", where=str(path), remedy=remedy) from error
    try:
        if content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise UserError(f"the gzip file is damaged ({error})", where=str(path), remedy="Copy it again") from error
    if content[:4] == b"PK\x03\x04":
        raise UserError(
            "this is a zip archive or an Excel workbook", where=str(path), remedy="Save the table as CSV or TSV"
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        remedy = "Save it as UTF-8 text, CSV or TSV"
        raise UserError(f"the file is not UTF-8 text (byte {error.start})", where=str(path), remedy=remedy) from error
    if "\0" in text:
        raise UserError("the file is not text", where=str(path), remedy="Save it as UTF-8 text, CSV or TSV")
    if not text.strip():
        raise UserError("the file is empty", where=str(path), remedy="Give a table of 96 channels × samples")
    return text


def _delimiter(header: str, row: str) -> str:
    """Tab if the first row has one; else the more frequent of comma and semicolon; else space."""
    if "\t" in row:
        return "\t"
    commas, semicolons = (header.count(mark) + row.count(mark) for mark in ",;")
    if commas or semicolons:
        # Decimal commas do not occur in headers, so the header decides where it can.
        if "," in header or ";" in header:
            commas, semicolons = header.count(","), header.count(";")
        return ";" if semicolons > commas else ","
    return " "


def _split_lines(path: Path, text: str) -> _Grid:
    """The header's fields and the rows, blank lines, titles and comments before the header left out."""
    notes: list[str] = []
    if _ENTITY.search(text):  # its semicolon would separate fields
        text = _ENTITY.sub(">", text)
        notes.append("read &gt; in the names of channels as >")
    lines = io.StringIO(text, newline="").readlines()
    first, mark = _header_line(lines, notes)
    data = [line for line in lines[first + 1 :] if line.strip()]
    if not data:
        raise UserError("the file has no data rows", where=str(path), remedy="Give a table of 96 channels × samples")
    delimiter = mark if mark and mark in lines[first] else _delimiter(lines[first], data[0])
    label = _plain(lines[first].split(delimiter)[0])  # where it is none, # may begin a patient's name
    source = [lines[first].lstrip("#") if label in _LABELS else lines[first], *lines[first + 1 :]]
    if delimiter == " ":  # a field is stripped of blanks; spaces that separate fields may be several
        source = [line.strip() + "\n" for line in source]
    reader = csv.reader(source, delimiter=delimiter, skipinitialspace=True, strict=True)
    try:
        found = [(first + reader.line_num, [field.strip() for field in fields]) for fields in reader if any(fields)]
    except csv.Error as error:
        where = f"{path}, row {first + reader.line_num}"
        raise UserError(
            f"the row cannot be split into fields ({error})", where=where, remedy="Check its quotes"
        ) from error
    (_, header), *rows = found
    if not rows or max(len(fields) for _, fields in rows) < 2:
        remedy = "Separate the fields by tabs or commas"
        raise UserError("no separator was found between the fields", where=_row(path, first + 1, header), remedy=remedy)
    return _Grid(path, header, rows, notes=notes)


def _header_line(lines: list[str], notes: list[str]) -> tuple[int, str]:
    """The index of the header among the lines, and the separator that Excel's ``sep=;`` names."""
    filled = [i for i, line in enumerate(lines) if line.strip()]
    mark = re.fullmatch(r'"?sep=(.)"?[,;\s]*', lines[filled[0]], re.IGNORECASE)
    if mark:
        notes.append(f"left out row {filled.pop(0) + 1}, which names the separator {mark[1]!r}")
    comments = list(takewhile(lambda i: lines[i].startswith("#"), filled))
    filled = filled[len(comments) :]
    if not filled:
        return len(lines), ""
    if comments and _is_row(lines[filled[0]]) and _heads(lines[comments[-1]], lines[filled[0]]):
        notes.append(f"took row {comments[-1] + 1}, which begins with #, as the header")
        return comments[-1], mark[1] if mark else ""
    while len(filled) > 2 and _is_title(lines[filled[0]], lines[filled[-1]]) and not _is_row(lines[filled[1]]):
        notes.append(f"left out row {filled.pop(0) + 1}, a title above the header")
    return filled[0], mark[1] if mark else ""


def _is_row(line: str) -> bool:
    """Whether a line begins with a channel, in any of its first columns."""
    fields = [cell.strip(" \"'\r\n") for cell in re.split(r"[\t,; ]+", line, maxsplit=_MOST_LABELS + 1)]
    return any(spelt(":".join(fields[i : i + n])) for i in range(len(fields)) for n in (1, 2))


def _heads(comment: str, row: str) -> bool:
    """Whether a comment is the header of a row: as many fields, the first of them a heading of channels."""
    delimiter = _delimiter(comment, row)
    label = _plain(comment.split(delimiter)[0])
    return delimiter != " " and comment.count(delimiter) == row.count(delimiter) and label in _LABELS


def _is_title(line: str, last: str) -> bool:
    """Whether a line has one field where the last line of the file has several."""
    one = re.fullmatch(r'"[^"]*"|[^"\t,;]*', line.strip("\t,; \r\n"))
    return bool(one and any(mark in last for mark in "\t,;"))


def _plain(heading: str) -> str:
    return re.sub(r"[^a-z0-9]", "", heading.lower())


def _check_widths(grid: _Grid) -> None:
    width = Counter(len(fields) for _, fields in grid.rows).most_common(1)[0][0]
    for line, fields in grid.rows:
        if len(fields) != width:
            remedy = f"Complete or remove the row; {width} fields are expected as in the others"
            problem = f"the row has {len(fields)} fields, not {width}"
            raise UserError(problem, where=_row(grid.path, line, fields), remedy=remedy)
    grid.columns = list(range(1, width + 1))


def _leave_out_the_end(grid: _Grid) -> None:
    """Leave out empty columns at the end, as a separator at the end of every line makes them."""
    width = len(grid.columns)
    while len(grid.columns) > 1 and grid.header[-1:] == [""] and not any(fields[-1] for _, fields in grid.rows):
        grid.header.pop()
        grid.columns.pop()
        grid.rows = [(line, fields[:-1]) for line, fields in grid.rows]
    if left := width - len(grid.columns):
        grid.notes.append(f"left out {left} column{'s'[: left - 1]} at the end without a name and a value")


def _align_header(grid: _Grid) -> bool:
    """Whether the header had no field above the channels, as R leaves it, and has an empty one now."""
    numbered = _is_numbering(grid.text_in(0))
    short = len(grid.header) == len(grid.columns) - 1 and (numbered or _plain(grid.header[0]) not in _LABELS)
    if short:
        grid.header.insert(0, "")
    return short and not numbered


def _leave_out_row_numbers(grid: _Grid) -> None:
    """Leave out columns with a number for each row, which no patient has."""
    if _labels_at(grid.rows):
        numbered = {column for column in range(len(grid.columns)) if _is_numbering(grid.text_in(column))}
        grid.leave_out(numbered, "row numbers")


def _is_numbering(cells: list[str]) -> bool:
    """Whether cells are 0, 1, 2, … or 1, 2, 3, …, in any order: rows may have been sorted since."""
    return len(cells) > 2 and set(cells) in ({*map(str, range(len(cells)))}, {*map(str, range(1, len(cells) + 1))})


def _labels_at(rows: list[tuple[int, list[str]]]) -> tuple[int, int] | None:
    """The first column with channels and how many columns they fill (1 or 2), or None."""
    for column in range(min(len(rows[0][1]), _MOST_LABELS)):
        for n in (1, 2):
            if any(spelt(":".join(fields[column : column + n])) for _, fields in rows[:N_CHANNELS]):
                return column, n
    return None


def _label_columns(grid: _Grid, noun: str) -> int:
    """How many columns name the channels (1 or 2); further ones that only repeat them are left out.

    Raises:
        UserError: the file is another kind of matrix, or columns come before the channels.
    """
    _check_header(grid, noun)
    path, (line, fields) = grid.path, grid.rows[0]
    found = _labels_at(grid.rows)
    if found is None:
        two = _plain(grid.header[0]) in _LABELS and _plain(grid.header[min(1, len(grid.header) - 1)]) in _SECOND_LABELS
        n_labels = 2 if two else 1
        raise _no_channels(path, line, ":".join(fields[:n_labels]), noun)
    first, n_labels = found
    _check_strands(grid, [":".join(fields[first : first + n_labels]) for _, fields in grid.rows])
    if first:
        before = "the first column" if first == 1 else f"the first {first} columns"
        problem = f"the channels are in column {grid.columns[first]}, not in the first"
        raise UserError(problem, where=f"{path}, row {line}", remedy=f"Remove {before}")
    return n_labels


def _check_strands(grid: _Grid, labels: list[str]) -> None:
    """Refuse a matrix with several rows per channel, as one by strand has them."""
    repeated = sum(count > 1 for count in Counter(label.upper() for label in labels).values())
    if repeated <= N_CHANNELS // 2:
        return
    columns = range(min(len(grid.columns), _MOST_LABELS))
    strands = [column for column in columns if all(map(spellings.is_strand, grid.text_in(column)))]
    if strands:
        problem = f"{grid.name(strands[0])} names strands: this looks like a matrix of the kind {SBS_BY_STRAND}"
    else:
        problem = f"{repeated} channels have several rows: this looks like a matrix of the kind {SBS_BY_STRAND}"
        problem += ", or like several tables one below the other"
    raise UserError(problem, where=f"{grid.path}, header", remedy=_SBS96_REMEDY)


def _check_header(grid: _Grid, noun: str) -> None:
    """Refuse a file without a header, or with the channels in it."""
    where, header = f"{grid.path}, header", grid.header
    if is_channel(header[0]) or (len(header) > 1 and is_channel(f"{header[0]}:{header[1]}")):
        raise UserError(f"there is no header with {noun} names", where=where, remedy="Add it as the first row")
    if sum(map(is_channel, header)) > N_CHANNELS // 2:
        remedy = f"Transpose the file: one row per channel, one column per {noun}"
        raise UserError("the channels are in the header", where=where, remedy=remedy)


def _column_names(grid: _Grid, n_labels: int, short: bool, noun: str) -> tuple[str, ...]:
    """The names of the columns after the channels."""
    where, header, width = f"{grid.path}, header", grid.header, len(grid.columns)
    if len(header) != width or (short and n_labels > 1):
        remedy = f"Give every column a name: {n_labels} for the channel, then one per {noun}"
        given = len(header) - short
        raise UserError(f"the header has {given} fields and the rows have {width}", where=where, remedy=remedy)
    if n_labels == 1 and _plain(header[0]) not in _LABELS:
        grid.notes.append(f"column 1, headed {header[0]!r}, is taken as the channels")
    names = tuple(header[n_labels:])
    if not names:
        raise UserError(f"there is no {noun}", where=where, remedy=f"Give at least one {noun} column")
    for column, name in zip(grid.columns[n_labels:], names, strict=True):
        if not name or not name.isprintable():
            problem = (
                f"the {noun} name is empty" if not name else f"the {noun} name {name!r} has unprintable characters"
            )
            remedy = f"Name every {noun}; remove empty columns and separators at the end of rows"
            raise UserError(problem, where=f"{where}, column {column}", remedy=remedy)
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        columns = [column for column, name in zip(grid.columns[n_labels:], names, strict=True) if name == twice[0]]
        others = f" (and {len(twice) - 1} more)" if len(twice) > 1 else ""
        problem = f"duplicate {noun} {twice[0]!r}{others}"
        raise UserError(problem, where=f"{where}, columns {some(columns)}", remedy=f"Give every {noun} its own name")
    return names


def _channel_order(grid: _Grid, n_labels: int) -> list[int]:
    """The canonical position of each row; columns that repeat the channels are left out."""
    labels = [":".join(fields[:n_labels]) for _, fields in grid.rows]
    lines: dict[str, int] = {}
    try:
        written = spellings.written_out(labels)
    except UserError as error:
        raise UserError(error.problem, where=str(grid.path), remedy=error.remedy) from None
    for (line, _), label in zip(grid.rows, written, strict=True):
        try:
            channel = parse_channel(label)
        except UserError as error:
            remedy = error.remedy
            if _plain(label) in _LABELS:
                remedy = "This looks like the header: remove the rows above it"
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
        for column in range(n_labels, min(len(grid.columns), _MOST_LABELS))
        if all(map(spellings.repeats, grid.text_in(column), lines))
    }
    grid.leave_out(repeating, "the channels again")
    return [POSITION[channel] for channel in lines]


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


def _check_no_text(grid: _Grid, n_labels: int, noun: str) -> None:
    """Refuse columns of text, such as genes or subtypes; a single cell that is no number is left to :func:`_numbers`."""
    columns = range(n_labels, len(grid.columns))
    texts = [column for column in columns if all(map(_is_text, (fields[column] for _, fields in grid.rows)))]
    if texts:
        listed = some([grid.name(column) for column in texts])
        verb, them = ("holds", "it") if len(texts) == 1 else ("hold", "them")
        remedy = f"Remove {them}: every column after the channels has the numbers of one {noun}"
        raise UserError(f"{listed} {verb} text in every row", where=str(grid.path), remedy=remedy)


def _numbers(grid: _Grid, line: int, fields: list[str], names: Sequence[str], noun: str, n_labels: int) -> list[float]:
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


def _check_thousands(grid: _Grid, matrix: np.ndarray, names: Sequence[str], noun: str, n_labels: int) -> None:
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
    grid: _Grid, matrix: np.ndarray, order: list[int], names: Sequence[str], noun: str, n_labels: int
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
    grid: _Grid, line: int, fields: list[str], position: int, names: Sequence[str], noun: str, n_labels: int
) -> str:
    """How messages name a cell."""
    row = _row(grid.path, line, fields[:n_labels])
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


def _row(path: Path, line: int, fields: Sequence[str]) -> str:
    return f"{path}, row {line} ({', '.join(fields[:1])[:40]})"


def some(items: Sequence[object], most: int = 5) -> str:
    """The first items, and how many more there are."""
    text = ", ".join(str(item) for item in items[:most])
    return f"{text} and {len(items) - most} more" if len(items) > most else text
