"""scikit-learn's NMF from the shared starts, and NMF of bootstrap replicates."""

from __future__ import annotations

import numpy as np
import pytest

from aenmf.errors import UserError
from aenmf.losses import FROBENIUS, KULLBACK_LEIBLER, PAPER_LOSSES, loss_value
from aenmf.methods.bootstrap_nmf import BootstrapNMF
from aenmf.methods.nmf import NMF
from aenmf.methods.sklearn_nmf import SklearnNMF
from aenmf.problem import Problem
from aenmf.seeds import Seed
from support.peers import average_matched_cosine


def truth_of(k: int = 3, m: int = 24) -> np.ndarray:
    return np.random.default_rng(1).dirichlet(np.full(m, 0.2), k).T


def problem_of(loss: str, split: int = 0, n: int = 50) -> Problem:
    rng = np.random.default_rng(100 + split)
    counts = rng.poisson(truth_of() @ rng.gamma(0.5, 1000.0, (3, n))).astype(float)
    counts[0, counts.sum(axis=0) == 0] = 1
    return Problem(counts, 3, loss, Seed(3).child(f"split {split}"))


@pytest.mark.parametrize(("solver", "loss"), [("cd", FROBENIUS), ("mu", FROBENIUS), ("mu", KULLBACK_LEIBLER)])
def test_sklearn_reaches_our_optimum_from_our_start(solver, loss):
    problem = problem_of(loss)
    ours = NMF({FROBENIUS: "hals", KULLBACK_LEIBLER: "ccd"}).fit([problem])[0]
    fit = SklearnNMF(solver, {"tol": 1e-9}).fit([problem])[0]
    assert fit.converged and fit.kkt < 0.1
    assert fit.objective == pytest.approx(ours.objective, rel=1e-3)
    assert fit.objective == pytest.approx(loss_value(loss, problem.catalogue, fit.signatures @ fit.exposures), rel=1e-9)
    assert fit.trajectory.losses.tolist() == pytest.approx(
        [loss_value(loss, problem.catalogue, problem.start().signatures @ problem.start().exposures), fit.objective]
    )


def test_sklearn_one_multiplicative_update_is_ours():
    """The start is really shared: after one iteration from the same point both have the same factors."""
    problem = problem_of(FROBENIUS)
    start = problem.start()
    fit = SklearnNMF("mu", {"max_iter": 1}).fit([problem])[0]
    v, h, w = problem.catalogue, start.signatures, start.exposures
    h = h * (v @ w.T) / (h @ (w @ w.T))  # scikit-learn updates this factor first
    w = w * (h.T @ v) / (h.T @ h @ w)
    np.testing.assert_allclose(fit.signatures, h / h.sum(axis=0), rtol=1e-7, atol=1e-12)
    assert not fit.converged and fit.n_iter == 1


def test_sklearn_coordinate_descent_has_no_kullback_leibler():
    method = SklearnNMF("cd")
    assert "kullback-leibler" in method.unsupported(KULLBACK_LEIBLER)
    assert method.unsupported(FROBENIUS) is None


@pytest.mark.parametrize("solver", ["ccd", "mu"])
def test_bootstrap_consensus(solver):
    problem = problem_of(KULLBACK_LEIBLER)
    fit = BootstrapNMF({"replicates": 5, "solver": solver}).fit([problem])[0]
    assert fit.converged
    assert average_matched_cosine(truth_of(), fit.signatures) > 0.99
    replicates = fit.extras["replicate_signatures"]
    assert replicates.shape == (5, 24, 3)
    np.testing.assert_allclose(replicates.mean(axis=0), fit.signatures, rtol=1e-9)
    assert not np.array_equal(replicates[0], replicates[1]), "the replicates are all the same"
    assert fit.extras["silhouettes"].min() > 0.8


def test_bootstrap_does_not_depend_on_company_and_the_loss_decides_the_refit_only():
    method, problems = BootstrapNMF({"replicates": 3}), [problem_of(loss, s) for s in (0, 1) for loss in PAPER_LOSSES]
    together = method.fit(problems)
    np.testing.assert_array_equal(together[0].signatures, together[1].signatures)
    assert not np.array_equal(together[0].exposures, together[1].exposures)
    alone = method.fit([problems[2]])[0]
    np.testing.assert_array_equal(alone.signatures, together[2].signatures)
    np.testing.assert_array_equal(alone.exposures, together[2].exposures)


@pytest.mark.parametrize("options", [{"replicates": 1}, {"solver": "hals"}, {"tol": "small"}])
def test_wrong_options_are_user_errors(options):
    with pytest.raises(UserError, match=next(iter(options))):
        BootstrapNMF(options, "methods.x")
