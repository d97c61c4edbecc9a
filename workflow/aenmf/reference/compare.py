"""Comparing the tables of a run with the committed reference, cell by cell within stated tolerances.

The tables are those of the reference's manifest: ``.csv`` by their keys, ``.md`` and ``.tex`` line by line. Of a part of the
reference, a run with fewer cohorts, splits or methods, a few tables are compared on the rows that the run has. Keys and
tolerances are in config/tolerances.yaml.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from aenmf.errors import UserError
from aenmf.files.checked_yaml import read_yaml
from aenmf.reference.cells import RULES, Comparison, compare_csv, compare_lines

FORMS = (".csv", ".md", ".tex")
ORDER = "tables/order.csv"
SHOWN = 5


def rule_of(name: str, rules: Mapping[str, Any]) -> dict[str, Any]:
    """Keys and tolerances of a table by its path in the reference: its own, or else those of all tables."""
    common = {key: rules[key] for key in ("default", "columns", "ignore")}
    return {"name": name, "keys": []} | common | rules["tables"].get(name, {})


def read_table(folder: Path, name: str, rule: Mapping[str, Any]) -> pd.DataFrame:
    """A table as text, with numberings that mean nothing replaced by ones that do.

    Clusters get the ``position`` that tables/order.csv gives them; a number that is ``unnumbered`` becomes the rank of
    the row's values among those that share its other keys.
    """
    table = pd.read_csv(folder / name, dtype=str, keep_default_na=False)
    if "cluster" in table and "position" in rule["keys"] and "position" not in table:
        order = pd.read_csv(folder / ORDER, dtype=str, keep_default_na=False).drop(columns="beside")
        table = table.merge(order, on=[column for column in order if column in table], how="left")
    if number := rule.get("unnumbered"):
        groups = [key for key in rule["keys"] if key != number]
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
        raise UserError("the manifest lists no table", where=str(path), remedy="Make the reference again")
    return names


def compare_tables(
    run: Path, reference: Path, names: Sequence[str], rules: Mapping[str, Any], part: bool = False
) -> tuple[dict[str, Comparison], list[str]]:
    """Compare tables of a run with those of the reference; returns them by name, and the names of those that are missing."""
    compared, missing = {}, []
    for name in names:
        rule = rule_of(name, rules)
        needed = [name, *([ORDER] if "position" in rule["keys"] else [])]
        if not all((folder / one).is_file() for folder in (run, reference) for one in needed):
            missing.append(name)
        elif name.endswith(".csv"):
            fresh, kept = (read_table(folder, name, rule) for folder in (run, reference))
            compared[name] = compare_csv(fresh, kept, rule, part)
        else:
            mine, theirs = ((folder / name).read_text(encoding="utf-8") for folder in (run, reference))
            compared[name] = compare_lines(mine, theirs, rule["default"])
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


@dataclass(frozen=True)
class Outcome:
    """A run compared with the reference.

    Attributes:
        compared: the tables by name.
        missing: tables that the run does not have.
        left_out: tables that are not compared, with the reason.
        others: cohorts whose catalogue is another one.
    """

    compared: Mapping[str, Comparison]
    missing: Sequence[str]
    left_out: Mapping[str, str]
    others: Sequence[str]

    @property
    def outside(self) -> int:
        """How many cells lie outside their tolerance."""
        return sum(len(found.outside) for found in self.compared.values())

    @property
    def agrees(self) -> bool:
        """Whether no table is missing and no table differs."""
        return not self.missing and all(found.agrees for found in self.compared.values())


def compare_runs(run: Path, reference: Path, part: bool = False) -> Outcome:
    """Compare all tables of the reference, or the ``part`` of them that config/tolerances.yaml names, with those of a run.

    Raises:
        UserError: nothing can be compared.
    """
    rules = read_yaml(RULES)
    names = [name for name in tables_of(reference) if name in rules["part"] or not part]
    left_out = {name: reason for name, reason in rules["left_out"].items() if name in names}
    wanted = [name for name in names if name not in left_out]
    compared, missing = compare_tables(run, reference, wanted, rules, part)
    if not compared:
        remedy = "Finish the run first, or name another folder"
        raise UserError("the run has no table of the reference", where=str(run), remedy=remedy)
    return Outcome(compared, missing, left_out, other_inputs(run, reference))


def report(outcome: Outcome) -> str:
    """One line a table, with its worst deviation; under it the first cells that lie outside."""
    compared = outcome.compared
    width = max(map(len, [*compared, *outcome.missing, *outcome.left_out]))
    lines = [f"{'table':{width}}    cells  outside  worst deviation, in multiples of what is allowed"]
    for name, found in compared.items():
        share, place = found.worst
        worst = f"{share:.2g} at {place}" if share else "none: equal to the last bit"
        lines.append(f"{name:{width}} {found.cells:8d} {len(found.outside):8d}  {worst}")
        if found.outside and found.excused:
            lines.append(f"    {found.excused['share']:.0%} of the cells may lie outside: {found.excused['reason']}")
        if found.unidentified:
            lines.append(f"    {found.unidentified} cells may differ by any amount: the data do not identify them")
        lines += [f"    {place}: reference {old}, fresh {new}" for place, old, new in found.outside[:SHOWN]]
        if len(found.outside) > SHOWN:
            lines.append(f"    … and {len(found.outside) - SHOWN} more")
    lines += [f"{name:{width}}  MISSING" for name in outcome.missing]
    lines += [f"{name:{width}}  left out: {reason}" for name, reason in outcome.left_out.items()]
    for cohort in outcome.others:
        lines.append(f"another catalogue: that of {cohort} is not the one the reference was made from")
    cells = sum(found.cells for found in compared.values())
    lines.append(f"{len(compared)} tables, {cells} cells compared, {outcome.outside} of them outside tolerance")
    if not outcome.agrees:
        differ = sum(not found.agrees for found in compared.values())
        lines.append(f"{differ} tables differ; {len(outcome.missing)} tables missing")
    return "\n".join(lines)
