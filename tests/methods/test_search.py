"""The search for the lowest loss: starts, moves out of local optima, and the rule that ends it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from aenmf.errors import UserError
from aenmf.losses import FROBENIUS, KULLBACK_LEIBLER, PAPER_LOSSES
from aenmf.methods.registry import build_method
from aenmf.methods.search import loop
from aenmf.methods.search.geometry import Cohort
from aenmf.methods.search.loop import SAME, judge
from aenmf.methods.search.moves import MOVES, Place
from aenmf.methods.search.starts import START_OF
from aenmf.problem import LARGEST_COUNT, SMALLEST_COUNT, Problem, Trajectory
from aenmf.seeds import Seed
from aenmf.solvers import common
from aenmf.solvers.common import Solution

FAST = [
    ("nmf", "hals", FROBENIUS),
    ("nmf", "ccd", KULLBACK_LEIBLER),
    ("cnmf", "blocks", FROBENIUS),
    ("cnmf", "newton", KULLBACK_LEIBLER),
    ("aenmf", "varpro", FROBENIUS),
    ("aenmf", "varpro", KULLBACK_LEIBLER),
]
SOLVERS = {
    "nmf": {FROBENIUS: "hals", KULLBACK_LEIBLER: "ccd"},
    "cnmf": {FROBENIUS: "blocks", KULLBACK_LEIBLER: "newton"},
}


def problem(loss: str, rank: int = 4) -> Problem:
    generator = Seed(3).generator()
    signatures, exposures = generator.dirichlet(np.full(24, 0.3), 4).T, generator.gamma(0.5, 300.0, (4, 40))
    return Problem(generator.poisson(signatures @ exposures).astype(float), rank, loss, Seed(11))


def rugged(loss: str) -> Problem:
    """A cohort with many local optima: more signatures than the rank, each in few patients, some with many mutations."""
    generator = Seed(5).generator()
    signatures = generator.dirichlet(np.full(30, 0.2), 9).T
    exposures = generator.lognormal(5.0, 1.5, (9, 60)) * (generator.random((9, 60)) < 0.3)
    return Problem(generator.poisson(signatures @ exposures + 0.1).astype(float), 5, loss, Seed(12))


def fit(model: str, case: Problem, **options: object):
    solver = SOLVERS.get(model, dict.fromkeys(PAPER_LOSSES, "varpro"))
    return build_method("m", {"model": model, "solver": solver, **options}).fit([case])[0]


@pytest.mark.parametrize(("model", "solver", "loss"), FAST)
def test_the_search_finds_what_many_starts_find(model, solver, loss):
    case = rugged(loss)
    starts = fit(model, case, restarts=40)
    found = fit(model, case, restarts="search")
    assert loss == FROBENIUS or np.ptp(starts.objectives) > 0.01 * starts.objective  # there are local optima
    assert found.objective <= starts.objective * (1 + SAME)
    assert found.found_again and found.hits >= 2 and found.starts < 13
    assert found.converged and found.kkt < 1e-3


@pytest.mark.parametrize("loss", PAPER_LOSSES)
def test_models_of_one_problem_end_at_one_loss_each_from_its_own_starts(loss):
    case = rugged(loss)
    assert fit("aenmf", case, restarts="search").objective == pytest.approx(
        fit("cnmf", case, restarts="search").objective, rel=1e-5
    )


def test_a_search_is_the_same_every_time_and_whatever_else_is_in_the_batch():
    cases = [rugged(FROBENIUS), problem(FROBENIUS)]
    method = build_method("m", {"model": "cnmf", "solver": "blocks", "restarts": "search"})
    together, alone = method.fit(cases)[1], method.fit(cases[1:])[0]
    assert np.array_equal(together.exposures, alone.exposures) and together.starts == alone.starts


def ended(loss: float) -> Solution:
    return Solution(np.ones((2, 1)), np.ones((1, 3)), 1, True, Trajectory(np.zeros(1), np.array([loss]), np.zeros(1)))


@pytest.mark.parametrize(
    ("objectives", "strategies", "hits", "again"),
    [
        ([5.0, 4.0], ["a", "b"], 1, False),
        ([4.0, 4.0 * (1 + SAME / 2)], ["a", "b"], 2, True),
        ([4.0, 4.0 * (1 + SAME * 2)], ["a", "b"], 1, False),
        ([4.0, 5.0, 4.0], ["a", "b", "a"], 2, False),  # two hits of one strategy, where there are others
        ([4.0, 5.0, 4.0], ["a", "a", "a"], 2, True),  # random starts only: each is a draw of its own
        ([4.0, 4.0, 3.0], ["a", "b", "c"], 1, False),  # found again, but not the lowest
    ],
)
def test_the_lowest_loss_counts_as_found_again_from_an_independent_start_only(objectives, strategies, hits, again):
    found = judge(problem(FROBENIUS), [ended(loss) for loss in objectives], objectives, strategies)
    assert (found.hits, found.found_again) == (hits, again)
    assert found.solution.trajectory.losses[0] == min(objectives)


@pytest.mark.parametrize(("model", "solver", "loss"), FAST)
def test_moves_that_have_failed_once_are_not_repeated_by_later_starts(monkeypatch, model, solver, loss):
    attempts = []

    def noted(place, start, bound, solve, attempt=loop.attempt):
        better = attempt(place, start, bound, solve)
        attempts.append((bound, better is not None))
        return better

    monkeypatch.setattr(loop, "attempt", noted)
    found = fit(model, problem(loss), restarts="search", patience=2, least_starts=3, most_starts=3)
    near = problem(loss).value(found.signatures @ found.exposures) * (1.0 + loop.CLOSE)
    there = "".join("+" if better else "-" for bound, better in attempts if bound <= near)
    assert found.hits == 3
    assert len(there.split("+")[-1]) == 2 * 4  # patience times K failures, of the start that got there first


@pytest.mark.parametrize(
    ("loss", "known"), [(1.0, True), (1.0 + SAME / 2, True), (1.0 + 2 * SAME, False), (0.9, False)]
)
def test_only_the_lowest_loss_found_again_ends_the_moves(loss, known):
    assert loop.is_same(loss, 1.0) == known and not loop.is_same(loss, np.inf)


def test_an_exact_reconstruction_needs_no_second_start():
    assert judge(problem(FROBENIUS), [ended(0.0)], [0.0], ["residual"]).found_again
    copies = Problem(np.repeat(np.arange(1.0, 7)[:, None], 10, axis=1), 2, FROBENIUS, Seed(1))
    one = fit("cnmf", copies, restarts="search", least_starts=1)
    assert one.found_again and one.starts == 1


@pytest.mark.parametrize(("model", "solver", "loss"), FAST)
def test_a_search_that_may_not_go_on_says_that_its_best_was_found_once(model, solver, loss):
    once = fit(model, rugged(loss), restarts="search", least_starts=1, most_starts=1)
    assert (once.starts, once.hits, once.found_again) == (1, 1, False)


def odd_cohorts() -> dict[str, np.ndarray]:
    counts = problem(FROBENIUS).catalogue
    empty = counts.copy()
    empty[:, 3] = 0.0
    return {
        "an empty patient": empty,
        "two patients": counts[:, :2],
        "copies": np.repeat(counts[:, :1], 6, axis=1),
        "one mutation each": np.eye(24)[:, :8],
        "tiny": counts * (1.1 * SMALLEST_COUNT / counts.max()),
        "huge": counts * (0.9 * LARGEST_COUNT / counts.max()),
    }


@pytest.mark.parametrize("case", odd_cohorts())
@pytest.mark.parametrize("loss", PAPER_LOSSES)
@pytest.mark.parametrize("convex", [True, False])
def test_starts_and_moves_are_positive_and_finite(case, loss, convex):
    counts = odd_cohorts()[case]
    for rank in (1, 3):
        given = Problem(counts, rank, loss, Seed(2))
        cohort = Cohort(given)
        method = build_method(
            "m", {"model": "cnmf" if convex else "nmf", "solver": SOLVERS["cnmf" if convex else "nmf"]}
        )
        starts = {name: START_OF[name](cohort, convex, method._solve) for name in common.STRATEGIES}
        solution = method._solve(given, starts["residual"], 1e-4)
        for name, move in MOVES.items():
            starts[name] = move(Place(cohort, solution), Seed(4).generator())
        for name, start in starts.items():
            assert start.signatures.shape == (len(counts), rank), name
            assert start.exposures.shape == (rank, counts.shape[1]), name
            used = counts.sum(axis=0) > 0
            assert (start.exposures[:, used] > 0).all() and np.isfinite(start.exposures).all(), name
            assert (start.signatures.sum(axis=0) > 0).all() and np.isfinite(start.signatures).all(), name
            if convex:
                assert (start.weights[used] > 0).all() and np.isfinite(start.weights).all(), name
                assert start.signatures == pytest.approx(counts @ start.weights, rel=1e-9), name


@pytest.mark.parametrize("case", odd_cohorts())
@pytest.mark.parametrize(("model", "solver", "loss"), FAST)
def test_a_search_on_odd_cohorts_ends_no_higher_than_random_starts(case, model, solver, loss):
    given = Problem(odd_cohorts()[case], 2, loss, Seed(3))
    found, random = fit(model, given, restarts="search"), fit(model, given, restarts=3)
    assert np.isfinite(found.signatures).all()
    assert np.isfinite(found.objective) or not found.converged
    slack = 1e-6 * random.objective + 1e-12 * np.square(given.catalogue).sum() ** (1 if loss == FROBENIUS else 0.5)
    assert found.objective <= random.objective + slack or not random.converged


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"restarts": "serach"}, "restarts must be a whole number or 'search', not 'serach'"),
        ({"restarts": 0}, "restarts must be a whole number of at least 1"),
        ({"restarts": "search", "strategies": ["residuals"]}, "not 'residuals'"),
        ({"restarts": "search", "move": "jump"}, "move must be one of swap, merge, shake, not 'jump'"),
        ({"restarts": "search", "least_starts": 5, "most_starts": 4}, "least_starts 5 is above most_starts 4"),
        ({"restarts": "search", "patience": -1}, "patience must be a whole number of at least 0"),
    ],
)
def test_options_that_mean_nothing_are_refused(options, words):
    with pytest.raises(UserError, match=words):
        build_method("m", {"model": "nmf", "solver": SOLVERS["nmf"], **options})


@pytest.mark.parametrize(("model", "solver", "loss"), FAST)
def test_screening_keeps_the_start_that_wins_in_the_end(model, solver, loss):
    whole, screened = (fit(model, problem(loss), restarts=4, screening=s) for s in (0, 1e-6))
    assert whole.objective == whole.objectives.min() and whole.starts == 4
    assert screened.objective == pytest.approx(whole.objective, rel=1e-6)
    assert (screened.objectives >= whole.objectives * (1 - 1e-6)).all()
    assert screened.converged and screened.kkt < 1e-3


@pytest.mark.parametrize(("model", "solver", "loss"), FAST)
def test_the_trajectory_goes_on_where_screening_ended(model, solver, loss):
    path = (fitted := fit(model, problem(loss), restarts=2)).trajectory
    assert path.iterations[0] == 0 and path.iterations[-1] == fitted.n_iter
    assert (np.diff(path.iterations) > 0).all() and (np.diff(path.seconds) >= 0).all()
    assert path.losses[-1] == pytest.approx(fitted.objective, rel=1e-9)
    # Also where the best start is gone on from: no solver may take its solution for a start of arbitrary scale.
    assert (np.diff(path.losses) <= 1e-9 * path.losses[:-1]).all()


def test_other_strategies_may_give_a_number_of_starts():
    case = rugged(FROBENIUS)
    names = ["residual", "profiles"]
    several = fit("cnmf", case, restarts=4, strategies=names)
    assert several.starts == 4
    assert not np.array_equal(several.objectives, fit("cnmf", case, restarts=4).objectives)
    other = fit("cnmf", replace(case, seed=Seed(99)), restarts=4, strategies=names)
    assert not np.array_equal(several.objectives, other.objectives)
