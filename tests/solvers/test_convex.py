"""Convex NMF: compiled updates are the textbook's, fast solvers reach optima, and polishing never makes worse."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import nnls

from aenmf.losses import FROBENIUS, KULLBACK_LEIBLER, PAPER_LOSSES, loss_value
from aenmf.methods.cnmf import ConvexNMF, polish
from aenmf.problem import Problem
from aenmf.seeds import Seed
from aenmf.solvers.common import IterationOptions
from aenmf.solvers.convex_cone import best_in_cone, profile_scales, workspace
from aenmf.solvers.convex_kernels import loss_change, padded_profiles
from aenmf.solvers.kkt import kkt_convex
from aenmf.solvers.stopping import LOOKS
from aenmf.solvers.textbook_convex import solve_textbook, update_frobenius, update_kullback_leibler

FAST = {FROBENIUS: "blocks", KULLBACK_LEIBLER: "newton"}


def synthetic(loss: str, patients: int = 43, rank: int = 3, seed: int = 5, noise: bool = True) -> Problem:
    """A cohort of mixtures of ``rank`` profiles over 96 channels, patients not a multiple of four, with empty cells."""
    generator = np.random.default_rng(seed)
    signatures = generator.gamma(0.3, size=(96, rank)) + 0.01
    exposures = generator.gamma(0.5, size=(rank, patients)) * 2000 + 100
    mean = signatures / signatures.sum(axis=0) @ exposures
    catalogue = generator.poisson(mean).astype(float) if noise else np.round(mean)
    return Problem(np.ascontiguousarray(catalogue), rank, loss, Seed(seed))


@pytest.mark.parametrize("loss", PAPER_LOSSES)
@pytest.mark.parametrize("patients", [40, 43])
@pytest.mark.parametrize("rank", [1, 2, 5])
def test_multiplicative_updates_equal_the_textbook(loss, patients, rank):
    problem = synthetic(loss, patients, rank)
    for iterations in (1, 2, 30):
        options = IterationOptions(max_iter=iterations)
        ours = ConvexNMF("mu").settings[loss][0].solve(problem, problem.start(), options)
        reference = solve_textbook(problem, problem.start(), options)
        assert ours.n_iter == reference.n_iter
        np.testing.assert_allclose(ours.extras["weights"], reference.extras["weights"], rtol=1e-8)
        np.testing.assert_allclose(ours.exposures, reference.exposures, rtol=1e-8)
        np.testing.assert_allclose(ours.signatures, reference.signatures, rtol=1e-8)
        np.testing.assert_allclose(ours.trajectory.losses, reference.trajectory.losses, rtol=1e-10)


@pytest.mark.parametrize("loss", PAPER_LOSSES)
@pytest.mark.parametrize("solver", ["mu", "fast"])
def test_channel_without_mutations_changes_nothing(loss, solver):
    problem = synthetic(loss)
    catalogue = np.insert(problem.catalogue, 10, 0.0, axis=0)
    method = ConvexNMF(FAST if solver == "fast" else "mu", {"tol": 1e-8})
    without, fit = (method.fit([Problem(v, 3, loss, problem.seed)])[0] for v in (problem.catalogue, catalogue))
    assert np.all(fit.signatures[10] == 0)
    np.testing.assert_allclose(np.delete(fit.signatures, 10, axis=0), without.signatures, rtol=1e-5, atol=1e-9)
    assert np.isfinite(fit.kkt)


def test_frobenius_update_is_the_papers_formula_entry_by_entry():
    generator = np.random.default_rng(1)
    v, a, g = generator.random((4, 3)), generator.random((3, 2)), generator.random((3, 2))
    q = v.T @ v
    new_a, new_g = update_frobenius(q, a, g)
    for n in range(3):
        for k in range(2):
            assert new_g[n, k] == pytest.approx(g[n, k] * np.sqrt((q @ a)[n, k] / (g @ a.T @ q @ a)[n, k]))
            numerator, denominator = (q @ new_g)[n, k], (q @ a @ new_g.T @ new_g)[n, k]
            assert new_a[n, k] == pytest.approx(a[n, k] * np.sqrt(numerator / denominator))


def test_kullback_leibler_update_moves_along_the_gradient():
    problem = synthetic(KULLBACK_LEIBLER, 12, 2)
    v, start = problem.catalogue, problem.start()
    weights, loadings = update_kullback_leibler(v, start.weights, start.exposures.T)

    def total(w, g):
        return loss_value(KULLBACK_LEIBLER, v, v @ w @ g.T) * v.size

    for n, k in ((0, 0), (7, 1)):
        for factor, new, at in (
            (start.exposures.T, loadings, lambda x: total(start.weights, x)),
            (start.weights, weights, lambda x: total(x, loadings)),
        ):
            step = np.zeros(factor.shape)
            step[n, k] = 1e-6 * factor[n, k]
            slope = (at(factor + step) - at(factor - step)) / (2 * step[n, k])
            assert np.sign(factor[n, k] - new[n, k]) == np.sign(slope)


@pytest.mark.parametrize("loss", PAPER_LOSSES)
@pytest.mark.parametrize("solver", ["mu", "fast"])
def test_every_iteration_lowers_the_loss(loss, solver):
    problem = synthetic(loss)
    method = ConvexNMF(FAST if solver == "fast" else "mu", {"tol": 1e-12, "max_iter": 2000})
    fit = method.fit([problem])[0]
    losses = fit.trajectory.losses
    assert len(losses) > 10
    assert np.all(np.diff(losses) <= 1e-12 * losses[:-1])
    assert fit.objective == pytest.approx(losses[-1], rel=1e-12)


@pytest.mark.parametrize("loss", PAPER_LOSSES)
def test_stopping_rule_is_the_relative_change_between_consecutive_iterations(loss):
    problem, tol = synthetic(loss), 1e-5
    fit = ConvexNMF("mu", {"tol": tol}).fit([problem])[0]
    assert fit.converged

    def loss_before_the_end(back: int) -> float:
        return ConvexNMF("mu", {"tol": 0, "max_iter": fit.n_iter - back}).fit([problem])[0].objective

    before, after = loss_before_the_end(1), loss_before_the_end(0)
    assert (before - after) / before < tol
    # Frobenius looks at every iteration, Kullback-Leibler once per 1/64 of the iterations.
    late = 1 if loss == FROBENIUS else fit.n_iter // LOOKS + 2
    before, after = loss_before_the_end(late + 1), loss_before_the_end(late)
    assert tol <= (before - after) / before


def test_stopping_rule_sees_through_cancellation():
    """A reconstruction nearly exact: differences of ‖V‖²-sized sums would be noise, the rule must still be precise."""
    problem = synthetic(FROBENIUS, 60, 3, noise=False)
    scaled = Problem(problem.catalogue * 1e6 + 0.0, 3, FROBENIUS, problem.seed)
    fits = [ConvexNMF("mu", {"tol": 1e-6}).fit([p])[0] for p in (problem, scaled)]
    assert all(fit.converged and fit.n_iter > 1000 for fit in fits)
    first, second = (fit.n_iter for fit in fits)
    assert abs(first - second) <= 2


@pytest.mark.parametrize("loss", PAPER_LOSSES)
@pytest.mark.parametrize("rank", [2, 3])
def test_fast_solver_ends_at_an_optimum_no_worse_than_multiplicative_updates(loss, rank):
    problem = synthetic(loss, rank=rank)
    fast = ConvexNMF(FAST, {"tol": 1e-13}).fit([problem])[0]
    slow = ConvexNMF("mu", {"tol": 1e-9}).fit([problem])[0]
    assert fast.objective <= slow.objective * (1 + 1e-9)
    assert fast.kkt < 1e-5
    weights = fast.extras["weights"]
    assert np.all(weights >= 0) and np.all((weights > 0).sum(axis=0) <= 96)
    assert (weights == 0).mean() > 0.5


@pytest.mark.parametrize("loss", PAPER_LOSSES)
def test_conditions_fail_away_from_an_optimum(loss):
    problem = synthetic(loss)
    start = problem.start()
    assert kkt_convex(loss, problem.catalogue, start.weights, start.exposures) > 0.05


@pytest.mark.parametrize("loss", PAPER_LOSSES)
@pytest.mark.parametrize("solver", ["mu", "fast"])
def test_fit_is_consistent_scaled_and_repeatable(loss, solver):
    problem, method = synthetic(loss), ConvexNMF(FAST if solver == "fast" else "mu", {"tol": 1e-8})
    one, two = method.fit([problem])[0], method.fit([synthetic(loss, seed=6), problem])[1]
    for name in ("signatures", "exposures"):
        assert getattr(one, name).tobytes() == getattr(two, name).tobytes()
    assert one.extras["weights"].tobytes() == two.extras["weights"].tobytes()
    assert one.objective == two.objective and one.n_iter == two.n_iter
    np.testing.assert_allclose(one.signatures.sum(axis=0), 1.0)
    np.testing.assert_allclose(problem.catalogue @ one.extras["weights"], one.signatures, rtol=1e-9, atol=1e-15)
    value = loss_value(loss, problem.catalogue, one.signatures @ one.exposures)
    assert one.objective == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize("loss", PAPER_LOSSES)
def test_polish_goes_on_from_given_factors(loss):
    problem = synthetic(loss)
    rough = ConvexNMF("mu", {"max_iter": 500}).fit([problem])[0]
    solution = polish(problem, rough.extras["weights"], rough.exposures, IterationOptions(tol=1e-13))
    assert solution.trajectory.losses[0] == pytest.approx(rough.objective, rel=1e-9)
    assert np.all(np.diff(solution.trajectory.losses) <= 1e-12 * rough.objective)
    assert kkt_convex(loss, problem.catalogue, solution.extras["weights"], solution.exposures) < 1e-5
    again = polish(problem, solution.extras["weights"], solution.exposures)
    assert again.trajectory.losses[-1] == pytest.approx(solution.trajectory.losses[-1], rel=1e-9)


@pytest.mark.parametrize("loss", PAPER_LOSSES)
def test_patients_that_are_signatures_are_recognised(loss):
    """Three patients each show one signature alone and the others mix them: the optimum is exact and known."""
    generator = np.random.default_rng(3)
    pure = np.zeros((96, 3))
    for k in range(3):
        pure[32 * k : 32 * (k + 1), k] = generator.integers(1, 50, 32)
    mixtures = generator.integers(1, 9, (3, 20))
    catalogue = np.ascontiguousarray(np.hstack([pure, pure @ mixtures]))
    fit = ConvexNMF(FAST, {"warmup": 20}).fit([Problem(catalogue, 3, loss, Seed(2))])[0]
    order = np.argsort(fit.signatures.argmax(axis=0))
    np.testing.assert_allclose(fit.signatures[:, order], pure / pure.sum(axis=0), atol=1e-6)
    assert fit.objective < 1e-6


@pytest.mark.parametrize("loss", PAPER_LOSSES)
def test_signature_without_mass_or_use_is_revived(loss):
    problem = synthetic(loss)
    start = problem.start()
    weights, exposures = start.weights.copy(), start.exposures.copy()
    weights[:, 0] = 0.0
    exposures[1] = 0.0
    solution = polish(problem, weights, exposures)
    assert np.all(solution.signatures.sum(axis=0) > 0) and np.all(solution.exposures.sum(axis=1) > 0)
    assert kkt_convex(loss, problem.catalogue, solution.extras["weights"], solution.exposures) < 1e-4


def test_infinite_starting_loss_is_refused():
    problem = synthetic(KULLBACK_LEIBLER)
    with pytest.raises(ValueError, match="infinite"):
        polish(problem, np.zeros((43, 3)), problem.start().exposures)


@pytest.mark.parametrize("curved", [False, True])
def test_best_in_cone_against_scipy(curved):
    generator = np.random.default_rng(0)
    catalogue = generator.gamma(0.5, size=(96, 150)) * 100
    profiles = padded_profiles(catalogue)
    scales, work = profile_scales(profiles), workspace(96, len(profiles))
    members, values, point, size = np.zeros(96, np.int64), np.zeros(96), np.empty(96), 0
    for _ in range(4):  # each but the first from the solution of another problem
        curvature = generator.gamma(1.0, size=96) + 0.01 if curved else np.ones(96)
        target = generator.random(96) * 100 - 20
        size = best_in_cone(profiles, scales, curvature, curvature * target, members, values, size, work, point)
        root = np.sqrt(curvature)
        expected, _ = nnls(root[:, None] * catalogue, root * target)
        np.testing.assert_allclose(point, catalogue @ expected, rtol=1e-8, atol=1e-8)
        assert sorted(members[:size]) == sorted(np.flatnonzero(expected))


def test_loss_change_equals_the_difference_of_losses():
    generator = np.random.default_rng(4)
    counts = generator.poisson(3.0, 96).astype(float)
    old = counts + generator.random(96) + 0.1
    for size in (1e-1, 1e-3):
        new = old * (1 + size * generator.standard_normal(96))
        expected = (loss_value(KULLBACK_LEIBLER, counts, new) - loss_value(KULLBACK_LEIBLER, counts, old)) * 96
        assert loss_change(counts, old, new) == pytest.approx(expected, rel=1e-8)
    assert loss_change(counts, old, np.where(counts > 0, 0.0, old)) == np.inf


@pytest.mark.parametrize(("cohort", "rank", "bound"), [("prostate", 5, 169.78), ("uterus", 8, 820_300.0)])
def test_published_training_sets(data_dir, cohort, rank, bound):
    patients = json.loads((data_dir / "training_sets.json").read_text())[cohort]
    table = pd.read_csv(data_dir / "gel" / f"catalogues_{cohort.capitalize()}_SBS.tsv", sep="\t")
    catalogue = np.ascontiguousarray(table[patients].to_numpy(float))
    fit = ConvexNMF(FAST, {"restarts": 3}).fit([Problem(catalogue, rank, FROBENIUS, Seed(1))])[0]
    assert fit.converged and fit.objective <= bound
    assert fit.kkt < 1e-5
    assert (fit.extras["weights"] > 0).sum(axis=0).max() <= 20
