"""The scores against the truth: known cases, and what holds for every answer."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aenmf.evaluation.exposure_scores import PRESENT_AT, scores
from aenmf.evaluation.matching import match
from aenmf.evaluation.scores import (
    EXPOSURE_SCORES,
    HIGHEST,
    SCORES,
    SIGNATURE_SCORES,
    Solution,
    between,
    recovered,
    scaled,
    seed_consistency,
    signature_scores,
)

M, N = 12, 7
SEEDS, RANKS = st.integers(0, 2**31), st.integers(1, 5)


def solution(seed: int, k: int, prefix: str = "S", n: int = N) -> Solution:
    """Random signatures, and exposures about half of which are zero, none of a patient all."""
    rng = np.random.default_rng(seed)
    names, patients = [f"{prefix}{i}" for i in range(k)], [f"P{i}" for i in range(n)]
    signatures = pd.DataFrame(rng.dirichlet(np.full(M, 0.4), k).T, columns=names)
    exposures = rng.gamma(1.0, 500.0, (k, n)) * (rng.random((k, n)) < 0.5)
    exposures[rng.integers(k, size=n), np.arange(n)] += 100.0
    return Solution(signatures, pd.DataFrame(exposures, index=names, columns=patients))


def near(truth: Solution, seed: int) -> Solution:
    """The truth with noise, so that some signatures are recovered and some are not."""
    rng = np.random.default_rng(seed)
    noisy = truth.signatures * rng.lognormal(0.0, 0.8, truth.signatures.shape)
    names = [f"F{name}" for name in noisy.columns]
    exposures = truth.mutations * rng.lognormal(0.0, 0.5, truth.mutations.shape)
    return Solution((noisy / noisy.sum()).set_axis(names, axis=1), exposures.set_axis(names, axis=0))


def frame(columns: dict[str, list[float]], index: list[str] | None = None) -> pd.DataFrame:
    return pd.DataFrame(columns, index=index, dtype=float)


TRUE = Solution(
    frame({"A": [1, 0, 0, 0], "B": [0, 1, 0, 0], "C": [0, 0, 1, 0]}),
    frame({"p": [60, 40, 0], "q": [0, 100, 300]}, ["A", "B", "C"]),
)
FOUND = Solution(
    frame({"x": [1, 0, 0, 0], "y": [0, 1, 0.1, 0], "z": [0, 0, 0, 1]}),
    frame({"p": [50, 50 / 1.1, 0], "q": [10, 100 / 1.1, 290]}, ["x", "y", "z"]),
)
"""A and B are found, the latter in another scale; C is not, and z is none of the true ones."""


def test_a_case_by_hand():
    found = scores(FOUND, TRUE)
    cosine = (1 + 1 / math.sqrt(1.01)) / 2
    assert found["ppv"] == found["tpr"] == found["f1"] == pytest.approx(2 / 3)
    assert found["cosine"] == pytest.approx(cosine) and found["composite"] == pytest.approx(4 / 3 + cosine)
    assert found["k_error"] == 0
    # p: A 10 too few, B 10 too many. q: A 10 too many, C lacks its 300, z has 290 that are nobody's.
    assert found["manhattan"] == pytest.approx((20 / 100 + 600 / 400) / 2)
    assert found["manhattan_all"] == pytest.approx(620 / 500)
    assert found["misassigned"] == pytest.approx((10 + 300) / 500)
    # p: A, B in truth, both found. q: B, C in truth; found are x (2.5 %), y and z.
    assert found["presence_precision"] == pytest.approx((1 + 1 / 3) / 2)
    assert found["presence_recall"] == pytest.approx((1 + 1 / 2) / 2)
    assert found["presence_f1"] == pytest.approx((1 + 2 / 5) / 2)
    assert found["combined"] == pytest.approx((1 - 0.2 + 2 + 1 - 1.5 + 1 / 3 + 1 / 2) / 2)
    assert found["rmse"] == pytest.approx(math.sqrt((100 + 100 + 100 + 300**2 + 290**2) / 6))


def test_as_many_pairs_as_possible_count():
    """By the largest total similarity A would have a, and b, which resembles B too little, would be left over."""
    truth = frame({"A": [1, 0, 0], "B": [0.91, 0.0528, 0.4112]})
    found = frame({"a": [1, 0, 0], "b": [0.91, 0.4146, 0]})
    pairs = recovered(found, truth)
    assert pairs[["truth", "found"]].to_numpy().tolist() == [["A", "b"], ["B", "a"]]
    assert pairs["cosine"].tolist() == pytest.approx([0.91, 0.91], abs=1e-3)
    assert match(truth.to_numpy(), found.to_numpy()).columns.tolist() == [0, 1]


def test_signatures_that_no_patient_has_do_not_count():
    unused = Solution(
        TRUE.signatures.assign(D=[0, 0, 0, 1.0]), pd.concat([TRUE.exposures, frame({"p": [0], "q": [0]}, ["D"])])
    )
    assert scores(FOUND, unused) == scores(FOUND, TRUE)


def test_less_than_the_threshold_is_no_presence():
    small = FOUND.exposures.copy()
    small.loc["x", "q"] = 0.9 * PRESENT_AT * 400
    assert scores(Solution(FOUND.signatures, small), TRUE)["presence_precision"] == pytest.approx((1 + 1 / 2) / 2)


def test_other_patients_are_refused():
    with pytest.raises(ValueError, match="'q'"):
        scores(Solution(FOUND.signatures, FOUND.exposures.rename(columns={"q": "r"})), TRUE)


@settings(max_examples=40, deadline=None)
@given(SEEDS, RANKS)
def test_the_truth_has_the_best_scores(seed, k):
    truth = solution(seed, k).active()
    found = scores(truth, truth)
    perfect = {name: (SCORES[name].high if SCORES[name].best == HIGHEST else 0.0) for name in found}
    assert set(found) == {*SIGNATURE_SCORES, *EXPOSURE_SCORES}
    assert found == pytest.approx(perfect, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(SEEDS, RANKS, RANKS, st.booleans())
def test_values_lie_in_their_range(seed, k, true, close):
    truth = solution(seed, true)
    found = scores(near(truth, seed) if close else solution(seed + 1, k, "F"), truth)
    for name, value in found.items():
        assert SCORES[name].low - 1e-9 <= value <= SCORES[name].high + 1e-9, name
    assert found["manhattan_all"] + 1e-9 >= found["misassigned"]


@settings(max_examples=40, deadline=None)
@given(SEEDS, RANKS)
def test_order_names_and_scale_do_not_matter(seed, k):
    rng, truth = np.random.default_rng(seed), solution(seed, k)
    found = near(truth, seed)
    expected = scores(found, truth)
    scale = rng.uniform(0.1, 10.0, k)
    order, patients = rng.permutation(k), rng.permutation(N)
    other = Solution(
        (found.signatures * scale).iloc[:, order],
        (found.exposures.div(scale, axis=0)).iloc[rng.permutation(k), patients],
    )
    names = dict(zip(other.signatures.columns, (f"other {i}" for i in range(k)), strict=True))
    renamed = Solution(other.signatures.rename(columns=names), other.exposures.rename(index=names))
    assert scores(renamed, truth) == pytest.approx(expected)
    turned = Solution(truth.signatures.iloc[:, order], truth.exposures)
    assert scores(found, turned) == pytest.approx(expected)


@settings(max_examples=20, deadline=None)
@given(SEEDS, RANKS)
def test_worse_exposures_have_worse_scores(seed, k):
    truth = solution(seed, k)
    values = [scores(Solution(truth.signatures, truth.exposures * (1 + error)), truth) for error in (0.1, 0.5)]
    for name in ("manhattan", "manhattan_all", "rmse"):
        assert values[0][name] < values[1][name]
    assert values[1]["manhattan"] == pytest.approx(0.5) and values[1]["misassigned"] == 0


def test_consistency_of_seeds():
    first, second = solution(1, 3).signatures, solution(2, 3).signatures
    assert math.isnan(seed_consistency([first]))
    assert seed_consistency([first, first.iloc[:, ::-1]]) == pytest.approx(1)
    assert seed_consistency([first, first.iloc[:, :2]]) == pytest.approx(2 / 3)
    pairs = [seed_consistency(pair) for pair in ([first, second], [first, first], [second, first])]
    assert seed_consistency([first, second, first]) == pytest.approx(np.mean(pairs))


def test_between_the_controls():
    assert between("f1", 0.9, [0.2, 0.4], 1.0) == pytest.approx(5 / 6)
    assert between("f1", 0.1, [0.2, 0.4], 1.0) == pytest.approx(-0.5)
    assert between("manhattan", 0.5, [2.0, 1.0], 0.0) == pytest.approx(0.5)
    assert between("k_error", -1.0, [-4.0, 8.0], 0.0) == pytest.approx(0.75)
    assert math.isnan(between("k_error", 1.0, [0.0, 3.0], 0.0))
    controls = {"truth": {"f1": 1.0, "rmse": 0.0}, "mean": {"f1": 0.5, "rmse": 8.0}}
    assert scaled({"f1": 0.75, "rmse": 2.0, "seconds": 3.0}, controls, "truth") == {"f1": 0.5, "rmse": 0.75}


def test_every_score_is_declared_once_and_in_words():
    assert set(SIGNATURE_SCORES) | set(EXPOSURE_SCORES) <= set(SCORES)
    for name, score in SCORES.items():
        assert score.name == name and score.low < score.high and score.reference
        assert len(score.description) > 10 and not score.description.endswith(".")
    assert len({score.title for score in SCORES.values()}) == len(SCORES)
    assert set(signature_scores(TRUE.signatures, TRUE.signatures)) == set(SIGNATURE_SCORES)
