"""The negative-binomial loss: its limit, monotone solvers, a generic optimiser, the refit, and the dispersion."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.stats import nbinom

from aenmf.losses import KULLBACK_LEIBLER, NEGATIVE_BINOMIAL, kld, loss_value, nbd
from aenmf.methods.autoencoder import AENMF
from aenmf.methods.cnmf import ConvexNMF
from aenmf.methods.dispersion import ONE, PER_PATIENT, dispersion
from aenmf.methods.nmf import NMF
from aenmf.problem import Problem
from aenmf.seeds import Seed
from aenmf.solvers import nb_convex, nb_nmf
from aenmf.solvers.kkt import kkt_block, loss_gradient_parts
from aenmf.solvers.refit import refit
from aenmf.solvers.residual import ResidualOptions

SOLVERS = {"nmf": (NMF, "mm"), "cnmf": (ConvexNMF, "mm"), "aenmf": (AENMF, "varpro")}


def problem_of(alpha: float, seed: int = 0, shape: tuple[int, int] = (24, 40), rank: int = 3) -> Problem:
    """Negative-binomial counts, one patient with fifty times the mutations."""
    rng = np.random.default_rng(seed)
    signatures = rng.dirichlet(np.full(shape[0], 0.2), rank).T
    exposures = rng.gamma(0.6, 400.0, (rank, shape[1]))
    exposures[:, 3] *= 50
    mean = signatures @ exposures
    counts = rng.poisson(mean * (rng.gamma(alpha, 1 / alpha, shape) if np.isfinite(alpha) else 1.0)).astype(float)
    counts[0, counts.sum(axis=0) == 0] = 1
    return Problem(counts, rank, NEGATIVE_BINOMIAL, Seed(seed), np.full(shape[1], alpha))


def test_the_loss_is_half_the_deviance_of_scipys_negative_binomial():
    problem = problem_of(3.0)
    rng = np.random.default_rng(1)
    fitted = rng.gamma(2.0, 20.0, problem.catalogue.shape)
    v = problem.catalogue

    def likelihood(mean):
        return nbinom.logpmf(v, 3.0, 3.0 / (3.0 + mean))

    expected = np.mean(likelihood(np.maximum(v, 1e-300)) - likelihood(fitted))
    assert nbd(v, fitted, 3.0) == pytest.approx(expected, rel=1e-9)


def test_kullback_leibler_is_the_limit_of_large_dispersion():
    problem = problem_of(5.0)
    fitted = problem.catalogue.mean(axis=1, keepdims=True) * np.ones_like(problem.catalogue)
    exact = kld(problem.catalogue, fitted)
    distances = [abs(nbd(problem.catalogue, fitted, alpha) - exact) for alpha in (1e4, 1e6, 1e8)]
    assert distances[0] > 50 * distances[1] > 2500 * distances[2]
    assert nbd(problem.catalogue, fitted, np.inf) == exact
    ours = NMF({NEGATIVE_BINOMIAL: "mm"}).fit([replace(problem, dispersion=np.full(40, 1e9))])[0]
    poisson = NMF({KULLBACK_LEIBLER: "ccd"}).fit([replace(problem, loss=KULLBACK_LEIBLER)])[0]
    assert ours.objective == pytest.approx(poisson.objective, rel=1e-5)


SHAPES = st.tuples(st.integers(4, 24), st.integers(5, 30))
"""Channels and patients."""


@pytest.mark.parametrize("solve", [nb_nmf.solve_mm, nb_convex.solve_mm])
@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    alpha=st.one_of(st.floats(0.05, 1e4), st.just(np.inf)),
    seed=st.integers(0, 10**6),
    shape=SHAPES,
    rank=st.integers(1, 4),
)
def test_no_round_raises_the_loss(solve, alpha, seed, shape, rank):
    problem = problem_of(alpha, seed, shape, rank)
    solution = solve(problem, problem.start(), ResidualOptions(max_iter=100))
    losses = solution.trajectory.losses
    # Of so few numbers a fit can be exact: its loss is then what rounding leaves of sums as large as the counts.
    rounding = 1e-14 * problem.catalogue.max()
    assert (np.diff(losses) <= 1e-12 * losses[:-1] + rounding).all()


@settings(max_examples=10, deadline=None, derandomize=True)
@given(alpha=st.floats(0.1, 1e3), seed=st.integers(0, 10**6))
def test_the_autoencoder_raises_the_loss_by_no_more_than_its_inner_tolerance(alpha, seed):
    problem = problem_of(alpha, seed)
    losses = AENMF({NEGATIVE_BINOMIAL: "varpro"}, {"max_iter": 30}).fit([problem])[0].trajectory.losses
    assert (np.diff(losses) <= 1e-6 * losses[:-1]).all() and losses[-1] < losses[0]


def test_the_published_updates_never_raise_the_loss():
    problem = problem_of(2.0)
    h, w = problem.start().signatures, problem.start().exposures
    losses = [problem.value(h @ w)]
    for _ in range(50):
        h, w = nb_nmf.multiplicative_update(problem.catalogue, problem.dispersion, h, w)
        losses.append(problem.value(h @ w))
    assert (np.diff(losses) < 0).all()


@pytest.mark.parametrize("model", SOLVERS)
@pytest.mark.parametrize("alpha", [1.0, 20.0])
def test_a_fit_that_says_it_has_converged_is_stationary(model, alpha):
    problem = problem_of(alpha)
    kind, solver = SOLVERS[model]
    fit = kind({NEGATIVE_BINOMIAL: solver}).fit([problem])[0]
    assert fit.converged and fit.kkt < 1e-3
    assert fit.objective == pytest.approx(problem.value(fit.signatures @ fit.exposures), rel=1e-9)


def test_one_iteration_is_not_converged():
    assert not NMF({NEGATIVE_BINOMIAL: "mm"}, {"max_iter": 1}).fit([problem_of(5.0)])[0].converged


@pytest.mark.parametrize("model", ["nmf", "cnmf"])
def test_a_generic_optimiser_finds_no_lower_loss_nearby(model):
    problem = problem_of(4.0, shape=(10, 8), rank=2)
    kind, solver = SOLVERS[model]
    fit = kind({NEGATIVE_BINOMIAL: solver}, {"restarts": 5}).fit([problem])[0]
    v, alpha = problem.catalogue, problem.dispersion
    first = fit.extras["weights"] if model == "cnmf" else fit.signatures
    size = first.size

    def loss(x):
        a, w = x[:size].reshape(first.shape), x[size:].reshape(fit.exposures.shape)
        h = v @ a if model == "cnmf" else a
        above, below = loss_gradient_parts(NEGATIVE_BINOMIAL, v, h @ w, alpha)
        of_h = (above - below) @ w.T
        gradient = [v.T @ of_h if model == "cnmf" else of_h, h.T @ (above - below)]
        return problem.value(h @ w) * v.size, np.concatenate([part.ravel() for part in gradient])

    rng, ends = np.random.default_rng(3), []
    for _ in range(4):
        a = rng.random(first.shape)
        w = rng.random(fit.exposures.shape) * v.sum(axis=0) / ((v @ a if model == "cnmf" else a).sum(axis=0).sum())
        found = minimize(
            loss, np.concatenate([a.ravel(), w.ravel()]), jac=True, bounds=[(1e-12, None)] * (size + w.size),
            method="L-BFGS-B", options={"maxiter": 1000, "ftol": 1e-12},
        )  # fmt: skip
        ends.append(found.fun / v.size)
    assert fit.objective <= min(ends) * (1 + 1e-4)
    near = minimize(
        loss, np.concatenate([first.ravel(), fit.exposures.ravel()]), jac=True,
        bounds=[(0, None)] * (size + fit.exposures.size), method="L-BFGS-B",
    )  # fmt: skip
    assert near.fun / v.size >= fit.objective * (1 - 1e-6)


def test_aenmf_and_convex_nmf_end_at_the_same_loss():
    problem = problem_of(8.0)
    fits = [
        kind({NEGATIVE_BINOMIAL: solver}, {"restarts": "search", "least_starts": 2, "patience": 0}).fit([problem])[0]
        for kind, solver in (SOLVERS["cnmf"], SOLVERS["aenmf"])
    ]
    assert fits[0].objective == pytest.approx(fits[1].objective, rel=1e-5)
    assert all(fit.found_again for fit in fits)


def test_the_search_is_no_worse_than_one_start():
    problem = problem_of(8.0, seed=4)
    once, searched = (
        NMF({NEGATIVE_BINOMIAL: "mm"}, {"restarts": restarts}).fit([problem])[0] for restarts in (1, "search")
    )
    assert searched.objective <= once.objective * (1 + 1e-9)


@pytest.mark.parametrize("alpha", [0.5, 10.0, np.inf])
def test_the_refit_is_stationary_and_beats_that_of_the_other_loss(alpha):
    problem = problem_of(alpha, seed=2)
    signatures = NMF({NEGATIVE_BINOMIAL: "mm"}).fit([problem])[0].signatures
    exposures = refit(NEGATIVE_BINOMIAL, problem.catalogue, signatures, problem.dispersion)
    above, below = loss_gradient_parts(NEGATIVE_BINOMIAL, problem.catalogue, signatures @ exposures, problem.dispersion)
    for n in range(exposures.shape[1]):
        assert kkt_block(exposures[:, n], signatures.T @ above[:, n], signatures.T @ below[:, n]) < 1e-6
    other = refit(KULLBACK_LEIBLER, problem.catalogue, signatures)
    values = [problem.value(signatures @ w) for w in (exposures, other)]
    assert values[0] <= values[1] * (1 + 1e-12)


def test_the_loss_asks_for_the_dispersion():
    problem = problem_of(5.0)
    with pytest.raises(ValueError, match="dispersion"):
        loss_value(NEGATIVE_BINOMIAL, problem.catalogue, problem.catalogue)
    with pytest.raises(ValueError, match="dispersion"):
        replace(problem, dispersion=None)
    with pytest.raises(ValueError, match="40 patients"):
        replace(problem, dispersion=np.ones(3))


@pytest.mark.parametrize(("alpha", "off"), [(2.0, 0.1), (10.0, 0.1), (50.0, 0.3)])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_one_dispersion_is_recovered_where_the_counts_show_it(alpha, off, seed):
    problem = problem_of(alpha, seed, shape=(96, 150))
    found = dispersion(problem.catalogue, ONE, 3, Seed(seed))
    assert found[0] == pytest.approx(alpha, rel=off)
    assert (found == found[0]).all()


def test_a_dispersion_for_each_patient_tells_noisy_ones_from_others():
    noisy, other = problem_of(2.0, shape=(96, 60)), problem_of(50.0, shape=(96, 60))
    counts = np.where(np.arange(60) < 30, noisy.catalogue, other.catalogue)
    found = dispersion(counts, PER_PATIENT, 3, Seed(1))
    assert np.median(found[:30]) < 4 < 15 < np.median(found[30:])


def test_a_number_is_the_dispersion_and_poissons_counts_have_none():
    problem = problem_of(np.inf, shape=(96, 60))
    assert (dispersion(problem.catalogue, 7, 3, Seed(1)) == 7.0).all()
    assert dispersion(problem.catalogue, ONE, 3, Seed(1))[0] > 1e3
