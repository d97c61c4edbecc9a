"""The lowest losses known: what a loss is measured by, whatever run and method found it.

A problem is recognised by its training matrix and rank, so that a loss is never compared with that of another problem.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

BASIN = {"aenmf": "cnmf"}
"""Models that minimise the same function as another: the autoencoder is measured by the best convex NMF loss."""

PROBLEM_TITLES = {"nmf": "NMF", "cnmf": "convex NMF"}
"""What is minimised, by the model that it is named after."""

COLUMNS = ["cohort", "loss", "model", "split", "best", "hits", "starts", "source", "problem"]

SAME = 1e-6
"""Relative distance of two losses that are the same optimum."""

Function = tuple[str, str, str]
"""What is minimised: digest of the problem, loss, and the model, of those with the same function the first."""


def basin(model: str) -> str:
    """The model that stands for all with the same function as ``model``."""
    return BASIN.get(model, model)


def digest(catalogue: np.ndarray, rank: int) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of a training matrix, as float64 in C order, with its shape and rank."""
    matrix = np.ascontiguousarray(catalogue, dtype=np.float64)
    size = " ".join(map(str, (*matrix.shape, rank)))
    return hashlib.sha256(matrix.tobytes() + size.encode()).hexdigest()[:16]


def lowest(table: pd.DataFrame) -> dict[Function, float]:
    """The best known losses of a table with columns problem, loss, model and best, by what is minimised."""
    known: dict[Function, float] = {}
    for row in table.itertuples():
        key = (row.problem, row.loss, basin(row.model))
        known[key] = min(known.get(key, np.inf), row.best)
    return known


def exact(text: str) -> float:
    """The number of a cell, to its last bit; nan of an empty one."""
    return float(text or "nan")


def read_best_known(path: str | Path | None) -> dict[Function, float]:
    """The best known losses of a file; none where there is no file."""
    return lowest(read_table(path))


def read_table(path: str | Path | None) -> pd.DataFrame:
    """The rows of a file of best known losses, columns ``COLUMNS``; none where there is no file."""
    if path is None or not Path(path).is_file():
        return pd.DataFrame(columns=COLUMNS)
    # A digest can be made of digits alone, and a loss that is read and written again must stay the same to the last bit.
    return pd.read_csv(path, dtype={"problem": str}, converters={"best": exact})


def excess(values: np.ndarray | pd.Series, best: np.ndarray | pd.Series) -> np.ndarray:
    """How far losses lie above the best ones, relatively, at least 0; nan where none is known, infinite above an exact fit."""
    above, known = np.asarray(values, dtype=float), np.asarray(best, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = np.maximum(above / known - 1.0, 0.0)
    relative = np.where(above <= known, 0.0, relative)
    return np.where(np.isnan(known), np.nan, np.where(np.isnan(above), np.inf, relative))


def best_of(rows: pd.DataFrame, known: Mapping[Function, float]) -> np.ndarray:
    """The best known loss of every row with columns problem, loss and model; nan where there is none."""
    keys = zip(rows["problem"], rows["loss"], rows["model"].map(basin), strict=True)
    return np.array([known.get(key, np.nan) for key in keys], dtype=float)
