"""Rank selection: bootstrap samples, the one-standard-error rule on hand-known cases, and a cohort with a clear rank."""

from __future__ import annotations

import numpy as np
import pandas as pd

from aenmf.methods.registry import build_method
from aenmf.seeds import Seed
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
