"""The tables of a kept reference by name, and how numbers from them are written in sentences."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

COHORTS = {"ovary": "Ovary", "prostate": "Prostate", "uterus": "Uterus"}
NMF, CNMF, AENMF = "nmf", "cnmf", "aenmf"
SIGNIFICANT = 0.05


def ratio(value: float) -> str:
    return f"{value:.2f}"


def interval(value: float, low: float, high: float) -> str:
    """A ratio with its interval."""
    return f"{value:.2f} ({low:.2f} to {high:.2f})"


def per_cent(share: float) -> str:
    return f"{100 * share:.0f} %"


class Reference:
    """The tables of a reference by name, read once.

    Args:
        folder: a reference.
        first: folders that are looked into before it, such as that of a fresh run.
    """

    def __init__(self, folder: Path, *first: Path):
        self.folders = [*first, folder]
        self._read: dict[str, pd.DataFrame] = {}

    def file(self, name: str) -> Path:
        """The file of this name in the first folder that has it, or else in the reference."""
        return next((path for folder in self.folders if (path := folder / name).is_file()), self.folders[-1] / name)

    def table(self, name: str, **keys: object) -> pd.DataFrame:
        """The rows of a table, such as ``tables/table3``, that have these values."""
        if name not in self._read:
            self._read[name] = pd.read_csv(self.file(f"{name}.csv"))
        frame = self._read[name]
        for key, value in keys.items():
            frame = frame[frame[key] == value]
        return frame

    def one(self, name: str, **keys: object) -> pd.Series:
        """The only row of a table that has these values.

        Raises:
            ValueError: there is none, or more than one.
        """
        rows = self.table(name, **keys)
        if len(rows) != 1:
            raise ValueError(f"{name} has {len(rows)} rows with {keys}, not one")
        return rows.iloc[0]

    def markdown(self, name: str) -> str:
        """A table as it is shown."""
        return self.file(f"{name}.md").read_text(encoding="utf-8").strip()
