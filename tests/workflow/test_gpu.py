"""The same fits on a real GPU and on the processor; skipped where torch finds none.

On a machine with a GPU: ``pytest tests/workflow/test_gpu.py``. Tolerances as in test_batch.py for a fixed number of iterations;
where the stopping rule fires, the iteration may differ where a loss lies at the rule's edge, so losses are compared.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch

from aenmf.losses import PAPER_LOSSES
from aenmf.methods.contract import example
from aenmf.methods.registry import build_method

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="torch finds no GPU on this machine")

ENTRIES = {
    "nmf": {"model": "nmf", "solver": "mu"},
    "cnmf": {"model": "cnmf", "solver": "mu"},
    "aenmf": {"model": "aenmf", "solver": "adam", "learning_rate": 1e-2},
}


def both(entry: dict, loss: str, n: int = 4):
    problems = [example(loss, split) for split in range(n)]
    return [build_method("m", {**entry, "device": device}).fit(problems) for device in ("cpu", "cuda")]


@pytest.mark.parametrize("loss", PAPER_LOSSES)
@pytest.mark.parametrize("name", ENTRIES)
def test_iterates_agree_with_the_processors(name, loss):
    for one, other in zip(*both({**ENTRIES[name], "max_iter": 200, "tol": 0}, loss), strict=True):
        assert (one.device, other.device) == ("cpu", "cuda")
        assert one.n_iter == other.n_iter == 200
        np.testing.assert_allclose(one.trajectory.losses, other.trajectory.losses, rtol=1e-9)
        for first, second in ((one.signatures, other.signatures), (one.exposures, other.exposures)):
            np.testing.assert_allclose(first, second, rtol=0, atol=1e-7 * first.max())


@pytest.mark.parametrize("loss", PAPER_LOSSES)
@pytest.mark.parametrize("name", ENTRIES)
def test_converged_fits_reach_the_processors_loss(name, loss):
    # Thousands of Adam's steps enlarge a difference of the last bit, and its plateau is where noise has it.
    adam = name == "aenmf"
    brief, iterations, loss_of = (
        ({"window": 50, "plateau_tol": 1e-4}, 0.2, 0.02) if adam else ({"tol": 1e-7}, 0.05, 1e-5)
    )
    for one, other in zip(*both({**ENTRIES[name], **brief}, loss), strict=True):
        assert one.converged and other.converged
        assert abs(other.n_iter - one.n_iter) <= iterations * one.n_iter + 50
        assert other.objective == pytest.approx(one.objective, rel=loss_of)


@pytest.mark.parametrize("name", ["dsae", "musexae"])
def test_the_networks_agree_in_single_precision(name):
    brief = {"dsae": {"epochs": 5}, "musexae": {"epochs": 3, "repeats": 2, "bootstraps": 2, "own_epochs": 3}}[name]
    for one, other in zip(*both({"model": name, **brief}, PAPER_LOSSES[0], 1), strict=True):
        assert other.device == "cuda"
        np.testing.assert_allclose(one.trajectory.losses, other.trajectory.losses, rtol=1e-3)


def test_the_same_fit_twice_on_one_gpu_is_the_same():
    problems = [example(PAPER_LOSSES[1], split) for split in range(3)]
    method = build_method("m", {**ENTRIES["nmf"], "device": "cuda", "max_iter": 100})
    for one, other in zip(method.fit(problems), method.fit(problems), strict=True):
        assert np.array_equal(one.signatures, other.signatures) and np.array_equal(one.exposures, other.exposures)
