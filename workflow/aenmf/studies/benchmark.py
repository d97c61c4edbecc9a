"""Who reaches the best known loss first: seconds of every contestant, and ratios against named peers.

A contestant begins at start 0 and, when it ends by itself before its budget, goes on with the next start, up to a
given number; its seconds go on too. A search draws starts of its own. The best known loss of a problem (cohort, split, loss,
function that is minimised) is that of the table of best known losses, or the lowest of all contestants and starts of the
run, if that is lower. A contestant that does not come within the given distance of it is reported with the gap it reached,
and a peer that fails with what it said.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from aenmf import formats
from aenmf.evaluation.best_known import PROBLEM_TITLES, SAME, Function, basin
from aenmf.files.layout import Layout
from aenmf.losses import LOSS_TITLES
from aenmf.methods.iterative import IterativeMethod, compile_solver
from aenmf.problem import Problem
from aenmf.studies.contestants import OURS, PEER, PEERS, Contestant, PeerFailed, to_the_rule
from aenmf.studies.ownprocess import in_own_process

WHO = ["problem", "method", "solver", "kind"]
COURSES = [*WHO, "start", "finished", "iteration", "seconds", "value", "failure"]
CASE = ["cohort", "split", "loss", "problem"]
TIMES = [
    *CASE, "method", "solver", "kind", "outcome", "seconds", "start", "gap", "best", "best_by", "spent", "starts",
    "failure",
]  # fmt: skip
STOPPING = [
    "problem", "method", "solver", "seconds", "n_iter", "converged", "peer", "peer_solver", "peer_timed_iterations",
    "peer_seconds_per_iteration", "peer_seconds", "peer_extrapolated",
]  # fmt: skip
RATIOS = [
    "quantity", "cohort", "loss", "problem", "method", "solver", "peer", "peer_solver", "splits", "median", "min", "max",
    "lower_bounds", "missed", "extrapolated",
]  # fmt: skip
REACHED, OUT_OF_TIME, ELSEWHERE, FAILED = "reached", "out of time", "other optimum", "failed"
TO_TARGET, TO_RULE, PER_ITERATION = "to the best known loss", "to the stopping rule", "per iteration"
PAPER_SOLVER = "mu"
SEARCHED = "search"
"""Whose the best known loss is where no contestant reached it."""


def follow(
    problem: Problem,
    contestants: Sequence[Contestant],
    starts: int,
    budget: float,
    report: Callable[[str], None] = lambda text: None,
) -> pd.DataFrame:
    """Run all contestants one after the other.

    Args:
        problem: the training matrix (M, N), K and loss.
        contestants: in order.
        starts: starts a contestant may use.
        budget: seconds a contestant has for all its starts.
        report: hears who runs.

    Returns:
        Columns ``COURSES``: the loss (mean per cell) after so many seconds, counted on over the starts. A peer that fails
        ends with a row of infinite loss that says why under ``failure``.
    """
    rows = []
    for one in contestants:
        report(f"{one.method} ({one.solver})")
        spent = 0.0
        for start in range(1 if one.once else starts):
            if spent >= budget:
                break
            front = (one.problem, one.method, one.solver, one.kind, start)
            try:
                course = one.run(problem, start, budget - spent)
            except PeerFailed as error:
                report(f"{one.method} ({one.solver}) failed: {error}")
                rows.append((*front, False, 0, spent, np.inf, str(error)))
                break
            path = course.trajectory
            points = zip(path.iterations.tolist(), (spent + path.seconds).tolist(), path.losses.tolist(), strict=True)
            rows += [(*front, course.finished, *point, "") for point in points]
            spent += float(path.seconds[-1])
            if not course.finished:
                break
    return pd.DataFrame(rows, columns=COURSES)


def times(courses: pd.DataFrame, within: float, known: Mapping[Function, float]) -> pd.DataFrame:
    """Seconds until each contestant's loss first was within a relative distance of the best known.

    Args:
        courses: tables of :func:`follow` with ``cohort``, ``split``, ``loss`` and ``digest``, of the training matrix, in front.
        within: relative distance.
        known: best known losses by what is minimised (:mod:`aenmf.evaluation.best_known`); of a function that is not there
            it is the lowest of all contestants.

    Returns:
        Columns ``TIMES``. ``seconds`` and ``start`` are missing where ``outcome`` is ``out of time`` (the budget ended),
        ``other optimum`` (all starts ended elsewhere) or ``failed``, with the reason under ``failure``; ``gap`` is lowest
        loss / best − 1, missing where there is no loss, ``spent`` all its seconds.
    """
    rows = []
    for case, group in courses.fillna({"failure": ""}).groupby(CASE, sort=False):
        lowest = group.loc[group["value"].idxmin()]
        best, best_by = lowest["value"], f"{lowest['method']} ({lowest['solver']})"
        searched = known.get((lowest["digest"], lowest["loss"], lowest["problem"]), np.inf)
        if searched * (1 + SAME) < best:
            best, best_by = searched, SEARCHED
        for who, course in group.groupby(["method", "solver", "kind"], sort=False):
            hits = course[course["value"] <= (1 + within) * best] if np.isfinite(best) else course[:0]
            outcome, seconds, start, failure = REACHED, np.nan, np.nan, course["failure"].max()
            if len(hits):
                seconds, start = hits["seconds"].iloc[0], hits["start"].iloc[0]
            elif failure:
                outcome = FAILED
            else:
                outcome = ELSEWHERE if course["finished"].all() else OUT_OF_TIME
            own, spent = course["value"].min(), course["seconds"].max()
            gap = own / best - 1 if np.isfinite(own) else np.nan
            starts = course["start"].nunique()
            rows.append((*case, *who, outcome, seconds, start, gap, best, best_by, spent, starts, failure))
    return pd.DataFrame(rows, columns=TIMES)


def to_the_stopping_rule(
    problem: Problem,
    methods: Mapping[str, IterativeMethod],
    tol: float,
    budget: float,
    limit: float,
    report: Callable[[str], None] = lambda text: None,
) -> pd.DataFrame:
    """Seconds of the compiled paper solvers and of their textbook forms from one start to the paper's stopping rule.

    Both make the same iterates as long as no entry has sunk below the compiled solver's floor; after that they may part and
    stop at different iterations. A textbook run that is not through within the budget is extrapolated: its seconds per
    iteration so far times the iterations that the compiled solver needed; ``peer_extrapolated`` says so.

    Args:
        problem: the training matrix (M, N), K and loss.
        methods: the entries whose solver is the paper's.
        tol: relative change of the loss to stop at (paper: 1e-10).
        budget: seconds of a textbook run.
        limit: seconds after which the compiled run is ended; its seconds and iterations are then missing, and so is the
            textbook's extrapolation.
        report: hears who runs.

    Returns:
        Columns ``STOPPING``, a row per entry and textbook form.
    """
    rows = []
    for name, method in methods.items():
        report(f"{name} to the stopping rule")
        run_own = in_own_process(_seconds_of_fit, method, problem, tol, limit=limit)
        seconds_own, n_iter, converged = run_own.value if run_own.in_time else (np.nan, np.nan, False)
        for kind, peer, peer_solver, losses, updates in PEERS:
            if peer != "textbook" or kind != basin(method.model) or problem.loss not in losses:
                continue
            report(f"{peer} ({peer_solver}) to the stopping rule")
            run = to_the_rule(updates, problem, tol, budget)
            each = run.seconds / run.n_iter
            seconds = run.seconds if run.converged else each * n_iter
            ours = (kind, name, method.solver_name(problem.loss), seconds_own, n_iter, converged)
            rows.append((*ours, peer, peer_solver, run.n_iter, each, seconds, not run.converged))
    return pd.DataFrame(rows, columns=STOPPING)


def _seconds_of_fit(method: IterativeMethod, problem: Problem, tol: float) -> tuple[float, int, bool]:
    solver, options = method.settings[problem.loss]
    compile_solver(solver, options, problem.loss)
    start = problem.start()
    began = time.perf_counter()
    solution = solver.solve(problem, start, replace(options, tol=tol))
    return time.perf_counter() - began, solution.n_iter, solution.converged


def ratios(found: pd.DataFrame, stopping: pd.DataFrame) -> pd.DataFrame:
    """How many times longer a named peer takes, over splits.

    Args:
        found: the table of :func:`times`.
        stopping: tables of :func:`to_the_stopping_rule` with ``cohort``, ``split`` and ``loss`` in front.

    Returns:
        Columns ``RATIOS``: median, min and max over ``splits`` splits of peer seconds / own seconds. Splits that the peer
        did not reach enter with all the seconds it spent, hence as ``lower_bounds``; those on
        which it failed are left out. Splits that the contestant itself did not reach are not in the ratio but counted as
        ``missed``; ``extrapolated`` counts textbook times that are. For the runs to the stopping rule the seconds per
        iteration are compared as well, in rows of their own.
    """
    rows = []
    place = ["cohort", "loss", "problem"]
    for where, group in found.groupby(place, sort=False):
        named = group[group["kind"] == PEER].groupby(["method", "solver"], sort=False)
        for who, mine in group[group["kind"] == OURS].groupby(["method", "solver"], sort=False):
            for peer, theirs in named:
                both = mine.merge(theirs[theirs["outcome"] != FAILED], on="split", suffixes=("", "_peer"))
                if both.empty:
                    continue
                hit = both[both["outcome"] == REACHED]
                bound = hit["outcome_peer"] != REACHED
                ratio = hit["seconds_peer"].where(~bound, hit["spent_peer"]) / hit["seconds"]
                counts = (int(bound.sum()), len(both) - len(hit), 0)
                rows.append((TO_TARGET, *where, *who, *peer, len(hit), *_spread(ratio), *counts))
    keys = [*place, "method", "solver", "peer", "peer_solver"]
    for where, group in stopping.groupby(keys, sort=False):
        done = group[group["converged"].astype(bool)]
        ratio = done["peer_seconds"] / done["seconds"]
        missed = len(group) - len(done)
        rows.append((TO_RULE, *where, len(done), *_spread(ratio), 0, missed, int(done["peer_extrapolated"].sum())))
        ratio = done["peer_seconds_per_iteration"] / (done["seconds"] / done["n_iter"])
        rows.append((PER_ITERATION, *where, len(done), *_spread(ratio), 0, missed, 0))
    return pd.DataFrame(rows, columns=RATIOS)


def _spread(values: pd.Series) -> tuple[float, float, float]:
    return (float(values.median()), float(values.min()), float(values.max())) if len(values) else (np.nan,) * 3


def times_layout(found: pd.DataFrame, titles: Mapping[str, str], within: float, budget: float, starts: int) -> Layout:
    """Seconds to the best known loss as shown: a row per contestant, median and range over splits."""
    rows: list[list[str]] = []
    rules = []
    for where, group in found.groupby(["cohort", "loss", "problem"], sort=False):
        rules.append(len(rows))
        for (method, solver), one in group.groupby(["method", "solver"], sort=False):
            hit = one[one["outcome"] == REACHED]["seconds"]
            gaps = one[one["outcome"] != REACHED]
            missed = ", ".join(f"{n} {name}" for name, n in gaps["outcome"].value_counts().items()) or formats.MISSING
            gap = formats.error(100 * gaps["gap"].median()) if len(gaps) else formats.MISSING
            shown = [formats.error(value) for value in _spread(hit)]
            front = [where[0], LOSS_TITLES[where[1]], PROBLEM_TITLES[where[2]], titles.get(method, method), solver]
            rows.append([*front, f"{len(hit)}/{len(one)}", *shown, missed, gap])
    return Layout(
        caption=f"Seconds until the loss is within {within:g} (relative) of the best known, over splits.",
        label="benchmark",
        columns=[
            "Cohort",
            "Loss",
            "Problem",
            "Method",
            "Solver",
            "Reached",
            "Median",
            "Min",
            "Max",
            "Not reached",
            "Gap, %",
        ],
        rows=rows,
        align="lllllrrrrlr",
        rules=rules,
        notes=[
            f"Each had {budget:g} seconds per split and at most {starts} starts, one after the other; searches draw as many "
            "starts as they need. Best known: the lowest loss of all contestants and starts, or of longer searches. Gap: "
            "median distance from it where it was not reached. Of textbook and of other packages only the updates count, of "
            "the others everything. Seconds are CPU seconds. The loss of a peer is taken whenever its iterations have grown "
            "by a tenth (RcppML's by a quarter).",
            *_failures(found),
        ],
    )


def _failures(found: pd.DataFrame) -> list[str]:
    """What each peer said that failed, and how often, in sentences."""
    failed = found[found["outcome"] == FAILED].groupby(["method", "failure"], sort=False).size()
    return [f"{method} failed {count} times: {said}." for (method, said), count in failed.items()]


def ratios_layout(found: pd.DataFrame, titles: Mapping[str, str]) -> Layout:
    """The ratios as shown: a row per contestant and peer."""
    rows = []
    for row in found.itertuples():
        sign = "≥ " if row.lower_bounds else ""
        remarks = {"lower bound": row.lower_bounds, "extrapolated": row.extrapolated, "missed": row.missed}
        remark = ", ".join(f"{name} on {n}" for name, n in remarks.items() if n) or formats.MISSING
        front = [row.quantity, row.cohort, LOSS_TITLES[row.loss], f"{titles.get(row.method, row.method)}, {row.solver}"]
        values = [sign + formats.error(value) for value in (row.median, row.min, row.max)]
        rows.append([*front, f"{row.peer}, {row.peer_solver}", str(row.splits), *values, remark])
    return Layout(
        caption="How many times longer a peer takes, on the same split, over splits.",
        label="benchmarkratios",
        columns=[
            "Seconds",
            "Cohort",
            "Loss",
            "Method",
            "Peer",
            "Splits",
            "Median",
            "Min",
            "Max",
            "Splits with a remark",
        ],
        rows=rows,
        align="lllllrrrrl",
        notes=[
            "All but the searches and RcppML, which draw their own, have the same starts. Lower bound: the peer did not reach "
            "the target, and the ratio takes all the seconds it spent. Extrapolated: seconds per iteration of the textbook form "
            "times the iterations that the compiled solver needed. Missed: the method itself did not get there; such splits "
            "are not in the ratio. Per iteration: of the runs to the stopping rule, with the loss after every iteration of "
            "the textbook form; where it stops at another iteration, it stops at another loss. These seconds are of the clock."
        ],
    )
