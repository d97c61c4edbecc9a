"""The benchmark: peers make the iterates they should, and targets, gaps and ratios come out of synthetic courses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from aenmf.figures.benchmark import seconds_to_target
from aenmf.figures.precision import LEVEL, drawn
from aenmf.files.layout import to_latex, to_markdown
from aenmf.losses import FROBENIUS, KULLBACK_LEIBLER, PAPER_LOSSES, loss_value
from aenmf.methods.registry import build_method
from aenmf.problem import Problem
from aenmf.seeds import Seed
from aenmf.solvers.common import IterationOptions
from aenmf.solvers.textbook_convex import solve_textbook, update_frobenius
from aenmf.studies.benchmark import (
    COURSES,
    ELSEWHERE,
    OUT_OF_TIME,
    PER_ITERATION,
    REACHED,
    SEARCHED,
    STOPPING,
    TO_RULE,
    TO_TARGET,
    follow,
    ratios,
    ratios_layout,
    times,
    times_layout,
    to_the_stopping_rule,
)
from aenmf.studies.contestants import OURS, PEER, PEERS, grouped_update_frobenius, own, peers, sklearn_nmf, to_the_rule
from aenmf.studies.precision import NO_RULE, PLATEAU, PUBLISHED, SAME_RULE, compare_precisions, least_changes
from aenmf.studies.races import firsts, firsts_layout
from support.peers import solve_nmf

RNG = np.random.default_rng(5)
CATALOGUE = RNG.poisson(RNG.dirichlet(0.5 * np.ones(16), 2).T @ RNG.gamma(2, 200, (2, 18))) + 1.0


def problem(loss: str) -> Problem:
    return Problem(CATALOGUE, 2, loss, Seed(0))


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: f"{peer[1]}-{peer[2]}")
@pytest.mark.parametrize("loss", PAPER_LOSSES)
def test_peers_lower_the_loss_and_may_be_called_in_stretches(peer, loss):
    _, _, _, losses, updates = peer
    if loss not in losses:
        pytest.skip("the peer has no such loss")
    at_once, again = updates(problem(loss), 0), updates(problem(loss), 0)
    first = at_once.loss()
    at_once.advance(12)
    again.advance(5)
    again.advance(7)
    assert at_once.loss() < first and at_once.per_call >= 0
    assert again.loss() == pytest.approx(at_once.loss(), rel=1e-9)


@pytest.mark.parametrize("loss", PAPER_LOSSES)
def test_textbook_peers_make_the_iterates_of_the_textbook_solvers(loss):
    solvers = {"nmf": solve_nmf, "cnmf": solve_textbook}
    for kind, method, _, losses, updates in PEERS:
        if method == "textbook" and loss in losses:
            one = updates(problem(loss), 0)
            one.advance(7)
            solved = solvers[kind](problem(loss), problem(loss).start(), IterationOptions(tol=0.0, max_iter=7))
            assert one.loss() == pytest.approx(
                loss_value(loss, CATALOGUE, solved.signatures @ solved.exposures), rel=1e-9
            )


def test_the_grouped_form_is_the_literal_one():
    start = problem(FROBENIUS).start()
    one = update_frobenius(CATALOGUE.T @ CATALOGUE, start.weights, start.exposures.T)
    other = grouped_update_frobenius(CATALOGUE, start.weights, start.exposures.T)
    for literal, grouped in zip(one, other, strict=True):
        np.testing.assert_allclose(literal, grouped, rtol=1e-10)


def test_scikit_learn_mu_starts_where_we_do():
    """Its first update of the exposures is Lee and Seung's from our start; its loss is taken in our measure."""
    one = sklearn_nmf("mu")(problem(FROBENIUS), 0)
    start = problem(FROBENIUS).start()
    assert one.loss() == pytest.approx(loss_value(FROBENIUS, CATALOGUE, start.signatures @ start.exposures))
    one.advance(30)
    solved = solve_nmf(problem(FROBENIUS), start, IterationOptions(tol=0.0, max_iter=30))
    assert one.loss() == pytest.approx(solved.trajectory.losses[-1], rel=1e-6)


