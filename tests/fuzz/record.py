"""The counts of the long form as a run's results, which ``aenmf keep`` takes: how many cases of each input ended how."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from aenmf import __version__
from aenmf.files.layout import Layout, to_markdown
from aenmf.run.runinfo import write_run_info
from fuzz.outcomes import KINDS, Tally

SHOWN = {
    "accepted": "Accepted",
    "refused": "Refused, with a remedy",
    "traceback": "Traceback",
    "hang": "Hang",
    "wrong": "Silently different",
}


def counts(tallies: Sequence[Tally], seed: int) -> pd.DataFrame:
    """One row for each kind of input."""
    rows = [{"input": tally.name, "cases": sum(tally.counts.values()), **_by_kind(tally)} for tally in tallies]
    return pd.DataFrame(rows).assign(seed=seed, version=__version__)


def _by_kind(tally: Tally) -> dict[str, int]:
    return {kind: tally.counts[kind] for kind in KINDS}


def layout(table: pd.DataFrame) -> Layout:
    """The counts as they are shown."""
    failed = int(table[["traceback", "hang", "wrong"]].to_numpy().sum())
    caption = (
        f"{table['cases'].sum():,} damaged inputs (seed {table['seed'].iloc[0]}, version {table['version'].iloc[0]}): "
    )
    caption += f"{failed} ended as none should."
    rows = [[row["input"], *(f"{row[key]:,}" for key in ("cases", *KINDS))] for _, row in table.iterrows()]
    return Layout(caption, "fuzz", ["Input", "Cases", *(SHOWN[kind] for kind in KINDS)], rows)


def begin(folder: Path, seed: int, numbers: dict[str, int]) -> None:
    """Write what the run is, before it takes its time."""
    folder.mkdir(parents=True, exist_ok=True)
    write_run_info(folder / "run.json", {"run": "fuzz", "seed": seed, "cases": numbers}, 1)


def record(folder: Path, tallies: Sequence[Tally], seed: int) -> None:
    """Write the counts."""
    table = counts(tallies, seed)
    table.to_csv(folder / "counts.csv", index=False)
    (folder / "counts.md").write_text(to_markdown(layout(table)), encoding="utf-8")
