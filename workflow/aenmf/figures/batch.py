"""All figures of a kind in one process, because starting one and loading matplotlib takes longer than most figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from aenmf.figures.names import MethodStyle, looks
from aenmf.figures.style import save

FORMATS = ("png", "pdf")


@dataclass(frozen=True)
class Sheet:
    """One figure to draw.

    Attributes:
        path: where it goes, without suffix.
        settings: what the figure shows: loss, measure, reference, as far as its kind needs them.
        methods: styles by method entry, in order.
        cohorts: titles by cohort, in order.
    """

    path: Path
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
        save(figure, *(f"{self.path}.{form}" for form in FORMATS))


def sheets(
    folder: str, figures: Mapping[str, Mapping[str, Any]], look: Mapping[str, Mapping[str, str]]
) -> Iterator[Sheet]:
    """The figures of a kind, by name; a figure names its ``methods`` and ``cohorts`` and further settings."""
    for name, settings in figures.items():
        methods, cohorts = looks(look, settings.get("methods", ()), settings.get("cohorts", ()))
        yield Sheet(Path(folder, name), settings, methods, cohorts)
