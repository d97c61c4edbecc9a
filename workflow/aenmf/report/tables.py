"""Tables for the page: layouts of the run or of values, with keys to sort them by."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from aenmf.files.layout import Layout

_NUMBER = re.compile(r"[-−]?\d+(?:\.\d+)?(?:e-?\d+)?")
_SCIENTIFIC = re.compile(r"(?<![\w.])([-−]?\d(?:\.\d+)?)e(-?\d+)(?!\w)")

_MINUS = re.compile(r"(?<![\w.-])-(?=\d)")


@dataclass(frozen=True)
class Table:
    """A table on the page.

    Attributes:
        name: identifier on the page.
        layout: what it shows; columns aligned to the right hold numbers and are sorted as such.
        source: the file it is in, relative to the run's folder.
    """

    name: str
    layout: Layout
    source: str = ""


def sort_key(text: str) -> float | None:
    """The first number in a cell; what is above a limit comes after the limit itself: ``>0.99`` after ``0.99``."""
    found = _NUMBER.search(text)
    if not found:
        return None
    value = float(found[0].replace("−", "-"))
    return value + 1e-9 if text.startswith(">") else value


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
    cells = [[str(value) for value in row] for row in rows]
    return Table(name, Layout(caption, name, columns, cells, align, notes=notes), source)


def prose(text: object) -> Markup:
    """Escaped text with numbers such as ``1.05e2`` as powers of ten, minus signs, and no line break before a per cent sign."""
    shown = _SCIENTIFIC.sub(r"\1·10<sup>\2</sup>", str(escape(str(text))))
    return Markup(_MINUS.sub("−", shown).replace(" %", "\N{NO-BREAK SPACE}%"))
