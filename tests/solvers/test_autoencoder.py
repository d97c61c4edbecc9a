"""AE-NMF: gradients and steps against PyTorch, the plateau, the float32 stop, and the options."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize, nnls

from aenmf.errors import UserError
from aenmf.losses import PAPER_LOSSES, loss_value
from aenmf.methods.autoencoder import AENMF
from aenmf.problem import Problem
from aenmf.seeds import Seed
from aenmf.solvers.ae_decoder import best_decoder_frobenius, best_decoder_kl, nonnegative_quadratic, quadratic_scratch
from aenmf.solvers.ae_logarithm import take_logarithms
from support.peers import loss_and_gradients

FROBENIUS, KULLBACK_LEIBLER = PAPER_LOSSES
VARIANTS = [("abs", "forward"), ("relu", "forward"), ("abs", "step"), ("relu", "step")]


def small_problem(loss: str, n_signatures: int = 3, n_channels: int = 11, n_patients: int = 22) -> Problem:
    """Poisson counts around a true factorisation, with a zero row of counts and one very large patient."""
    rng = np.random.default_rng(1)
    signatures = rng.dirichlet(np.full(n_channels, 0.5), n_signatures).T
    catalogue = rng.poisson(signatures @ rng.gamma(1.0, 60.0, (n_signatures, n_patients))).astype(float)
    catalogue[:, 3] *= 40
    catalogue[:, catalogue.sum(axis=0) == 0] = 1
    catalogue[2] = 0
    return Problem(np.ascontiguousarray(catalogue), n_signatures, loss, Seed(0))


def test_logarithms_are_those_of_numpy():
    rng = np.random.default_rng(2)
    near_one = 1 + rng.choice([-1, 1], 2000) * 10 ** rng.uniform(-16, -1, 2000)
    x = np.concatenate([10 ** rng.uniform(-300, 300, 2000), near_one, [1.0, 2.0, 0.5, np.sqrt(0.5), np.sqrt(2)]])
    logarithms = x.copy()
    take_logarithms(logarithms, np.empty_like(x), np.empty_like(x))
    np.testing.assert_allclose(logarithms, np.log(x), rtol=1e-15)
    zero = np.zeros(5)
    take_logarithms(zero, np.empty(5), np.empty(5))
    assert np.isfinite(zero).all()


def torch_loss(torch, loss, catalogue, encoder, decoder):
    fitted = catalogue @ encoder @ decoder
    if loss == FROBENIUS:
        return ((catalogue - fitted) ** 2).mean()
    logs = fitted.clamp(min=1e-10).log()
    return (torch.special.xlogy(catalogue, catalogue) - catalogue * logs - catalogue + fitted).mean()


@pytest.mark.parametrize("loss", PAPER_LOSSES)
@pytest.mark.parametrize(("n_signatures", "n_patients"), [(1, 5), (3, 22), (4, 21), (6, 23), (9, 24)])
def test_gradients_equal_autograd(loss, n_signatures, n_patients):
    torch = pytest.importorskip("torch")
    problem = small_problem(loss, n_signatures, n_patients=n_patients)
    start = problem.start()
    encoder, decoder = (torch.tensor(a, requires_grad=True) for a in (start.weights, start.exposures))
    expected = torch_loss(torch, loss, torch.tensor(problem.catalogue), encoder, decoder)
    expected.backward()
    value, by_encoder, by_decoder = loss_and_gradients(
        problem.catalogue, start.weights, start.exposures, loss == KULLBACK_LEIBLER
    )
    assert value == pytest.approx(expected.item(), rel=1e-12)
    np.testing.assert_allclose(by_encoder, encoder.grad.numpy(), rtol=1e-11)
    np.testing.assert_allclose(by_decoder, decoder.grad.numpy(), rtol=1e-11)


@pytest.mark.parametrize("loss", PAPER_LOSSES)
@pytest.mark.parametrize(("nonnegativity", "applied"), VARIANTS)
@pytest.mark.parametrize("stopping", ["plateau", "consecutive"])  # these have kernels of their own
def test_a_hundred_adam_steps_equal_torch(loss, nonnegativity, applied, stopping):
    torch = pytest.importorskip("torch")
    problem, rate, steps = small_problem(loss), 0.003, 100
    start, catalogue = problem.start(), torch.tensor(problem.catalogue)
    # Weights at which V̂ is about V: small ones cross zero in a few steps, and no patient dies.
    start = replace(start, weights=start.weights * 0.2, exposures=start.exposures * 0.2)
    free = [torch.tensor(a, requires_grad=True) for a in (start.weights, start.exposures)]
    image = torch.abs if nonnegativity == "abs" else torch.relu
    optimiser = torch.optim.Adam(free, lr=rate)
    crossed = False
    for _ in range(steps):
        optimiser.zero_grad()
        torch_loss(torch, loss, catalogue, *(map(image, free) if applied == "forward" else free)).backward()
        optimiser.step()
        crossed |= any(bool((weights < 0).any()) for weights in free)
        if applied == "step":
            with torch.no_grad():
                for weights in free:
                    weights.copy_(image(weights))
    assert crossed, "no weight ever crossed zero: the variants were not told apart"
    encoder, decoder = (image(weights).detach().numpy() for weights in free)
    options = {
        "learning_rate": rate, "nonnegativity": nonnegativity, "applied": applied, "max_iter": steps,
        "stopping": stopping, "tol": 0,
    }  # fmt: skip
    solver, settings = AENMF("adam", options).settings[loss]
    solution = solver.solve(problem, start, settings)
    assert solution.n_iter == steps and not solution.converged
    np.testing.assert_allclose(solution.extras["weights"], encoder, rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(solution.exposures, decoder, rtol=1e-8, atol=1e-12)
    assert solution.trajectory.losses[-1] == pytest.approx(
        loss_value(loss, problem.catalogue, problem.catalogue @ encoder @ decoder), rel=1e-8
    )


@pytest.mark.parametrize("loss", PAPER_LOSSES)
def test_stretches_do_not_change_the_training(loss, monkeypatch):
    """The trajectory's points interrupt the compiled loop; moments, learning rate and stopping rule must carry over."""
    from aenmf.solvers import common

    problem, options = small_problem(loss), {"learning_rate": 0.01, "window": 7, "max_iter": 400}
    often = AENMF("adam", options).fit([problem])[0]
    monkeypatch.setattr(common, "POINTS_PER_DECADE", 1)
    seldom = AENMF("adam", options).fit([problem])[0]
    assert len(often.trajectory.losses) > len(seldom.trajectory.losses)
    np.testing.assert_array_equal(often.signatures, seldom.signatures)
    np.testing.assert_array_equal(often.exposures, seldom.exposures)


