"""Catalogues of three patients as files: the default one, and how others spell, order and number it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from aenmf.channels import CHANNELS, substitution, trinucleotide

SAMPLES = ("S1", "S 2", "S3")
COUNTS = np.arange(96 * 3).reshape(96, 3)[:, ::-1] % 17
ALPHABETICAL = sorted(range(96), key=lambda i: CHANNELS[i])
ZERO_SAMPLE = COUNTS.copy()
ZERO_SAMPLE[:, 1] = 0


def lines(
    sep="\t", header=("Type", *SAMPLES), order=range(96), label=lambda channel: (channel,), counts=COUNTS
) -> list[str]:
    rows = [sep.join([*label(CHANNELS[i]), *(str(value) for value in counts[i])]) for i in order]
    return [sep.join(header), *rows]


def write(path: Path, content: list[str] | str | bytes, end: str = "\n") -> Path:
    if isinstance(content, list):
        content = end.join(content) + end
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def two_columns(channel: str) -> tuple[str, str]:
    return substitution(channel), trinucleotide(channel)


def quoted(channel: str) -> tuple[str]:
    return (f'"{channel}"',)


def spelt(pattern: str):
    """A label of a channel's 5' base, reference, alternative and 3' base, in this order: 0, 1, 2, 3."""
    return lambda channel: (pattern.format(*channel[0::2]),)


def numbered(column: int, numbers: Iterable[int], heading: str = "Idx", **options) -> list[str]:
    """The default file with a column of numbers."""
    content = [line.split("\t") for line in lines(**options)]
    for fields, cell in zip(content, [heading, *map(str, numbers)], strict=True):
        fields.insert(column, cell)
    return ["\t".join(fields) for fields in content]


def each(content: list[str], extra: str) -> list[str]:
    return [line + extra for line in content]
