"""The study of robustness changes what it says and nothing else; in its deviance no patient weighs more for many mutations."""

from __future__ import annotations

import numpy as np
import pytest

from aenmf.channels import CHANNELS
from aenmf.data.splits import make_splits
from aenmf.errors import UserError
from aenmf.files.matrices import Matrix
from aenmf.methods.registry import build_method
from aenmf.seeds import Seed
from aenmf.studies.robustness import ALL, DEVIANCE, VARIANTS, mean_deviance, settings, variant_errors

N, SEED, COHORT = 20, 7, "mine"
LARGE = [3, 11]
"""Patients with far more mutations than the others."""
OPTIONS = {"cohort": COHORT, "rank": 3, "seed": SEED, "splits": 2, "seeds": 2, "splits_per_seed": 3}
OPTIONS |= {"train_fraction": 0.8, "hypermutator": 10}


@pytest.fixture(scope="module")
def catalogue() -> Matrix:
    counts = np.random.default_rng(0).poisson(20.0, (96, N)).astype(float)
    counts[:, LARGE] *= 40
    return Matrix("channel", list(CHANNELS), [f"p{i}" for i in range(N)], counts)


def made(catalogue: Matrix, **other):
    table = make_splits(catalogue.columns, 2, 0.8, Seed(SEED).child(COHORT))
    sets = {n: dict(zip(part["sample"], part["set"], strict=True)) for n, part in table.groupby("split")}
    return settings(catalogue, sets, list(VARIANTS)[1:], **(OPTIONS | other))


def test_hypermutators_are_left_out_and_the_others_stay_in_their_sets(catalogue):
    found = made(catalogue)
    every, without = found[ALL], found["no_hypermutators"]
    kept = [i for i in range(N) if i not in LARGE]
    median = np.median(catalogue.values.sum(axis=0))
    assert every.counts.sum(axis=0).max() > 10 * median >= without.counts.sum(axis=0).max()
    np.testing.assert_array_equal(without.counts, catalogue.values[:, kept])
    np.testing.assert_array_equal(without.training, every.training[:, kept])
    assert "no_hypermutators" not in made(catalogue, hypermutator=1000)


def test_totals_are_equal_and_profiles_as_they_were(catalogue):
    counts = made(catalogue)["equal_totals"].counts
    totals = catalogue.values.sum(axis=0)
    np.testing.assert_allclose(counts.sum(axis=0), np.median(totals))
    np.testing.assert_allclose(counts / counts.sum(axis=0), catalogue.values / totals)


def test_other_splits_are_those_of_runs_with_the_next_seeds(catalogue):
    found = made(catalogue)
    masks, streams = found["other_splits"].training, found["other_splits"].seeds
    table = make_splits(catalogue.columns, 3, 0.8, Seed(SEED + 2).child(COHORT))
    expected = table["set"].to_numpy().reshape(3, N) == "train"
    np.testing.assert_array_equal(masks[3:], expected)
    assert streams[5] == Seed(SEED + 2).child(COHORT, "split 2") and len(streams) == len(masks) == 6
    assert len({mask.tobytes() for mask in [*masks, *found[ALL].training]}) == 8


def test_ranks_are_halved_upwards_and_doubled(catalogue):
    found = made(catalogue)
    assert (found["half_rank"].rank, found["double_rank"].rank) == (2, 6)
    assert all(setting.rank == 3 for name, setting in found.items() if not name.endswith("_rank"))


@pytest.mark.parametrize("change", [{"rank": 9}, {"hypermutator": 0.97}])
def test_too_few_patients_are_a_mistake_of_the_user(catalogue, change):
    with pytest.raises(UserError, match=r"robustness\.variants.*(double_rank|no_hypermutators)"):
        made(catalogue, **change)


def test_deviance_by_hand():
    observed, fitted = np.array([[30.0], [10.0]]), np.array([[20.0], [20.0]])  # an even profile is not moved by mixing
    expected = 2 * (30 * np.log(1.5) + 10 * np.log(0.5)) / 40
    assert mean_deviance(observed, fitted) == pytest.approx(expected)
    assert mean_deviance(observed, observed) < 1e-3


def test_no_patient_decides_the_deviance_by_having_many_mutations():
    rng = np.random.default_rng(1)
    observed, fitted = rng.uniform(5, 20, (2, 96, 4))
    many = np.array([1.0, 1.0, 1.0, 1e4])
    assert mean_deviance(observed * many, fitted * many) == pytest.approx(mean_deviance(observed, fitted))
    fitted[0] = 0
    assert np.isfinite(mean_deviance(observed, fitted))


@pytest.mark.parametrize("loss", ["frobenius", "kullback-leibler"])
def test_errors_are_those_of_the_fits(catalogue, loss):
    solver = {"frobenius": "hals", "kullback-leibler": "ccd"}
    method = build_method("nmf", {"model": "nmf", "solver": solver})
    found = made(catalogue)
    told: list[int] = []
    table = variant_errors(found, True, method, loss, lambda done, total, value: told.append(done))
    assert list(dict.fromkeys(table["variant"])) == [ALL, DEVIANCE, *list(VARIANTS)[1:-1]]
    assert told == list(range(1, 17)) and len(table) == 2 * (16 + 2)
    train = table[(table["variant"] == "equal_totals") & (table["set"] == "train")]
    fits = method.fit(found["equal_totals"].problems(loss))
    assert list(train["value"]) == pytest.approx([fit.objective for fit in fits])
    patients = table[table["variant"] == "no_hypermutators"].groupby("split")["patients"].sum()
    assert set(patients) == {N - len(LARGE)}
    assert set(table.loc[table["variant"] == DEVIANCE, "measure"]) == {DEVIANCE}
