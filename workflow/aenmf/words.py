"""Small words of sentences that are filled in."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """A number with its noun, in the plural unless it is one: ``counted(1, "split") == "1 split"``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