@pytest.mark.parametrize("loss", PAPER_LOSSES)
@pytest.mark.parametrize(("nonnegativity", "applied"), VARIANTS)
def test_every_variant_reaches_a_stationary_point(loss, nonnegativity, applied):
    problem = small_problem(loss, 2)
    options = {"learning_rate": 1e-3, "nonnegativity": nonnegativity, "applied": applied}
    fit = AENMF("adam", options).fit([problem])[0]
    assert fit.n_iter < 1_000_000
    assert (fit.signatures >= 0).all() and (fit.exposures >= 0).all() and (fit.extras["weights"] >= 0).all()
    np.testing.assert_allclose(fit.signatures.sum(axis=0), 1)
    np.testing.assert_allclose(problem.catalogue @ fit.extras["weights"], fit.signatures, rtol=1e-10)
    if applied == "step" or nonnegativity == "abs":  # in the forward pass a ReLU may die before its time
        assert fit.kkt < 0.02 and fit.converged


def test_float32_stops_where_two_losses_round_to_the_same_number():
    problem = small_problem(FROBENIUS)
    paper = {"stopping": "consecutive", "learning_rate": 1e-3}
    single = AENMF("adam", {**paper, "dtype": "float32"}).fit([problem])[0]
    double = AENMF("adam", {"learning_rate": 1e-3}).fit([problem])[0]
    assert single.converged and double.converged
    assert single.objective > 1.0001 * double.objective
    assert single.signatures.dtype == np.float64


