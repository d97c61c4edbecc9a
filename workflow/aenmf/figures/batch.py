"""Figures of a kind with what they show and where they go, one or several in a process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from aenmf.figures.names import MethodStyle, looks
from aenmf.figures.style import save
from aenmf.files.tables import sections


@dataclass(frozen=True)
class Sheet:
    """One figure to draw.

    Attributes:
        paths: where it goes, one file per format.
        settings: what the figure shows: loss, measure, reference, as far as its kind needs them.
        methods: styles by method entry, in order.
        cohorts: titles by cohort, in order.
    """

    paths: tuple[str, ...]
    settings: Mapping[str, Any]
    methods: dict[str, MethodStyle]
    cohorts: dict[str, str]

    @property
    def cohort(self) -> dict[str, str]:
        """Name and title of the only cohort, as arguments."""
        ((name, title),) = self.cohorts.items()
        return {"cohort": name, "title": title}

    def shown(self, *names: str) -> dict[str, Any]:
        """Some of the settings with the methods and cohorts, as arguments."""
        return {name: self.settings[name] for name in names} | {"methods": self.methods, "cohorts": self.cohorts}

    def write(self, figure: Figure) -> None:
        """Save the drawn figure in all formats."""
        save(figure, *self.paths)


def sheets(
    outputs: Sequence[str], figures: Mapping[str, Mapping[str, Any]], look: Mapping[str, Mapping[str, str]]
) -> Iterator[Sheet]:
    """The figures of a kind; a figure's settings name its ``methods`` and ``cohorts``.

    Args:
        outputs: the files to write: those of all figures in one format, in their order, then those in the next format.
        figures: name → settings.
        look: models and titles of the method entries, titles of the cohorts.
    """
    formats = sections(range(len(outputs) // max(1, len(figures))), outputs)
    for (name, settings), paths in zip(figures.items(), zip(*formats, strict=True), strict=True):
        if any(Path(path).with_suffix("").name != Path(name).name for path in paths):
            raise ValueError(f"figure {name} would be written to {', '.join(paths)}")
        methods, cohorts = looks(look, settings.get("methods", ()), settings.get("cohorts", ()))
        yield Sheet(tuple(paths), settings, methods, cohorts)