@pytest.mark.parametrize("loss", PAPER_LOSSES)
def test_all_contestants_are_followed_and_reported(loss):
    entries = {"nmf": {"frobenius": "hals", "kullback-leibler": "ccd"}, "cnmf": "mu", "aenmf": "varpro"}
    methods = {name: build_method(name, {"model": name, "solver": solver}) for name, solver in entries.items()}
    contestants = [own(name, method, loss) for name, method in methods.items()]
    assert [one.problem for one in contestants] == ["nmf", "cnmf", "cnmf"]
    contestants += peers(loss, {"nmf", "cnmf"})
    courses = follow(problem(loss), contestants, starts=2, budget=0.2)
    assert list(courses.columns) == COURSES
    assert set(courses["method"]) == {*entries, "textbook", "scikit-learn"}
    for _, course in courses.groupby(["method", "solver", "problem"]):
        assert course["seconds"].is_monotonic_increasing and course["seconds"].iloc[0] >= 0
    courses = courses.assign(cohort="toy", split=0, loss=loss, digest="d")
    found = times(courses, 1e-4, {})
    assert len(found) == len(contestants)
    assert (found["gap"] >= 0).all() and found.groupby("problem")["gap"].min().eq(0).all()


def test_own_contestants_end_where_the_fit_ends():
    method = build_method("nmf", {"model": "nmf", "solver": "hals"})
    course = own("nmf", method, FROBENIUS).run(problem(FROBENIUS), 0, 60.0)
    fit = method.fit([problem(FROBENIUS)])[0]
    assert course.finished and course.trajectory.losses[-1] == pytest.approx(fit.objective, rel=1e-9)
    cut = own("nmf", method, FROBENIUS).run(problem(FROBENIUS), 0, 1e-9)
    assert not cut.finished and len(cut.trajectory.losses) == 1


def courses() -> pd.DataFrame:
    """Two splits: the solver is always there after 1 s; the slow peer after 10 s, then not; another ends elsewhere."""
    rows = []
    for split, slow in enumerate((10.0, np.inf)):
        front = ("toy", split, FROBENIUS, "nmf")
        rows += [(*front, "nmf", "hals", OURS, 0, True, i, float(i), v, "") for i, v in enumerate((9.0, 1.00005, 1.0))]
        rows += [
            (*front, "textbook", "mu", PEER, 0, False, i, float(i), 1.5 if i < slow else 1.0, "") for i in range(21)
        ]
        rows += [(*front, "scikit-learn", "cd", PEER, s, True, 1, 1.0 + s, 1.2 - 0.1 * s, "") for s in range(2)]
    return pd.DataFrame(rows, columns=["cohort", "split", "loss", *COURSES]).assign(digest="d")


def stopping() -> pd.DataFrame:
    rows = [("nmf", "nmf_mu", "mu", 2.0, 100, True, "textbook", "mu", 50, 1.0, 100.0, True)]
    rows.append(("nmf", "nmf_mu", "mu", np.nan, np.nan, False, "textbook", "mu", 50, 1.0, np.nan, True))
    rows.append(("nmf", "nmf_mu", "mu", 4.0, 100, True, "textbook", "mu", 50, 1.0, 50.0, False))
    table = pd.DataFrame(rows, columns=STOPPING)
    return table.assign(cohort="toy", split=[0, 1, 2], loss=FROBENIUS)


def test_times_say_who_reached_the_target_and_who_did_not():
    found = times(courses(), 1e-4, {}).set_index(["method", "split"])
    assert found.loc[("nmf", 0), "seconds"] == 1.0 and found.loc[("nmf", 0), "outcome"] == REACHED
    assert found.loc[("textbook", 0), "seconds"] == 10.0
    assert found.loc[("textbook", 1), "outcome"] == OUT_OF_TIME
    assert found.loc[("textbook", 1), "gap"] == pytest.approx(0.5) and found.loc[("textbook", 1), "spent"] == 20.0
    assert (found.loc["scikit-learn", "outcome"] == ELSEWHERE).all() and (
        found.loc["scikit-learn", "starts"] == 2
    ).all()
    assert found["best_by"].str.startswith("nmf").all()


@pytest.mark.parametrize("searched, reached", [(0.99, False), (1.0 - 1e-9, True), (2.0, True)])
def test_a_loss_known_from_longer_searches_is_what_has_to_be_reached(searched, reached):
    found = times(courses(), 1e-4, {("d", FROBENIUS, "nmf"): searched}).set_index("method")
    assert (found.loc["nmf", "outcome"] == (REACHED if reached else ELSEWHERE)).all()
    assert (found["best_by"] == ("nmf (hals)" if reached else SEARCHED)).all()
    assert found.loc["nmf", "gap"].to_numpy() == pytest.approx(0.0 if reached else 1.0 / searched - 1)
    other = times(courses(), 1e-4, {("other", FROBENIUS, "nmf"): searched, ("d", FROBENIUS, "cnmf"): searched})
    assert (other[other["method"] == "nmf"]["outcome"] == REACHED).all()


