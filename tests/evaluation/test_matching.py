"""Cosine similarity and Hungarian matching."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aenmf.evaluation.matching import (
    cosine,
    match,
    match_similarities,
    match_table,
    order_like,
    pairwise_matched_cosine,
)
from support.peers import average_matched_cosine


def random_signatures(seed: int, k: int, m: int = 12) -> np.ndarray:
    return np.random.default_rng(seed).dirichlet(np.full(m, 0.5), size=k).T


def test_cosine_of_known_vectors():
    first = np.array([[1.0, 0.0], [0.0, 2.0]])
    second = np.array([[3.0, 1.0, 0.0], [4.0, 1.0, 7.0]])
    expected = [[0.6, np.sqrt(0.5), 0.0], [0.8, np.sqrt(0.5), 1.0]]
    np.testing.assert_allclose(cosine(first, second), expected, rtol=1e-15)
    np.testing.assert_allclose(cosine(-first, second), -np.array(expected), rtol=1e-15)


def test_rounding_takes_no_cosine_beyond_one():
    signatures = random_signatures(4, 200, 96)
    for sign in (1, -1):
        own = np.diag(cosine(sign * signatures, signatures))
        assert np.abs(own).max() == 1 and own == pytest.approx(sign)  # without the limit some are 1 + 2e-16


def test_cosine_does_not_depend_on_scale_even_where_squares_would_underflow():
    first, second = random_signatures(0, 3), random_signatures(1, 4)
    np.testing.assert_allclose(cosine(first * 1e-250, second * 1e250), cosine(first, second), rtol=1e-13)


def test_cosine_has_the_same_bits_alone_and_in_company():
    first, second = random_signatures(2, 5, 96), random_signatures(3, 40, 96)
    together = cosine(first, second)
    alone = np.array([[cosine(first[:, [i]], second[:, [j]])[0, 0] for j in range(40)] for i in range(5)])
    np.testing.assert_allclose(alone, together, rtol=1e-14)
    assert np.array_equal(cosine(first, second), together)


@pytest.mark.parametrize("bad", [0.0, np.nan, np.inf])
def test_a_signature_without_direction_is_refused(bad: float):
    broken = random_signatures(0, 3)
    broken[:, 1] = bad
    with pytest.raises(ValueError, match="signature 1 "):
        cosine(broken, random_signatures(1, 2))


def test_different_numbers_of_channels_are_refused():
    with pytest.raises(ValueError, match="12 and 13 channels"):
        cosine(random_signatures(0, 2), random_signatures(0, 2, m=13))


def test_the_optimum_is_not_the_greedy_choice():
    # Greedy takes 0.9 and is left with 0.1; the optimum takes 0.8 and 0.7.
    found = match_similarities(np.array([[0.9, 0.8], [0.7, 0.1]]))
    assert found.columns.tolist() == [1, 0]
    assert found.mean == pytest.approx(0.75)


@pytest.mark.parametrize("shape", [(3, 3), (2, 5), (5, 2)])
def test_ties_give_the_identity(shape: tuple[int, int]):
    found = match_similarities(np.full(shape, 0.5))
    assert found.rows.tolist() == found.columns.tolist() == list(range(min(shape)))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 4), st.integers(4, 6))
def test_no_other_matching_is_better(seed: int, few: int, many: int):
    similarities = np.random.default_rng(seed).random((few, many))
    best = max(sum(similarities[i, c] for i, c in enumerate(p)) for p in permutations(range(many), few))
    assert match_similarities(similarities).cosines.sum() == pytest.approx(best)
    assert match_similarities(similarities.T).cosines.sum() == pytest.approx(best)


def test_matching_finds_a_permutation():
    signatures = random_signatures(4, 6)
    permutation = np.array([3, 0, 5, 1, 4, 2])
    found = match(signatures, signatures[:, permutation])
    assert permutation[found.columns].tolist() == list(range(6))
    assert average_matched_cosine(signatures, signatures[:, permutation]) == pytest.approx(1.0)


def test_order_like_puts_matches_side_by_side():
    reference = random_signatures(5, 4)
    shuffled = reference[:, [2, 0, 3, 1]]
    assert np.array_equal(shuffled[:, order_like(reference, shuffled)], reference)


def test_order_like_puts_unmatched_signatures_last():
    signatures = random_signatures(6, 5)
    order = order_like(signatures[:, [4, 1]], signatures)
    assert order.tolist() == [4, 1, 0, 2, 3]


def test_match_table_leaves_surplus_signatures_unmatched():
    channels = [f"c{i}" for i in range(12)]
    signatures = random_signatures(7, 3)
    references = pd.DataFrame(signatures[:, [2, 0]], index=channels, columns=["SBS2", "SBS1"])
    table = match_table(signatures, references, channels)
    assert table["signature"].tolist() == [0, 1, 2]
    assert table["match"][0] == "SBS1" and table["match"][2] == "SBS2"
    assert pd.isna(table["match"][1]) and np.isnan(table["cosine"][1])
    assert table["cosine"][0] == pytest.approx(1.0)


def test_match_table_refuses_another_channel_order():
    references = pd.DataFrame(random_signatures(0, 2), index=[f"c{i}" for i in range(12)])
    with pytest.raises(ValueError, match="same channels"):
        match_table(random_signatures(0, 2), references, list(references.index[::-1]))


def test_pairwise_equals_one_by_one():
    stack = np.stack([random_signatures(seed, 3) for seed in range(5)])
    table = pairwise_matched_cosine(stack)
    assert np.array_equal(table, table.T) and np.all(np.diag(table) == 1)
    for i in range(5):
        for j in range(i):
            assert table[i, j] == pytest.approx(average_matched_cosine(stack[i], stack[j]), rel=1e-13)
