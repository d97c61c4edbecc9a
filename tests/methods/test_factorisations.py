"""Minimum-volume NMF and NMF with automatic relevance determination."""

from __future__ import annotations

import numpy as np
import pytest

from aenmf.errors import UserError
from aenmf.losses import KULLBACK_LEIBLER
from aenmf.methods.ardnmf import RelevanceNMF
from aenmf.methods.mvnmf import MinimumVolumeNMF
from aenmf.problem import Problem
from aenmf.seeds import Seed
from aenmf.solvers import ardnmf, mvnmf
from support.peers import average_matched_cosine


def truth_of(rank: int) -> np.ndarray:
    return np.random.default_rng(1).dirichlet(np.full(48, 0.2), rank).T


def problem_of(rank: int = 4, asked: int | None = None) -> Problem:
    rng = np.random.default_rng(2)
    counts = rng.poisson(truth_of(rank) @ rng.gamma(0.6, 1500.0, (rank, 80))).astype(float)
    counts[0, counts.sum(axis=0) == 0] = 1
    return Problem(counts, asked or rank, KULLBACK_LEIBLER, Seed(3))


def positive_factors(problem: Problem) -> tuple[np.ndarray, np.ndarray]:
    start = problem.start()
    h = start.signatures / start.signatures.sum(axis=0)
    return h, start.exposures * problem.catalogue.sum(axis=0)


def test_a_signature_step_lowers_the_penalised_loss_and_keeps_the_sums():
    problem, volume = problem_of(), mvnmf.Volume(500.0, 1.0)
    h, w = positive_factors(problem)
    losses = [mvnmf.penalised_loss(problem.catalogue, h, w, volume)]
    for _ in range(100):
        h = mvnmf.signature_step(problem.catalogue, h, w, volume)
        np.testing.assert_allclose(h.sum(axis=0), 1.0, rtol=1e-12)
        losses.append(mvnmf.penalised_loss(problem.catalogue, h, w, volume))
    assert (np.diff(losses) <= 1e-12 * losses[0]).all() and losses[-1] < losses[0]


def test_minimum_volume_is_monotone_and_a_heavier_penalty_gives_a_smaller_volume():
    problem, volumes = problem_of(), []
    for weight in (1.0, 1e3, 1e4):
        volume = mvnmf.Volume(weight, 1.0)
        h, w, _, ended, path = mvnmf.minimum_volume(
            problem.catalogue, *positive_factors(problem), volume, 1e-7, 1e-2, 5000
        )
        assert ended and mvnmf.residual(problem.catalogue, h, w, volume) <= 1e-2
        assert (np.diff(path.losses) <= 1e-12 * path.losses[0]).all()
        volumes.append(mvnmf.log_volume(h, 1.0))
    assert volumes[0] > volumes[1] > volumes[2]


def test_minimum_volume_finds_the_signatures():
    fit = MinimumVolumeNMF().fit([problem_of()])[0]
    assert fit.converged and fit.extras["residual"][0] <= 1e-2
    assert fit.extras["volumes"][1] < fit.extras["volumes"][0]
    assert average_matched_cosine(truth_of(4), fit.signatures) > 0.99


def test_no_step_of_relevance_raises_the_loss():
    problem = problem_of()
    prior = ardnmf.matched(problem.catalogue, 4, 10.0)
    h, w = positive_factors(problem)
    losses = [ardnmf.penalised_loss(problem.catalogue, h, w, prior)]
    for _ in range(200):
        h, w = ardnmf.step(problem.catalogue, h, w, prior)
        losses.append(ardnmf.penalised_loss(problem.catalogue, h, w, prior))
    assert (np.diff(losses) <= 1e-12 * np.abs(losses[:-1])).all() and losses[-1] < losses[0]


@pytest.mark.parametrize("true", [2, 4])
def test_relevance_keeps_the_true_number_whatever_is_asked_for(true):
    method = RelevanceNMF({"most": 12})
    for asked in (1, true, 6):
        assert method.own_rank(problem_of(true, asked)) == true
    fit = method.fit([problem_of(true)])[0]
    assert fit.converged and fit.extras["kept"][0] == true
    assert average_matched_cosine(truth_of(true), fit.signatures) > 0.99


def test_relevance_fills_up_with_flat_signatures():
    fit = RelevanceNMF({"most": 12}).fit([problem_of(2, asked=4)])[0]
    np.testing.assert_allclose(fit.signatures[:, 2:], 1 / 48)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (RelevanceNMF, {"shape": 2}),
        (RelevanceNMF, {"most": 0}),
        (MinimumVolumeNMF, {"volume": 0}),
        (MinimumVolumeNMF, {"delta": -1}),
    ],
)
def test_wrong_options_are_user_errors(kind, options):
    with pytest.raises(UserError, match=next(iter(options))):
        kind(options, "methods.x")
