"""The problems that the splits of a cohort pose."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from aenmf.data.splits import read_sets
from aenmf.files.matrices import read_matrix
from aenmf.problem import Problem
from aenmf.seeds import Seed


def training_problems(
    catalogue: str | Path, splits: str | Path, numbers: Iterable[int], *, cohort: str, rank: int, loss: str, seed: int
) -> list[Problem]:
    """To factorise the training patients of some splits: the same problems and starting points for every method.

    Args:
        catalogue, splits: the pipeline's own files.
        numbers: of the splits.
        cohort: its name, which with the number of the split names the stream of the starting points.
        rank: K.
        loss: to minimise.
        seed: of the run.
    """
    matrix, sets = read_matrix(catalogue), read_sets(splits)
    place = {sample: i for i, sample in enumerate(matrix.columns)}
    problems = []
    for n in numbers:
        training = [place[sample] for sample, name in sets[n].items() if name == "train"]
        counts = np.ascontiguousarray(matrix.values[:, training])
        problems.append(Problem(counts, rank, loss, Seed(seed).child(cohort, f"split {n}")))
    return problems
