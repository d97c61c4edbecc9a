"""The problems that the splits of a cohort pose."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from aenmf.data.splits import read_splits, samples_of
from aenmf.files.matrices import counts_of, read_matrix_tsv
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
    counts, table = read_matrix_tsv(catalogue), read_splits(splits)
    return [
        Problem(counts_of(counts, samples_of(table, n, "train")), rank, loss, Seed(seed).child(cohort, f"split {n}"))
        for n in numbers
    ]
