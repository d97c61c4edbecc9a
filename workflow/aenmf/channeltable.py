"""Reading tables of the 96 channels in the formats people have: catalogues and signatures.

Accepted, as CSV, TSV, semicolon- or space-separated text, also gzipped, with or without quotes, a byte-order mark or
Windows line ends, rows in any order:

- a first column of channels, under any heading (``Type``, ``MutationType``, ``Mutation type``, none, …);
- the same with a header that is one field short, as R's ``write.table`` leaves it (the GEL catalogues);
- two columns ``Mutation type`` (``C>A``) and ``Trinucleotide`` (``ACA``).

A channel may be spelt ``A[C>A]A``, ``ACA>AAA`` or ``C>A:ACA`` (also with ``_``, ``-``, ``.`` or a space for the colon).
"""

from __future__ import annotations

import csv
import gzip
import io
import logging
import re
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

import numpy as np

from aenmf.channels import CHANNELS, N_CHANNELS, POSITION
from aenmf.errors import UserError

log = logging.getLogger(__name__)

_SPELLINGS = (
    re.compile(r"(?P<five>[ACGT])\[(?P<ref>[ACGT])>(?P<alt>[ACGT])\](?P<three>[ACGT])"),
    re.compile(r"(?P<five>[ACGT])(?P<ref>[ACGT])(?P<three>[ACGT])>(?P=five)(?P<alt>[ACGT])(?P=three)"),
    re.compile(r"(?P<ref>[ACGT])>(?P<alt>[ACGT])[:_\-. ](?P<five>[ACGT])(?P=ref)(?P<three>[ACGT])"),
)
# Headings of label columns, lower case, letters and digits only ("Mutation type" -> "mutationtype").
_LABELS = {"", "unnamed0", "index", "feature", "features", "type", "types", "channel", "channels", "context"}
_LABELS |= {"mutation", "mutationtype", "mutationtypes", "mutationcontext", "somaticmutationtype"}
_LABELS |= {"substitution", "substitutiontype"}
_SECOND_LABELS = {"trinucleotide", "trinucleotidecontext", "trinucleotides", "context", "subtype"}
_NUMBERS_REMEDY = "Counts are plain numbers such as 12 or 12.5: a decimal point, no thousands separator, no NA"


@dataclass(frozen=True)
class Table:
    """A matrix read from text, with what is needed to name a place in it.

    Attributes:
        path: the file.
        names: column names in file order.
        matrix: (96, N) float64, finite and non-negative, rows in canonical channel order.
        reordered: whether the file had another row order.
    """

    path: Path
    names: tuple[str, ...]
    matrix: np.ndarray
    reordered: bool


def parse_channel(text: str) -> str:
    """The channel that a spelling means, in the canonical one; ``parse_channel("ACA>AAA") == "A[C>A]A"``.

    Raises:
        UserError: it is no spelling of one of the 96 channels.
    """
    spelt = text.strip()
    if spelt in POSITION:
        return spelt
    for pattern in _SPELLINGS:
        if found := pattern.fullmatch(spelt):
            five, ref, alt, three = found.group("five", "ref", "alt", "three")
            channel = f"{five}[{ref}>{alt}]{three}"
            if channel in POSITION:
                return channel
            if ref in "AG":
                raise UserError(
                    f"channel {text!r} is written from the purine",
                    remedy="Write every channel on the strand of the pyrimidine (C or T), adding up both strands",
                )
    raise UserError(f"unknown channel {text!r}", remedy="The 96 channels are written like A[C>A]A; remove other rows")


def read_table(path: str | Path, noun: str) -> Table:
    """Read a table with one row per channel; ``noun`` says what a column is ("sample", "signature").

    Raises:
        UserError: with file, row or column, and remedy: the file is missing, empty or no text; rows are ragged;
            channels are missing, duplicate or unknown; a cell is empty, not a number, infinite or negative; column
            names are empty or duplicate.
    """
    path = Path(path)
    header, rows = _split_lines(path, _read_text(path))
    width = Counter(len(fields) for _, fields in rows).most_common(1)[0][0]
    for line, fields in rows:
        if len(fields) != width:
            remedy = f"Complete or remove the row; {width} fields are expected as in the others"
            raise UserError(
                f"the row has {len(fields)} fields, not {width}", where=_row(path, line, fields), remedy=remedy
            )
    n_labels, names = _column_names(path, header, rows[0][1], width, noun)
    order = _channel_order(path, rows, n_labels)
    matrix = np.empty((N_CHANNELS, len(names)))
    for target, (line, fields) in zip(order, rows, strict=True):
        matrix[target] = _numbers(fields[n_labels:], path, line, fields, names, noun, n_labels)
    matrix += 0.0  # turns -0.0 into 0.0
    reordered = order != sorted(order)
    if reordered:
        log.info("%s: rows re-ordered by name to the canonical channel order", path)
    return Table(path, names, matrix, reordered)


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


