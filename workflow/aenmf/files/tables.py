"""Tables between stages, as CSV, and facts as JSON; equal tables are equal bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from aenmf.files.atomic import atomic_path, atomic_write


def write_table(path: str | Path, table: pd.DataFrame) -> None:
    """Write a table as CSV without its index; floats keep all their digits, so equal tables are equal bytes."""
    with atomic_path(path) as temporary:
        table.to_csv(temporary, index=False, lineterminator="\n")


def sections(combinations: Sequence[Any], paths: Sequence[str]) -> list[list[str]]:
    """The files of each combination, from one list that holds equally many of each, in the order of the combinations."""
    size, rest = divmod(len(paths), len(combinations))
    if rest or not size:
        raise ValueError(f"{len(paths)} files for {len(combinations)} combinations")
    return [list(paths[i * size : (i + 1) * size]) for i in range(len(combinations))]


def write_tables(paths: Mapping[str, str], parts: Mapping[str, Sequence[pd.DataFrame]]) -> None:
    """Write one CSV per name, its parts one below the other."""
    for name, tables in parts.items():
        write_table(paths[name], pd.concat([t for t in tables if len(t)] or tables[:1], ignore_index=True))


def keyed(table: pd.DataFrame, **keys: object) -> pd.DataFrame:
    """The table with constant key columns in front, such as ``keyed(errors, cohort="ovary", method="nmf")``."""
    front = pd.DataFrame({key: [value] * len(table) for key, value in keys.items()}, index=table.index)
    return pd.concat([front, table], axis=1)


def write_json(path: str | Path, facts: Mapping[str, Any]) -> None:
    """Write facts as JSON, keys in the given order."""
    with atomic_write(path) as file:
        json.dump(facts, file, indent=2, ensure_ascii=False)
        file.write("\n")


def read_json(path: str | Path) -> dict[str, Any]:
    """Read what :func:`write_json` wrote."""
    return json.loads(Path(path).read_text(encoding="utf-8"))