@pytest.mark.parametrize("nonnegativity", ["abs", "relu"])
def test_no_moment_becomes_denormal(nonnegativity):
    from aenmf.solvers.ae_adam import adam_update

    absolute = nonnegativity == "abs"
    for real, smallest, negligible in ((np.float64, 2.3e-308, 1e-150), (np.float32, 1.2e-38, 1e-18)):
        weights, used = np.full((2, 4), -1.0, real)
        first, second = np.full((2, 4), 1.0, real)
        gradient = np.array([0, 1e-30, 1e-45, 1e-160], real)
        for step in range(1, 20_001):
            adam_update(weights, used, gradient, first, second, 1.0, 1e-6, step, absolute, True, negligible)
            if step % 1000 == 0:
                for moments in (first, second):
                    nonzero = np.abs(moments[moments != 0])
                    assert not nonzero.size or nonzero.min() >= smallest


def test_same_problem_same_bits():
    problem, options = small_problem(KULLBACK_LEIBLER), {"learning_rate": 1e-2, "max_iter": 500}
    first, second = (AENMF("adam", options).fit([problem])[0] for _ in range(2))
    np.testing.assert_array_equal(first.signatures, second.signatures)
    np.testing.assert_array_equal(first.extras["weights"], second.extras["weights"])


def patient_major(problem: Problem) -> np.ndarray:
    return np.ascontiguousarray(problem.catalogue.T)


def test_nonnegative_quadratic_on_a_hand_known_problem():
    # min ½(x² + y² + xy·2·0.5) − (1·x − 1·y): y is held at 0, so x = 1; from every support.
    hessian, linear = np.array([[1.0, 0.5], [0.5, 1.0]]), np.array([1.0, -1.0])
    for start in ([0.0, 0.0], [5.0, 0.0], [0.0, 5.0], [3.0, 4.0]):
        x = np.array(start)
        nonnegative_quadratic(hessian, linear, x, quadratic_scratch(2))
        np.testing.assert_allclose(x, [1, 0], atol=1e-14)


@pytest.mark.parametrize("start", ["zero", "random"])
def test_frobenius_decoder_is_nnls(start):
    rng, problem = np.random.default_rng(3), small_problem(FROBENIUS)
    signatures = rng.dirichlet(np.full(11, 0.3), 6)
    signatures[5] = signatures[4]  # dependent signatures share what one would get
    decoder = np.zeros((22, 6)) if start == "zero" else rng.random((22, 6)) * 100
    best_decoder_frobenius(patient_major(problem), signatures, decoder)
    expected = np.array([nnls(signatures[:5].T, counts)[0] for counts in problem.catalogue.T])
    assert (decoder >= 0).all() and (decoder == 0).any()
    np.testing.assert_allclose(decoder[:, :4], expected[:, :4], rtol=1e-9, atol=1e-8)
    np.testing.assert_allclose(decoder[:, 4:].sum(axis=1), expected[:, 4], rtol=1e-9, atol=1e-8)


def test_kl_decoder_is_the_minimum_of_a_generic_optimiser():
    rng, problem = np.random.default_rng(4), small_problem(KULLBACK_LEIBLER)
    signatures = rng.dirichlet(np.full(11, 0.3), 5)
    patients = patient_major(problem)
    patients[0, :9] = 0  # two channels, five signatures: a singular Hessian
    decoder = rng.random((22, 5)) * 100
    best_decoder_kl(patients, signatures, decoder, 1e-10)
    for counts, exposures in zip(patients, decoder, strict=True):

        def objective(x, counts=counts):
            fitted = np.maximum(x @ signatures, 1e-12)
            return np.sum(fitted - counts * np.log(fitted)), signatures @ (1 - counts / fitted)

        # Optimal by the conditions themselves, and not beaten by the generic optimiser.
        gradient = objective(exposures)[1]
        assert (exposures >= 0).all()
        assert gradient.min() > -1e-6 and np.abs(gradient * exposures).max() < 1e-5 * counts.sum()
        start = np.full(5, counts.sum() / 5)
        generic = minimize(objective, start, jac=True, bounds=[(0, None)] * 5, options={"ftol": 1e-14, "gtol": 1e-9})
        assert objective(exposures)[0] <= generic.fun + 1e-9 * abs(generic.fun)


