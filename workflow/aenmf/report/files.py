"""The files that the page is made of, as the rule ``report`` names them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from aenmf.files.layout import read_layout
from aenmf.report.tables import Table


@dataclass(frozen=True)
class Files:
    """The files of a run, by what they hold. What a run has not, such as rank selection, is not named.

    Attributes:
        folder: the run's results; the page names files relative to it.
        record: the run's own record.
        tables: tables as numbers, by name; all long tables are among them.
        layouts: the paper's tables and the verdicts as shown, by name.
        catalogues, provenance, splits: by cohort.
        references: signatures, by cohort and reference, the truth included.
        signatures, exposures: the consensus signatures and the exposures on them, by cohort, method and loss.
        fits, seconds: by cohort, method, loss and chunk of splits.
        figures: by name; which kind each is of, and what it shows, :class:`aenmf.report.about.About` knows.
        leaderboard, audit: their tables as shown, by identifier on the page.
        kept: the kept study of what decides the comparison, where the run has none of its own: ``manifest``, ``table`` as shown
            and figures by name.
        controls: what the criteria of the number of signatures choose where that number is known, from their kept run: its
            ``manifest``, and figures by name.
        published: errors of every split of the matrices published with the paper; none where the run has none of its patients.
        left_out: files and folders in ``folder`` that are not results.
    """

    folder: str
    record: str
    tables: Mapping[str, str]
    layouts: Mapping[str, str]
    catalogues: Mapping[str, str]
    provenance: Mapping[str, str]
    splits: Mapping[str, str]
    references: Mapping[tuple[str, str], str]
    signatures: Mapping[tuple[str, str, str], str]
    exposures: Mapping[tuple[str, str, str], str]
    fits: Mapping[tuple[str, str, str, str], str]
    seconds: Mapping[tuple[str, str, str, str], str]
    figures: Mapping[str, str]
    leaderboard: Mapping[str, str] = field(default_factory=dict)
    audit: Mapping[str, str] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)
    controls: Mapping[str, str] = field(default_factory=dict)
    published: str = ""
    left_out: Collection[str] = ()

    def table(self, name: str) -> pd.DataFrame:
        """A table as numbers."""
        return pd.read_csv(self.tables[name])

    def named(self, path: str) -> str:
        """A file as the page names it."""
        return Path(path).relative_to(self.folder).as_posix()

    def shown(self, layouts: Mapping[str, str]) -> list[Table]:
        """Tables as shown; each names its form for readers, not the one for the page."""
        return [
            Table(name, read_layout(path), self.named(path.removesuffix(".json") + ".md"))
            for name, path in layouts.items()
        ]
