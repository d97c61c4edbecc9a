"""Columns that are sums of others are found wherever they are, by their numbers alone, and quickly."""

from __future__ import annotations

import time

import numpy as np
import pytest

from aenmf.data.subtotals import MOST_COLUMNS, sums_of_blocks

PATIENTS = np.random.default_rng(4).negative_binomial(1, 0.05, size=(96, 40)).astype(float)


@pytest.mark.parametrize("place", [0, 7, 12, 20, 40])
@pytest.mark.parametrize(("first", "last"), [(8, 9), (12, 19), (0, 6), (21, 39)])
def test_a_sum_is_found_before_after_and_next_to_its_block(place, first, last):
    if first < place <= last:
        return  # inside its block it cuts it in two
    block = PATIENTS[:, first : last + 1].sum(axis=1)
    moved = first + (place <= first)
    found = list(sums_of_blocks(np.insert(PATIENTS, place, block, axis=1)))
    assert found == [(place, moved, moved + last - first)]


@pytest.mark.parametrize("scale", [1.37, 1e-3, 1e9])
def test_sums_of_fractions_are_found_whatever_their_rounding_errors(scale):
    matrix = np.column_stack([PATIENTS * scale, (PATIENTS * scale)[:, 3:6].sum(axis=1)])
    found = list(sums_of_blocks(matrix))
    assert found == ([(40, 3, 5)] if matrix[:, 40].sum() >= 20 else [])


def test_a_sum_rounded_to_whole_numbers_is_found_and_one_off_by_more_is_not():
    fractions = PATIENTS * 1.37
    rounded = np.rint(fractions[:, 3:6].sum(axis=1))
    assert list(sums_of_blocks(np.column_stack([fractions, rounded]))) == [(40, 3, 5)]
    rounded[[2, 5]] += [1, -1]  # the same sum
    assert list(sums_of_blocks(np.column_stack([fractions, rounded]))) == []


def test_patients_are_no_sums():
    assert list(sums_of_blocks(PATIENTS)) == []
    few = np.random.default_rng(1).poisson(0.05, size=(96, 400)).astype(float)
    assert list(sums_of_blocks(few[:, few.any(axis=0)])) == []  # many are sums by chance


def test_of_many_columns_those_with_the_most_mutations_are_compared_in_a_second():
    many = np.random.default_rng(2).poisson(3.0, size=(96, 3 * MOST_COLUMNS)).astype(float)
    many[:, 50] = many[:, 100:500].sum(axis=1)
    begun = time.process_time()
    assert list(sums_of_blocks(many)) == [(50, 100, 499)]
    assert time.process_time() - begun < 5
