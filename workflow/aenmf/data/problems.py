"""The problems that the splits of a cohort pose."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from aenmf.data.splits import read_sets
from aenmf.files.matrices import read_matrix
from aenmf.problem import Problem
from aenmf.seeds import Seed


def training_problems(
    catalogue: str | Path,
    splits: str | Path,
    numbers: Iterable[int],
    *,
    cohort: str,
    rank: int,
    loss: str,
    seed: int,
    dispersion: str | Path | None = None,
) -> list[Problem]:
    """To factorise the training patients of some splits: the same problems and starting points for every method.

    Args:
        catalogue, splits: the pipeline's own files.
        numbers: of the splits.
        cohort: its name, which with the number of the split names the stream of the starting points.
        rank: K.
        loss: to minimise.
        seed: of the run.
        dispersion: the file with that of every patient, for the loss that needs it.
    """
    matrix, sets = read_matrix(catalogue), read_sets(splits)
    place = {sample: i for i, sample in enumerate(matrix.columns)}
    alpha = read_dispersion(dispersion, matrix.columns) if dispersion else None
    problems = []
    for n in numbers:
        training = [place[sample] for sample, name in sets[n].items() if name == "train"]
        counts = np.ascontiguousarray(matrix.values[:, training])
        own = None if alpha is None else alpha[training]
        problems.append(Problem(counts, rank, loss, Seed(seed).child(cohort, f"split {n}"), own))
    return problems


def read_dispersion(path: str | Path, samples: Iterable[str]) -> np.ndarray:
    """The dispersion (N,) of some patients, from the pipeline's own file."""
    with open(path, encoding="utf-8", newline="") as file:
        of_sample = {row["sample"]: float(row["dispersion"]) for row in csv.DictReader(file, delimiter="\t")}
    return np.array([of_sample[name] for name in samples])
