"""NMF: the paper's updates against the textbook, the fast solvers against the paper's, and what all solvers promise."""

from __future__ import annotations

import json

import numpy as np
import pytest

from aenmf.data.datasets import Registry
from aenmf.data.fetch import resolve
from aenmf.data.synsiggen import regenerate
from aenmf.errors import UserError
from aenmf.losses import FROBENIUS, KULLBACK_LEIBLER, PAPER_LOSSES, loss_value
from aenmf.methods.nmf import NMF
from aenmf.problem import Problem, Start
from aenmf.seeds import Seed
from aenmf.solvers.common import FLOOR, IterationOptions, iterate
from aenmf.solvers.kkt import kkt_block, kkt_nmf
from aenmf.solvers.nmf_anderson import AcceleratedOptions
from aenmf.solvers.nmf_ccd import solve_ccd
from aenmf.solvers.nmf_mu import solve_mu
from aenmf.solvers.nmf_varpro import NmfVarproOptions, solve_varpro
from aenmf.solvers.nnqp import nonnegative_quadratic
from aenmf.solvers.products import (
    LEAST,
    LEAST_DIVISOR,
    TILE,
    pad_channels,
    ratio_rows,
    total_divergence,
    total_squared_error,
)
from aenmf.solvers.stopping import settled
from support.peers import solve_nmf

FAST_SOLVER = {FROBENIUS: "hals", KULLBACK_LEIBLER: "ccd"}
EVERY_SOLVER = [(solver, loss) for loss in PAPER_LOSSES for solver in ("mu", FAST_SOLVER[loss])]
OTHERS = [*EVERY_SOLVER, ("varpro", KULLBACK_LEIBLER)]
"""With the solver whose loss rises for a moment where it lifts zeros."""


def simulate(n_channels: int, n_patients: int, n_signatures: int, seed: int = 1) -> np.ndarray:
    """Poisson counts (M, N) of sparse signatures with heavy-tailed exposures, as in real catalogues."""
    random = np.random.default_rng(seed)
    signatures = random.dirichlet(np.full(n_channels, 0.3), n_signatures).T
    exposures = np.exp(random.normal(7.0, 1.2, (n_signatures, n_patients))) * (
        random.random((n_signatures, n_patients)) < 0.7
    )
    catalogue = random.poisson(signatures @ exposures + 0.05).astype(float)
    catalogue[0] += 1.0  # no patient without mutations
    return catalogue


def problem(loss: str, n_channels: int = 31, n_patients: int = 45, n_signatures: int = 4, seed: int = 1) -> Problem:
    return Problem(simulate(n_channels, n_patients, n_signatures, seed), n_signatures, loss, Seed(seed))


@pytest.mark.parametrize("loss", PAPER_LOSSES)
@pytest.mark.parametrize("shape", [(96, 70, 5), (31, TILE + 3, 4), (6, 9, 1), (5, 4, 3)])
def test_first_iterates_are_the_textbooks(loss, shape):
    case = problem(loss, *shape)
    options = IterationOptions(max_iter=50, tol=0.0)
    ours, reference = (solve(case, case.start(), options) for solve in (solve_mu, solve_nmf))
    # Compared where the textbook's entry is a number at all; entries on their way to zero lose relative accuracy.
    for name in ("signatures", "exposures"):
        a, b = getattr(ours, name), getattr(reference, name)
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-10 * b.max())
    assert list(ours.trajectory.iterations) == list(reference.trajectory.iterations)
    np.testing.assert_allclose(ours.trajectory.losses, reference.trajectory.losses, rtol=1e-10)


@pytest.mark.parametrize("loss", PAPER_LOSSES)
def test_multiplicative_updates_stop_where_the_textbook_stops(loss):
    case = problem(loss)
    options = IterationOptions(tol=1e-7)
    ours, reference = (solve(case, case.start(), options) for solve in (solve_mu, solve_nmf))
    assert ours.converged and reference.converged
    assert reference.n_iter <= ours.n_iter <= 1.04 * reference.n_iter + 2


@pytest.mark.parametrize(("solver", "loss"), EVERY_SOLVER)
def test_losses_never_rise(solver, loss):
    case = problem(loss, seed=2)
    fit = NMF(solver, {"max_iter": 3000}).fit([case])[0]
    losses = fit.trajectory.losses
    assert np.diff(losses).max() <= 1e-12 * np.square(case.catalogue).mean()
    assert fit.trajectory.iterations[0] == 0 and fit.trajectory.iterations[-1] == fit.n_iter
    assert losses[-1] == pytest.approx(fit.objective, rel=1e-10)
    assert fit.objective == loss_value(loss, case.catalogue, fit.signatures @ fit.exposures) or losses[-1] > 0


