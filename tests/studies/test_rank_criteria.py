"""Criteria of the number of signatures: rules by hand, and a cohort whose number every criterion but the paper's has to find."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, partial

import numpy as np
import pandas as pd
import pytest

from aenmf.figures import rank_criteria as figure
from aenmf.files.checked_yaml import load_schema
from aenmf.files.shipped import SCHEMAS
from aenmf.losses import FROBENIUS, KULLBACK_LEIBLER
from aenmf.methods.checked import checked_fits
from aenmf.methods.registry import build_method
from aenmf.seeds import Seed
from aenmf.studies.rankcriteria import growing
from aenmf.studies.rankcriteria.base import ERROR, Task, paired_one_standard_error, patient_errors, smoothed
from aenmf.studies.rankcriteria.mutations import dealt
from aenmf.studies.rankcriteria.penalty import CELLS, PARAMETERS, PEARSON
from aenmf.studies.rankcriteria.penalty import choose as choose_penalised
from aenmf.studies.rankcriteria.stability import LOWEST, MEAN, STABILITY
from aenmf.studies.rankcriteria.stability import choose as choose_stable
from aenmf.studies.rankcriteria.table import CRITERIA, KEYS, choices, criterion_values, interval, quantities

ENTRY = {"model": "nmf", "solver": {FROBENIUS: "hals", KULLBACK_LEIBLER: "ccd"}, "max_iter": 200}
QUICK = ENTRY | {"tol": 1e-6, "kkt_tol": 1e-3}
TRUE = 3
SOUND = sorted(set(CRITERIA) - {"mean_error"})


def expected_counts(n: int = 50) -> np.ndarray:
    """Three signatures of eight channels each, over a flat background, in every mixture."""
    signatures = np.kron(np.eye(TRUE), np.ones((8, 1))) + 0.1
    return signatures / signatures.sum(axis=0) @ np.random.default_rng(0).gamma(0.7, 600.0, size=(TRUE, n))


@cache
def task(loss: str = KULLBACK_LEIBLER, noise: bool = True, resamples: int = 4) -> Task:
    expected = expected_counts()
    counts = np.random.default_rng(1).poisson(expected).astype(float) if noise else np.rint(expected)
    fit = partial(checked_fits, build_method("nmf", QUICK))
    return Task(counts, loss, (2, 3, 4, 5), resamples, Seed(0), fit)


@cache
def chosen(name: str, **change) -> int:
    return CRITERIA[name].choose(quantities(criterion_values(name, task(**change))))


@pytest.mark.parametrize("name", SOUND)
def test_the_number_is_found(name):
    assert chosen(name) == TRUE


@pytest.mark.parametrize("name", ["relative_error", "mutations", "penalty"])
@pytest.mark.parametrize("noise", [True, False])
def test_the_number_is_found_by_either_loss_and_without_noise(name, noise):
    assert chosen(name, loss=FROBENIUS if noise else KULLBACK_LEIBLER, noise=noise) == TRUE


@pytest.mark.parametrize("name", SOUND)
def test_the_order_of_patients_and_channels_does_not_matter(name):
    generator, one = np.random.default_rng(2), task()
    m, n = one.catalogue.shape
    moved = one.catalogue[np.ix_(generator.permutation(m), generator.permutation(n))]
    assert CRITERIA[name].choose(quantities(criterion_values(name, replace(one, catalogue=moved)))) == TRUE


@pytest.mark.parametrize("name", CRITERIA)
def test_a_rank_has_the_same_values_whatever_else_is_tried(name):
    few = replace(task(), resamples=2, ranks=(2, 3))
    whole = criterion_values(name, few)
    parts = [criterion_values(name, replace(few, ranks=(rank,))) for rank in few.ranks]
    pd.testing.assert_frame_equal(whole, pd.concat(parts, ignore_index=True))
    assert np.isfinite(whole["value"]).all()
    if name != "penalty":  # the best of its starts may be the same
        other = criterion_values(name, replace(few, seed=Seed(1)))
        assert not np.array_equal(whole["value"], other["value"])


def test_a_difference_counts_that_resamples_agree_on():
    # The resamples differ by 100; within each, rank 3 is 1 above rank 4 and rank 2 is 10 above.
    level = np.array([0.0, 100.0, 200.0])[:, None]
    table = pd.DataFrame(level + [10.0, 1.0, 0.0], columns=[2, 3, 4])
    assert paired_one_standard_error({ERROR: table}) == 4
    table[3] = level[:, 0] + [-2.0, 2.0, 1.0]  # mean 1/3, standard error 1.2
    assert paired_one_standard_error({ERROR: table}) == 3


def test_dealt_mutations_are_all_mutations():
    catalogue = np.random.default_rng(0).poisson(3.0, (96, 7)) + 0.25
    folds = dealt(catalogue, 4, Seed(0))
    np.testing.assert_allclose(folds.sum(axis=0), catalogue)
    assert folds.shape == (4, 96, 7) and (folds >= 0).all() and not np.array_equal(folds[0], folds[1])


def test_errors_of_patients_are_finite_where_a_channel_was_never_seen():
    exposures = np.array([[10.0, 20.0], [0.0, 0.0]])
    known = smoothed(np.array([[1.0, 0.0], [0.0, 1.0]]), exposures)
    assert known[1, 0] == 0.5 / 30 and known[0, 1] == 0.0  # a signature without mutations predicts none
    observed = np.array([[10.0, 19.0], [0.0, 1.0]])
    assert np.isfinite(patient_errors(KULLBACK_LEIBLER, observed, known @ exposures)).all()
    assert patient_errors(FROBENIUS, observed, observed + 2.0).tolist() == [8.0, 8.0]


@pytest.mark.parametrize("name", ["relative_error", "mutations", "blocks"])
def test_a_patient_with_a_single_mutation_has_finite_errors(name):
    one = replace(task(), ranks=(2,), resamples=2)
    catalogue = one.catalogue.copy()
    catalogue[:, :6], catalogue[0, :6] = 0.0, 1.0
    assert np.isfinite(criterion_values(name, replace(one, catalogue=catalogue))["value"]).all()


def test_stability_takes_the_smallest_stable_number_that_is_as_good_as_the_best():
    patients = np.arange(100.0)
    errors = pd.DataFrame({2: patients + 90, 3: patients, 4: patients - 1, 5: patients - 90})
    silhouettes = pd.DataFrame([[0.9, 0.9, 0.9, 0.5]], columns=errors.columns)
    found = {ERROR: errors, MEAN: silhouettes, LOWEST: silhouettes}
    assert choose_stable(found) == 3
    assert choose_stable(found | {LOWEST: silhouettes - 0.8}) == 2  # none is stable: the smallest that was tried


def test_the_interval_of_stability_holds_the_choices_with_one_replicate_left_out():
    errors = pd.DataFrame({2: [9.0] * 50, 3: [1.0] * 50, 4: [0.9] * 50})
    lowest = pd.DataFrame([[0.9] * 3] * 4, columns=errors.columns)
    mean = pd.DataFrame([[0.9, 0.9, 0.9], [0.9, 0.9, 0.9], [0.9, 0.5, 0.9], [0.9, 0.9, 0.9]], columns=errors.columns)
    found = {ERROR: errors, MEAN: mean, LOWEST: lowest}
    assert choose_stable(found) == 4
    errors[4] = 1.0
    assert choose_stable(found) == 3
    assert interval(STABILITY, found, Seed(1)) == (3, 4)
    assert (
        interval(STABILITY, {name: table.iloc[:1] for name, table in found.items()} | {ERROR: errors}, Seed(1)) is None
    )


def test_stability_leaves_every_replicate_out_once():
    values = criterion_values("stability", replace(task(), ranks=(2, 3), resamples=4))
    silhouettes = values[values["quantity"] == MEAN]
    assert silhouettes.groupby("rank")["resample"].apply(list).tolist() == [[0, 1, 2, 3, 4]] * 2
    two = criterion_values("stability", replace(task(), ranks=(2,), resamples=2))
    assert (two[two["quantity"] == MEAN]["resample"] == 0).all()


def test_a_penalty_is_what_a_signature_must_gain():
    ranks = [2, 3, 4]
    row = {PARAMETERS: [200.0, 300.0, 400.0], CELLS: [1e4] * 3, PEARSON: [2e4, 2e4, 0.96 * 2e4]}
    found = {name: pd.DataFrame([values], columns=ranks) for name, values in row.items()}
    needed = 100 * np.log(1e4) * 2.0  # parameters, price of each, and dispersion
    for gain, rank in ((1.01 * needed, 3), (0.99 * needed, 2)):
        deviance = pd.DataFrame([[1e5, 1e5 - gain, 1e5 - gain]], columns=ranks)
        assert choose_penalised(found | {ERROR: deviance}) == rank


def made_up(**best: int) -> pd.DataFrame:
    """Values of the criterion ``mutations`` whose lowest error is at a given rank, by cohort."""
    rows = [
        (cohort, "nmf", FROBENIUS, "mutations", rank, r, ERROR, abs(rank - lowest) + 0.01 * r)
        for cohort, lowest in best.items()
        for rank in (2, 3, 4)
        for r in (0, 1, 2)
    ]
    return pd.DataFrame(rows, columns=[*KEYS, "rank", "resample", "quantity", "value"])


def test_a_criterion_passes_where_it_finds_every_known_number():
    values = made_up(a=3, b=4, mine=2)
    table = choices(values, {"a": 3, "b": 4}, Seed(0)).set_index("cohort")
    assert table["chosen"].to_dict() == {"a": 3, "b": 4, "mine": 2} and table["passed"].all()
    assert pd.isna(table.loc["mine", "true"]) and (table["low"] == table["chosen"]).all()
    assert not choices(values, {"a": 3, "b": 3}, Seed(0))["passed"].any()
    assert choices(values, {}, Seed(0))["passed"].isna().all()


def test_the_interval_is_of_the_choices():
    noisy = pd.DataFrame([[0.0, 1.0, 2.0], [2.0, 1.0, 0.0], [1.0, 0.0, 1.0]], columns=[2, 3, 4])
    low, high = interval(CRITERIA["mutations"], {ERROR: noisy}, Seed(0))
    assert 2 <= low < high <= 4
    assert interval(CRITERIA["penalty"], {}, Seed(0)) is None


def test_criteria_are_described_and_drawn():
    for criterion in CRITERIA.values():
        assert criterion.measures.endswith(".") and criterion.rule.endswith(".") and criterion.reference
    schema = load_schema(SCHEMAS / "config.schema.yaml")["properties"]["rank_criteria"]
    assert set(schema["properties"]["criteria"]["items"]["enum"]) == set(CRITERIA) == set(figure.SHOWN)


@pytest.mark.parametrize(("best", "beyond", "tried"), [(4, 3, 7), (4, 6, 13), (5, 3, 13), (30, 3, 24)])
def test_a_range_grows_until_the_best_number_lies_well_inside(monkeypatch, best, beyond, tried):
    criterion = replace(
        CRITERIA["stability"],
        values=lambda task: [(rank, 0, "error", 1.0) for rank in task.ranks],
        choose=lambda found: best,
        best=lambda found: best,
        again=None,
        resampled=False,
        beyond=beyond,
    )
    monkeypatch.setitem(growing.CRITERIA, "stability", criterion)
    choice = growing.grow("stability", lambda ranks: replace(task(), ranks=ranks), 24, Seed(0))
    assert (choice.rank, choice.tried) == (best, tried)
