"""The directory in which cases are tried: with a good catalogue and good signatures, and without the network or a cache."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from aenmf.channels import CHANNELS


@contextmanager
def place(folder: Path) -> Iterator[Path]:
    """Work in a folder that has what the cases name."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(5)
    _write(folder / "own.tsv", rng.integers(1, 50, size=(len(CHANNELS), 12)), "P")
    _write(folder / "truth.tsv", rng.dirichlet(np.ones(len(CHANNELS)), 3).T, "S")
    before, environment = Path.cwd(), dict(os.environ)
    os.chdir(folder)
    os.environ.pop("AENMF_DATA_DIR", None)
    os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
    try:
        yield folder
    finally:
        os.chdir(before)
        os.environ.clear()
        os.environ.update(environment)


def _write(path: Path, matrix: np.ndarray, letter: str) -> None:
    rows = [["Type", *(f"{letter}{i}" for i in range(matrix.shape[1]))]]
    rows += [[channel, *map(repr, row)] for channel, row in zip(CHANNELS, matrix.tolist(), strict=True)]
    path.write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")
