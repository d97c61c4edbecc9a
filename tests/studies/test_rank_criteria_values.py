"""What criteria of the number of signatures measure, computed by hand from made-up fits."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import nbinom

from aenmf.losses import FROBENIUS, KULLBACK_LEIBLER, NEGATIVE_BINOMIAL
from aenmf.methods.checked import checked_fits
from aenmf.methods.registry import build_method
from aenmf.seeds import Seed
from aenmf.studies.rankcriteria.base import ERROR, Task, covered, smoothed
from aenmf.studies.rankcriteria.blocks import block_error, quarters, refitted_channels
from aenmf.studies.rankcriteria.mutations import dealt
from aenmf.studies.rankcriteria.patients import NEGLIGIBLE, left_out, noise
from aenmf.studies.rankcriteria.penalty import CELLS, PARAMETERS, PEARSON
from aenmf.studies.rankcriteria.table import CRITERIA, criterion_values

M, N, K = 8, 12, 2
GENERATOR = np.random.default_rng(6)
SIGNATURES = GENERATOR.dirichlet(np.ones(M), K).T
EXPOSURES = GENERATOR.gamma(2.0, 100.0, (K, N))
COUNTS = GENERATOR.poisson(SIGNATURES @ EXPOSURES).astype(float)
ALPHA = np.linspace(1.0, 40.0, N)


def made_up(problems):
    """Fits that know the truth, the later the better."""
    return [
        SimpleNamespace(
            signatures=SIGNATURES, exposures=EXPOSURES[:, : problem.catalogue.shape[1]] / (r + 1), objective=-r
        )
        for r, problem in enumerate(problems)
    ]


def task(loss: str = KULLBACK_LEIBLER, fit=made_up, **more) -> Task:
    alpha = ALPHA if loss == NEGATIVE_BINOMIAL else None
    return Task(COUNTS, loss, (K,), 3, Seed(0), fit, **{"dispersion": alpha} | more)


def test_errors_with_dispersion_are_the_deviance_of_each_patient():
    predicted = SIGNATURES @ EXPOSURES
    n, p = ALPHA, ALPHA / (ALPHA + predicted)
    least = ALPHA / (ALPHA + COUNTS)
    deviance = 2 * (nbinom.logpmf(COUNTS, n, least) - nbinom.logpmf(COUNTS, n, p)).sum(axis=0)
    one = task(NEGATIVE_BINOMIAL)
    np.testing.assert_allclose(one.errors(COUNTS, predicted), deviance, rtol=1e-9)
    some = np.array([7, 2, 2, 11])
    np.testing.assert_allclose(one.errors(COUNTS[:, some], predicted[:, some], some), deviance[some], rtol=1e-9)


def test_a_problem_has_the_dispersion_of_its_patients():
    one, some = task(NEGATIVE_BINOMIAL), np.array([7, 2, 2])
    assert one.problem(COUNTS, K, "a").dispersion.tolist() == ALPHA.tolist()
    assert one.problem(COUNTS[:, some], K, "a", some).dispersion.tolist() == ALPHA[some].tolist()
    assert task().problem(COUNTS, K, "a").dispersion is None
    assert one.problem(COUNTS, K, "a").seed != one.problem(COUNTS, K, "b").seed != one.problem(COUNTS, 3, "b").seed


def test_a_patient_of_whom_nothing_is_known_has_half_a_mutation():
    exposures = np.array([[0.0, 3.0], [0.0, 0.0]])
    assert covered(exposures).tolist() == [[0.25, 3.0], [0.25, 0.0]]


def test_the_noise_of_a_patient():
    assert noise(FROBENIUS, COUNTS).tolist() == COUNTS.sum(axis=0).tolist()
    assert noise(KULLBACK_LEIBLER, COUNTS).tolist() == [M] * N


@pytest.mark.parametrize("name", sorted(CRITERIA))
def test_without_overdispersion_all_is_as_with_poisson_noise(name):
    """The fits are those of NMF without dispersion, so that all differences would be of what is made of them."""
    nmf = partial(checked_fits, build_method("nmf", {"model": "nmf", "solver": {KULLBACK_LEIBLER: "ccd"}, "tol": 1e-6}))

    def fit(problems):
        return nmf([replace(problem, loss=KULLBACK_LEIBLER, dispersion=None) for problem in problems])

    plain = criterion_values(name, task(fit=fit))
    other = criterion_values(name, task(NEGATIVE_BINOMIAL, fit, dispersion=np.full(N, 1e9)))
    np.testing.assert_allclose(other.pop("value"), plain.pop("value"), rtol=1e-4)
    assert other.equals(plain)


def test_quarters_hold_every_cell_once():
    found = np.zeros((M, N), int)
    for channels, patients in quarters(task(), 1):
        assert channels.sum() == M / 2 and patients.sum() == N / 2
        found[np.ix_(channels, patients)] += 1
    assert (found == 1).all()


@pytest.mark.parametrize("loss", [FROBENIUS, KULLBACK_LEIBLER, NEGATIVE_BINOMIAL])
def test_a_block_of_an_exact_product_has_hardly_an_error(loss):
    one = replace(task(loss), catalogue=1e4 * SIGNATURES @ EXPOSURES)
    for channels, patients in quarters(one, 0):
        known = 1e4 * EXPOSURES[:, ~patients]
        refitted = refitted_channels(one, one.catalogue[np.ix_(channels, ~patients)], known, ~patients)
        np.testing.assert_allclose(refitted, SIGNATURES[channels], rtol=1e-3, atol=1e-5)
        shares = SIGNATURES[~channels] / SIGNATURES[~channels].sum(axis=0)
        own = known * SIGNATURES[~channels].sum(axis=0)[:, None]
        scale = np.square(one.catalogue).sum() if loss == FROBENIUS else one.catalogue.sum()
        assert abs(block_error(one, (channels, patients), shares, own)) < 1e-4 * scale


def test_left_out_mutations_are_predicted_in_proportion():
    values = criterion_values("mutations", task())
    folds = dealt(COUNTS, 3, Seed(0))
    for r, fit in enumerate(made_up([SimpleNamespace(catalogue=COUNTS)] * 3)):
        predicted = smoothed(fit.signatures, fit.exposures) @ fit.exposures / 2  # of the two other folds
        assert values["value"][r] == pytest.approx(task().errors(folds[r], predicted).mean())


def test_left_out_patients_are_in_no_sample():
    problems = []

    def fit(given):
        problems.extend(given)
        return made_up(given)

    for rank, b, *_, places in left_out(task(fit=fit)):
        trained = {tuple(patient) for patient in problems[b].catalogue.T}
        assert rank == K and len(places) and not trained & {tuple(patient) for patient in COUNTS[:, places].T}


def test_the_relative_error_corrects_for_active_signatures():
    """Where the signatures explain the patients exactly, what is left is the least error that counts."""

    def fit(problems):
        return [SimpleNamespace(signatures=SIGNATURES, exposures=1e9 * EXPOSURES) for _ in problems]

    values = criterion_values("relative_error", replace(task(fit=fit), catalogue=SIGNATURES @ EXPOSURES))["value"]
    assert np.allclose(values, np.log(NEGLIGIBLE * M) - 2 * np.log(1 - K / M), atol=1e-6)


@pytest.mark.parametrize("loss", [FROBENIUS, KULLBACK_LEIBLER, NEGATIVE_BINOMIAL])
def test_the_penalty_is_of_the_best_start(loss):
    values = criterion_values("penalty", task(loss)).set_index("quantity")["value"]
    assert values[PARAMETERS] == K * (M + N - 1) and values[CELLS] == M * N
    fitted = SIGNATURES @ EXPOSURES / 3  # the third start has the lowest objective
    assert values[ERROR] == pytest.approx(task(loss).errors(COUNTS, fitted).sum())
    variances = {FROBENIUS: 1.0, KULLBACK_LEIBLER: fitted, NEGATIVE_BINOMIAL: fitted + fitted**2 / ALPHA}[loss]
    least = 1 / 12
    pearson = (np.maximum((COUNTS - fitted) ** 2, least) / np.maximum(variances, least)).sum()
    assert values[PEARSON] == pytest.approx(pearson)
