"""AE-NMF: gradients and steps against PyTorch, the plateau, the float32 stop, and the options."""

from __future__ import annotations

import numpy as np
import pytest

from aenmf.errors import UserError
from aenmf.losses import LOSSES, loss_value
from aenmf.methods.autoencoder import AENMF
from aenmf.methods.base import Problem
from aenmf.seeds import Seed
from aenmf.solvers.ae_kernels import loss_and_gradients

FROBENIUS, KULLBACK_LEIBLER = LOSSES
VARIANTS = [("abs", "forward"), ("relu", "forward"), ("abs", "step"), ("relu", "step")]


def small_problem(loss: str, n_signatures: int = 3, n_channels: int = 11, n_patients: int = 22) -> Problem:
    """Poisson counts around a true factorisation, with a zero row of counts and one very large patient."""
    rng = np.random.default_rng(0)
    signatures = rng.dirichlet(np.full(n_channels, 0.5), n_signatures).T
    catalogue = rng.poisson(signatures @ rng.gamma(1.0, 60.0, (n_signatures, n_patients))).astype(float)
    catalogue[:, 3] *= 40
    catalogue[:, catalogue.sum(axis=0) == 0] = 1
    catalogue[2] = 0
    return Problem(np.ascontiguousarray(catalogue), n_signatures, loss, Seed(0))


def torch_loss(torch, loss, catalogue, encoder, decoder):
    fitted = catalogue @ encoder @ decoder
    if loss == FROBENIUS:
        return ((catalogue - fitted) ** 2).mean()
    fitted = fitted.clamp(min=1e-10)
    return (torch.special.xlogy(catalogue, catalogue / fitted) - catalogue + fitted).mean()


@pytest.mark.parametrize("loss", LOSSES)
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


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(("nonnegativity", "applied"), VARIANTS)
def test_a_hundred_adam_steps_equal_torch(loss, nonnegativity, applied):
    torch = pytest.importorskip("torch")
    problem, rate, steps = small_problem(loss), 0.02, 100
    start, catalogue = problem.start(), torch.tensor(problem.catalogue)
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
        "stopping": "consecutive", "tol": 0,
    }  # fmt: skip
    solver, settings = AENMF("adam", options).settings[loss]
    solution = solver.solve(problem, start, settings)
    assert solution.n_iter == steps and not solution.converged
    np.testing.assert_allclose(solution.extras["weights"], encoder, rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(solution.exposures, decoder, rtol=1e-8, atol=1e-12)
    assert solution.trajectory.losses[-1] == pytest.approx(
        loss_value(loss, problem.catalogue, problem.catalogue @ encoder @ decoder), rel=1e-8
    )


@pytest.mark.parametrize("loss", LOSSES)
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


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(("nonnegativity", "applied"), VARIANTS)
def test_every_variant_reaches_a_stationary_point(loss, nonnegativity, applied):
    problem = small_problem(loss, 2)
    options = {"learning_rate": 1e-3, "nonnegativity": nonnegativity, "applied": applied}
    fit = AENMF("adam", options).fit([problem])[0]
    assert fit.converged
    assert (fit.signatures >= 0).all() and (fit.exposures >= 0).all() and (fit.extras["weights"] >= 0).all()
    np.testing.assert_allclose(fit.signatures.sum(axis=0), 1)
    np.testing.assert_allclose(problem.catalogue @ fit.extras["weights"], fit.signatures, rtol=1e-10)
    if applied == "step" or nonnegativity == "abs":  # in the forward pass a ReLU may die before its time
        assert fit.kkt < 0.02


def test_float32_stops_where_two_losses_round_to_the_same_number():
    problem = small_problem(FROBENIUS)
    paper = {"stopping": "consecutive", "learning_rate": 1e-3}
    single = AENMF("adam", {**paper, "dtype": "float32"}).fit([problem])[0]
    double = AENMF("adam", {"learning_rate": 1e-3}).fit([problem])[0]
    assert single.converged and double.converged
    assert single.n_iter < double.n_iter
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
