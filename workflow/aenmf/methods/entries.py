"""Which configured method plays which part in the paper's tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """A method entry of the configuration.

    Attributes:
        name: as in the column ``method`` of the long tables.
        model: ``nmf``, ``cnmf``, ``aenmf`` or any other.
        title: how tables and figures call it.
    """

    name: str
    model: str
    title: str


def playing(entries: Sequence[Entry], model: str) -> Entry | None:
    """The entry that plays a model's part: the first one of that model, or None."""
    return next((entry for entry in entries if entry.model == model), None)
