"""The protocols of the benchmark on known truth: which matrices are fitted, from which seeds, with how many signatures.

``full`` is the whole cohort from several seeds, ``splits`` the training patients of every split. In either the number of
signatures is the true one (``given``), or it is ``chosen`` without knowing that: by the method itself where it can, otherwise by
one criterion for all methods.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from aenmf.data.splits import read_sets
from aenmf.files.fits import load_arrays, save_arrays
from aenmf.files.matrices import read_matrix
from aenmf.losses import NEGATIVE_BINOMIAL
from aenmf.methods.dispersion import dispersion
from aenmf.problem import Fit, Problem
from aenmf.seeds import Seed

GIVEN, CHOSEN = "given", "chosen"
FULL = "full"
KEPT_EXTRAS = ("version",)
"""What is kept of a fit's extras: the versions that an external tool reports."""


@dataclass(frozen=True)
class Part:
    """The patients that one answer is about, and where its random numbers come from.

    Attributes:
        number: of the seed or split.
        counts: (M, N).
        seed: stream of the starts; the same for all methods.
    """

    number: int
    counts: np.ndarray
    seed: Seed

    def problem(self, rank: int, loss: str, setting: float | str) -> Problem:
        """To find so many signatures in it; ``setting`` is the dispersion of patients, or how it is estimated."""
        if loss != NEGATIVE_BINOMIAL:
            return Problem(self.counts, rank, loss, self.seed)
        return Problem(
            self.counts, rank, loss, self.seed, dispersion(self.counts, setting, rank, self.seed.child("dispersion"))
        )


def parts(catalogue: str | Path, splits: str | Path | None, numbers: Iterable[int], seed: Seed) -> list[Part]:
    """What is fitted under a protocol.

    Args:
        catalogue, splits: the pipeline's own files; without splits it is the whole cohort.
        numbers: of the seeds, or splits.
        seed: the cohort's stream.
    """
    matrix, sets = read_matrix(catalogue), read_sets(splits) if splits else None
    place = {sample: i for i, sample in enumerate(matrix.columns)}
    made = []
    for n in numbers:
        names = patients_of(matrix.columns, sets, n)
        counts = np.ascontiguousarray(matrix.values[:, [place[name] for name in names]])
        made.append(Part(n, counts, seed.child(f"{'seed' if sets is None else 'split'} {n}")))
    return made


def patients_of(samples: Iterable[str], sets: Mapping[int, Mapping[str, str]] | None, number: int) -> list[str]:
    """The patients of a part: all, or the training patients of a split."""
    if sets is None:
        return list(samples)
    return [sample for sample, name in sets[number].items() if name == "train"]


@dataclass(frozen=True)
class Answer:
    """What is kept of a fit.

    Attributes:
        signatures: (M, K).
        exposures: (K, N).
        seconds: that it took.
        memory: megabytes of the process.
        extras: what the method reports besides, such as the versions of an external tool.
    """

    signatures: np.ndarray
    exposures: np.ndarray
    seconds: float
    memory: float
    extras: Mapping[str, np.ndarray] = field(default_factory=dict)


def save_answers(path: str | Path, fits: Mapping[int, Fit | Answer], memory: float) -> None:
    """Write the fits of some parts, which may differ in K and in patients, by number of the part.

    Args:
        path: an ``.npz``.
        fits: by number.
        memory: of the process, in megabytes.
    """
    arrays = {"numbers": np.array(list(fits)), "memory": np.array(memory)}
    arrays["seconds"] = np.array([fit.seconds for fit in fits.values()])
    for number, fit in fits.items():
        arrays |= {f"signatures_{number}": fit.signatures, f"exposures_{number}": fit.exposures}
        arrays |= {f"{name}_{number}": fit.extras[name] for name in KEPT_EXTRAS if name in fit.extras}
    save_arrays(path, arrays)


def load_answers(path: str | Path) -> dict[int, Answer]:
    """Read what :func:`save_answers` wrote."""
    arrays = load_arrays(path)
    memory = float(arrays["memory"])
    kept = {
        n: {name: arrays[f"{name}_{n}"] for name in KEPT_EXTRAS if f"{name}_{n}" in arrays}
        for n in arrays["numbers"].tolist()
    }
    return {
        n: Answer(arrays[f"signatures_{n}"], arrays[f"exposures_{n}"], float(seconds), memory, kept[n])
        for n, seconds in zip(arrays["numbers"].tolist(), arrays["seconds"], strict=True)
    }