@pytest.mark.parametrize(("solver", "loss"), OTHERS)
def test_fits_are_scaled_nonnegative_and_free_of_denormals(solver, loss):
    fit = NMF(solver, {"max_iter": 2000}).fit([problem(loss, seed=3)])[0]
    np.testing.assert_allclose(fit.signatures.sum(axis=0), 1.0, rtol=1e-12)
    for factor in (fit.signatures, fit.exposures):
        assert np.isfinite(factor).all() and (factor >= 0).all()
        assert not ((factor > 0) & (factor < 1e-290)).any()


@pytest.mark.parametrize(("solver", "loss"), OTHERS)
def test_fits_depend_on_their_problem_only(solver, loss):
    cases = [problem(loss, seed=seed) for seed in (4, 5, 6)]
    method = NMF(solver, {"max_iter": 300})
    once, again = method.fit(cases), method.fit(cases[::-1])[::-1]
    for a, b in zip(once, again, strict=True):
        for name in ("signatures", "exposures", "objective", "kkt"):
            assert np.array_equal(getattr(a, name), getattr(b, name)), name
        assert np.array_equal(a.trajectory.losses, b.trajectory.losses)


@pytest.mark.parametrize("loss", PAPER_LOSSES)
def test_stretches_of_iterations_do_not_change_the_iterates(loss):
    case = problem(loss)
    for solver in ("mu", FAST_SOLVER[loss]):
        fits = [
            NMF(solver, {"max_iter": limit, "tol": 0.0, **extra}).fit([case])[0]
            for limit, extra in ((37, {}), (37, {}))
        ]
        assert np.array_equal(fits[0].exposures, fits[1].exposures) and fits[0].n_iter == 37


@pytest.mark.parametrize("loss", PAPER_LOSSES)
@pytest.mark.parametrize("seed", [7, 8, 9])
def test_fast_solver_is_stationary_and_at_least_as_good(loss, seed):
    case = problem(loss, seed=seed)
    fast = NMF(FAST_SOLVER[loss], {"kkt_tol": 1e-8}).fit([case])[0]
    polished = NMF(FAST_SOLVER[loss], {"kkt_tol": 1e-8, "restarts": 4}).fit([case])[0]
    slow = NMF("mu", {"tol": 1e-9}).fit([case])[0]
    assert fast.converged and fast.kkt <= 1e-7
    assert fast.n_iter < slow.n_iter
    # One start may end in another local optimum than the multiplicative updates do; the best of four may not be worse.
    assert polished.objective <= fast.objective * (1 + 1e-9)
    assert polished.objective <= slow.objective * (1 + 1e-9)
    assert polished.starts == len(polished.objectives) == 4


@pytest.mark.parametrize("seed", [7, 8, 9])
def test_variable_projection_ends_at_an_optimum_that_coordinate_descent_keeps(seed):
    case = problem(KULLBACK_LEIBLER, seed=seed)
    start = case.start()
    projected = solve_varpro(case, start, NmfVarproOptions())
    residual = kkt_nmf(case.loss, case.catalogue, projected.signatures, projected.exposures)
    on = solve_ccd(case, Start(projected.signatures, projected.exposures, start.weights), AcceleratedOptions())
    assert projected.converged and residual < 1e-3
    assert on.trajectory.losses[-1] >= projected.trajectory.losses[-1] * (1 - 1e-6)


def test_variable_projection_crosses_flat_valleys(root):
    """Catalogues without noise, where alternating between the factors takes thousands of iterations."""
    registry = Registry.load(root / "config/cohorts.tsv", root / "config/references.tsv")
    cosmic = resolve(registry.reference("cosmic_v3_3").data).path
    made = regenerate("sbs2_7", registry.cohort("sbs2_7").simulation.sha256, cosmic)
    case = Problem(made.catalogue.to_numpy(float), 3, KULLBACK_LEIBLER, Seed(1))
    projected = solve_varpro(case, case.start(), NmfVarproOptions(max_iter=1000))
    alternating = solve_ccd(case, case.start(), AcceleratedOptions(max_iter=1000))
    assert projected.converged and projected.trajectory.losses[-1] < 0.8 * alternating.trajectory.losses[-1]


