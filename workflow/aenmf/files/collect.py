"""One table from many of its kind, as text: dozens of jobs do only this, and loading pandas would be most of their time."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from aenmf.files.atomic import atomic_write


def join_tables(paths: Iterable[str | Path], output: str | Path) -> None:
    """Write the rows of several CSV files with the same header as one, byte for byte.

    Raises:
        ValueError: the headers differ.
    """
    texts = [Path(path).read_text(encoding="utf-8").split("\n", 1) for path in paths]
    if len({header for header, _ in texts}) != 1:
        raise ValueError(f"tables with different columns: {sorted({header for header, _ in texts})}")
    with atomic_write(output) as file:
        file.write(texts[0][0] + "\n" + "".join(rows for _, rows in texts))
