"""What is measured of every fit: errors, recovery of the truth, consistency, reference matches (paper, section Design).

Functions take arrays of all splits of one cohort, method and loss and return one tidy table;
:func:`aenmf.files.tables.keyed` puts the key columns in front.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from aenmf.evaluation.matching import match, match_table, pairwise_matched_cosine
from aenmf.files.tables import keyed
from aenmf.losses import MEASURES, measure
from aenmf.problem import Fit

RECOVERY = ["split", "truth", "signature", "cosine"]


def reconstruct(signatures: np.ndarray, exposures: np.ndarray) -> np.ndarray:
    """Signatures (M, K) times exposures (K, N), summed over K in one fixed order whatever the number of threads."""
    return np.einsum("mk,kn->mn", signatures, exposures)


def fit_errors(
    catalogue: np.ndarray,
    training: np.ndarray,
    splits: Sequence[int],
    signatures: np.ndarray,
    train_exposures: np.ndarray,
    test_exposures: np.ndarray,
    measures: Sequence[str] = MEASURES,
    dispersion: np.ndarray | None = None,
) -> pd.DataFrame:
    """Train and test error of every split's fit, in some measures.

    Args:
        catalogue: (M, N) counts of all patients of the cohort.
        training: (S, N) boolean, true for the training patients of each split.
        splits: (S,) split numbers.
        signatures: (S, M, K).
        train_exposures: (S, K, N_train), columns in catalogue order.
        test_exposures: (S, K, N_test), refitted on the fixed signatures, columns in catalogue order.
        measures: their names.
        dispersion: (N,) of all patients, for the measure nbd.

    Returns:
        Columns ``split``, ``set`` (train, test), ``measure``, ``value``; mean over cells, in mutations² for mse and
        mutations for kld and nbd. These are infinite where mutations are reconstructed as exactly 0.

    Raises:
        ValueError: shapes do not belong together.
    """
    rows = []
    for s, split in enumerate(splits):
        mask = np.asarray(training[s], dtype=bool)
        for which, columns, exposures in (("train", mask, train_exposures[s]), ("test", ~mask, test_exposures[s])):
            observed = catalogue[:, columns]
            fitted = reconstruct(signatures[s], exposures)
            if observed.shape != fitted.shape:
                raise ValueError(f"split {split}: {which} data {observed.shape} but reconstruction {fitted.shape}")
            alpha = None if dispersion is None else dispersion[columns]
            rows += [(int(split), which, name, measure(name, observed, fitted, alpha)) for name in measures]
    return pd.DataFrame(rows, columns=["split", "set", "measure", "value"])


def recovery(signatures: np.ndarray, splits: Sequence[int], truth: pd.DataFrame) -> pd.DataFrame:
    """Match every split's signatures with the true ones (Hungarian on 1 − cosine); ACS is the mean cosine of a split.

    Args:
        signatures: (S, M, K).
        splits: (S,) split numbers.
        truth: (M, T) true signatures, channels as index in catalogue order.

    Returns:
        Columns ``split``, ``truth`` (name of the true signature), ``signature`` (0 … K − 1), ``cosine``; one row per
        matched true signature, in the order of ``truth``. With K < T the worst true signatures have no row.
    """
    rows = []
    for split, fitted in zip(splits, signatures, strict=True):
        found = match(truth.to_numpy(), fitted)
        for t, k, value in zip(found.rows, found.columns, found.cosines, strict=True):
            rows.append((int(split), str(truth.columns[t]), int(k), float(value)))
    return pd.DataFrame(rows, columns=RECOVERY)


def consistency(signatures: np.ndarray, splits: Sequence[int]) -> pd.DataFrame:
    """Mean matched cosine of every pair of splits; signature consistency (SC) is the mean over the pairs.

    Args:
        signatures: (S, M, K).
        splits: (S,) split numbers.

    Returns:
        Columns ``split_a``, ``split_b``, ``similarity``, S(S − 1)/2 rows, ``split_a`` before ``split_b``.
    """
    similarity = pairwise_matched_cosine(signatures)
    first, second = np.triu_indices(len(similarity), k=1)
    numbers = np.asarray(splits)
    return pd.DataFrame(
        {"split_a": numbers[first], "split_b": numbers[second], "similarity": similarity[first, second]}
    )


def reference_matches(
    signatures: np.ndarray, splits: Sequence[int], references: pd.DataFrame, channels: Sequence[str]
) -> pd.DataFrame:
    """Match each split's signatures with a reference set on its own (paper, Supplement S10–S15).

    Args:
        signatures: (S, M, K).
        splits: (S,) split numbers.
        references: channels × reference signatures.
        channels: (M,) names of the rows of ``signatures``.

    Returns:
        Columns ``split``, ``signature`` (0 … K − 1), ``match``, ``cosine``; match and cosine are missing where there
        are fewer references than signatures.
    """
    tables = [match_table(fitted, references, channels) for fitted in signatures]
    return pd.concat([keyed(table, split=int(n)) for n, table in zip(splits, tables, strict=True)], ignore_index=True)


def consensus_matches(signatures: np.ndarray, references: pd.DataFrame, channels: Sequence[str]) -> pd.DataFrame:
    """Match consensus signatures (M, K) with a reference set: columns ``cluster`` (1 … K), ``match``, ``cosine``."""
    table = match_table(signatures, references, channels)
    table["signature"] += 1
    return table.rename(columns={"signature": "cluster"})


SUMMARISED = ("objective", "n_iter", "converged", "kkt", "device", "starts", "hits", "found_again")


def fit_summary(fits: Mapping[int, Fit]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """How each fit ended, by split.

    Returns:
        A table ``split``, ``rank``, ``objective`` (mean loss per cell), ``n_iter``, ``converged``, ``kkt``,
        ``device`` (``cpu`` or ``cuda``), and of the search ``starts``, ``hits`` and ``found_again``;
        and, apart from it because clocks differ from run to run, ``split`` and ``seconds``.
    """
    rows = [(n, f.signatures.shape[1], *(getattr(f, name) for name in SUMMARISED)) for n, f in fits.items()]
    summary = pd.DataFrame(rows, columns=["split", "rank", *SUMMARISED])
    return summary, pd.DataFrame({"split": list(fits), "seconds": [f.seconds for f in fits.values()]})
