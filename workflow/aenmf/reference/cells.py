"""Two tables compared cell by cell: numbers within a tolerance, words and rows as they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

import numpy as np
import pandas as pd

from aenmf.errors import UserError
from aenmf.files.shipped import CONFIG

RULES = CONFIG / "tolerances.yaml"
NUMBER = re.compile(r"\d+(\.\d+)?([eE][-+]?\d+)?")


@dataclass
class Comparison:
    """One table compared.

    Attributes:
        cells: how many cells were compared.
        equal: how many of them are the same to the last character.
        unidentified: how many of them the data do not identify, so that they may differ by any amount.
        outside: what lies outside its tolerance, as (place, reference, fresh).
        worst: the largest deviation as a multiple of what is allowed (inf for words that differ), and its place.
        excused: perhaps the ``share`` of the cells that may lie outside, and the ``reason``.
    """

    cells: int = 0
    equal: int = 0
    unidentified: int = 0
    excused: Mapping[str, Any] = field(default_factory=dict)
    outside: list[tuple[str, Any, Any]] = field(default_factory=list)
    worst: tuple[float, str] = (0.0, "")

    @property
    def agrees(self) -> bool:
        """Whether no more cells lie outside than may."""
        return len(self.outside) <= self.excused.get("share", 0.0) * self.cells

    def add(self, place: str, share: float, reference: Any, fresh: Any) -> None:
        """Take in a cell that deviates by ``share`` of what is allowed."""
        self.worst = max(self.worst, (share, place), key=lambda found: found[0])
        if share > 1:
            self.outside.append((place, reference, fresh))


def shares(fresh: np.ndarray, reference: np.ndarray, allowed: Mapping[str, Any]) -> np.ndarray:
    """Deviations of numbers as multiples of ``atol + rtol · |reference|``, with one tolerance or one each: 0 where equal,
    both NaN included, inf where not comparable."""
    with np.errstate(invalid="ignore", divide="ignore"):
        found = np.abs(fresh - reference) / (allowed["atol"] + allowed["rtol"] * np.abs(reference))
    equal = (fresh == reference) | (np.isnan(fresh) & np.isnan(reference)) | np.isinf(allowed["atol"])
    return np.where(equal, 0.0, np.where(np.isfinite(found), found, np.inf))


def text_share(fresh: str, reference: str, allowed: Mapping[str, float]) -> float:
    """The largest deviation of the numbers in two texts; inf if anything between the numbers differs.

    A number with decimals may also differ by one unit of its last digit, to which it was rounded.
    """
    if fresh == reference or np.isinf(allowed["atol"]):
        return 0.0
    if NUMBER.split(fresh)[::3] != NUMBER.split(reference)[::3]:
        return np.inf
    worst = 0.0
    for a, b in zip(NUMBER.finditer(fresh), NUMBER.finditer(reference), strict=True):
        unit = 10.0 ** (int((b[2] or "e0")[1:]) - len(b[1]) + 1) if b[1] else 0.0
        # The unit times 1 + 1e-9: two neighbours such as 0.997 and 0.998 are a little more than 0.001 apart as doubles.
        rounded = {"rtol": allowed["rtol"], "atol": max(allowed["atol"], unit * (1 + 1e-9))}
        worst = max(worst, float(shares(np.array(float(a[0])), np.array(float(b[0])), rounded)))
    return worst


def allowed_in(rows: pd.DataFrame, column: str, rule: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """The tolerance of a column in every row: ``rtol`` and ``atol``, each (rows,).

    Args:
        rows: the key columns of the rows to compare.
        column: its name.
        rule: ``columns`` (column → rtol, atol), ``default`` (rtol, atol, or None if each column must be named), and perhaps
            ``where`` (entries with ``rows``, key → value or pattern such as ``scenario8*``, and ``columns`` that hold instead in
            those rows, or null where the data do not identify them; the last one that fits counts).

    Raises:
        UserError: the column has none.
    """
    common = rule["columns"].get(column, rule["default"])
    if common is None:
        raise UserError(f"the column {column} has no tolerance", where=str(RULES), remedy="Add it there")
    allowed = {kind: np.full(len(rows), float(common[kind])) for kind in ("rtol", "atol")}
    for entry in rule.get("where", []):
        if column in entry["columns"]:
            fits = np.logical_and.reduce(
                [[fnmatchcase(cell, value) for cell in rows[key].astype(str)] for key, value in entry["rows"].items()]
            )
            own = entry["columns"][column] or {"rtol": 0.0, "atol": np.inf}
            for kind, values in allowed.items():
                values[fits] = own[kind]
    return allowed


def compare_csv(
    fresh: pd.DataFrame, reference: pd.DataFrame, rule: Mapping[str, Any], part: bool = False
) -> Comparison:
    """Compare two tables, read as text, by their keys.

    Args:
        fresh, reference: the tables; all cells are strings.
        rule: ``name`` of the table, ``keys``, ``ignore`` (column → reason; such a column may be absent), what
            :func:`allowed_in` needs, and perhaps ``excused``.
        part: whether the fresh table may have fewer rows than the reference.

    Raises:
        UserError: the keys do not tell the rows apart, a column has no tolerance, or a part has no row of the reference.
    """
    found = Comparison(excused=rule.get("excused", {}))
    for column in dict.fromkeys([*reference.columns, *fresh.columns]):
        if (column not in fresh or column not in reference) and column not in rule["ignore"]:
            there = ("absent", "present") if column in fresh else ("present", "absent")
            found.add(f"column {column}", np.inf, *there)
    keys = rule["keys"]
    if any(key not in table for key in keys for table in (fresh, reference)):
        return found
    if not keys:
        keys, fresh, reference = ["row"], *(table.assign(row=np.arange(len(table)) + 1) for table in (fresh, reference))
    both = _met(fresh, reference, keys, part)
    if part and not (both["_merge"] == "both").any():
        remedy = "Compare a run with the cohorts, methods and seed of the reference"
        raise UserError("the runs have no row of this table in common", where=rule["name"], remedy=remedy)
    places = both[keys].astype(str).agg(" ".join, axis=1).tolist() if len(both) else []
    for i in np.flatnonzero(both["_merge"] != "both"):
        there = ("present", "absent") if both["_merge"].iloc[i] == "left_only" else ("absent", "present")
        found.add(f"row {places[i]}", np.inf, *there)
    known = np.flatnonzero(both["_merge"] == "both")
    for column in reference.columns:
        if column in keys or column in rule["ignore"] or column not in fresh:
            continue
        allowed = allowed_in(both.iloc[known], column, rule)
        b, a = both[column].to_numpy(object)[known], both[f"{column} fresh"].to_numpy(object)[known]
        for share, i, x, y in zip(_cell_shares(a, b, allowed), known, b, a, strict=True):
            if share:
                found.add(f"{places[i]} | {column}", float(share), x, y)
        found.cells += len(known)
        found.equal += int((a == b).sum())
        found.unidentified += int(np.isinf(allowed["atol"]).sum())
    return found


def _met(fresh: pd.DataFrame, reference: pd.DataFrame, keys: list[str], part: bool) -> pd.DataFrame:
    """The rows of two tables that have the same keys next to each other; of a part those that the fresh table has."""
    for table in (fresh, reference):
        if table.duplicated(keys).any():
            remedy = "Name keys that tell the rows apart"
            raise UserError(f"several rows have the same {', '.join(keys)}", where=str(RULES), remedy=remedy)
    how = "right" if part else "outer"
    return reference.merge(fresh, on=keys, how=how, suffixes=("", " fresh"), indicator=True, sort=False)


def _cell_shares(fresh: np.ndarray, reference: np.ndarray, allowed: Mapping[str, np.ndarray]) -> Iterable[float]:
    """Deviations of a column's cells: of numbers where the whole column holds numbers or nothing, else of texts."""
    numbers: list[np.ndarray] = []
    for cells in (fresh, reference):
        parsed = pd.to_numeric(pd.Series(cells, dtype=object).replace("", np.nan), errors="coerce").to_numpy(float)
        if (np.isnan(parsed) & (cells != "")).any():
            each = [dict(zip(allowed, pair, strict=True)) for pair in zip(*allowed.values(), strict=True)]
            return [text_share(a, b, one) for a, b, one in zip(fresh, reference, each, strict=True)]
        numbers.append(parsed)
    return shares(numbers[0], numbers[1], allowed)


def compare_lines(fresh: str, reference: str, allowed: Mapping[str, float]) -> Comparison:
    """Compare two Markdown or LaTeX tables, cell by cell of each line."""
    found = Comparison()
    a, b = fresh.splitlines(), reference.splitlines()
    if len(a) != len(b):
        found.add("number of lines", np.inf, len(b), len(a))
    for number, (mine, theirs) in enumerate(zip(a, b, strict=False), 1):
        cells = [re.split(r"(?<!\\)[|&]", line.strip().strip("|")) for line in (mine, theirs)]
        if len(cells[0]) != len(cells[1]):
            cells = [[mine], [theirs]]
        for column, (x, y) in enumerate(zip(*cells, strict=True), 1):
            found.cells += 1
            found.equal += x == y
            if x != y:
                found.add(f"line {number}, cell {column}", text_share(x, y, allowed), y.strip(), x.strip())
    return found
