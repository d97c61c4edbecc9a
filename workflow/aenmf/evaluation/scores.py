"""How an answer is scored against the truth: what every score is, and the scores of signatures.

An answer, like the truth, is a :class:`Solution`: signatures (channels × signatures) and, where there are any, exposures
(signatures × patients). Every score has one declaration in :data:`SCORES`; tables, result files and documentation read it there.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from aenmf.evaluation.matching import cosine, match, match_similarities

RECOVERED_AT = 0.9
"""Cosine similarity from which on a true signature counts as recovered by the signature it is matched to."""
HIGHEST, LOWEST, ZERO = "highest", "lowest", "nearest to 0"
"""Which values of a score are best."""


@dataclass(frozen=True)
class Score:
    """What a score is.

    Attributes:
        name: in files.
        title: in tables.
        description: one sentence without a full stop.
        low, high: the least and the largest possible value.
        best: :data:`HIGHEST`, :data:`LOWEST` or :data:`ZERO`.
        reference: who scores so, or ``here``.
    """

    name: str
    title: str
    description: str
    low: float
    high: float
    best: str
    reference: str

    def badness(self, value: float) -> float:
        """A number that is lower for better values."""
        return {HIGHEST: -value, LOWEST: value, ZERO: abs(value)}[self.best]


_ISLAM, _WU = "Islam et al. 2022 (SigProfilerExtractor)", "Wu et al. 2022 (SynSigEval)"
_LIU, _JIANG = "Liu et al. 2023 (mSigHdp)", "Jiang et al. 2025"
_INF = math.inf
SCORES = {
    score.name: score
    for score in (
        Score("ppv", "PPV", "Share of the found signatures that are matched to a true one", 0, 1, HIGHEST, _ISLAM),
        Score("tpr", "TPR", "Share of the true signatures that are matched to a found one", 0, 1, HIGHEST, _ISLAM),
        Score("f1", "F1", "Harmonic mean of PPV and TPR", 0, 1, HIGHEST, _ISLAM),
        Score("cosine", "Cosine", "Mean cosine similarity of the matched pairs, 0 without any", 0, 1, HIGHEST, _WU),
        Score("composite", "Composite", "PPV, TPR and cosine added up", 0, 3, HIGHEST, _LIU),
        Score("k_error", "K − true K", "Found signatures minus true ones", -_INF, _INF, ZERO, _ISLAM),
        Score(
            "manhattan",
            "Manhattan",
            "Absolute differences between found and true exposures of a tumour, over its true mutations; mean over tumours",
            0,
            _INF,
            LOWEST,
            f"{_WU}; {_JIANG}",
        ),
        Score(
            "manhattan_all",
            "Manhattan, all",
            "The same with the mutations of all tumours together, so that tumours with many of them weigh most",
            0,
            _INF,
            LOWEST,
            "here",
        ),
        Score(
            "misassigned",
            "Misassigned",
            "Share of the true mutations of all tumours that the signature they are of did not get",
            0,
            1,
            LOWEST,
            "here",
        ),
        Score(
            "presence_precision",
            "Presence precision",
            "Of the signatures found in a tumour, the share that is in it; mean over tumours",
            0,
            1,
            HIGHEST,
            _JIANG,
        ),
        Score(
            "presence_recall",
            "Presence recall",
            "Of the signatures in a tumour, the share that is found in it; mean over tumours",
            0,
            1,
            HIGHEST,
            _JIANG,
        ),
        Score("presence_f1", "Presence F1", "F1 of a tumour's signatures; mean over tumours", 0, 1, HIGHEST, _JIANG),
        Score(
            "combined",
            "Combined",
            "1 − Manhattan + presence precision + presence recall of a tumour; mean over tumours",
            -_INF,
            3,
            HIGHEST,
            _JIANG,
        ),
        Score("rmse", "RMSE", "Root mean square difference of exposures, in mutations", 0, _INF, LOWEST, "here"),
        Score(
            "consistency",
            "Consistency",
            "Mean cosine similarity of the signatures of two seeds, matched one-to-one, over all pairs of seeds; a signature "
            "that the other seed lacks counts 0",
            0,
            1,
            HIGHEST,
            "Egendal et al. 2025",
        ),
        Score(
            "mse", "MSE", "Mean squared error of the counts, which the truth does not minimise", 0, _INF, LOWEST, "here"
        ),
        Score(
            "kld",
            "KLD",
            "Mean Kullback–Leibler divergence of the counts, which the truth does not minimise; missing where infinite",
            0,
            _INF,
            LOWEST,
            "here",
        ),
        Score("seconds", "Seconds", "Time of one answer, of wall clock, once K is known", 0, _INF, LOWEST, "here"),
        Score(
            "memory",
            "Memory",
            "Largest main memory of the process that fitted all seeds, Python and its libraries included, in megabytes",
            0,
            _INF,
            LOWEST,
            "here",
        ),
    )
}
SIGNATURE_SCORES = ("ppv", "tpr", "f1", "cosine", "composite", "k_error")
EXPOSURE_SCORES = (
    *("manhattan", "manhattan_all", "misassigned"),
    *("presence_precision", "presence_recall", "presence_f1", "combined", "rmse"),
)
ERRORS = ("mse", "kld")
COSTS = ("seconds", "memory")
_LARGE = "the tumours with most mutations decide it, and the spectrum of one patient may do for these"
NO_RECOVERY = {
    "ppv": "an answer with one signature, such as the mean spectrum, can have it at 1",
    "cosine": "it is of the matched signatures alone, be they one of eleven",
    "k_error": "random signatures are as many as the true ones",
    "manhattan_all": _LARGE,
    "misassigned": _LARGE,
    "rmse": _LARGE,
    "presence_precision": "it is high for an answer that has few signatures",
    "presence_recall": "it is high for an answer that has every signature in every tumour",
}
"""Scores that do not say on their own how much of the truth was found, and why."""
RECOVERY = tuple(name for name in (*SIGNATURE_SCORES, *EXPOSURE_SCORES) if name not in NO_RECOVERY)
"""The scores that do, so that methods have to beat the negative controls."""


@dataclass(frozen=True)
class Solution:
    """An answer, or the truth.

    Attributes:
        signatures: channels × signatures, in any scale; channels in one order throughout.
        exposures: signatures × patients, the rows in any order, in mutations where the signatures sum to 1; None if there are
            none.
    """

    signatures: pd.DataFrame
    exposures: pd.DataFrame | None = None

    @property
    def mutations(self) -> pd.DataFrame:
        """The exposures in mutations, whatever the scale of the signatures, the rows in the order of the signatures."""
        assert self.exposures is not None
        return self.exposures.loc[self.signatures.columns].mul(self.signatures.sum(axis=0), axis=0)

    def active(self) -> Solution:
        """The solution without signatures that no patient has; as it is if there are no exposures."""
        if self.exposures is None:
            return self
        used = self.exposures.index[self.exposures.gt(0).any(axis=1)]
        names = [name for name in self.signatures.columns if name in used]
        return Solution(self.signatures[names], self.exposures.loc[names])


def recovered(found: pd.DataFrame, truth: pd.DataFrame, at: float = RECOVERED_AT) -> pd.DataFrame:
    """The pairs of a found and a true signature, one-to-one.

    Only pairs with cosine similarity ``at`` or more count. Of all matchings the one with the most such pairs is taken and, of
    several, the one with the largest total similarity, as in mSigTools.

    Args:
        found, truth: channels × signatures, over the same channels in the same order.

    Returns:
        Columns ``truth``, ``found`` (names) and ``cosine``, in the order of ``truth``.
    """
    similarities = cosine(truth.to_numpy(), found.to_numpy())
    # A pair that does not count is as bad as all pairs together, so that none is made where one more would count.
    pairs = match_similarities(np.where(similarities >= at, similarities, -float(len(similarities))))
    rows = [
        (truth.columns[t], found.columns[f], float(similarities[t, f]))
        for t, f in zip(pairs.rows, pairs.columns, strict=True)
        if similarities[t, f] >= at
    ]
    return pd.DataFrame(rows, columns=["truth", "found", "cosine"])


def signature_scores(found: pd.DataFrame, truth: pd.DataFrame) -> dict[str, float]:
    """The :data:`SIGNATURE_SCORES` of found signatures (channels × signatures)."""
    pairs, k, true = recovered(found, truth), found.shape[1], truth.shape[1]
    hits = len(pairs)
    ppv, tpr, similarity = hits / k, hits / true, float(pairs["cosine"].mean()) if hits else 0.0
    f1 = 2 * hits / (k + true)
    values = (ppv, tpr, f1, similarity, ppv + tpr + similarity, float(k - true))
    return dict(zip(SIGNATURE_SCORES, values, strict=True))


def seed_consistency(signatures: Sequence[pd.DataFrame]) -> float:
    """The score ``consistency`` of the signatures of several seeds, whose numbers may differ; nan for one seed alone."""
    shares = []
    for first, second in combinations(signatures, 2):
        found = match(first.to_numpy(), second.to_numpy())
        shares.append(float(found.cosines.sum()) / max(first.shape[1], second.shape[1]))
    return float(np.mean(shares)) if shares else math.nan


def between(name: str, value: float, negatives: Iterable[float], positive: float) -> float:
    """Where a score lies between controls: 0 is the best negative control, 1 the positive one.

    It is below 0 for what a negative control beats, and nan where the controls do not differ.
    """
    bad = SCORES[name].badness
    worst, best = min(map(bad, negatives)), bad(positive)
    return (worst - bad(value)) / (worst - best) if worst > best else math.nan


def scaled(values: Mapping[str, float], controls: Mapping[str, Mapping[str, float]], positive: str) -> dict[str, float]:
    """All scores that the controls have as well, by :func:`between`.

    Args:
        values: score → value.
        controls: control → score → value.
        positive: the positive control; the others are negative.
    """
    shared = [name for name in values if all(name in of for of in controls.values())]
    others = [of for control, of in controls.items() if control != positive]
    return {name: between(name, values[name], [of[name] for of in others], controls[positive][name]) for name in shared}
