"""The cells of a text file, and what is no part of its table: comments, titles, ``sep=;``, empty columns at the end."""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path

from aenmf.data.mutationtext import check_no_mutations
from aenmf.data.spellings import spelt
from aenmf.errors import UserError

# Headings of label columns, lower case, letters and digits only ("Mutation type" -> "mutationtype").
LABELS = {"", "unnamed0", "index", "feature", "features", "type", "types", "channel", "channels", "context", "sbs"}
LABELS |= {"mutation", "mutationtype", "mutationtypes", "mutationcontext", "somaticmutationtype"}
LABELS |= {"substitution", "substitutiontype"}
MOST_LABELS = 6
"""The channels are looked for in so many columns; no tool writes more before its counts."""
_ENTITY = re.compile("(?<=[ACGT])&gt;(?=[ACGT])", re.IGNORECASE)


@dataclass
class Grid:
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


def read_cells(path: Path, noun: str) -> Grid:
    """The cells of a file, every row with as many; ``noun`` says what a column is.

    Raises:
        UserError: the file is missing, empty, damaged, no text or a file of mutations; its fields are not separated, or rows
            are ragged.
    """
    text = _read_text(path)
    check_no_mutations(path, text, noun)
    grid = _split_lines(path, text)
    _check_widths(grid)
    _leave_out_the_end(grid)
    return grid


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


def _split_lines(path: Path, text: str) -> Grid:
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
    label = plain(lines[first].split(delimiter)[0])  # where it is none, # may begin a patient's name
    source = [lines[first].lstrip("#") if label in LABELS else lines[first], *lines[first + 1 :]]
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
        raise UserError(
            "no separator was found between the fields", where=row_place(path, first + 1, header), remedy=remedy
        )
    return Grid(path, header, rows, notes=notes)


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
    fields = [cell.strip(" \"'\r\n") for cell in re.split(r"[\t,; ]+", line, maxsplit=MOST_LABELS + 1)]
    return any(spelt(":".join(fields[i : i + n])) for i in range(len(fields)) for n in (1, 2))


def _heads(comment: str, row: str) -> bool:
    """Whether a comment is the header of a row: as many fields, the first of them a heading of channels."""
    delimiter = _delimiter(comment, row)
    label = plain(comment.split(delimiter)[0])
    return delimiter != " " and comment.count(delimiter) == row.count(delimiter) and label in LABELS


def _is_title(line: str, last: str) -> bool:
    """Whether a line has one field where the last line of the file has several."""
    one = re.fullmatch(r'"[^"]*"|[^"\t,;]*', line.strip("\t,; \r\n"))
    return bool(one and any(mark in last for mark in "\t,;"))


def plain(heading: str) -> str:
    return re.sub(r"[^a-z0-9]", "", heading.lower())


def _check_widths(grid: Grid) -> None:
    width = Counter(len(fields) for _, fields in grid.rows).most_common(1)[0][0]
    for line, fields in grid.rows:
        if len(fields) != width:
            remedy = f"Complete or remove the row; {width} fields are expected as in the others"
            problem = f"the row has {len(fields)} fields, not {width}"
            raise UserError(problem, where=row_place(grid.path, line, fields), remedy=remedy)
    grid.columns = list(range(1, width + 1))


def _leave_out_the_end(grid: Grid) -> None:
    """Leave out empty columns at the end, as a separator at the end of every line makes them."""
    width = len(grid.columns)
    while len(grid.columns) > 1 and grid.header[-1:] == [""] and not any(fields[-1] for _, fields in grid.rows):
        grid.header.pop()
        grid.columns.pop()
        grid.rows = [(line, fields[:-1]) for line, fields in grid.rows]
    if left := width - len(grid.columns):
        grid.notes.append(f"left out {left} column{'s'[: left - 1]} at the end without a name and a value")


def row_place(path: Path, line: int, fields: Sequence[str]) -> str:
    return f"{path}, row {line} ({', '.join(fields[:1])[:40]})"


def some(items: Sequence[object], most: int = 5) -> str:
    """The first items, and how many more there are."""
    text = ", ".join(str(item) for item in items[:most])
    return f"{text} and {len(items) - most} more" if len(items) > most else text
