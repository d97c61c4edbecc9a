"""Comparing every table of a full run with the committed reference, cell by cell: ``python -m aenmf.reference.reproduction results/<run>``.

The tables are those of the reference's manifest: ``.csv`` by their keys, ``.md`` and ``.tex`` line by line. Keys and tolerances
are in config/tolerances.yaml and config/reproduction.yaml. :mod:`aenmf.reference.regression` is the quick check of a small part.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from aenmf.errors import UserError
from aenmf.reference.regression import TOLERANCES, allowed_in

RULES = TOLERANCES.parent / "reproduction.yaml"
FORMS = (".csv", ".md", ".tex")
ORDER = "tables/order.csv"
SHOWN = 5
NUMBER = re.compile(r"\d+(\.\d+)?([eE][-+]?\d+)?")


@dataclass
class Comparison:
    """One table compared.

    Attributes:
        cells: how many cells were compared.
        outside: what lies outside its tolerance, as (place, reference, fresh).
        worst: the largest deviation as a multiple of what is allowed (inf for words that differ), and its place.
        excused: the share of the cells that may lie outside.
    """

    cells: int = 0
    excused: float = 0.0
    outside: list[tuple[str, Any, Any]] = field(default_factory=list)
    worst: tuple[float, str] = (0.0, "")

    @property
    def agrees(self) -> bool:
        """Whether no more cells lie outside than may."""
        return len(self.outside) <= self.excused * self.cells

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
    equal = (fresh == reference) | (np.isnan(fresh) & np.isnan(reference))
    return np.where(equal, 0.0, np.where(np.isfinite(found), found, np.inf))


def text_share(fresh: str, reference: str, allowed: Mapping[str, float]) -> float:
    """The largest deviation of the numbers in two texts; inf if anything between the numbers differs.

    A number with decimals may also differ by one unit of its last digit, to which it was rounded.
    """
    if fresh == reference:
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


def compare_csv(fresh: pd.DataFrame, reference: pd.DataFrame, rule: Mapping[str, Any]) -> Comparison:
    """Compare two tables, read as text, by their keys.

    Args:
        fresh, reference: the tables; all cells are strings.
        rule: ``keys``, ``columns`` (column → rtol, atol), ``where`` (see :func:`aenmf.reference.regression.allowed_in`), ``default``
            (rtol, atol, or None if each column must be named) and ``ignore``.

    Raises:
        UserError: the keys do not tell the rows apart, or a column has no tolerance.
    """
    found = Comparison()
    for column in dict.fromkeys([*reference.columns, *fresh.columns]):
        if (column not in fresh or column not in reference) and column not in rule["ignore"]:
            there = ("absent", "present") if column in fresh else ("present", "absent")
            found.add(f"column {column}", np.inf, *there)
    keys = [key for key in rule["keys"] if key in reference]
    if len(keys) < len(rule["keys"]) or any(key not in fresh for key in keys):
        return found
    if not keys:
        keys, fresh, reference = ["row"], *(table.assign(row=np.arange(len(table)) + 1) for table in (fresh, reference))
    for table in (fresh, reference):
        if table.duplicated(keys).any():
            remedy = "Name keys that tell the rows apart"
            raise UserError(f"several rows have the same {', '.join(keys)}", where=str(RULES), remedy=remedy)
    both = reference.merge(fresh, on=keys, how="outer", suffixes=("", " fresh"), indicator=True, sort=False)
    places = both[keys].astype(str).agg(" ".join, axis=1).tolist() if len(both) else []
    for i in np.flatnonzero(both["_merge"] != "both"):
        there = ("present", "absent") if both["_merge"].iloc[i] == "left_only" else ("absent", "present")
        found.add(f"row {places[i]}", np.inf, *there)
    known = np.flatnonzero(both["_merge"] == "both")
    for column in reference.columns:
        if column in keys or column in rule["ignore"] or column not in fresh:
            continue
        allowed = allowed_in(both.iloc[known], column, rule)
        if allowed is None:
            raise UserError(f"the column {column} has no tolerance", where=str(TOLERANCES), remedy="Add it there")
        b, a = both[column].to_numpy(object)[known], both[f"{column} fresh"].to_numpy(object)[known]
        for share, i, x, y in zip(_cell_shares(a, b, allowed), known, b, a, strict=True):
            if share:
                found.add(f"{places[i]} | {column}", float(share), x, y)
        found.cells += len(known)
    return found


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
            if x != y:
                found.add(f"line {number}, cell {column}", text_share(x, y, allowed), y.strip(), x.strip())
    return found


def rule_of(name: str, rules: Mapping[str, Any], tolerances: Mapping[str, Any]) -> dict[str, Any]:
    """Keys and tolerances of a table by its path in the reference."""
    path = Path(name)
    if path.parent.name == "tables" and path.stem in tolerances:
        return {"ignore": {}, "where": [], "default": None} | tolerances[path.stem]
    common = {key: rules[key] for key in ("columns", "ignore", "default")}
    return common | {"keys": rules["keys"].get(name, []), "where": rules["where"].get(name, [])}


def read_table(folder: Path, name: str, rules: Mapping[str, Any]) -> pd.DataFrame:
    """A table as text, with numberings that mean nothing replaced by ones that do.

    Clusters get the ``position`` that tables/order.csv gives them; a number in ``rules["unnumbered"]`` becomes the rank of
    the row's values among those that share its other keys.
    """
    table = pd.read_csv(folder / name, dtype=str, keep_default_na=False)
    keys = rules["keys"].get(name, [])
    if "cluster" in table and "position" in keys and "position" not in table:
        order = pd.read_csv(folder / ORDER, dtype=str, keep_default_na=False).drop(columns="beside")
        table = table.merge(order, on=[column for column in order if column in table], how="left")
    if number := rules["unnumbered"].get(name):
        groups = [key for key in keys if key != number]
        table = table.sort_values([column for column in table if column != number])
        table[number] = table.groupby(groups).cumcount().astype(str)
    return table


def tables_of(reference: Path) -> list[str]:
    """The tables in a reference's manifest, in its order.

    Raises:
        UserError: no manifest, or no table in it.
    """
    path = reference / "manifest.json"
    if not path.is_file():
        raise UserError("there is no manifest", where=str(path), remedy="Name a folder made by make reference")
    names = [name for name in json.loads(path.read_text(encoding="utf-8"))["sha256"] if Path(name).suffix in FORMS]
    if not names:
        raise UserError("the manifest lists no table", where=str(path), remedy="Make the reference anew")
    return names


def compare_all(
    run: Path, reference: Path, names: Sequence[str], rules: Mapping[str, Any], tolerances: Mapping[str, Any]
) -> tuple[dict[str, Comparison], list[str]]:
    """Compare tables of a run with those of the reference; returns them by name, and the names of those that are missing."""
    compared, missing = {}, []
    for name in names:
        if name in rules["left_out"]:
            continue
        needed = [name, *([ORDER] if "position" in rules["keys"].get(name, []) and name.endswith(".csv") else [])]
        if not all((folder / one).is_file() for folder in (run, reference) for one in needed):
            missing.append(name)
        elif name.endswith(".csv"):
            mine, theirs = (read_table(folder, name, rules) for folder in (run, reference))
            compared[name] = compare_csv(mine, theirs, rule_of(name, rules, tolerances))
            compared[name].excused = rules["excused"].get(name, {"share": 0.0})["share"]
        else:
            fresh, kept = ((folder / name).read_text(encoding="utf-8") for folder in (run, reference))
            compared[name] = compare_lines(fresh, kept, rules["default"])
    return compared, missing


def other_inputs(run: Path, reference: Path) -> list[str]:
    """Cohorts whose catalogue in the run is not the one the reference was made from, by checksum."""
    inputs = json.loads((reference / "manifest.json").read_text(encoding="utf-8")).get("inputs", {})
    found = []
    for cohort, fact in inputs.items():
        path = run / "data" / cohort / "provenance.json"
        if path.is_file() and json.loads(path.read_text(encoding="utf-8"))["sha256"] != fact["sha256"]:
            found.append(cohort)
    return found


def report(
    compared: Mapping[str, Comparison],
    missing: Sequence[str],
    left_out: Mapping[str, str],
    excused: Mapping[str, Mapping[str, Any]],
) -> str:
    """One line a table, with its worst deviation; under it the first cells that lie outside."""
    width = max(map(len, [*compared, *missing, *left_out]), default=0)
    lines = [f"{'table':{width}}    cells  outside  worst deviation, in multiples of what is allowed"]
    for name, found in compared.items():
        share, place = found.worst
        worst = f"{share:.2g} at {place}" if share else "none: equal to the last bit"
        lines.append(f"{name:{width}} {found.cells:8d} {len(found.outside):8d}  {worst}")
        if found.outside and found.excused:
            lines.append(f"    {found.excused:.0%} of the cells may lie outside: {excused[name]['reason']}")
        lines += [f"    {place}: reference {old}, fresh {new}" for place, old, new in found.outside[:SHOWN]]
        if len(found.outside) > SHOWN:
            lines.append(f"    … and {len(found.outside) - SHOWN} more")
    lines += [f"{name:{width}}  MISSING" for name in missing]
    lines += [f"{name:{width}}  left out: {reason}" for name, reason in left_out.items()]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Command line; the exit status is 0 if all agree, 1 with a drift or a missing table, 2 if nothing can be compared."""
    parser = argparse.ArgumentParser(prog="python -m aenmf.reference.reproduction", description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, help="results of a finished run, such as results/paper")
    parser.add_argument("reference", type=Path, nargs="?", default=Path("results/reference"), help="committed results")
    given = parser.parse_args(arguments)
    try:
        rules, tolerances = (yaml.safe_load(path.read_text(encoding="utf-8")) for path in (RULES, TOLERANCES))
        names = tables_of(given.reference)
        compared, missing = compare_all(given.run, given.reference, names, rules, tolerances)
        if not compared:
            remedy = "Finish the run first, or name another folder"
            raise UserError("the run has no table of the reference", where=str(given.run), remedy=remedy)
        others = other_inputs(given.run, given.reference)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    left_out = {name: reason for name, reason in rules["left_out"].items() if name in names}
    print(report(compared, missing, left_out, rules["excused"]))
    for cohort in others:
        print(f"another catalogue: that of {cohort} is not the one the reference was made from")
    cells, outside = (
        sum(counts) for counts in zip(*((c.cells, len(c.outside)) for c in compared.values()), strict=True)
    )
    differ = sum(not found.agrees for found in compared.values())
    print(f"{len(compared)} tables, {cells} cells compared, {outside} of them outside tolerance")
    if differ or missing:
        print(f"{differ} tables differ; {len(missing)} tables missing")
        print(f"NOT REPRODUCED: {given.run} differs from {given.reference}")
        return 1
    print(f"reproduced: {given.run} agrees with {given.reference}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
