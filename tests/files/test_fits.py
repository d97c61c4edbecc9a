"""Fits survive the round trip to disk exactly, and the same fits give the same bytes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from aenmf.files.collect import join_tables
from aenmf.files.fits import load_fits, save_fits
from aenmf.files.tables import sections, write_tables
from aenmf.problem import Fit, Trajectory


def make_fit(seed: int, points: int) -> Fit:
    rng = np.random.default_rng(seed)
    trajectory = Trajectory(np.arange(points), rng.random(points), rng.random(points))
    return Fit(
        signatures=rng.random((96, 3)),
        exposures=rng.random((3, 7)),
        objective=rng.random(),
        n_iter=points,
        converged=bool(seed % 2),
        kkt=rng.random(),
        seconds=rng.random(),
        trajectory=trajectory,
        extras={"weights": rng.random((7, 3))},
    )


def test_round_trip(tmp_path):
    fits = {split: make_fit(split, 3 + split) for split in range(4)}
    paths, seconds = [], []
    for chunk in ([2, 3], [0, 1]):  # chunks may come in any order
        paths.append(tmp_path / f"{chunk[0]}.npz")
        seconds.append(tmp_path / f"{chunk[0]}.seconds.npz")
        save_fits(paths[-1], seconds[-1], chunk, [fits[split] for split in chunk])
    read = load_fits(paths, seconds)
    assert list(read) == [0, 1, 2, 3]
    for split, fit in fits.items():
        again = read[split]
        np.testing.assert_array_equal(again.signatures, fit.signatures)
        np.testing.assert_array_equal(again.exposures, fit.exposures)
        np.testing.assert_array_equal(again.extras["weights"], fit.extras["weights"])
        np.testing.assert_array_equal(again.trajectory.losses, fit.trajectory.losses)
        np.testing.assert_array_equal(again.trajectory.seconds, fit.trajectory.seconds)
        for name in ("objective", "n_iter", "converged", "kkt", "seconds"):
            assert getattr(again, name) == getattr(fit, name)


def test_same_fits_same_bytes_whatever_the_clock_says(tmp_path, monkeypatch):
    import time

    fits = [make_fit(0, 4)]
    save_fits(tmp_path / "a.npz", tmp_path / "a.seconds.npz", [0], fits)
    monkeypatch.setattr(time, "time", lambda: 2e9)
    save_fits(tmp_path / "b.npz", tmp_path / "b.seconds.npz", [0], fits)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_pickled_arrays_are_refused(tmp_path):
    path = tmp_path / "evil.npz"
    np.savez(path, splits=np.array([{"a": 1}], dtype=object))
    with pytest.raises(ValueError, match="allow_pickle"):
        load_fits([path])


def test_sections_give_each_combination_its_files_in_order():
    assert sections(["x", "y"], ["1", "2", "3", "4"]) == [["1", "2"], ["3", "4"]]
    for wrong in (["1", "2", "3"], []):
        with pytest.raises(ValueError):
            sections(["x", "y"], wrong)


def test_joined_tables_keep_every_byte_of_the_rows(tmp_path):
    parts = []
    for name, rows in (("a", "1,0.10\n"), ("b", ""), ("c", '2,"x, y"\n3,\n')):
        parts.append(tmp_path / name)
        parts[-1].write_text("k,v\n" + rows)
    join_tables(parts, tmp_path / "all.csv")
    assert (tmp_path / "all.csv").read_text() == 'k,v\n1,0.10\n2,"x, y"\n3,\n'
    parts[1].write_text("k,w\n")
    with pytest.raises(ValueError, match="different columns"):
        join_tables(parts, tmp_path / "all.csv")


def test_an_empty_part_does_not_change_the_types_of_a_table(tmp_path):
    paths = {"t": str(tmp_path / "t.csv"), "empty": str(tmp_path / "e.csv")}
    whole, none = pd.DataFrame({"n": [1, 2]}), pd.DataFrame(columns=["n"])
    write_tables(paths, {"t": [none, whole], "empty": [none, none]})
    assert (tmp_path / "t.csv").read_text() == "n\n1\n2\n"
    assert (tmp_path / "e.csv").read_text() == "n\n"
