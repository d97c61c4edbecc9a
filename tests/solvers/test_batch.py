"""The forms for a GPU against the compiled solvers: torch's processor device stands in for the GPU.

Stated tolerances (docs/gpu.md): the same number of iterations where the stopping rule fires, losses within 1e-9, factors
within 1e-7 of the largest entry, for every solver. On one processor the two differ by rounding only, some 1e-15 per
iteration; the tolerances leave room for another order of sums, carried on over the iterations of a fit.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch

from aenmf.errors import UserError
from aenmf.losses import FROBENIUS, KULLBACK_LEIBLER, PAPER_LOSSES
from aenmf.methods.autoencoder import AENMF
from aenmf.methods.cnmf import ConvexNMF
from aenmf.methods.contract import example
from aenmf.methods.iterative import IterativeMethod
from aenmf.methods.nmf import NMF
from aenmf.problem import Fit, Problem
from aenmf.seeds import Seed

LOSS_TOLERANCE, FACTOR_TOLERANCE = 1e-9, 1e-7

PLATEAU = {"learning_rate": 1e-2, "window": 20, "plateau_tol": 1e-2, "final_rate": 0.1}
CONSECUTIVE = {"learning_rate": 1e-2, "stopping": "consecutive", "tol": 1e-3}
METHODS: dict[str, IterativeMethod] = {
    "NMF": NMF("mu", {"tol": 1e-5}),
    "C-NMF": ConvexNMF("mu", {"tol": 1e-4}),
    "AE-NMF": AENMF("adam", PLATEAU),
    "AE-NMF, ReLU": AENMF("adam", {**PLATEAU, "nonnegativity": "relu"}),
    "AE-NMF, after the step": AENMF("adam", {**CONSECUTIVE, "applied": "step"}),
    "AE-NMF, ReLU after the step": AENMF("adam", {**CONSECUTIVE, "nonnegativity": "relu", "applied": "step"}),
}


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def agree(one: Fit, other: Fit, same_iterations: bool = True) -> None:
    """Two fits are equal within the stated tolerances."""
    assert one.converged == other.converged
    if same_iterations:
        assert one.n_iter == other.n_iter
        np.testing.assert_array_equal(one.trajectory.iterations, other.trajectory.iterations)
        np.testing.assert_allclose(one.trajectory.losses, other.trajectory.losses, rtol=LOSS_TOLERANCE)
    assert other.objective == pytest.approx(one.objective, rel=LOSS_TOLERANCE)
    arrays = [("signatures", one.signatures, other.signatures), ("exposures", one.exposures, other.exposures)]
    arrays += [(name, array, other.extras[name]) for name, array in one.extras.items()]
    for name, first, second in arrays:
        np.testing.assert_allclose(first, second, rtol=0, atol=FACTOR_TOLERANCE * np.abs(first).max(), err_msg=name)


@pytest.mark.parametrize("loss", PAPER_LOSSES)
@pytest.mark.parametrize("name", METHODS)
def test_a_batch_agrees_with_the_compiled_solver(name, loss):
    problems = [example(loss, split) for split in range(3)]
    method = METHODS[name]
    compiled, batch = method.fit(problems), method.fit_batch(problems, "cpu")
    assert len({fit.n_iter for fit in compiled}) > 1, "problems that stop at different iterations show that each leaves"
    for one, other in zip(compiled, batch, strict=True):
        assert one.n_iter < method.settings[loss][1].max_iter
        agree(one, other)


@pytest.mark.parametrize("loss", PAPER_LOSSES)
@pytest.mark.parametrize("name", ["NMF", "C-NMF", "AE-NMF"])
def test_a_result_does_not_depend_on_its_batch(name, loss):
    problems = [example(loss, split) for split in range(4)]
    together = METHODS[name].fit_batch(problems[::-1], "cpu")[::-1]
    alone = METHODS[name].fit_batch(problems[2:3], "cpu")
    agree(alone[0], together[2])


@pytest.mark.parametrize("screening", [0, 1e-3])
def test_restarts_of_all_problems_choose_as_one_by_one(screening):
    problems = [example(KULLBACK_LEIBLER, split) for split in range(2)]
    method = NMF("mu", {"tol": 1e-5, "restarts": 3, "screening": screening})
    for one, other in zip(method.fit(problems), method.fit_batch(problems, "cpu"), strict=True):
        assert one.starts == 3 and one.hits == other.hits
        agree(one, other)


def test_problems_of_several_shapes_keep_their_order():
    problems = [example(FROBENIUS, 0), example(FROBENIUS, 1, n_patients=17), example(FROBENIUS, 2)]
    calls = []
    method = NMF("mu", {"tol": 1e-3})
    fits = method.fit_batch(problems, "cpu", lambda *told: calls.append(told))
    assert [fit.exposures.shape[1] for fit in fits] == [30, 17, 30]
    assert [call[:2] for call in calls] == [(1, 3), (2, 3), (3, 3)]
    for one, other in zip(method.fit(problems), fits, strict=True):
        agree(one, other)


@pytest.mark.parametrize("name", ["NMF", "C-NMF", "AE-NMF"])
def test_the_iteration_limit_is_kept(name):
    method = METHODS[name]
    limited = type(method)(method.settings[FROBENIUS][0].name, {"max_iter": 7})
    fit = limited.fit_batch([example(FROBENIUS)], "cpu")[0]
    assert fit.n_iter == 7 and not fit.converged and fit.trajectory.iterations[-1] == 7


def test_a_patient_and_a_channel_without_mutations_do_no_harm():
    counts = example(FROBENIUS).catalogue.copy()
    counts[5], counts[:, 4] = 0.0, 0.0
    for loss in PAPER_LOSSES:
        problem = Problem(counts, 3, loss, Seed(3))
        for method in (NMF("mu", {"max_iter": 60}), ConvexNMF("mu", {"max_iter": 60})):
            agree(method.fit([problem])[0], method.fit_batch([problem], "cpu")[0])


def test_a_diverging_training_is_a_users_mistake():
    with pytest.raises(UserError, match="diverged") as error:
        AENMF("adam", {"learning_rate": 1e200, "max_iter": 600}).fit_batch([example(FROBENIUS)], "cpu")
    assert "smaller learning rate" in str(error.value)
