"""The refit: against scipy, against a generic optimiser, and at the edges of what can be fitted."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize, nnls

from aenmf.losses import FROBENIUS, KULLBACK_LEIBLER, PAPER_LOSSES, kld
from aenmf.solvers.kkt import kkt_block
from aenmf.solvers.refit import refit


def simulate(n_signatures: int, n_patients: int = 12, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Catalogue (96, N) with many zero counts and one huge column, and sparse signatures (96, K) of sum 1."""
    random = np.random.default_rng(seed)
    signatures = random.dirichlet(np.full(96, 0.3), n_signatures).T
    exposures = random.exponential(300.0, (n_signatures, n_patients)) * (
        random.random((n_signatures, n_patients)) < 0.6
    )
    catalogue = random.poisson(signatures @ exposures + 0.02).astype(float)
    catalogue[:, 0] = random.poisson(signatures @ random.dirichlet(np.ones(n_signatures)) * 2.7e6)
    return catalogue, signatures


@pytest.mark.parametrize("n_signatures", [1, 4, 30])
def test_frobenius_is_nonnegative_least_squares(n_signatures):
    catalogue, signatures = simulate(n_signatures)
    exposures = refit(FROBENIUS, catalogue, signatures)
    for n in range(catalogue.shape[1]):
        assert np.array_equal(exposures[:, n], nnls(signatures, catalogue[:, n])[0])


def test_frobenius_with_dependent_signatures_is_optimal():
    catalogue, signatures = simulate(5)
    signatures[:, 4] = 0.5 * (signatures[:, 0] + signatures[:, 1])
    exposures = refit(FROBENIUS, catalogue, signatures)
    reduced = refit(FROBENIUS, catalogue, signatures[:, :4])
    np.testing.assert_allclose(signatures @ exposures, signatures[:, :4] @ reduced, atol=1e-6)
    assert kkt_block(exposures, signatures.T @ signatures @ exposures, signatures.T @ catalogue) < 1e-9


@pytest.mark.parametrize("n_signatures", [1, 2, 5, 8, 30])
def test_kullback_leibler_meets_the_optimality_conditions(n_signatures):
    catalogue, signatures = simulate(n_signatures, seed=n_signatures)
    exposures = refit(KULLBACK_LEIBLER, catalogue, signatures)
    assert (exposures >= 0).all()
    for n in range(catalogue.shape[1]):
        ratio = catalogue[:, n] / np.maximum(signatures @ exposures[:, n], 1e-300)
        assert kkt_block(exposures[:, n], np.ones(n_signatures), signatures.T @ ratio) < 1e-9
    covered = signatures.max(axis=1) > 0
    np.testing.assert_allclose(exposures.sum(axis=0), catalogue[covered].sum(axis=0), rtol=1e-9)


@pytest.mark.parametrize("n_signatures", [3, 6])
def test_kullback_leibler_agrees_with_a_generic_optimiser(n_signatures):
    catalogue, signatures = simulate(n_signatures, seed=7)
    catalogue, signatures = catalogue[:, 1:4] + 1.0, 0.99 * signatures + 0.01 / 96
    exposures = refit(KULLBACK_LEIBLER, catalogue, signatures)
    for n in range(catalogue.shape[1]):
        counts, scale = catalogue[:, n], catalogue[:, n].sum()

        def loss(x, counts=counts, scale=scale):
            mean = signatures @ x * scale
            return (mean - counts * np.log(mean)).sum() / scale, signatures.T @ (1 - counts / mean)

        generic = minimize(
            loss,
            np.full(n_signatures, 1 / n_signatures),
            jac=True,
            bounds=[(0, None)] * n_signatures,
            method="L-BFGS-B",
            options={"maxiter": 5000, "ftol": 1e-16, "gtol": 1e-12},
        )
        assert loss(exposures[:, n] / scale)[0] <= generic.fun + 1e-13
        np.testing.assert_allclose(exposures[:, n] / scale, generic.x, atol=1e-5)


def test_kullback_leibler_is_where_the_papers_update_stays():
    catalogue, signatures = simulate(4, seed=3)
    exposures = refit(KULLBACK_LEIBLER, catalogue, signatures)
    updated = exposures * (signatures.T @ (catalogue / np.maximum(signatures @ exposures, 1e-300)))
    np.testing.assert_allclose(updated, exposures, atol=1e-6 * catalogue.sum(axis=0).max())


