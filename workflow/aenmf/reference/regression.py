"""Comparing the tables of a fresh run with the committed reference, row by row within stated tolerances.

Used as ``python -m aenmf.reference.regression results/<run> [results/reference]``; the exit status is 1 if anything drifted.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from aenmf.errors import UserError
from aenmf.files.shipped import CONFIG

TOLERANCES = CONFIG / "tolerances.yaml"
SHOWN = 10


def allowed_in(rows: pd.DataFrame, column: str, rule: Mapping[str, Any]) -> dict[str, np.ndarray] | None:
    """The tolerance of a column in every row.

    Args:
        rows: the key columns of the rows to compare.
        column: its name.
        rule: ``columns`` (column → rtol, atol), ``where`` (entries with ``rows``, key → value, and ``columns`` that hold
            instead in those rows; the last one that fits counts), and perhaps ``default`` (rtol, atol).

    Returns:
        ``rtol`` and ``atol``, each (rows,); None if the column has none.
    """
    common = rule["columns"].get(column, rule.get("default"))
    if common is None:
        return None
    allowed = {kind: np.full(len(rows), float(common[kind])) for kind in ("rtol", "atol")}
    for entry in rule.get("where", []):
        if column in entry["columns"]:
            fits = np.logical_and.reduce([rows[key].astype(str) == value for key, value in entry["rows"].items()])
            for kind, values in allowed.items():
                values[fits] = entry["columns"][column][kind]
    return allowed


def compare_tables(
    name: str, fresh: pd.DataFrame, reference: pd.DataFrame, tolerance: Mapping[str, Any]
) -> tuple[pd.DataFrame, int]:
    """The cells of a fresh table that lie outside their column's tolerance.

    Args:
        name: the table's name, for the report.
        fresh: the fresh table; it may hold fewer rows than the reference, not others.
        reference: the committed table.
        tolerance: ``keys``, ``columns`` (column → rtol, atol), perhaps ``where`` (see :func:`allowed_in`), and ``ignore``
            (column → reason); columns that are not compared may be absent.

    Returns:
        Columns ``table``, ``row``, ``column``, ``reference``, ``fresh``, ``allowed``; and how many cells were compared.

    Raises:
        UserError: the tables have other columns than the tolerances name, or no row in common.
    """
    keys, columns, ignored = tolerance["keys"], tolerance["columns"], tolerance.get("ignore", {})
    for which, table in (("fresh", fresh), ("reference", reference)):
        if not {*keys, *columns} <= set(table.columns) <= {*keys, *columns, *ignored}:
            problem = f"the {which} table {name} has the columns {', '.join(table.columns)}"
            raise UserError(
                problem, where="config/tolerances.yaml", remedy="Name each of them under keys, columns or ignore"
            )
    merged = fresh.merge(reference, on=keys, how="left", suffixes=("", "_reference"), indicator=True, validate="1:1")
    unknown = merged[merged["_merge"] == "left_only"]
    rows = [(name, _key(row, keys), "(row)", "absent", "present", "") for _, row in unknown.iterrows()]
    known = merged[merged["_merge"] == "both"]
    if known.empty:
        remedy = "Compare a run with the cohorts, methods and seed of the reference"
        raise UserError(f"the runs have no row of the table {name} in common", where=name, remedy=remedy)
    for column in columns:
        allowed = allowed_in(known, column, tolerance)
        assert allowed is not None
        a = known[column].to_numpy(dtype=float)
        b = known[f"{column}_reference"].to_numpy(dtype=float)
        close = np.isclose(a, b, rtol=allowed["rtol"], atol=allowed["atol"], equal_nan=True)
        for i in np.flatnonzero(~close):
            text = f"±({allowed['rtol'][i]:g} relative + {allowed['atol'][i]:g})"
            rows.append((name, _key(known.iloc[i], keys), column, b[i], a[i], text))
    drift = pd.DataFrame(rows, columns=["table", "row", "column", "reference", "fresh", "allowed"])
    return drift, len(known) * len(columns)


def compare_runs(fresh: Path, reference: Path, tolerances: Mapping[str, Any]) -> tuple[pd.DataFrame, dict[str, int]]:
    """Compare all tables that have tolerances; returns the drift of all, and the number of cells compared by table.

    Raises:
        UserError: a table is missing on either side.
    """
    drifts, compared = [], {}
    for name, tolerance in tolerances.items():
        paths = [folder / "tables" / f"{name}.csv" for folder in (fresh, reference)]
        for path in paths:
            if not path.is_file():
                raise UserError("there is no such table", where=str(path), remedy="Run the workflow first")
        drift, compared[name] = compare_tables(name, pd.read_csv(paths[0]), pd.read_csv(paths[1]), tolerance)
        drifts.append(drift)
    return pd.concat(drifts, ignore_index=True), compared


def report(drift: pd.DataFrame, compared: Mapping[str, int]) -> str:
    """What was compared and what drifted, the first few cells of each table in full."""
    lines = []
    for name, n in compared.items():
        mine = drift[drift["table"] == name]
        lines.append(f"{name}: {n} cells compared, {len(mine)} outside tolerance")
        for row in mine.head(SHOWN).itertuples():
            lines.append(f"  {row.row} | {row.column}: reference {row.reference}, fresh {row.fresh} {row.allowed}")
        if len(mine) > SHOWN:
            lines.append(f"  … and {len(mine) - SHOWN} more")
    return "\n".join(lines)


def _key(row: pd.Series, keys: list[str]) -> str:
    return " ".join(str(row[key]) for key in keys)


def main(arguments: list[str] | None = None) -> int:
    """Command line; the exit status is 0 without drift, 1 with, 2 if the comparison cannot be made."""
    parser = argparse.ArgumentParser(prog="python -m aenmf.reference.regression", description=__doc__.splitlines()[0])
    parser.add_argument("fresh", type=Path, help="results of a run, such as results/regression")
    parser.add_argument("reference", type=Path, nargs="?", default=Path("results/reference"), help="committed results")
    given = parser.parse_args(arguments)
    try:
        tolerances = yaml.safe_load(TOLERANCES.read_text(encoding="utf-8"))
        drift, compared = compare_runs(given.fresh, given.reference, tolerances)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(report(drift, compared))
    print("no drift" if drift.empty else f"DRIFT: {len(drift)} cells differ from {given.reference}")
    return 0 if drift.empty else 1


if __name__ == "__main__":
    sys.exit(main())
