"""What the paper's figures show against what follows from the published matrices.

The mean errors are those of the recovered splits. The printed cosines name their columns 1 … 30, but not the splits
behind them, so that the k-th lowest is compared with the k-th lowest. The mean consistency is compared under three
readings of what was averaged: all pairs of 30 splits; the pairs of a list in which splits 0 … 14 are each there twice,
where a split meets itself 15 times; and the same of other choices of 15 splits.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from aenmf.audit.readings.figures import FACTS, KEYS, SPLITS
from aenmf.evaluation.matching import match
from aenmf.seeds import Seed

READINGS = ["figure", *KEYS, "read", "reading_error", "error_is", "recovered", "deviation", "within"]
CHOICES = ["splits", "choices", "least", "low", "median", "greatest"]
AGAIN = ["picture", *KEYS, "committed", "read_again", "deviation", "within"]

HALF = SPLITS // 2
FIRST_HALF, ALL, RANDOM = "0-14 twice", "all 30", "random 15 twice"
N_CHOICES = 20_000
LOW = 0.001
"""The quantile in the column ``low``."""

EXACT = 1e-9
"""Slack for the rounding of decimal numbers, such as that of a reading exactly half a unit away."""


def load_facts(path: str | Path) -> pd.DataFrame:
    """The committed readings: columns ``FACTS``."""
    return pd.read_csv(path, sep="\t", dtype={"item": str})[FACTS]


def deviations(facts: pd.DataFrame, values: pd.Series) -> pd.DataFrame:
    """How far values lie from the readings, in the measure of the reading error, and whether within it.

    Returns:
        Columns ``deviation``, signed, and ``within``.
    """
    scale = facts["value"].where(facts["error_is"] == "relative", 1.0)
    deviation = (values - facts["value"]) / scale
    return pd.DataFrame({"deviation": deviation, "within": deviation.abs() <= facts["reading_error"] + EXACT})


def compare_readings(facts: pd.DataFrame, recovered: pd.DataFrame) -> pd.DataFrame:
    """The readings next to what was recovered: columns ``READINGS``; rows without a recovered number are left out."""
    table = facts.merge(recovered, on=KEYS, how="inner", validate="one_to_one")
    table = table.join(deviations(table, table["recovered"])).rename(columns={"value": "read"})
    return table[READINGS]


def compare_again(facts: pd.DataFrame, read: pd.DataFrame) -> pd.DataFrame:
    """What was read again in the pictures next to the committed readings: columns ``AGAIN``."""
    table = read[["picture", *KEYS, "value"]].rename(columns={"value": "read_again"})
    table = table.merge(facts.drop(columns=["picture", "figure"]), on=KEYS, how="left", validate="many_to_one")
    table = table.join(deviations(table, table["read_again"])).rename(columns={"value": "committed"})
    return table[AGAIN]


def recovered_errors(mean_errors: pd.DataFrame) -> pd.DataFrame:
    """The mean errors of all splits on the recovered patients: columns ``KEYS`` and ``recovered``."""
    whole = mean_errors[mean_errors["n"] == SPLITS]
    table = whole.rename(columns={"set": "item", "mean": "recovered"}).assign(quantity="mean_error")
    return table[[*KEYS, "recovered"]]


def recovered_cosines(
    facts: pd.DataFrame, signatures: Mapping[tuple[str, str], np.ndarray], references: Mapping[str, pd.DataFrame]
) -> pd.DataFrame:
    """The mean COSMIC cosine of every split, the k-th lowest at the column with the k-th lowest printed one.

    Args:
        facts: the readings.
        signatures: (30, 96, K) of every split, by cohort and method.
        references: channels × signatures of COSMIC, by cohort.

    Returns:
        Columns ``KEYS`` and ``recovered``.
    """
    parts = []
    for (cohort, method), printed in facts[facts["quantity"] == "cosmic_cosine"].groupby(["cohort", "method"]):
        fits = signatures.get((cohort, method), ())
        if cohort in references and len(fits) == len(printed):
            library = references[cohort].to_numpy()
            means = sorted(match(fit, library).mean for fit in fits)
            parts.append(printed.sort_values("value", kind="stable")[KEYS].assign(recovered=means))
    return pd.concat(parts) if parts else pd.DataFrame(columns=[*KEYS, "recovered"])


def similarity_matrices(consistency: pd.DataFrame) -> dict[tuple[str, str], np.ndarray]:
    """The matched cosines of all pairs of splits, (30, 30), by cohort and method; ones on the diagonal."""
    matrices = {}
    for (cohort, method), rows in consistency.groupby(["cohort", "method"], sort=False):
        if len(rows) == SPLITS * (SPLITS - 1) // 2:
            matrix = np.eye(SPLITS)
            matrix[rows["split_a"], rows["split_b"]] = matrix[rows["split_b"], rows["split_a"]] = rows["similarity"]
            matrices[cohort, method] = matrix
    return matrices


def mean_of_pairs(matrix: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """The mean over all pairs of lists in which split s is ``counts[..., s]`` times, itself paired with itself included."""
    size = counts.sum(axis=-1)
    ordered = np.einsum("...a,ab,...b->...", counts, matrix, counts) - size  # without each entry's pair with itself
    return ordered / (size * (size - 1))


def splits_twice(*splits: int) -> np.ndarray:
    """How often each of the 30 splits is in a list of some splits, each twice."""
    counts = np.zeros(SPLITS)
    counts[list(splits)] = 2
    return counts


def recovered_consistency(matrices: Mapping[tuple[str, str], np.ndarray]) -> pd.DataFrame:
    """The mean consistency of splits 0 … 14, each there twice: columns ``KEYS`` and ``recovered``."""
    half = splits_twice(*range(HALF))
    rows = [(*key, "consistency", "all", float(mean_of_pairs(matrix, half))) for key, matrix in matrices.items()]
    return pd.DataFrame(rows, columns=[*KEYS, "recovered"])


def compare_choices(
    facts: pd.DataFrame, matrices: Mapping[tuple[str, str], np.ndarray], seed: Seed, n_choices: int = N_CHOICES
) -> pd.DataFrame:
    """How far the mean consistencies lie from the readings when other splits are averaged: columns ``CHOICES``.

    One choice of splits holds for all cohorts and methods, and counts by the largest of their differences; of several
    choices the extremes, the median and the quantile LOW are given.
    """
    read = facts[facts["quantity"] == "consistency"].set_index(["cohort", "method"])["value"]
    random = seed.child("consistency choices").generator()
    chosen = [random.choice(SPLITS, HALF, replace=False) for _ in range(n_choices)]
    candidates = {
        FIRST_HALF: splits_twice(*range(HALF))[None],
        ALL: np.ones((1, SPLITS)),
        RANDOM: np.stack([splits_twice(*splits) for splits in chosen]),
    }
    rows = []
    for name, counts in candidates.items():
        off = [np.abs(mean_of_pairs(matrix, counts) - read[key]) for key, matrix in matrices.items()]
        largest = np.max(off, axis=0) if off else np.full(len(counts), np.nan)
        rows.append((name, len(counts), largest.min(), np.quantile(largest, LOW), np.median(largest), largest.max()))
    return pd.DataFrame(rows, columns=CHOICES)