def test_variable_projection_lifts_zeros_that_should_grow():
    case = problem(KULLBACK_LEIBLER, seed=4)
    start = case.start()
    blocked = start.signatures.copy()
    blocked[: len(blocked) // 2, 0] = 0.0
    found = solve_varpro(case, Start(blocked, start.exposures, start.weights), NmfVarproOptions())
    assert found.converged
    assert kkt_nmf(case.loss, case.catalogue, found.signatures, found.exposures) < 1e-3


@pytest.mark.parametrize("loss", PAPER_LOSSES)
def test_exact_factorisation_is_found_and_stops(loss):
    random = np.random.default_rng(3)
    catalogue = (random.random((20, 3)) ** 2) @ (100 * random.random((3, 30)) ** 2)
    fit = NMF(FAST_SOLVER[loss], {"max_iter": 20_000}).fit([Problem(catalogue, 3, loss, Seed(1))])[0]
    assert fit.converged
    assert fit.objective < 1e-6 * loss_value(loss, catalogue, np.full_like(catalogue, catalogue.mean()))


@pytest.mark.parametrize(("solver", "loss"), OTHERS)
def test_zero_channels_and_a_hypermutated_patient(solver, loss):
    catalogue = simulate(24, 20, 3)
    catalogue[5] = 0.0
    catalogue[:, 4] *= 3000.0
    fit = NMF(solver, {"max_iter": 3000}).fit([Problem(catalogue, 3, loss, Seed(2))])[0]
    assert np.isfinite(fit.objective) and np.isfinite(fit.kkt)
    assert fit.signatures[5].max() < 1e-10


@pytest.mark.parametrize("loss", PAPER_LOSSES)
def test_residual_of_the_optimality_conditions(loss):
    case = problem(loss, seed=11)
    v = case.catalogue
    fit = NMF(FAST_SOLVER[loss], {"kkt_tol": 1e-9}).fit([case])[0]
    h, w = fit.signatures, fit.exposures
    at_optimum = kkt_nmf(loss, v, h, w)
    assert at_optimum <= 1e-8
    start = case.start()
    assert kkt_nmf(loss, v, start.signatures, start.exposures) > 0.1
    moved = kkt_nmf(loss, v, h, 1.01 * w)
    assert 1e-3 < moved < 0.1
    rescaling = np.array([1e-3, 1.0, 7.0, 1e4])
    assert kkt_nmf(loss, v, h * rescaling, 1.01 * w / rescaling[:, None]) == pytest.approx(moved, rel=1e-9)
    assert kkt_nmf(loss, 50.0 * v, h, 50.0 * 1.01 * w) == pytest.approx(moved, rel=1e-9)
    # A signature that is switched off keeps complementarity; only dual feasibility sees that it should grow.
    locked = w.copy()
    locked[0] = 0.0
    assert kkt_nmf(loss, v, h, locked) > 1e-2


def test_residual_of_one_block_by_hand():
    x = np.array([2.0, 0.0, 1.0])
    assert kkt_block(x, np.array([3.0, 5.0, 4.0]), np.array([3.0, 1.0, 4.0])) == 0.0
    assert kkt_block(x, np.array([3.0, 1.0, 4.0]), np.array([3.0, 3.0, 4.0])) == 0.5
    assert kkt_block(x, np.array([4.0, 1.0, 4.0]), np.array([3.0, 0.0, 4.0])) == pytest.approx(2.0 / 12.0)
    assert kkt_block(np.zeros(2), np.zeros(2), np.ones(2)) == 1.0
    assert np.isnan(kkt_block(x, np.array([np.nan, 1.0, 1.0]), np.ones(3)))


def test_stopping_rule_is_honest():
    assert settled(1.0, 1.0 - 1e-11, 1e-10, 0.0) and settled(1.0, 0.0, 1e-10, 0.0) and settled(1.0, 0.5, 1e-10, 0.5)
    assert not settled(1.0, 1.1, 1e-10, 0.0) and not settled(1.0, 1.0 - 1e-9, 1e-10, 0.0)
    assert (
        not settled(np.nan, 1.0, 1e-10, 0.0)
        and not settled(1.0, np.nan, 1e-10, 0.0)
        and not settled(np.inf, np.inf, 1e-10, 0.0)
    )


@pytest.mark.parametrize("loss", PAPER_LOSSES)
def test_iteration_limit_is_reported(loss):
    fit = NMF("mu", {"max_iter": 5}).fit([problem(loss)])[0]
    assert fit.n_iter == 5 and not fit.converged


def test_compiled_loss_equals_the_plain_one():
    random = np.random.default_rng(5)
    for shape in ((96, 2 * TILE + 1, 7), (3, 5, 2)):
        catalogue = random.poisson(3.0, shape[:2]).astype(float)
        h, w = random.random((shape[0], shape[2])), random.random((shape[2], shape[1])) ** 8
        v, padded = pad_channels(catalogue, h)
        totals = {FROBENIUS: total_squared_error(v, padded, w), KULLBACK_LEIBLER: total_divergence(v, padded, w, LEAST)}
        for loss, total in totals.items():
            assert total / catalogue.size == pytest.approx(loss_value(loss, catalogue, h @ w), rel=1e-13)
    v, padded = pad_channels(np.full((4, 8), 1e6), np.full((4, 1), 1.0))
    near = np.full((1, 8), 1e6 * (1 + 1e-5))
    assert total_divergence(v, padded, near, LEAST) == pytest.approx(32 * 1e6 * (1e-5 - np.log1p(1e-5)), rel=1e-5)


@pytest.mark.parametrize("n", [1, 7, TILE])
def test_ratios_that_share_a_division_are_those_of_plain_division(n):
    # Reconstructions over 70 orders of magnitude beside one another, zero counts, and a patient without reconstruction.
    rng = np.random.default_rng(n)
    h, w = 10.0 ** rng.uniform(-35, 3, (4, 3)), 10.0 ** rng.uniform(-35, 3, (3, n))
    v = rng.poisson(2.0, (4, n)).astype(float)
    w[:, 0], v[0, 0], v[1, 0] = FLOOR, 0.0, 3.0
    out = np.empty((4, TILE))
    ratio_rows(v, h, np.int64(0), w, np.int64(0), np.int64(n), LEAST_DIVISOR, out)
    np.testing.assert_allclose(out[:, :n], v / np.maximum(h @ w, LEAST_DIVISOR), rtol=4e-15, atol=0)


def test_small_quadratic_problems_reach_their_optimum():
    random = np.random.default_rng(6)
    for size in (1, 2, 5, 30):
        for _ in range(20):
            a = random.normal(size=(size + 3, size))
            q, c = a.T @ a + 1e-9 * np.eye(size), random.normal(size=size)
            x = np.maximum(random.normal(size=size), 0.0)
            assert nonnegative_quadratic(q, c, x)
            gradient = q @ x - c
            assert (x >= 0).all() and gradient.min() > -1e-8 and np.abs(x * gradient).max() < 1e-8


def test_wrong_solvers_and_options_are_user_errors():
    with pytest.raises(UserError, match="Did you mean 'hals'"):
        NMF("hal")
    with pytest.raises(UserError, match="kkt_tol must be a number"):
        NMF("hals", {"kkt_tol": "small"})
    with pytest.raises(UserError, match="unknown option 'kkt_tol'"):
        NMF("mu", {"kkt_tol": 1e-6})
    assert "no kullback-leibler loss" in NMF("hals").unsupported(KULLBACK_LEIBLER)
    both = NMF({FROBENIUS: "hals", KULLBACK_LEIBLER: "ccd"}, {"kkt_tol": "1e-7", KULLBACK_LEIBLER: {"sweeps": 1}})
    assert both.settings[KULLBACK_LEIBLER][1].sweeps == 1 and both.settings[FROBENIUS][1].kkt_tol == 1e-7


def test_floor_is_not_denormal_when_squared():
    assert np.finfo(float).tiny < FLOOR**2 and FLOOR**3 >= 1e-300 * (1 - 1e-9)


def test_iterate_ends_stretches_at_the_same_iterations():
    seen = []
    iterate(lambda n: (seen.append(n), (n, 0.0, False))[1], 0.0, 1000)
    assert sum(seen) == 1000 and max(seen) <= 110


@pytest.fixture(scope="module")
def prostate(data_dir) -> np.ndarray:
    """The published prostate training matrix (96, 248)."""
    lines = (data_dir / "gel" / "catalogues_Prostate_SBS.tsv").read_text().splitlines()
    names = lines[0].split("\t")
    table = np.array([line.split("\t")[1:] for line in lines[1:]], dtype=float)
    training = json.loads((data_dir / "training_sets.json").read_text())["prostate"]
    return np.ascontiguousarray(table[:, [names.index(name) for name in training]])


def test_prostate_reaches_the_published_loss(prostate):
    method = NMF("hals")
    fit = method.fit([Problem(prostate, 5, FROBENIUS, Seed(1))])[0]
    assert fit.converged and fit.kkt <= 2e-6
    assert fit.objective <= 149.0
    slow = NMF("mu", {"max_iter": 2000}).fit([Problem(prostate, 5, FROBENIUS, Seed(1))])[0]
    assert fit.objective < slow.objective < 230.0


def test_prostate_kullback_leibler_beats_multiplicative_updates(prostate):
    case = Problem(prostate, 5, KULLBACK_LEIBLER, Seed(1))
    fast, slow = NMF("ccd").fit([case])[0], NMF("mu", {"max_iter": 2000}).fit([case])[0]
    assert fast.converged and fast.kkt <= 2e-6
    assert fast.objective <= slow.objective * (1 + 1e-6)
