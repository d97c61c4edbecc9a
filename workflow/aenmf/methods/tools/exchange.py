"""The files that go to an external tool and come back from it, and what of an answer cannot be used.

A catalogue and signatures have a row for each channel, exposures a row for each signature, and all have a first line with the
names of the columns. Rows and columns are found by their names, so that a tool may write them in any order.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from aenmf.channels import CHANNELS
from aenmf.errors import UserError
from aenmf.files.atomic import atomic_write

FEWEST, MOST = 0.5, 2.0
"""Exposures are in mutations where all of them together are between so many times the mutations of the catalogue."""
SHOWN = 3
"""Names that a message lists."""


@dataclass(frozen=True)
class Answer:
    """What a tool answered.

    Attributes:
        signatures: (M, K) ≥ 0, each of sum 1.
        exposures: (K, N) ≥ 0, in mutations; None where they were not asked for.
        versions: names and versions, as the tool reports them.
        iterations: how many it made; 0 where it does not say.
        converged: whether it says so; a tool that says nothing counts as converged.
    """

    signatures: np.ndarray
    exposures: np.ndarray | None
    versions: Mapping[str, str] = field(default_factory=dict)
    iterations: int = 0
    converged: bool = True


def channel_names(n_channels: int) -> Sequence[str]:
    """The names of the rows of a catalogue; parts of a catalogue, which some criteria fit, have numbers."""
    return CHANNELS if n_channels == len(CHANNELS) else [f"C{m:03d}" for m in range(1, n_channels + 1)]


def patient_names(n_patients: int) -> Sequence[str]:
    """The names of the columns: the tool does not learn who the patients are."""
    return [f"P{n:05d}" for n in range(1, n_patients + 1)]


def write_catalogue(path: Path, catalogue: np.ndarray) -> None:
    """Write counts (M, N) for a tool: whole numbers as such, others so that reading gives the same number."""
    m, n = catalogue.shape
    with atomic_write(path) as file:
        file.write("\t".join(["channel", *patient_names(n)]) + "\n")
        for name, row in zip(channel_names(m), catalogue.tolist(), strict=True):
            cells = (str(int(value)) if float(value).is_integer() else repr(value) for value in row)
            file.write("\t".join([name, *cells]) + "\n")


def read_answer(
    tool: str, signatures: Path, exposures: Path | None, report: Path, catalogue: np.ndarray, rank: int | None
) -> Answer:
    """Read and check what a tool wrote.

    Args:
        tool: how messages name it.
        signatures, exposures, report: its files; the report may be missing, and exposures are not read where None.
        catalogue: (M, N), what it was given.
        rank: K, or None where the tool chooses.

    Raises:
        UserError: with the tool, the file and what to fix.
    """
    m, n = catalogue.shape
    table = _Table.read(signatures, tool)
    raw = table.rows_named(channel_names(m), "channel")
    if rank is not None and raw.shape[1] != rank:
        raise table.mistake(f"there are {raw.shape[1]} signatures and not {rank}", "Pass {rank} on to the tool")
    sums = raw.sum(axis=0)
    if (zero := np.flatnonzero(sums <= 0)).size:
        raise table.mistake(
            f"the signature {table.columns[zero[0]]!r} is zero in all channels", "Leave out what is not found"
        )
    amounts = None
    if exposures is not None:
        own = _Table.read(exposures, tool)
        amounts = own.transposed_to(table.columns).rows_named(table.columns, "signature", patient_names(n))
        amounts = amounts * sums[:, None]
        ratio = amounts.sum() / catalogue.sum() if catalogue.sum() else 1.0
        if not FEWEST <= ratio <= MOST:
            problem = f"all exposures together are {ratio:.3g} times the mutations of the catalogue"
            raise own.mistake(problem, "Write mutations and not shares, or set exposures: refit for this entry")
    return Answer(raw / sums, amounts, **_report(report, tool))


@dataclass(frozen=True)
class _Table:
    """A table of numbers that a tool wrote."""

    path: Path
    tool: str
    rows: list[str]
    columns: list[str]
    values: np.ndarray

    @classmethod
    def read(cls, path: Path, tool: str) -> _Table:
        """Read tab-separated numbers with names in the first line and in the first column."""
        table = cls(path, tool, [], [], np.zeros((0, 0)))
        try:
            lines = [row for row in csv.reader(path.open(encoding="utf-8-sig", newline=""), delimiter="\t") if row]
        except FileNotFoundError as error:
            remedy = "The tool has to write it to the place that the command names"
            raise table.mistake("the tool has not written this file", remedy) from error
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise table.mistake(f"the file cannot be read ({error})", "Write tab-separated UTF-8 text") from error
        if len(lines) < 2 or len(lines[0]) < 2:
            raise table.mistake("the file has no table", "Write a line of names, and a line for each row below it")
        header, *body = lines
        names = [row[0].strip() for row in body]
        for i, row in enumerate(body):
            if len(row) != len(header):
                problem = f"the row {names[i]!r} has {len(row)} fields and the first line {len(header)}"
                raise table.mistake(problem, "Write a field for each name, with tabs between them")
        try:
            values = np.array([[float(cell) for cell in row[1:]] for row in body])
        except ValueError as error:
            raise table.mistake(f"a cell is no number ({error})", "Write numbers, with a point for decimals") from error
        table = cls(path, tool, names, [name.strip() for name in header[1:]], values)
        table._check()
        return table

    def _check(self) -> None:
        for names in (self.rows, self.columns):
            if len(set(names)) < len(names):
                twice = next(name for i, name in enumerate(names) if name in names[:i])
                raise self.mistake(f"the name {twice!r} is there twice", "Give every row and column one name")
        for bad, what in ((~np.isfinite(self.values), "not finite"), (self.values < 0, "negative")):
            if bad.any():
                row, column = np.argwhere(bad)[0]
                place = f"{self.rows[row]!r}, {self.columns[column]!r}"
                raise self.mistake(f"{bad.sum()} numbers are {what}, the first at {place}", "Mend the tool's output")

    def transposed_to(self, rows: Sequence[str]) -> _Table:
        """The table with these names as its rows, if they are the names of its columns."""
        if set(rows) == set(self.columns) and set(rows) != set(self.rows):
            return _Table(self.path, self.tool, self.columns, self.rows, self.values.T)
        return self

    def rows_named(self, rows: Sequence[str], noun: str, columns: Sequence[str] | None = None) -> np.ndarray:
        """The numbers in the order of some names of rows, and of columns where they are given."""
        places = [self._places(self.rows, rows, noun)]
        places.append(self._places(self.columns, columns, "patient") if columns else list(range(len(self.columns))))
        return self.values[np.ix_(*places)]

    def _places(self, there: list[str], wanted: Sequence[str], noun: str) -> list[int]:
        known = {name: i for i, name in enumerate(there)}
        missing = [name for name in wanted if name not in known]
        unknown = sorted(set(known) - set(wanted))
        if missing or unknown:
            lists = ((missing, f"no {noun} "), (unknown, f"an unknown {noun} "))
            problem = " and ".join(f"{text}{_some(names)}" for names, text in lists if names)
            raise self.mistake(f"there is {problem}", "Keep the names of the catalogue and of the signatures")
        return [known[name] for name in wanted]

    def mistake(self, problem: str, remedy: str) -> UserError:
        return UserError(problem, where=f"{self.tool}, {self.path}", remedy=remedy)


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(map(repr, names[:SHOWN])) + more


def _report(path: Path, tool: str) -> dict[str, Any]:
    """What a tool says of itself: ``versions``, ``iterations`` and ``converged``; each may be missing, and so may the file."""
    if not path.exists():
        return {}
    where, remedy = f"{tool}, {path}", 'Write {"versions": {"tool": "1.0"}, "iterations": 10, "converged": true}'
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"this is no JSON ({error})", where=where, remedy=remedy) from error
    kinds = {"versions": dict, "iterations": int, "converged": bool}
    for key, value in said.items() if isinstance(said, dict) else [("report", said)]:
        if key not in kinds or type(value) is not kinds[key]:
            raise UserError(f"{key!r} is {value!r}", where=where, remedy=remedy)
    if not all(isinstance(text, str) for text in said.get("versions", {}).values()) or said.get("iterations", 0) < 0:
        raise UserError("versions are no texts, or iterations are negative", where=where, remedy=remedy)
    return said