def test_ratios_are_over_splits_and_mark_bounds_and_extrapolations():
    found = ratios(times(courses(), 1e-4, {}), stopping())
    slow = found[(found["quantity"] == TO_TARGET) & (found["peer"] == "textbook")].iloc[0]
    assert (slow["splits"], slow["min"], slow["median"], slow["max"]) == (2, 10.0, 15.0, 20.0)
    assert (slow["lower_bounds"], slow["missed"]) == (1, 0)
    rule = found[found["quantity"] == TO_RULE].iloc[0]
    assert (rule["splits"], rule["min"], rule["max"], rule["missed"], rule["extrapolated"]) == (2, 12.5, 50.0, 1, 1)
    each = found[found["quantity"] == PER_ITERATION].iloc[0]
    assert (each["splits"], each["min"], each["max"], each["missed"], each["extrapolated"]) == (2, 25.0, 50.0, 1, 0)
    titles = {"nmf": "NMF"}
    shown = to_markdown(ratios_layout(found, titles))
    assert "≥ 15.0" in shown and "lower bound on 1" in shown and "extrapolated on 1" in shown
    shown = times_layout(times(courses(), 1e-4, {}), titles, 1e-4, 20.0, 5)
    assert "1 out of time" in to_markdown(shown) and "2 other optimum" in to_markdown(shown)
    assert "booktabs" in to_latex(shown)


def test_who_was_first_is_said_split_by_split():
    found = times(courses(), 1e-4, {})
    [row] = firsts(found).itertuples()
    assert (row.splits, row.reached, row.first, row.peer) == (2, 2, 2, "textbook, mu")
    assert (row.min, row.median, row.max, row.lower_bounds, row.alone, row.peer_alone) == (10.0, 15.0, 20.0, 1, 1, 0)
    slow = found["method"].eq("nmf")
    late = found.assign(seconds=found["seconds"].where(~slow, 40.0))
    [row] = firsts(late).itertuples()
    assert (row.reached, row.first, row.min) == (2, 1, 0.25)  # where no peer is there, the slow one still is first
    lost = found.assign(outcome=found["outcome"].where(~slow, OUT_OF_TIME), seconds=found["seconds"].where(~slow))
    [row] = firsts(lost).itertuples()
    assert (row.reached, row.first, row.peer_alone) == (0, 0, 1) and np.isnan(row.median)
    shown = to_markdown(firsts_layout(firsts(found), {"nmf": "NMF"}, 1e-4))
    assert "First: NMF, MSE: 2 of 2 (1 of them as no peer reached the loss)." in shown and "≥ 15.0" in shown


def test_a_race_without_a_peer_is_none_and_one_that_all_peers_end_elsewhere_in_has_no_ratio():
    found = times(courses(), 1e-4, {})
    peers = found["kind"] == PEER
    gone = found.assign(outcome=found["outcome"].where(~(peers & (found["split"] == 1)), "failed"))
    [row] = firsts(gone).itertuples()
    assert (row.splits, row.reached, row.first, row.max) == (1, 1, 1, 10.0)
    ended = found.assign(outcome=found["outcome"].where(~peers, ELSEWHERE))
    [row] = firsts(ended).itertuples()
    assert (row.splits, row.first, row.lower_bounds, row.peer) == (2, 2, 0, None) and np.isnan(row.median)
    assert firsts(found[~peers]).empty


def test_nobody_reaches_a_loss_that_is_not_finite():
    lost = courses().assign(value=np.inf)
    assert (times(lost, 1e-4, {})["outcome"] != REACHED).all()


def test_the_stopping_rule_is_met_at_the_same_iteration():
    methods = {"nmf_mu": build_method("nmf_mu", {"model": "nmf", "solver": "mu"})}
    met = to_the_stopping_rule(problem(KULLBACK_LEIBLER), methods, 1e-5, budget=60.0, limit=60.0)
    assert list(met.columns) == STOPPING and len(met) == 1
    assert met["converged"].item() and not met["peer_extrapolated"].item()
    textbook = to_the_rule(PEERS[0][4], problem(KULLBACK_LEIBLER), 1e-5, 60.0)
    assert textbook.n_iter == met["peer_timed_iterations"].item()
    assert textbook.n_iter <= met["n_iter"].item() <= 1.05 * textbook.n_iter + 2  # the compiled form looks less often
    short = to_the_stopping_rule(problem(KULLBACK_LEIBLER), methods, 1e-5, budget=1e-9, limit=60.0).iloc[0]
    assert short["peer_extrapolated"]
    assert short["peer_seconds"] == pytest.approx(short["peer_seconds_per_iteration"] * short["n_iter"])


def test_the_figure_draws_every_contestant():
    figure = seconds_to_target(
        times(courses(), 1e-4, {}),
        loss=FROBENIUS,
        models={"nmf": "nmf"},
        titles={},
        cohorts={"toy": "Toy"},
        within=1e-4,
    )
    said = [text.get_text() for axis in figure.axes for text in axis.texts]
    assert {"nmf (hals)", "textbook (mu)", "scikit-learn (cd)", "NMF"} <= set(said)
    assert any(text.endswith("%") for text in said)