@pytest.mark.parametrize("loss", PAPER_LOSSES)
def test_reduced_gradient_is_the_derivative_through_the_best_decoder(loss):
    from aenmf.solvers.ae_varpro import evaluate

    rng, problem = np.random.default_rng(5), small_problem(loss)
    patients, (m, n), k = patient_major(problem), problem.catalogue.shape, 3
    scale, roots = 1 / patients.sum(axis=1), 0.5 + rng.random((n, k))

    def at(x):
        gradient = np.empty((n, k))
        value = evaluate(
            patients, x, scale, loss == KULLBACK_LEIBLER, 1e-12, np.empty((n, k)), np.ones((n, k)), np.empty((k, m)),
            np.empty((k, m)), np.empty((n, k)), gradient,
        )  # fmt: skip
        return value, gradient

    gradient = at(roots)[1]
    for j, c in ((0, 0), (3, 1), (21, 2)):
        step = np.zeros((n, k))
        step[j, c] = 1e-5
        central = (at(roots + step)[0] - at(roots - step)[0]) / 2e-5
        assert gradient[j, c] == pytest.approx(central, rel=1e-4, abs=1e-7 * np.abs(gradient).max())


@pytest.mark.parametrize("loss", PAPER_LOSSES)
def test_varpro_is_stationary_and_adam_ends_no_lower_in_its_basin(loss):
    problem = small_problem(loss, 2)
    varpro = AENMF("varpro").fit([problem])[0]
    adam = AENMF("adam", {"learning_rate": 1e-3}).fit([problem])[0]
    assert varpro.converged and varpro.kkt < 1e-4
    assert (np.diff(varpro.trajectory.losses) <= 1e-12 * varpro.trajectory.losses[:-1]).all()
    assert varpro.trajectory.losses[-1] == pytest.approx(varpro.objective, rel=1e-9)
    assert varpro.objective <= adam.objective * (1 + 1e-6)
    assert adam.objective <= varpro.objective * 1.005


def test_varpro_does_not_depend_on_threads():
    from threadpoolctl import threadpool_limits

    problem = small_problem(FROBENIUS)
    fits = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            fits.append(AENMF("varpro").fit([problem])[0])
    np.testing.assert_array_equal(fits[0].signatures, fits[1].signatures)


def test_varpro_takes_twelve_thousand_patients():
    rng = np.random.default_rng(6)
    signatures = rng.dirichlet(np.full(96, 0.2), 3)
    catalogue = rng.poisson(rng.gamma(1.0, 500.0, (12_000, 3)) @ signatures).T.astype(float)
    catalogue[:, catalogue.sum(axis=0) == 0] = 1
    problem = Problem(np.ascontiguousarray(catalogue), 3, FROBENIUS, Seed(0))
    fit = AENMF("varpro", {"max_iter": 20}).fit([problem])[0]
    assert fit.signatures.shape == (96, 3) and fit.trajectory.losses[-1] < 0.9 * fit.trajectory.losses[0]


PUBLISHED = {"prostate": (5, 169.7757), "uterus": (8, 820_272)}  # convex NMF's optima, from an exact solver


@pytest.mark.parametrize("organ", PUBLISHED)
def test_varpro_reaches_the_convex_optimum_of_the_published_training_sets(organ, data_dir):
    samples = json.loads((data_dir / "training_sets.json").read_text())[organ]
    table = pd.read_csv(data_dir / "gel" / f"catalogues_{organ.capitalize()}_SBS.tsv", sep="\t")
    n_signatures, optimum = PUBLISHED[organ]
    catalogue = np.ascontiguousarray(table[samples].to_numpy(float))
    problem = Problem(catalogue, n_signatures, FROBENIUS, Seed(1, (organ, "split 0")))
    fit = AENMF("varpro", {"restarts": 3}).fit([problem])[0]
    assert fit.objective == pytest.approx(optimum, rel=1e-3)


@pytest.mark.parametrize(
    "options",
    [
        {"nonnegativity": "softplus"}, {"applied": "never"}, {"dtype": "float16"}, {"stopping": "soon"},
        {"learning_rate": 0}, {"learning_rate": "fast"}, {"decay": 1.0}, {"final_rate": 0}, {"rate": 1},
    ],
)  # fmt: skip
def test_wrong_options_are_user_errors(options):
    with pytest.raises(UserError, match=next(iter(options))):
        AENMF("adam", options, "methods.aenmf")


def test_divergence_is_a_user_error():
    with pytest.raises(UserError, match="diverged"):
        AENMF("adam", {"learning_rate": 1e200}).fit([small_problem(FROBENIUS)])
