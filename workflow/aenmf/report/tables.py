"""Tables for the page: read from the Markdown that the run wrote, or made of a data frame; with keys to sort them by."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup, escape

_ROW = re.compile(r"^\|(?P<cells>.*)\|$")
_RULE = re.compile(r"^\|(?::?-+:?\|)+$")
_ESCAPED = re.compile(r"\\([\\`*_|<>])")
_NUMBER = re.compile(r"[-−]?\d+(?:\.\d+)?(?:e-?\d+)?")
_SCIENTIFIC = re.compile(r"(?<![\w.])([-−]?\d(?:\.\d+)?)e(-?\d+)(?!\w)")


@dataclass(frozen=True)
class Cell:
    """A cell: its text, whether it stands out, and the number it is sorted by (None where it has none)."""

    text: str
    bold: bool = False
    key: float | None = None


@dataclass(frozen=True)
class Table:
    """A table as the page shows it.

    Attributes:
        name: identifier on the page.
        caption: what it shows.
        columns: titles.
        rows: cells, as many as columns in each row.
        numeric: for each column whether it holds numbers, which are set to the right and sorted as such.
        notes: sentences below.
        source: the file the numbers are in, relative to the run's folder.
    """

    name: str
    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    numeric: Sequence[bool]
    notes: Sequence[str] = ()
    source: str = ""


def sort_key(text: str) -> float | None:
    """The first number in a cell; what is above a limit comes after the limit itself: ``>0.99`` after ``0.99``."""
    found = _NUMBER.search(text)
    if not found:
        return None
    value = float(found[0].replace("−", "-"))
    return value + 1e-9 if text.startswith(">") else value


def from_markdown(name: str, text: str, source: str = "") -> Table:
    """Read a table as :func:`aenmf.files.layout.to_markdown` writes it.

    Raises:
        ValueError: the text holds no table.
    """
    caption, aligned = "", ""
    columns: list[str] = []
    rows: list[list[Cell]] = []
    notes: list[str] = []
    for line in filter(None, map(str.rstrip, text.splitlines())):
        if _RULE.match(line):
            aligned = "".join("r" if mark.endswith("-:") and mark[0] != ":" else "l" for mark in line.split("|")[1:-1])
        elif _ROW.match(line):
            cells = _cells(line)
            if columns:
                rows.append(cells)
            else:
                columns = [cell.text for cell in cells]
        elif columns:
            notes.append(_plain(line))
        else:
            caption = _plain(line.removeprefix("**").removesuffix("**"))
    if not columns or len(aligned) != len(columns) or any(len(row) != len(columns) for row in rows):
        raise ValueError(f"{source or name}: this is not a table of this project")
    return Table(name, caption, columns, rows, [mark == "r" for mark in aligned], notes, source)


def read_table(path: Path, folder: Path) -> Table | None:
    """The table of a Markdown file of the run, or None where the run has no such file."""
    if not path.is_file():
        return None
    return from_markdown(path.stem, path.read_text(encoding="utf-8"), path.relative_to(folder).as_posix())


def make_table(
    name: str,
    caption: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    align: str,
    notes: Sequence[str] = (),
    source: str = "",
) -> Table:
    """A table of values; ``align`` has one of l, r per column, and r means numbers."""
    numeric = [mark == "r" for mark in align]
    made = [
        [
            Cell(str(value), key=sort_key(str(value)) if number else None)
            for value, number in zip(row, numeric, strict=True)
        ]
        for row in rows
    ]
    return Table(name, caption, columns, made, numeric, notes, source)


def prose(text: object) -> Markup:
    """Escaped text with numbers such as ``1.05e2`` as powers of ten."""
    return Markup(_SCIENTIFIC.sub(r"\1·10<sup>\2</sup>", str(escape(str(text)))))


def _cells(line: str) -> list[Cell]:
    parts = re.split(r"(?<!\\)\|", line[1:-1].replace("\\\\", "\0"))
    cells = []
    for part in (part.replace("\0", "\\\\").strip() for part in parts):
        bold = len(part) > 4 and part.startswith("**") and part.endswith("**")
        text = _plain(part[2:-2] if bold else part)
        cells.append(Cell(text, bold, sort_key(text)))
    return cells


def _plain(text: str) -> str:
    return _ESCAPED.sub(r"\1", text)
