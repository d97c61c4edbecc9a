"""What the page knows of a run besides its files: how things are called, and what each figure shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aenmf.data.datasets import Cohort, Reference
from aenmf.files.shipped import CAPTIONS
from aenmf.losses import LOSS_TITLES


@dataclass(frozen=True)
class About:
    """Names and sources.

    Attributes:
        methods: titles by method entry, all of the configuration.
        cohorts: those of the run, by name, in order.
        references: those the run used, by name, in order.
        figures: kind → figure name → what it shows: ``loss``, ``methods``, ``cohorts``, ``reference`` where given.
        tables: headings by name, in order.
    """

    methods: Mapping[str, str]
    cohorts: Mapping[str, Cohort]
    references: Mapping[str, Reference] = field(default_factory=dict)
    figures: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    tables: Mapping[str, str] = field(default_factory=dict)

    @property
    def replication(self) -> bool:
        """Whether the run has a cohort of the paper; without, it is an analysis of the user's own."""
        return any(cohort.of_paper for cohort in self.cohorts.values())

    def method(self, name: str) -> str:
        """A method entry as shown."""
        return self.methods.get(name, name)

    def cohort(self, name: str) -> str:
        """A cohort as shown."""
        return self.cohorts[name].title if name in self.cohorts else name

    def loss(self, name: str) -> str:
        """A loss as shown: the name of its measure."""
        return LOSS_TITLES.get(name, name)

    def reference(self, name: str) -> str:
        """A set of reference signatures as shown."""
        if name == "truth":
            return "True signatures"
        return self.references[name].title if name in self.references else name


def listed(words: Sequence[str]) -> str:
    """Words as a sentence has them: ``listed(["a", "b", "c"]) == "a, b and c"``; semicolons part those that have commas."""
    if any("," in word for word in words):
        return "; ".join(words)
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""


def caption_of(table: str, folder: Path = CAPTIONS) -> str:
    """What is seen in a table and how to read it; the same text goes into Snakemake's own report."""
    path = folder / f"{table}.rst"
    return " ".join(path.read_text(encoding="utf-8").split()) if path.is_file() else ""
