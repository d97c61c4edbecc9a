"""Splits: sizes, independence, files."""

from __future__ import annotations

import math
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from aenmf.data.splits import (
    least_samples,
    make_splits,
    read_splits,
    samples_of,
    train_size,
    write_splits,
)
from aenmf.errors import UserError
from aenmf.seeds import Seed

SAMPLES = [f"P{i:03d}" for i in range(50)]


@pytest.mark.parametrize(("n", "expected"), [(1000, 800), (523, 418), (311, 248), (713, 570), (5, 4), (10, 8)])
def test_training_sizes_of_the_paper(n, expected):
    assert train_size(n, 0.8) == expected


def test_training_size_does_not_fall_into_the_floating_point_trap():
    assert math.floor(0.29 * 100) == 28  # the trap
    assert train_size(100, 0.29) == 29 and least_samples(3, 0.8) == 4
    for fraction in (0.01, 0.29, 0.5, 0.8, 0.99):
        for size in (1, 2, 3, 29, 96):
            least = least_samples(size, fraction)
            assert train_size(least, fraction) >= size > train_size(least - 1, fraction)
    for n in range(1, 400):
        for hundredths in range(1, 100):
            assert train_size(n, hundredths / 100) == math.floor(Fraction(hundredths, 100) * n)


def test_a_split_is_a_partition_in_catalogue_order():
    table = make_splits(SAMPLES, 30, 0.8, Seed(1, ("ovary",)))
    assert list(table.columns) == ["split", "sample", "set"] and len(table) == 30 * 50
    assert table["split"].unique().tolist() == list(range(30))
    for split in range(30):
        train, test = samples_of(table, split, "train"), samples_of(table, split, "test")
        assert len(train) == 40 and sorted(train + test) == SAMPLES
        assert train == sorted(train) and test == sorted(test)
    assert len({tuple(samples_of(table, split, "test")) for split in range(30)}) == 30


def test_every_sample_is_about_as_often_in_training():
    table = make_splits(SAMPLES, 400, 0.8, Seed(3))
    often = (table["set"] == "train").groupby(table["sample"]).sum()
    # Binomial(400, 0.8): mean 320, standard deviation 8; pairs of samples are nearly independent.
    assert often.between(320 - 5 * 8, 320 + 5 * 8).all()
    train = (table["set"] == "train").to_numpy().reshape(400, 50)
    correlation = np.corrcoef(train.T)[~np.eye(50, dtype=bool)]
    assert abs(correlation.mean() - (-1 / 49)) < 1e-3 and np.abs(correlation).max() < 0.3


def test_more_splits_keep_the_earlier_ones_and_seeds_differ():
    few, many = (make_splits(SAMPLES, n, 0.8, Seed(7, ("a",))) for n in (3, 8))
    pd.testing.assert_frame_equal(few, many.iloc[: len(few)])
    for other in (Seed(8, ("a",)), Seed(7, ("b",))):
        assert not few.equals(make_splits(SAMPLES, 3, 0.8, other))


def test_the_draw_is_pinned():
    """These names may change only on purpose: all results hang on them."""
    table = make_splits([f"s{i}" for i in range(10)], 2, 0.8, Seed(2025, ("pinned",)))
    assert [samples_of(table, split, "test") for split in range(2)] == PINNED


PINNED = [["s7", "s8"], ["s1", "s3"]]


@pytest.mark.parametrize(
    ("samples", "n_splits", "fraction", "says"),
    [
        (SAMPLES, 0, 0.8, "at least one split"),
        (SAMPLES, 3, 1.0, "not between 0 and 1"),
        (SAMPLES, 3, 0, "not between 0 and 1"),
        (["a", "a", "b"], 3, 0.8, "twice"),
        (["a"], 3, 0.8, "0 to train on"),
        ([], 3, 0.8, "0 to train on"),
        (SAMPLES, 3, 0.01, "0 to train on"),
    ],
)
def test_impossible_splits_are_refused(samples, n_splits, fraction, says):
    with pytest.raises(UserError, match=says):
        make_splits(samples, n_splits, fraction, Seed(1))


def test_files_round_trip(tmp_path):
    names = ["001", "NA", 'a "quoted" name', "x y", "1e5"]
    table = make_splits(names, 4, 0.8, Seed(1))
    write_splits(tmp_path / "s.tsv", table)
    pd.testing.assert_frame_equal(read_splits(tmp_path / "s.tsv"), table, check_dtype=False)
    pd.testing.assert_frame_equal(read_splits(tmp_path / "s.tsv", names), table, check_dtype=False)
    first = (tmp_path / "s.tsv").read_bytes()
    write_splits(tmp_path / "s.tsv", read_splits(tmp_path / "s.tsv"))
    assert (tmp_path / "s.tsv").read_bytes() == first