@pytest.mark.parametrize("loss", PAPER_LOSSES)
def test_a_column_depends_on_itself_only(loss):
    catalogue, signatures = simulate(6)
    whole = refit(loss, catalogue, signatures)
    order = np.random.default_rng(1).permutation(catalogue.shape[1])
    assert np.array_equal(refit(loss, catalogue[:, order], signatures), whole[:, order])
    for n in (0, 5):
        assert np.array_equal(refit(loss, catalogue[:, [n]], signatures)[:, 0], whole[:, n])
    assert np.array_equal(refit(loss, np.asfortranarray(catalogue), signatures), whole)


@pytest.mark.parametrize("loss", PAPER_LOSSES)
def test_exact_mixtures_are_recovered_in_any_scale(loss):
    _, signatures = simulate(4, seed=5)
    truth = np.array([[100.0, 0.0, 2.7e6], [5.0, 30.0, 0.0], [0.0, 0.5, 1e5], [1e4, 0.0, 1.0]])
    catalogue = signatures @ truth
    np.testing.assert_allclose(
        refit(loss, catalogue, signatures), truth, rtol=1e-5, atol=1e-6 * truth.sum(axis=0).max()
    )
    scale = np.array([1.0, 50.0, 1e-3, 7.0])
    np.testing.assert_allclose(
        refit(loss, catalogue, signatures * scale) * scale[:, None],
        truth,
        rtol=1e-5,
        atol=1e-6 * truth.sum(axis=0).max(),
    )


def test_kullback_leibler_leaves_out_channels_no_signature_has():
    catalogue, signatures = simulate(3, seed=9)
    signatures = signatures.copy()
    signatures[:10] = 0.0
    catalogue[:10] = 4.0
    exposures = refit(KULLBACK_LEIBLER, catalogue, signatures)
    assert np.array_equal(
        exposures, refit(KULLBACK_LEIBLER, np.where(np.arange(96)[:, None] < 10, 0.0, catalogue), signatures)
    )
    assert np.isinf(kld(catalogue, signatures @ exposures))


@pytest.mark.parametrize("loss", PAPER_LOSSES)
def test_degenerate_inputs(loss):
    catalogue, signatures = simulate(3)
    catalogue[:, 2] = 0.0
    signatures = np.column_stack([signatures, np.zeros(96), signatures[:, 0]])
    exposures = refit(loss, catalogue, signatures)
    assert (exposures[:, 2] == 0).all() and (exposures[3] == 0).all()
    plain = refit(loss, catalogue, signatures[:, :3])
    np.testing.assert_allclose(signatures @ exposures, signatures[:, :3] @ plain, rtol=1e-5, atol=1e-6)
    assert refit(loss, catalogue[:, :0], signatures).shape == (5, 0)


def test_a_count_that_only_one_signature_explains():
    signatures = np.array([[0.5, 0.0], [0.5, 0.5], [0.0, 0.5]])
    catalogue = np.array([[0.0, 3.0, 1.0], [6.0, 3.0, 0.0], [0.0, 0.0, 1e6]])
    exposures = refit(KULLBACK_LEIBLER, catalogue, signatures)
    np.testing.assert_allclose(exposures.sum(axis=0), catalogue.sum(axis=0), rtol=1e-12)
    np.testing.assert_allclose(exposures[:, 1], [6.0, 0.0], atol=1e-9)
    np.testing.assert_allclose(exposures[:, 2], [1.0, 1e6], rtol=1e-9)


def test_unfit_inputs_are_refused():
    catalogue, signatures = simulate(3)
    with pytest.raises(ValueError, match="same channels"):
        refit(FROBENIUS, catalogue[:90], signatures)
    with pytest.raises(ValueError, match="catalogue must be non-negative"):
        refit(KULLBACK_LEIBLER, -catalogue, signatures)
    with pytest.raises(ValueError, match="signatures must be non-negative"):
        refit(FROBENIUS, catalogue, signatures * np.nan)
    with pytest.raises(ValueError, match="unknown loss"):
        refit("hinge", catalogue, signatures)


@pytest.mark.parametrize("loss", PAPER_LOSSES)
def test_a_patient_of_very_few_fractional_counts_is_refitted_like_one_of_many(loss):
    rng = np.random.default_rng(8)
    signatures, counts = rng.dirichlet(np.ones(12), 3).T, rng.poisson(30.0, (12, 2)).astype(float)
    np.testing.assert_allclose(
        refit(loss, 1e-6 * counts, signatures), 1e-6 * refit(loss, counts, signatures), rtol=1e-6
    )
