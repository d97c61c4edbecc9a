"""What became of the reference on other processors: a row for each that a run was compared on.

``aenmf compare results/paper --record results/processors`` adds a row, ``aenmf keep results/processors`` keeps the table.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from aenmf import formats
from aenmf.errors import UserError
from aenmf.files.layout import Layout, to_markdown
from aenmf.files.tables import write_json
from aenmf.reference.compare import Outcome
from aenmf.verdicts.judge import CANNOT

COLUMNS = (
    "processor",
    "compiled_for",
    "commit",
    "tables",
    "cells",
    "equal",
    "unidentified",
    "outside",
    "excused",
    "differ",
    "missing",
    "worst",
    "worst_table",
    "grades",
    "grades_changed",
)
KEYS = ["processor", "compiled_for"]
VERDICTS, OF_COMPARISON = "tables/verdicts.csv", "tables/comparison/verdicts.csv"
GRADE = "verdict"


def facts_of(run: Path) -> dict[str, Any]:
    """run.json of a run.

    Raises:
        UserError: it has none, or does not say which processor its solvers were compiled for.
    """
    path = run / "run.json"
    if not path.is_file():
        raise UserError("there is no run.json", where=str(run), remedy="Name the results of a finished run")
    facts = json.loads(path.read_text(encoding="utf-8"))
    if "compiled_for" not in facts:
        raise UserError("compiled_for is not among the facts of the run", where=str(path), remedy="Run it again")
    return facts


def grades(run: Path, reference: Path) -> tuple[int, int]:
    """How many claims have a grade in a run and in the reference, and how many of them another one.

    Of a run of the comparison alone they are the single claims that it can check: of those made of several it lacks parts.
    """
    whole = run / VERDICTS
    kept, path = reference / VERDICTS, whole if whole.is_file() else run / OF_COMPARISON
    if not (kept.is_file() and path.is_file()):
        return 0, 0
    fresh, old = (pd.read_csv(one).set_index("claim_id") for one in (path, kept))
    if path != whole:
        fresh = fresh[(fresh["kind"] != "headline") & (fresh[GRADE] != CANNOT)]
    both = pd.concat([fresh[GRADE], old[GRADE]], axis=1, keys=["fresh", "old"]).loc[fresh.index].dropna(how="all")
    return len(both), int((both["fresh"] != both["old"]).sum())


def row_of(outcome: Outcome, run: Path, reference: Path) -> dict[str, Any]:
    """A run compared with the reference, as a row of the table: ``COLUMNS``.

    ``cells`` are those compared, ``equal`` those equal to the last bit, ``unidentified`` those that the data do not identify,
    ``outside`` those outside their tolerance, ``excused`` those of them that the tolerances allow; ``differ`` counts the
    tables that differ, ``missing`` those that the run did not make; ``worst`` is the largest deviation in a table that excuses
    none, in multiples of what is allowed, and ``worst_table`` that table; ``grades`` are those of the verdicts, and
    ``grades_changed`` how many of them are others.
    """
    facts, compared = facts_of(run), outcome.compared
    strict = {name: found for name, found in compared.items() if not (found.excused and found.agrees)}
    worst = max(strict, key=lambda name: strict[name].worst[0], default="")
    graded, changed = grades(run, reference)
    return {
        "processor": facts["processor"],
        "compiled_for": facts["compiled_for"],
        "commit": facts["commit"],
        "tables": len(compared),
        "cells": sum(found.cells for found in compared.values()),
        "equal": sum(found.equal for found in compared.values()),
        "unidentified": sum(found.unidentified for found in compared.values()),
        "outside": outcome.outside,
        "excused": sum(len(found.outside) for found in compared.values() if found.agrees),
        "differ": sum(not found.agrees for found in compared.values()),
        "missing": len(outcome.missing),
        "worst": strict[worst].worst[0] if worst else 0.0,
        "worst_table": worst,
        "grades": graded,
        "grades_changed": changed,
    }


def layout(rows: pd.DataFrame, origin: str) -> Layout:
    """The table for readers.

    Args:
        rows: columns ``COLUMNS``.
        origin: the processor of the reference, and what its solvers were compiled for.
    """
    cells = []
    for row in rows.to_dict("records"):
        outside = f"{row['outside']:,}" + (f" ({row['excused']:,} excused)" if row["excused"] else "")
        tables = f"{row['differ']} of {row['tables']}" + (f" ({row['missing']} not made)" if row["missing"] else "")
        cells.append(
            [
                f"{row['processor']}, {row['compiled_for']}",
                f"{row['cells']:,}",
                f"{row['equal'] / row['cells']:.1%}" if row["cells"] else formats.MISSING,
                f"{row['unidentified']:,}",
                outside,
                tables,
                formats.error(row["worst"]),
                f"{row['grades_changed']} of {row['grades']}",
                str(row["commit"])[:10],
            ]
        )
    titles = [
        "Processor, compiled for",
        "Cells",
        "Equal to the last bit",
        "Not identified",
        "Outside",
        "Tables that differ",
    ]
    return Layout(
        caption=f"The paper's run on other processors, compared with the reference, which is from {origin}.",
        label="processors",
        columns=[*titles, "Worst", "Grades changed", "Commit"],
        rows=cells,
        align="lrrrrrrrl",
        notes=[
            "Not identified: cells that may differ by any amount, as the data do not determine them. Outside: of "
            "the tolerance; excused are those in tables of which a stated share may be. Worst: the largest "
            "deviation in a table that excuses none, in multiples of what is allowed. Grades: of the verdicts on "
            "the paper's claims; of a comparison alone, on those that it can check."
        ],
    )


def origin(reference: Path) -> str:
    """The processor of a reference, in words."""
    facts = json.loads((reference / "manifest.json").read_text(encoding="utf-8"))
    return ", ".join(str(facts[key]) for key in KEYS if key in facts)


def record(outcome: Outcome, run: Path, reference: Path, folder: Path) -> Path:
    """Add the row of a run to processors.csv in a folder, in place of that of the same processor; returns the file.

    Rows that the reference has kept are taken over.

    Raises:
        UserError: as :func:`facts_of`.
    """
    row = row_of(outcome, run, reference)
    path = folder / "processors.csv"
    known = [one for one in (path, reference / "processors/processors.csv") if one.is_file()]
    rows = pd.read_csv(known[0]).to_dict("records") if known else []
    rows = [one for one in rows if any(one[key] != row[key] for key in KEYS)] + [row]
    table = pd.DataFrame(rows, columns=COLUMNS).sort_values(KEYS)
    folder.mkdir(parents=True, exist_ok=True)
    table.to_csv(path, index=False)
    path.with_suffix(".md").write_text(to_markdown(layout(table, origin(reference))), encoding="utf-8")
    write_json(folder / "run.json", facts_of(run))
    return path
