"""Random splits of a cohort into training and test patients: the same for every method, stored with sample names."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from aenmf.errors import UserError, did_you_mean
from aenmf.files.atomic import atomic_write
from aenmf.formats import counted
from aenmf.seeds import Seed

if TYPE_CHECKING:
    import pandas as pd  # not needed, and slow to import, where fits read their splits

COLUMNS = ["split", "sample", "set"]
SETS = ("train", "test")


def train_size(n_samples: int, train_fraction: float) -> int:
    """⌊train_fraction · n_samples⌋, with the fraction taken as it is written: ``train_size(100, 0.29) == 29``.

    In floating point 0.29 · 100 is 28.999…, whose floor would be 28.
    """
    return int(Fraction(str(train_fraction)) * n_samples)


def least_samples(n_train: int, train_fraction: float) -> int:
    """The fewest samples of which ``n_train`` train: ``least_samples(3, 0.8) == 4``."""
    return ceil(n_train / Fraction(str(train_fraction)))


def make_splits(samples: Sequence[str], n_splits: int, train_fraction: float, seed: Seed) -> pd.DataFrame:
    """Draw random splits.

    Split i depends on the seed, i and the number of samples alone: more splits leave the earlier ones as they are.

    Args:
        samples: names of the N patients in catalogue order.
        n_splits: how many splits.
        train_fraction: ⌊train_fraction · N⌋ patients train, the others test.
        seed: the cohort's stream.

    Returns:
        A table ``split`` (from 0), ``sample``, ``set`` (``train`` or ``test``); within a split in catalogue order.

    Raises:
        UserError: there are too few samples, or the numbers are out of range.
    """
    samples, n = list(samples), len(samples)
    if n_splits < 1:
        raise UserError(f"{n_splits} splits", where="n_splits", remedy="Ask for at least one split")
    if not 0 < train_fraction < 1:
        raise UserError(f"{train_fraction} is not between 0 and 1", where="train_fraction", remedy="The paper uses 0.8")
    if len(set(samples)) < n:
        raise UserError("a sample name occurs twice", where="samples", remedy="Give every sample its own name")
    n_train = train_size(n, train_fraction)
    if not 0 < n_train < n:
        remedy = "Add samples or change train_fraction"
        raise UserError(
            f"of {counted(n, 'sample')} there are {n_train} to train on and {n - n_train} to test on",
            where="samples",
            remedy=remedy,
        )
    import pandas as pd

    sets = np.full((n_splits, n), "test", dtype=object)
    for split in range(n_splits):
        # Raw generator output ranks the samples: unlike numpy's shuffles, no release of numpy may change it.
        keys = seed.child(f"split {split}", "samples").generator().bit_generator.random_raw(n)
        sets[split, np.argsort(keys, kind="stable")[:n_train]] = "train"
    return pd.DataFrame({"split": np.repeat(np.arange(n_splits), n), "sample": samples * n_splits, "set": sets.ravel()})


def write_splits(path: str | Path, table: pd.DataFrame) -> None:
    """Write a table of splits as TSV."""
    with atomic_write(path) as file:
        file.write("\t".join(COLUMNS) + "\n")
        file.writelines(
            f"{split}\t{sample}\t{name}\n" for split, sample, name in table[COLUMNS].itertuples(index=False)
        )


def read_splits(path: str | Path, samples: Sequence[str] | None = None) -> pd.DataFrame:
    """The sets of :func:`read_sets` as a table: columns ``split``, ``sample``, ``set``, sorted by split."""
    import pandas as pd

    rows = [(split, *pair) for split, sets in read_sets(path, samples).items() for pair in sets.items()]
    return pd.DataFrame(rows, columns=COLUMNS)


def read_sets(path: str | Path, samples: Sequence[str] | None = None) -> dict[int, dict[str, str]]:
    """Read and check a table of splits, whether drawn here or written by a user.

    Args:
        path: a TSV file with the columns ``split``, ``sample``, ``set``.
        samples: if given, the cohort's samples: every split must hold each of them once.

    Returns:
        Split → sample → set, sorted by split; samples are in the order of ``samples``, or else of the file's first split.

    Raises:
        UserError: with file, row and remedy: a column is missing or unknown, a value is not allowed, a sample is
            missing, unknown or twice in a split, or splits differ in their samples or training sizes.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"the splits cannot be read ({error})", where=str(path), remedy="Check the path") from error
    rows = [line.split("\t") for line in text.splitlines()]
    header = rows[0] if rows else []
    for column in header:
        if column not in COLUMNS:
            raise UserError(f"unknown column {column!r}", where=f"{path}, header", remedy=did_you_mean(column, COLUMNS))
    if sorted(header) != sorted(COLUMNS) or len(rows) < 2:
        remedy = f"Give the tab-separated columns {', '.join(COLUMNS)}"
        raise UserError("columns or rows are missing", where=f"{path}, header", remedy=remedy)
    at = [header.index(column) for column in COLUMNS]
    seen: dict[int, dict[str, str]] = {}
    for line, row in enumerate(rows[1:], start=2):
        where = f"{path}, row {line}"
        if len(row) != 3:
            raise UserError(f"the row has {len(row)} fields, not 3", where=where, remedy="Complete or remove it")
        split, sample, name = (row[i] for i in at)
        if not (split.isascii() and split.isdigit()):
            raise UserError(f"split {split!r} is not a number", where=where, remedy="Number the splits from 0")
        if name not in SETS:
            raise UserError(f"set {name!r} is not allowed", where=where, remedy=did_you_mean(name, SETS))
        if sample in seen.setdefault(int(split), {}):
            raise UserError(
                f"sample {sample!r} is twice in split {split}", where=where, remedy="Remove one of the rows"
            )
        seen[int(split)][sample] = name
    return _checked(str(path), dict(sorted(seen.items())), samples)


def _checked(where: str, seen: dict[int, dict[str, str]], samples: Sequence[str] | None) -> dict[int, dict[str, str]]:
    first = next(iter(seen.values()))
    expected = list(first) if samples is None else list(samples)
    if list(seen) != list(range(len(seen))):
        raise UserError("the splits are not numbered 0, 1, 2, …", where=where, remedy="Number them from 0 without gaps")
    n_train = sum(name == "train" for name in first.values())
    for split, sets in seen.items():
        absent = [sample for sample in expected if sample not in sets]
        foreign = sorted(set(sets) - set(expected))
        if absent or foreign:
            which = f"lacks sample {absent[0]!r}" if absent else f"has the unknown sample {foreign[0]!r}"
            remedy = "Every split holds every sample of the cohort once, as train or test"
            raise UserError(f"split {split} {which}", where=where, remedy=remedy)
        found = sum(name == "train" for name in sets.values())
        if found != n_train or not 0 < found < len(sets):
            problem = f"split {split} trains on {found} of {len(sets)} samples, split 0 on {n_train}"
            raise UserError(
                problem, where=where, remedy="All splits train on equally many samples, at least one but not all"
            )
    return {split: {sample: sets[sample] for sample in expected} for split, sets in seen.items()}


def samples_of(table: pd.DataFrame, split: int, name: str) -> list[str]:
    """The training (``name`` "train") or test ("test") samples of one split, in catalogue order.

    Raises:
        KeyError: the table has no such split, or the set is neither train nor test.
    """
    if name not in SETS:
        raise KeyError(name)
    chosen = table.loc[(table["split"] == split) & (table["set"] == name), "sample"]
    if chosen.empty:
        raise KeyError(split)
    return chosen.tolist()