def test_a_contestant_of_both_problems_has_a_row_of_its_own_points_under_each():
    front = {"cohort": "toy", "loss": FROBENIUS, "method": "textbook", "solver": "mu", "outcome": REACHED, "gap": 0.0}
    table = pd.DataFrame(
        [
            {**front, "split": split, "problem": name, "seconds": seconds * (1 + split), "spent": 9.0}
            for name, seconds in (("nmf", 0.1), ("cnmf", 1.0))
            for split in range(3)
        ]
    )
    table.loc[5, ["outcome", "seconds", "gap"]] = OUT_OF_TIME, np.nan, 0.23
    shown = {"models": {}, "titles": {}, "cohorts": {"toy": "Toy"}, "within": 1e-4}
    axis = seconds_to_target(table, loss=FROBENIUS, **shown).axes[0]
    dots = {line.get_ydata()[0]: list(line.get_xdata()) for line in axis.lines if line.get_marker() == "o"}
    assert list(dots) == [1, 3]  # below the headings of the two problems
    np.testing.assert_allclose(dots[1], [0.1, 0.2, 0.3])
    np.testing.assert_allclose(dots[3], [1.0, 2.0])
    (gap,) = (text for text in axis.texts if text.get_text().endswith("%"))
    assert gap.get_text() == "+23 %" and gap.get_position()[1] == 3
    axis.figure.draw_without_rendering()
    assert gap.get_window_extent().x0 > axis.get_window_extent().x1  # beside the panel, where there is no dot


def test_four_trainings_from_one_start():
    entry = {"model": "aenmf", "solver": "adam", "learning_rate": 1e-2, "stopping": "consecutive", "dtype": "float32"}
    entry |= {"max_iter": 3000}
    curves, summary = compare_precisions(problem(FROBENIUS), "published", entry)
    assert list(summary["training"]) == [PUBLISHED, SAME_RULE, PLATEAU, NO_RULE]
    assert list(summary["dtype"]) == ["float32", "float64", "float64", "float32"]
    rows = summary.set_index("training")
    assert rows.loc[NO_RULE, "n_iter"] == rows.loc[PLATEAU, "n_iter"] and not rows.loc[NO_RULE, "converged"]
    stopped = rows.loc[PUBLISHED]
    if stopped["converged"]:
        assert stopped["least_change"] < 1e-10 < stopped["least_change_float64"]
    assert (summary["gap"] >= 0).all() and (summary["basin_gap"] > -1e-9).all() and summary["best"].nunique() == 1
    firsts = curves[curves["iteration"] == 0]["value"]
    np.testing.assert_allclose(firsts, firsts.iloc[0], rtol=1e-5)
    keys = {"cohort": "toy", "loss": FROBENIUS}
    shown, levels = drawn(curves.assign(**keys), summary.assign(**keys))
    assert set(shown["dtype"]) == {"float32", "float64", NO_RULE} and PLATEAU not in set(shown["training"])
    assert list(levels["label"]) == [LEVEL, "float64, trained until its loss no longer falls"]


def test_rounding_of_the_loss_fires_the_rule_not_the_training():
    entry = {"model": "aenmf", "solver": "adam", "learning_rate": 1e-3, "stopping": "consecutive", "dtype": "float32"}
    method = build_method("published", entry)
    own = problem(FROBENIUS)
    fit = method.fit([own])[0]
    single, double = least_changes(own, method.settings[FROBENIUS][1], fit.n_iter)
    assert fit.converged and single < 1e-10  # two losses in a row were the same number
    assert double > 1e-10  # and those of the same weights were not


@pytest.mark.parametrize("loss", PAPER_LOSSES)
def test_a_search_races_from_starts_of_its_own_and_ends_when_its_time_is_up(loss):
    entry = {"model": "nmf", "solver": "mu", "restarts": "search", "least_starts": 3, "patience": 1}
    racer = own("nmf", build_method("nmf", entry), loss)
    assert racer.once and racer.solver == "mu, search"
    found = follow(problem(loss), [racer], 5, 60.0)
    assert set(found["start"]) == {0} and found["finished"].all()
    assert found["value"].is_monotonic_decreasing and found["seconds"].is_monotonic_increasing
    fit = build_method("nmf", entry).fit([problem(loss)])[0]
    assert found["value"].iloc[-1] == pytest.approx(fit.objective, rel=1e-12)
    ended = follow(problem(loss), [racer], 5, 1e-9)
    assert not ended["finished"].any() and ended["seconds"].tolist() == [0.0, 1e-9]
