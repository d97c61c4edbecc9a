"""The theorem holds at optima and nowhere else, and each of its conditions costs or gains what the theory says."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy.optimize import nnls

from aenmf.losses import FROBENIUS, KULLBACK_LEIBLER, PAPER_LOSSES, loss_value
from aenmf.methods.registry import build_method
from aenmf.problem import Fit, Problem
from aenmf.seeds import Seed
from aenmf.solvers.common import OPTIMUM
from aenmf.solvers.kkt import kkt_convex
from aenmf.studies import conditions
from aenmf.studies.theorem import as_autoencoder, as_convex, autoencoder_residual, check_split, check_splits
from aenmf.tables.theorem import CONDITION, COSINE, FALL, LOSS

SOLVERS = {
    "nmf": {FROBENIUS: "hals", KULLBACK_LEIBLER: "ccd"},
    "cnmf": {FROBENIUS: "blocks", KULLBACK_LEIBLER: "newton"},
    "aenmf": "varpro",
}


@cache
def problem(loss: str) -> Problem:
    """More patients than channels, each a mixture of two sparse signatures and a flat one."""
    generator = Seed(5).generator()
    signatures = np.column_stack([generator.dirichlet(np.full(20, 0.3), 2).T, np.full(20, 0.05)])
    exposures = generator.gamma(2.0, 300.0, (3, 40))
    return Problem(generator.poisson(signatures @ exposures).astype(float), 3, loss, Seed(7))


@cache
def fitted(model: str, loss: str) -> Fit:
    method = build_method(model, {"model": model, "solver": SOLVERS[model], "restarts": 8})
    return method.fit([problem(loss)])[0]


@cache
def checked(loss: str) -> dict[str, float]:
    return check_split(problem(loss), fitted("aenmf", loss), fitted("cnmf", loss))


@cache
def broken(loss: str) -> dict[str, conditions.Broken]:
    return {name: fit(problem(loss), fitted("cnmf", loss), 3) for name, fit in conditions.CONDITIONS.items()}


def random_factors(loss: str) -> tuple[np.ndarray, np.ndarray]:
    start = problem(loss).start(3)
    return start.weights * (start.weights > 0.3), start.exposures


@pytest.mark.parametrize("loss", PAPER_LOSSES)
def test_optima_of_one_model_are_optima_of_the_other(loss):
    found = checked(loss)
    assert max(found["aenmf_residual"], found["cnmf_residual"]) <= OPTIMUM
    assert max(found["aenmf_fall"], found["cnmf_fall"]) <= FALL
    assert found["loss_difference"] <= LOSS and found["cosine_least"] >= COSINE


@pytest.mark.parametrize("loss", PAPER_LOSSES)
def test_both_models_have_the_same_conditions_everywhere(loss):
    factors = random_factors(loss)
    catalogue = problem(loss).catalogue
    own = autoencoder_residual(loss, catalogue, *as_autoencoder(*factors))
    assert own > OPTIMUM and own == pytest.approx(kkt_convex(loss, catalogue, *factors), abs=CONDITION)
    assert checked(loss)["condition_difference"] <= CONDITION


@pytest.mark.parametrize("loss", PAPER_LOSSES)
def test_a_point_that_is_no_optimum_fails_under_both(loss):
    generator = Seed(1).generator()
    fits = []
    for model in ("aenmf", "cnmf"):
        fit = fitted(model, loss)
        weights = fit.extras["weights"] * generator.uniform(0.3, 2.0, fit.extras["weights"].shape)
        fits.append(replace(fit, signatures=problem(loss).catalogue @ weights, extras={"weights": weights}))
    found = check_split(problem(loss), *fits)
    assert min(found["aenmf_residual"], found["cnmf_residual"]) > OPTIMUM
    assert min(found["aenmf_fall"], found["cnmf_fall"]) > FALL


@pytest.mark.parametrize("loss", PAPER_LOSSES)
def test_a_weight_that_should_grow_from_zero_is_seen_and_grows(loss):
    fit = fitted("cnmf", loss)
    weights = fit.extras["weights"].copy()
    weights[np.unravel_index(np.argmax(weights * problem(loss).catalogue.sum(axis=0)[:, None]), weights.shape)] = 0.0
    found = check_split(problem(loss), fit, replace(fit, extras={"weights": weights}))
    assert found["cnmf_residual"] > OPTIMUM and found["cnmf_fall"] > FALL
    assert found["aenmf_residual"] <= OPTIMUM


def test_signs_of_an_autoencoder_are_free():
    factors = random_factors(FROBENIUS)
    network = as_autoencoder(*factors)
    assert all((x < 0).any() and (x > 0).any() for x in network)
    assert all(np.array_equal(a, b) for a, b in zip(as_convex(*network), factors, strict=True))


def test_splits_are_checked_each_with_its_own_fits():
    fits = [{4: fitted(model, FROBENIUS), 9: fitted(model, FROBENIUS)} for model in ("aenmf", "cnmf")]
    table = check_splits([problem(FROBENIUS)] * 2, *fits)
    assert list(table["split"]) == [4, 9]
    assert table.drop(columns="split").iloc[1].to_dict() == checked(FROBENIUS)


@pytest.mark.parametrize("loss", PAPER_LOSSES)
def test_costs_and_gains_have_the_signs_of_the_theory(loss):
    ends, convex, nmf = broken(loss), fitted("cnmf", loss).objective, fitted("nmf", loss).objective
    assert ends["bias"].value < convex * (1 - 1e-4)  # no patient is flat, but a signature is
    assert nmf * (1 - 1e-6) <= ends["relu"].value < convex * (1 - 1e-3)
    assert ends["tied"].value > convex * (1 + 1e-3)
    assert nmf * (1 - 1e-6) <= ends["patients"].value
    assert 0 < ends["relu"].clipped < 1 and all(np.isnan(ends[name].clipped) for name in ends if name != "relu")


@pytest.mark.parametrize("loss", PAPER_LOSSES)
def test_signatures_with_a_bias_are_mixtures_of_patients_and_the_flat_profile(loss):
    catalogue, signatures = problem(loss).catalogue, broken(loss)["bias"].signatures
    basis = np.column_stack([catalogue, np.ones(len(catalogue))])
    left = [nnls(basis, signature)[1] / np.linalg.norm(signature) for signature in signatures.T]
    outside = [nnls(catalogue, signature)[1] / np.linalg.norm(signature) for signature in signatures.T]
    assert max(left) < 1e-8 < 1e-3 < max(outside)


@pytest.mark.parametrize("loss", PAPER_LOSSES)
def test_turning_a_symmetric_catalogue_round_changes_nothing(loss):
    counts = Seed(2).generator().poisson(30.0, (12, 12)).astype(float)
    symmetric = Problem(counts + counts.T, 2, loss, Seed(2))
    method = build_method("cnmf", {"model": "cnmf", "solver": SOLVERS["cnmf"], "restarts": 20})
    [fit] = method.fit([symmetric])
    assert conditions.of_patients(symmetric, fit, 20).value == pytest.approx(fit.objective, rel=1e-6)


@pytest.mark.parametrize("loss", PAPER_LOSSES)
def test_the_loss_in_torch_is_the_loss(loss):
    import torch

    p, generator = problem(loss), Seed(9).generator()
    fitted_counts = generator.gamma(2.0, 10.0, p.catalogue.shape)
    value = conditions.summed(p)(torch.from_numpy(fitted_counts)).item() / p.catalogue.size
    assert value == pytest.approx(loss_value(loss, p.catalogue, fitted_counts), rel=1e-10)


def test_the_lowest_convex_fit_counts_and_the_result_is_repeatable():
    convex, nmf = fitted("cnmf", FROBENIUS), {0: fitted("nmf", FROBENIUS)}
    worse = replace(convex, objective=2 * convex.objective)
    table = conditions.break_splits({0: problem(FROBENIUS)}, [{0: worse}, {0: convex}], nmf, 3)
    assert list(table["condition"]) == list(conditions.CONDITIONS) and set(table["cnmf_value"]) == {convex.objective}
    assert list(table["value"]) == [end.value for end in broken(FROBENIUS).values()]