def _split_lines(path: Path, text: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header's fields and the rows as (line number, fields), blank lines and leading # comments left out."""
    lines = io.StringIO(text, newline="").readlines()
    first = next((i for i, line in enumerate(lines) if line.strip() and not line.startswith("#")), None)
    data = [line for line in lines[(len(lines) if first is None else first + 1) :] if line.strip()]
    if first is None or not data:
        raise UserError("the file has no data rows", where=str(path), remedy="Give a table of 96 channels × samples")
    delimiter = _delimiter(lines[first], data[0])
    # A field is stripped of blanks; spaces that separate fields may be several.
    source = (line.strip() + "\n" for line in lines[first:]) if delimiter == " " else iter(lines[first:])
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
    return header, rows


def _column_names(path: Path, header: list[str], row: list[str], width: int, noun: str) -> tuple[int, tuple[str, ...]]:
    """How many label columns there are (1 or 2), and the names of the others."""
    where = f"{path}, header"
    if _is_channel(header[0]) or (len(header) > 1 and _is_channel(f"{header[0]}:{header[1]}")):
        raise UserError(f"there is no header with {noun} names", where=where, remedy="Add it as the first row")
    if sum(map(_is_channel, header)) > N_CHANNELS // 2:
        remedy = f"Transpose the file: one row per channel, one column per {noun}"
        raise UserError("the channels stand in the header", where=where, remedy=remedy)
    plain = [re.sub(r"[^a-z0-9]", "", field.lower()) for field in header[:2]]
    two = len(header) > 1 and plain[0] in _LABELS and plain[1] in _SECOND_LABELS and not _is_channel(row[0])
    n_labels = 2 if two or (width > 2 and _is_channel(f"{row[0]}:{row[1]}")) else 1
    short = len(header) == width - 1 and n_labels == 1 and plain[0] not in _LABELS
    if len(header) != width and not short:
        remedy = f"Give every column a name: {n_labels} for the channel, then one per {noun}"
        raise UserError(f"the header has {len(header)} fields and the rows have {width}", where=where, remedy=remedy)
    if not short and n_labels == 1 and plain[0] not in _LABELS:
        log.warning("%s: column 1, headed %r, is taken as the channels", path, header[0])
    names = tuple(header if short else header[n_labels:])
    if not names:
        raise UserError(f"there is no {noun}", where=where, remedy=f"Give at least one {noun} column")
    first = width - len(names) + 1
    for position, name in enumerate(names):
        if not name or not name.isprintable():
            problem = (
                f"the {noun} name is empty" if not name else f"the {noun} name {name!r} has unprintable characters"
            )
            remedy = f"Name every {noun}; remove empty columns and separators at the end of rows"
            raise UserError(problem, where=f"{where}, column {position + first}", remedy=remedy)
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        columns = [position + first for position, name in enumerate(names) if name == twice[0]]
        others = f" (and {len(twice) - 1} more)" if len(twice) > 1 else ""
        problem = f"duplicate {noun} {twice[0]!r}{others}"
        raise UserError(problem, where=f"{where}, columns {some(columns)}", remedy=f"Give every {noun} its own name")
    return n_labels, names


def _channel_order(path: Path, rows: list[tuple[int, list[str]]], n_labels: int) -> list[int]:
    """The canonical position of each row."""
    lines: dict[str, int] = {}
    for line, fields in rows:
        try:
            channel = parse_channel(":".join(fields[:n_labels]))
        except UserError as error:
            raise UserError(error.problem, where=f"{path}, row {line}", remedy=error.remedy) from None
        if channel in lines:
            remedy = f"Keep one of rows {lines[channel]} and {line}, or add them up"
            raise UserError(f"duplicate channel {channel!r}", where=f"{path}, row {line}", remedy=remedy)
        lines[channel] = line
    missing = [channel for channel in CHANNELS if channel not in lines]
    if missing:
        remedy = "Add the rows; a channel without mutations is a row of zeros"
        raise UserError(
            f"{len(missing)} of {N_CHANNELS} channels are missing: {some(missing)}", where=str(path), remedy=remedy
        )
    return [POSITION[channel] for channel in lines]


def _numbers(
    cells: list[str], path: Path, line: int, fields: list[str], names: Sequence[str], noun: str, n_labels: int
) -> list[float]:
    """One row of non-negative finite numbers."""
    try:
        values = list(map(float, cells))
        # float() also reads 1_000 and nan; min() of a list with nan is no safe test, so sums decide.
        if min(values) >= 0 and isfinite(sum(values)) and "_" not in "".join(cells):
            return values
    except ValueError:
        pass
    for position, cell in enumerate(cells):
        problem = _cell_problem(cell)
        if problem:
            column = f"{noun} {names[position]!r} (column {position + n_labels + 1})"
            remedy = "Counts cannot be negative" if problem.startswith("negative") else _NUMBERS_REMEDY
            raise UserError(problem, where=f"{_row(path, line, fields[:n_labels])}, {column}", remedy=remedy)
    return [float(cell) for cell in cells]  # finite each, though their sum overflows


def _cell_problem(cell: str) -> str | None:
    try:
        value = float(cell)
    except ValueError:
        return f"{cell!r} is not a number" if cell else "the cell is empty"
    if "_" in cell or not isfinite(value):
        return f"{cell!r} is not a finite number"
    return f"negative value {cell}" if value < 0 else None


def _is_channel(text: str) -> bool:
    try:
        return bool(parse_channel(text))
    except UserError:
        return False


def _row(path: Path, line: int, fields: Sequence[str]) -> str:
    return f"{path}, row {line} ({', '.join(fields[:1])[:40]})"


def some(items: Sequence[object], most: int = 5) -> str:
    """The first items, and how many more there are."""
    text = ", ".join(str(item) for item in items[:most])
    return f"{text} and {len(items) - most} more" if len(items) > most else text