def test_a_users_file_comes_out_in_catalogue_order(tmp_path):
    rows = ["set\tsample\tsplit", "test\tb\t1", "train\ta\t1", "train\tb\t0", "test\ta\t0"]
    (tmp_path / "s.tsv").write_text("\r\n".join(rows))
    table = read_splits(tmp_path / "s.tsv", ["a", "b"])
    assert table.to_numpy().tolist() == [[0, "a", "test"], [0, "b", "train"], [1, "a", "train"], [1, "b", "test"]]


GOOD = ["split\tsample\tset", "0\ta\ttrain", "0\tb\ttest", "1\ta\ttest", "1\tb\ttrain"]
BAD = {
    "empty": ([], ["columns or rows are missing"]),
    "header only": (GOOD[:1], ["columns or rows are missing"]),
    "unknown column": (["split\tsampel\tset"], ["unknown column 'sampel'", "Did you mean 'sample'"]),
    "missing column": (["split\tsample", "0\ta"], ["columns or rows are missing", "split, sample, set"]),
    "ragged": ([*GOOD, "1\tc"], ["row 6", "2 fields, not 3"]),
    "not a number": ([*GOOD, "one\ta\ttrain"], ["row 6", "'one' is not a number"]),
    "negative": ([*GOOD, "-1\ta\ttrain"], ["row 6", "'-1' is not a number"]),
    "unknown set": ([*GOOD, "2\ta\ttrian"], ["row 6", "Did you mean 'train'"]),
    "sample twice": ([*GOOD, "1\tb\ttrain"], ["row 6", "'b' is twice in split 1"]),
    "sample lacking": ([*GOOD, "2\ta\ttrain"], ["split 2 lacks sample 'b'"]),
    "sample unknown": ([*GOOD, "1\tc\ttrain"], ["split 1 has the unknown sample 'c'"]),
    "gap": ([*GOOD, "3\ta\ttrain", "3\tb\ttest"], ["not numbered 0, 1, 2"]),
    "sizes differ": ([*GOOD, "2\ta\ttrain", "2\tb\ttrain"], ["split 2 trains on 2 of 2"]),
}


@pytest.mark.parametrize("name", BAD)
def test_broken_split_files_are_refused(tmp_path, name):
    rows, expected = BAD[name]
    (tmp_path / "s.tsv").write_text("\n".join(rows) + "\n" if rows else "")
    with pytest.raises(UserError) as error:
        read_splits(tmp_path / "s.tsv", ["a", "b"])
    assert "s.tsv" in str(error.value) and error.value.remedy
    for part in expected:
        assert part in str(error.value)


@pytest.mark.parametrize(
    ("trained", "says"),
    [
        (["a", "ab"], "split 1 trains on 2 of 3 samples, split 0 on 1"),
        (["abc", "abc"], "trains on 3 of 3"),
        (["", ""], "0 of 3"),
    ],
)
def test_splits_train_on_equally_many_samples_and_test_on_some(tmp_path, trained, says):
    rows = [f"{i}\t{x}\t{'train' if x in names else 'test'}" for i, names in enumerate(trained) for x in "abc"]
    (tmp_path / "s.tsv").write_text("\n".join([GOOD[0], *rows]))
    with pytest.raises(UserError, match=says):
        read_splits(tmp_path / "s.tsv")


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(UserError, match="cannot be read"):
        read_splits(tmp_path / "absent.tsv")


def test_samples_of_an_unknown_split_or_set():
    table = make_splits(SAMPLES, 2, 0.8, Seed(1))
    for split, name in ((2, "train"), (0, "valid")):
        with pytest.raises(KeyError):
            samples_of(table, split, name)


def test_patients_with_the_same_key_are_ranked_by_their_order(monkeypatch):
    keys = np.arange(400) % 4 // 2  # 0, 0, 1, 1, 0, 0, …
    raw = SimpleNamespace(bit_generator=SimpleNamespace(random_raw=lambda n: keys[:n]))
    monkeypatch.setattr(Seed, "generator", lambda self: raw)
    names = [f"P{i}" for i in range(400)]
    table = make_splits(names, 1, 0.6, Seed(1))
    ones = [name for name, key in zip(names, keys, strict=True) if key][:40]
    trained = {name for name, key in zip(names, keys, strict=True) if not key} | set(ones)
    assert set(samples_of(table, 0, "train")) == trained


def test_two_patients_give_one_to_train_on_and_one_to_test_on():
    table = make_splits(["a", "b"], 5, 0.5, Seed(1))
    assert table.groupby("split")["set"].agg(set).tolist() == [{"train", "test"}] * 5
