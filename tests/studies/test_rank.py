"""Rank selection: bootstrap samples, the one-standard-error rule on hand-known cases, and a cohort with a clear rank."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from aenmf.losses import FROBENIUS, NEGATIVE_BINOMIAL, PAPER_LOSSES, measure, measures_of
from aenmf.methods.registry import build_method
from aenmf.problem import Problem
from aenmf.seeds import Seed
from aenmf.solvers.refit import refit
from aenmf.studies.rank import bootstrap_sample, choose_rank, rank_choices, rank_errors


def test_bootstrap_samples_are_named_and_complete():
    drawn, out = bootstrap_sample(50, 3, Seed(1))
    again, _ = bootstrap_sample(50, 3, Seed(1))
    other, _ = bootstrap_sample(50, 4, Seed(1))
    np.testing.assert_array_equal(drawn, again)
    assert len(drawn) == 50 and not np.array_equal(drawn, other)
    assert set(drawn) | set(out) == set(range(50)) and not set(drawn) & set(out)


def test_one_standard_error_rule_by_hand():
    # Means 10, 5, 4, 4.1; the standard error at rank 4 is 1, so everything up to 5 is as good and rank 3 is the smallest.
    values = {2: (9.0, 11.0), 3: (4.0, 6.0), 4: (3.0, 5.0), 5: (4.1, 4.1)}
    errors = pd.DataFrame([(rank, value) for rank, pair in values.items() for value in pair], columns=["rank", "value"])
    assert choose_rank(errors) == 3
    errors.loc[errors["rank"] == 3, "value"] += 0.2
    assert choose_rank(errors) == 4


def test_error_falls_to_the_true_rank_and_little_beyond():
    rng = np.random.default_rng(0)
    signatures = np.kron(np.eye(3), np.ones((4, 1)))
    catalogue = rng.poisson(signatures @ rng.gamma(2, 100, size=(3, 60))).astype(float)
    method = build_method("nmf", {"model": "nmf", "solver": "mu", "tol": 1e-7})
    errors, seconds = rank_errors(catalogue, method, "kullback-leibler", range(1, 6), 6, Seed(0))
    assert len(errors) == 5 * 6 * 2 * 2 and len(seconds) == 5 * 6
    errors = errors.assign(cohort="blocks", method="nmf", loss="kullback-leibler")
    tested = errors[(errors["set"] == "test") & (errors["measure"] == "kld")].groupby("rank")["value"].mean()
    assert tested[3] < 0.1 * tested[2]
    assert tested[5] > 0.5 * tested[3]  # refitted patients gain a little from every further signature
    choice = rank_choices(errors, {"blocks": 3}).iloc[0]
    assert choice["paper_rank"] == 3 and choice["chosen"] >= 3
    both = pd.concat([errors, errors.assign(cohort="mine")])
    assert rank_choices(both, {"blocks": 3}).to_csv(index=False).splitlines()[1:] == [
        f"blocks,nmf,kullback-leibler,{choice['chosen']},3,{choice['lowest']}",
        f"mine,nmf,kullback-leibler,{choice['chosen']},,{choice['lowest']}",
    ]
    assert rank_choices(errors, {})["paper_rank"].isna().all()


def test_the_rank_is_chosen_by_the_errors_of_test_in_the_own_measure():
    wanted = {("test", "kld"): (3.0, 1.0, 2.0), ("train", "kld"): (3.0, 2.0, 1.0), ("test", "mse"): (1.0, 2.0, 3.0)}
    rows = [
        ("mine", "nmf", "kullback-leibler", rank, b, which, name, values[rank - 2] + 1e-3 * b)
        for (which, name), values in wanted.items()
        for rank in (2, 3, 4)
        for b in (0, 1)
    ]
    columns = ["cohort", "method", "loss", "rank", "bootstrap", "set", "measure", "value"]
    table = pd.DataFrame(rows, columns=columns)
    choices = rank_choices(pd.concat([table, table.assign(cohort="before")]), {})
    assert choices["cohort"].tolist() == ["mine", "before"]  # in the order of the table
    assert (choices[["chosen", "lowest"]] == 3).all(axis=None)


@pytest.mark.parametrize("loss", [*PAPER_LOSSES, NEGATIVE_BINOMIAL])
def test_patients_out_of_bag_are_refitted_under_the_loss_that_is_minimised(loss):
    rng = np.random.default_rng(1)
    catalogue = rng.poisson(rng.gamma(0.5, 20.0, (12, 15))).astype(float)
    dispersion = np.linspace(1.0, 40.0, 15) if loss == NEGATIVE_BINOMIAL else None
    method = build_method(
        "nmf", {"model": "nmf", "solver": "mm" if loss == NEGATIVE_BINOMIAL else "mu", "max_iter": 30}
    )
    errors, _ = rank_errors(catalogue, method, loss, [2], 2, Seed(0), dispersion=dispersion)
    drawn, out = bootstrap_sample(15, 1, Seed(0))
    own, alpha = (None, None) if dispersion is None else (dispersion[drawn], dispersion[out])
    problem = Problem(np.ascontiguousarray(catalogue[:, drawn]), 2, loss, Seed(0).child("bootstrap 1", "rank 2"), own)
    signatures = method.fit([problem])[0].signatures
    found = errors[(errors["bootstrap"] == 1) & (errors["set"] == "test")].set_index("measure")["value"]
    for name in measures_of(loss):
        refitted = signatures @ refit(loss, catalogue[:, out], signatures, alpha)
        assert found[name] == pytest.approx(measure(name, catalogue[:, out], refitted, alpha), rel=1e-12)


def test_fits_are_counted_over_all_ranks():
    catalogue = np.random.default_rng(2).poisson(5.0, (8, 10)).astype(float)
    method = build_method("nmf", {"model": "nmf", "solver": "mu", "max_iter": 5})
    counted: list[tuple[int, int]] = []
    rank_errors(
        catalogue, method, FROBENIUS, [1, 2, 3], 2, Seed(0), lambda done, all_, loss: counted.append((done, all_))
    )
    assert counted == [(done, 6) for done in range(1, 7)]
