"""Reading tables of the 96 channels in the formats people have: catalogues and signatures.

Accepted, as CSV, TSV, semicolon- or space-separated text, also gzipped, with or without quotes, a byte-order mark or
Windows line ends, rows in any order:

- a first column of channels, under any heading (``Type``, ``MutationType``, ``Mutation type``, none, …);
- the same with a header that is one field short, as R's ``write.table`` leaves it (the GEL catalogues);
- two columns ``Mutation type`` (``C>A``) and ``Trinucleotide`` (``ACA``).

A channel may be spelt ``A[C>A]A``, ``ACA>AAA`` or ``C>A:ACA`` (also with ``_``, ``-``, ``.`` or a space for the colon), in
upper or lower case. Columns at the end without a name and a value, as a separator at the end of every line makes them, are
left out.
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
# How other matrices name their rows, by what they are; a strand may stand first.
_OTHER_KINDS = {
    "SBS6": re.compile(r"([TUBN]:)?[CT]>[ACGT]"),
    "SBS192 or SBS384 (channels by strand)": re.compile(r"[TUBN]:[ACGT]\[[CT]>[ACGT]\][ACGT]"),
    "SBS1536": re.compile(r"([TUBN]:)?[ACGT]{2}\[[CT]>[ACGT]\][ACGT]{2}"),
    "DBS78": re.compile(r"([TUBNQ]:)?([ACGT]\[)?[ACGT]{2}>[ACGT]{2}(\][ACGT])?"),
    "ID83": re.compile(r"([TUBNQ]:)?\d\+?:(DEL|INS):[CTRM]:\d\+?|(DEL|INS)_(C|T|REPEATS|MH)_.+"),
    "CNV48": re.compile(r"[\d+-]+:(HOMDEL|LOH|HET):.+"),
    "SV32": re.compile(r"(NON-)?CLUSTERED_.+"),
}
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
        left_out: number of empty columns at the end that were left out.
    """

    path: Path
    names: tuple[str, ...]
    matrix: np.ndarray
    reordered: bool
    left_out: int = 0


def parse_channel(text: str) -> str:
    """The channel that a spelling means, in the canonical one; ``parse_channel("ACA>AAA") == "A[C>A]A"``.

    Raises:
        UserError: it is no spelling of one of the 96 channels.
    """
    if found := _spelt(text):
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


def _spelt(text: str) -> re.Match[str] | None:
    """The parts of a text that is spelt like a channel, be it one of the 96 or not."""
    spelt = text.strip().upper()
    return next((found for pattern in _SPELLINGS if (found := pattern.fullmatch(spelt))), None)


def read_table(path: str | Path, noun: str) -> Table:
    """Read a table with one row per channel; ``noun`` says what a column is ("sample", "signature").

    Raises:
        UserError: with file, row or column, and remedy: the file is missing, empty or no text; rows are ragged;
            channels are missing, duplicate or unknown, or the matrix is of another kind; a cell is empty, not a number,
            infinite or negative; a column holds text; column names are empty or duplicate.
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
    left_out = 0
    while width > 1 and header[-1:] == [""] and not any(fields[-1] for _, fields in rows):
        header, rows = header[:-1], [(line, fields[:-1]) for line, fields in rows]
        width, left_out = width - 1, left_out + 1
    if left_out:
        log.info("%s: left out %d columns at the end without a name and a value", path, left_out)
    _check_first_column(path, rows)
    n_labels, names = _column_names(path, header, rows[0][1], width, noun)
    order = _channel_order(path, rows, n_labels, noun)
    _check_no_text(path, rows, names, n_labels, noun)
    matrix = np.empty((N_CHANNELS, len(names)))
    for target, (line, fields) in zip(order, rows, strict=True):
        matrix[target] = _numbers(fields[n_labels:], path, line, fields, names, noun, n_labels)
    matrix += 0.0  # turns -0.0 into 0.0
    reordered = order != sorted(order)
    if reordered:
        log.info("%s: rows re-ordered by name to the canonical channel order", path)
    return Table(path, names, matrix, reordered, left_out)


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


def _channel_order(path: Path, rows: list[tuple[int, list[str]]], n_labels: int, noun: str) -> list[int]:
    """The canonical position of each row."""
    labels = [":".join(fields[:n_labels]) for _, fields in rows]
    if not any(map(_spelt, labels)):
        raise _no_channels(path, rows[0][0], labels[0], noun)
    lines: dict[str, int] = {}
    for (line, _), label in zip(rows, labels, strict=True):
        try:
            channel = parse_channel(label)
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


def _check_first_column(path: Path, rows: list[tuple[int, list[str]]]) -> None:
    """Refuse columns before the channels, such as row numbers."""
    if any(_spelt(fields[0]) or _spelt(":".join(fields[:2])) for _, fields in rows):
        return
    line, fields = rows[0]
    for column in range(1, len(fields)):
        if _spelt(fields[column]) or _spelt(":".join(fields[column : column + 2])):
            before = "the first column" if column == 1 else f"the first {column} columns"
            numbers = " (row numbers)" if all(fields[0].isdecimal() for _, fields in rows) else ""
            problem = f"the channels stand in column {column + 1}, not in the first"
            raise UserError(problem, where=f"{path}, row {line}", remedy=f"Remove {before}{numbers}")


def _no_channels(path: Path, line: int, label: str, noun: str) -> UserError:
    """What a file is in which no row is named by a channel, judged by its first row."""
    where = f"{path}, row {line}"
    problem = f"unknown channel {label!r}"
    for kind, pattern in _OTHER_KINDS.items():
        if pattern.fullmatch(label.upper()):
            remedy = "Give the matrix of 96 channels, SBS96; SigProfilerMatrixGenerator writes it as *.SBS96.all"
            return UserError(f"{problem}: this looks like a matrix of the kind {kind}", where=where, remedy=remedy)
    remedy = (
        f"Give one row per channel, written like A[C>A]A, and one column per {noun}: transpose the file if it is the "
        "other way round, and take SBS96 where it is another kind of matrix"
    )
    return UserError(f"{problem}, and no other row has a known one", where=where, remedy=remedy)


def _check_no_text(
    path: Path, rows: list[tuple[int, list[str]]], names: Sequence[str], n_labels: int, noun: str
) -> None:
    """Refuse columns of text, such as genes or subtypes; a single cell that is no number is left to :func:`_numbers`."""
    columns = range(n_labels, n_labels + len(names))
    texts = [column for column in columns if all(_is_text(fields[column]) for _, fields in rows)]
    if texts:
        listed = some([f"column {column + 1} {names[column - n_labels]!r}" for column in texts])
        verb, them = ("holds", "it") if len(texts) == 1 else ("hold", "them")
        remedy = f"Remove {them}: every column after the channels has the numbers of one {noun}"
        raise UserError(f"{listed} {verb} text in every row", where=str(path), remedy=remedy)


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


def _is_text(cell: str) -> bool:
    """Whether a cell is a word; 1,5 and 1 000 are numbers written in another way."""
    try:
        float(cell)
    except ValueError:
        return any(map(str.isalpha, cell))
    return False


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
