"""Several starts: the best is kept, and trying them out roughly first finds what running all to the end finds."""

from __future__ import annotations

import numpy as np
import pytest

from aenmf.losses import FROBENIUS, KULLBACK_LEIBLER
from aenmf.methods.registry import build_method
from aenmf.problem import Problem
from aenmf.seeds import Seed
from aenmf.studies.restarts import count_optima

FAST = [
    ("nmf", "hals", FROBENIUS),
    ("nmf", "ccd", KULLBACK_LEIBLER),
    ("cnmf", "blocks", FROBENIUS),
    ("cnmf", "newton", KULLBACK_LEIBLER),
    ("aenmf", "varpro", FROBENIUS),
    ("aenmf", "varpro", KULLBACK_LEIBLER),
]


def problem(loss: str) -> Problem:
    generator = Seed(3).generator()
    signatures, exposures = generator.dirichlet(np.full(24, 0.3), 4).T, generator.gamma(0.5, 300.0, (4, 40))
    return Problem(generator.poisson(signatures @ exposures).astype(float), 4, loss, Seed(11))


@pytest.mark.parametrize(("model", "solver", "loss"), FAST)
def test_screening_keeps_the_start_that_wins_in_the_end(model, solver, loss):
    whole = build_method("m", {"model": model, "solver": solver, "restarts": 4, "screening": 0}).fit([problem(loss)])[0]
    screened = build_method("m", {"model": model, "solver": solver, "restarts": 4}).fit([problem(loss)])[0]
    ends = whole.extras["start_objectives"]
    assert whole.objective == ends.min() and len(ends) == 4
    assert screened.objective == pytest.approx(whole.objective, rel=1e-6)
    assert (screened.extras["start_objectives"] >= ends * (1 - 1e-9)).all()
    assert screened.converged and screened.kkt < 1e-3


@pytest.mark.parametrize(("model", "solver", "loss"), FAST)
def test_the_trajectory_goes_on_where_screening_ended(model, solver, loss):
    fit = build_method("m", {"model": model, "solver": solver, "restarts": 2}).fit([problem(loss)])[0]
    path = fit.trajectory
    assert path.iterations[0] == 0 and path.iterations[-1] == fit.n_iter
    assert (np.diff(path.iterations) > 0).all() and (np.diff(path.seconds) >= 0).all()
    assert path.losses[-1] == pytest.approx(fit.objective, rel=1e-9)
    # Also where the best start is gone on from: no solver may take its solution for a start of arbitrary scale.
    assert (np.diff(path.losses) <= 1e-9 * path.losses[:-1]).all()


def test_losses_are_one_optimum_by_their_distance_as_a_part_of_the_lower_one():
    assert count_optima(np.array([1.5, 1.0]), 0.4) == 2  # 0.5 is more than 0.4 of 1.0, and less than 0.4 of 1.5
    assert count_optima(np.array([1.5, 1.0]), 0.6) == 1
    assert count_optima(np.array([1.0, 1.3, 1.6]), 0.4) == 1  # neighbours are
