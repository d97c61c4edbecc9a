"""The scores of exposures: how many mutations of a tumour went to which signature, and which signatures are in it.

Found signatures are first matched with the true ones (:func:`aenmf.evaluation.scores.recovered`). A true signature without a
match lacks all its mutations; those of a found signature without a match are all in the wrong place.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from aenmf.evaluation.scores import EXPOSURE_SCORES, Solution, recovered, signature_scores

PRESENT_AT = 0.01
"""Share of a tumour's mutations from which on a signature counts as present in it, in the truth as in an answer."""


def scores(found: Solution, truth: Solution) -> dict[str, float]:
    """All scores of an answer against the truth: of its signatures and, where both have exposures, of these.

    True signatures that no patient has are left out.

    Raises:
        ValueError: the patients are not the same.
    """
    truth = truth.active()
    values = signature_scores(found.signatures, truth.signatures)
    if found.exposures is not None and truth.exposures is not None:
        values |= exposure_scores(found, truth)
    return values


def exposure_scores(found: Solution, truth: Solution) -> dict[str, float]:
    """The :data:`~aenmf.evaluation.scores.EXPOSURE_SCORES` of an answer.

    Raises:
        ValueError: the patients are not the same.
    """
    true, matched, apart = aligned(found, truth)
    tumours = by_tumour(true, matched, apart)
    means = tumours.mean()
    difference = np.vstack([matched - true, apart])
    total = true.sum()
    values = (
        means["manhattan"],
        np.abs(difference).sum() / total,
        np.clip(true - matched, 0, None).sum() / total,
        means["precision"],
        means["recall"],
        means["f1"],
        (1 - tumours["manhattan"] + tumours["precision"] + tumours["recall"]).mean(),
        np.sqrt(np.square(difference).sum() / true.size),
    )
    return dict(zip(EXPOSURE_SCORES, map(float, values), strict=True))


def aligned(found: Solution, truth: Solution) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Exposures in mutations that can be compared cell by cell; tumours without any true mutation are left out.

    Returns:
        The true exposures (T, N); the found ones of the matches (T, N), zero where there is none; and those of found signatures
        without a match, (F, N).

    Raises:
        ValueError: the patients are not the same.
    """
    true, given = truth.mutations, found.mutations
    true = true.loc[:, true.sum(axis=0) > 0]
    if missing := [name for name in true.columns if name not in given.columns]:
        raise ValueError(f"{len(missing)} patients have no exposures, such as {missing[0]!r}")
    given = given[true.columns]
    pairs = recovered(found.signatures, truth.signatures)
    matched = np.zeros(true.shape)
    matched[true.index.get_indexer(pairs["truth"])] = given.loc[pairs["found"]].to_numpy()
    return true.to_numpy(), matched, given.drop(index=pairs["found"]).to_numpy()


def by_tumour(true: np.ndarray, matched: np.ndarray, apart: np.ndarray) -> pd.DataFrame:
    """Scores of every tumour from what :func:`aligned` returns: ``manhattan``, ``precision``, ``recall`` and ``f1``.

    A tumour in which no signature is found has precision 0.
    """
    off = np.abs(matched - true).sum(axis=0) + apart.sum(axis=0)
    in_truth = true >= PRESENT_AT * true.sum(axis=0)
    total = matched.sum(axis=0) + apart.sum(axis=0)
    in_match, in_rest = ((part > 0) & (part >= PRESENT_AT * total) for part in (matched, apart))
    hits = (in_truth & in_match).sum(axis=0)
    called, present = in_match.sum(axis=0) + in_rest.sum(axis=0), in_truth.sum(axis=0)
    columns = {"manhattan": off / true.sum(axis=0), "precision": hits / np.maximum(called, 1)}
    return pd.DataFrame(columns | {"recall": hits / present, "f1": 2 * hits / (called + present)})
