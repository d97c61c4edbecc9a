"""Who takes part in the benchmark: the configured solvers, and their peers in plain numpy and in scikit-learn.

All but the searches and RcppML, which draw their own, start from the same points of a problem and are followed as
loss against seconds. What is *not* counted differs in the peers' favour: for a solver of this package everything
counts, the losses it takes on the way included; for a peer only its updates count, because the losses are taken for
it from outside. Seconds are CPU seconds on one thread, so that other work on the machine counts less; of a solver on
a GPU they are those of the clock.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from sklearn.decomposition import non_negative_factorization
from sklearn.exceptions import ConvergenceWarning

from aenmf.evaluation.best_known import basin
from aenmf.losses import FROBENIUS, KULLBACK_LEIBLER, loss_value
from aenmf.methods.devices import CPU
from aenmf.methods.iterative import IterativeMethod, compile_solver, solve_one
from aenmf.problem import Problem, Trajectory
from aenmf.solvers.common import SEARCH
from aenmf.solvers.textbook import NMF_STEPS
from aenmf.solvers.textbook_convex import update_frobenius, update_kullback_leibler

OURS, PEER = "ours", "peer"
FIRST_PILOT, FASTER = 16, 20.0
STILL = 1e-10
"""A peer no longer moves when its loss changes relatively by less than this per iteration (the paper's rule)."""


class PeerFailed(Exception):
    """A peer could not be run to its end; the benchmark goes on without it."""


@dataclass(frozen=True)
class Course:
    """One run from one start: its trajectory, seconds counted from the call, and whether it ended by itself."""

    trajectory: Trajectory
    finished: bool


@dataclass(frozen=True)
class Contestant:
    """Someone who minimises a problem.

    Attributes:
        problem: ``nmf`` or ``cnmf``, the function that is minimised; AE-NMF minimises that of convex NMF.
        method, solver: names in tables; a peer's method is ``textbook`` or the name of its package.
        kind: ``ours`` or ``peer``.
        run: ``run(problem, start number, seconds at most)``.
        once: whether it draws starts of its own, as many as it needs.
    """

    problem: str
    method: str
    solver: str
    kind: str
    run: Callable[[Problem, int, float], Course]
    once: bool = False


def own(name: str, method: IterativeMethod, loss: str) -> Contestant:
    """A configured entry: one that searches does so, any other is run from the starts of the race."""
    return (searching if method.settings[loss][1].restarts == SEARCH else starting)(name, method, loss)


def searching(name: str, method: IterativeMethod, loss: str) -> Contestant:
    """A search, from starts of its own: the lowest loss so far, at each optimum on the way. It is stopped when its time is up."""
    solver, options = method.settings[loss]

    def run(problem: Problem, start: int, budget: float) -> Course:
        compile_solver(solver, options, loss)
        lowest, seconds = [np.inf], [0.0]
        began = time.process_time()

        def hear(found: float) -> None:
            seconds.append(time.process_time() - began)
            lowest.append(min(lowest[-1], found))
            if seconds[-1] > budget:
                raise OutOfTime

        try:
            hear(float(method.search(problem, hear).objectives.min()))
            finished = True
        except OutOfTime:
            finished = False
            lowest[-1], seconds[-1] = lowest[-2], budget
        return cut(Trajectory(np.arange(len(lowest)), np.array(lowest), np.array(seconds)), budget, finished)

    return Contestant(basin(method.model), name, f"{solver.name}, {SEARCH}", OURS, run, once=True)


class OutOfTime(Exception):
    """A search has used its time."""


def starting(name: str, method: IterativeMethod, loss: str) -> Contestant:
    """A solver from the starts of the race. It is run again with more iterations until it ends by itself or has used its time."""
    solver, options = method.settings[loss]
    device = method.device_of(loss)
    clock = time.process_time if device == CPU else time.perf_counter

    def run(problem: Problem, start: int, budget: float) -> Course:
        compile_solver(solver, options, loss, device)
        n = min(FIRST_PILOT, options.max_iter)
        while True:
            point = problem.start(start)
            began, began_by_clock = clock(), time.perf_counter()
            solution = solve_one(solver, problem, point, replace(options, max_iter=n), device)
            seconds, by_clock = clock() - began, time.perf_counter() - began_by_clock
            if solution.converged or seconds >= budget / 2 or n >= options.max_iter:
                break
            n = min(options.max_iter, int(n * min(FASTER, max(2.0, budget / seconds))))
        path = solution.trajectory
        # A solver times its path by the clock: beside other work its end is right, and points before it are roughly so.
        inside = path.seconds * (seconds / by_clock)
        # What happens before and after the iterations counts too.
        around = seconds - inside[-1]
        return cut(Trajectory(path.iterations, path.losses, inside + around), budget, solution.converged)

    return Contestant(basin(method.model), name, solver.name, OURS, run)


def cut(path: Trajectory, budget: float, finished: bool) -> Course:
    """The part of a run that lies within the budget, its beginning always."""
    kept = max(1, int(np.count_nonzero(path.seconds <= budget)))
    part = Trajectory(path.iterations[:kept], path.losses[:kept], path.seconds[:kept])
    return Course(part, finished and kept == len(path.seconds))


@dataclass(frozen=True)
class Peer:
    """A peer at a start.

    Attributes:
        advance: does n further iterations.
        loss: the loss now, mean per cell.
        prepared: seconds that the preparation took, or takes in a single call.
        per_call: seconds that every call of ``advance`` takes besides its iterations, which are not counted.
    """

    advance: Callable[[int], None]
    loss: Callable[[], float]
    prepared: float = 0.0
    per_call: float = 0.0


Updates = Callable[[Problem, int], Peer]
"""From a problem and a start number to a peer."""


def textbook_nmf(problem: Problem, start: int) -> Peer:
    """The paper's NMF in plain numpy (:mod:`aenmf.solvers.textbook`)."""
    v, step, point = problem.catalogue, NMF_STEPS[problem.loss], problem.start(start)
    h, w = point.signatures, point.exposures

    def advance(n: int) -> None:
        nonlocal h, w
        for _ in range(n):
            h, w = step(v, h, w)

    return Peer(advance, lambda: loss_value(problem.loss, v, h @ w))


def grouped_update_frobenius(v: np.ndarray, weights: np.ndarray, loadings: np.ndarray):
    """The updates of :func:`aenmf.solvers.textbook_convex.update_frobenius` in O(MNK): VᵀV is never formed.

    Args:
        v: (M, N).
        weights, loadings: (N, K).
    """
    signatures = v @ weights
    mixed = v.T @ signatures
    loadings = loadings * np.sqrt(mixed / (loadings @ (signatures.T @ signatures)))
    weights = weights * np.sqrt((v.T @ (v @ loadings)) / (mixed @ (loadings.T @ loadings)))
    return weights, loadings


def printed_update_frobenius(q: np.ndarray, weights: np.ndarray, loadings: np.ndarray):
    """The same updates with the formula's products taken from left to right, N × N ones among them: O(N³).

    Args:
        q: VᵀV (N, N).
        weights, loadings: (N, K).
    """
    loadings = loadings * np.sqrt(q @ weights / (loadings @ weights.T @ q @ weights))
    weights = weights * np.sqrt(q @ loadings / (q @ weights @ loadings.T @ loadings))
    return weights, loadings


FORMS = {"mu, as printed": printed_update_frobenius, "mu, VᵀV formed": update_frobenius}
"""Forms of the Frobenius updates on VᵀV, by their names as solvers."""


def textbook_cnmf(form: str = "") -> Updates:
    """The paper's C-NMF in plain numpy: VᵀV formed, in one of :data:`FORMS`, or grouped so that all products are thin."""

    def updates(problem: Problem, start: int) -> Peer:
        v, point = problem.catalogue, problem.start(start)
        a, g = point.weights, np.ascontiguousarray(point.exposures.T)
        began = time.process_time()
        step: Callable[[np.ndarray, np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
        if problem.loss == KULLBACK_LEIBLER:
            step, data = update_kullback_leibler, v
        else:
            step, data = (FORMS[form], v.T @ v) if form else (grouped_update_frobenius, v)
        seconds = time.process_time() - began

        def advance(n: int) -> None:
            nonlocal a, g
            for _ in range(n):
                a, g = step(data, a, g)

        return Peer(advance, lambda: loss_value(problem.loss, v, (v @ a) @ g.T), seconds)

    return updates


def sklearn_nmf(solver: str) -> Updates:
    """scikit-learn's NMF, patients as rows; called again and again from where it was, which leaves its iterates unchanged.

    Its checks of the arguments in every call are measured beforehand and counted once. Its frobenius loss is half the
    summed squared error and its stopping rule another, so that the loss is taken here and the rule is off.
    """

    def updates(problem: Problem, start: int) -> Peer:
        point = problem.start(start)
        rows = np.ascontiguousarray(problem.catalogue.T)
        w, h = (np.array(part.T, order="C") for part in (point.exposures, point.signatures))
        fixed = {"init": "custom", "solver": solver, "beta_loss": problem.loss, "tol": 0.0}
        fixed |= {"n_components": problem.n_signatures}

        def advance(n: int) -> None:
            nonlocal w, h
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)  # it always stops at max_iter here
                w, h, _ = non_negative_factorization(rows, W=w, H=h, max_iter=n, **fixed)

        def current() -> float:
            return loss_value(problem.loss, problem.catalogue, h.T @ w.T)

        per_call = call_overhead(advance)
        w, h = (np.array(part.T, order="C") for part in (point.exposures, point.signatures))
        return Peer(advance, current, per_call, per_call)

    return updates


def call_overhead(advance: Callable[[int], None], times: int = 5, many: int = 9) -> float:
    """Seconds that a call takes besides its iterations, from calls of one and of several iterations (medians)."""
    seconds: dict[int, list[float]] = {1: [], many: []}
    for _ in range(times):
        for n, found in seconds.items():
            began = time.process_time()
            advance(n)
            found.append(time.process_time() - began)
    one, several = (float(np.median(found)) for found in seconds.values())
    return max(0.0, one - (several - one) / (many - 1))


PEERS: tuple[tuple[str, str, str, tuple[str, ...], Updates], ...] = (
    ("nmf", "textbook", "mu", (FROBENIUS, KULLBACK_LEIBLER), textbook_nmf),
    ("nmf", "scikit-learn", "cd", (FROBENIUS,), sklearn_nmf("cd")),
    ("nmf", "scikit-learn", "mu", (FROBENIUS, KULLBACK_LEIBLER), sklearn_nmf("mu")),
    *(("cnmf", "textbook", form, (FROBENIUS,), textbook_cnmf(form)) for form in FORMS),
    ("cnmf", "textbook", "mu, grouped", (FROBENIUS,), textbook_cnmf()),
    ("cnmf", "textbook", "mu", (KULLBACK_LEIBLER,), textbook_cnmf()),
)
"""Problem, method, solver, losses, and updates of every peer."""


def peers(loss: str, problems: set[str]) -> list[Contestant]:
    """The peers for a loss that minimise one of the problems."""
    return [
        Contestant(problem, method, solver, PEER, followed(updates))
        for problem, method, solver, losses, updates in PEERS
        if loss in losses and problem in problems
    ]


def followed(updates: Updates) -> Callable[[Problem, int, float], Course]:
    """Run a peer in stretches that grow by a tenth, its loss taken between them, until it is still or out of time."""

    def run(problem: Problem, start: int, budget: float) -> Course:
        with np.errstate(all="ignore"):
            peer = updates(problem, start)
            spent = peer.prepared
            done, iterations, losses, seconds = 0, [0], [peer.loss()], [spent]
            finished = False
            while spent < budget and not finished:
                n = max(1, done // 10)
                if done and spent > 0:
                    n = max(1, min(n, int((budget - spent) * done / spent)))
                began = time.process_time()
                peer.advance(n)
                spent += max(time.process_time() - began - peer.per_call, 0.0)
                done += n
                iterations.append(done)
                losses.append(peer.loss())
                seconds.append(spent)
                finished = not abs(losses[-2] - losses[-1]) > STILL * n * losses[-2]
        return cut(Trajectory(np.array(iterations), np.array(losses), np.array(seconds)), budget, finished)

    return run


@dataclass(frozen=True)
class RuleRun:
    """A run to the paper's stopping rule: iterations, seconds, and whether the rule was met within the time."""

    n_iter: int
    seconds: float
    converged: bool


def to_the_rule(updates: Updates, problem: Problem, tol: float, budget: float) -> RuleRun:
    """Run a textbook peer as one would: the loss after every iteration, until it changes relatively by less than ``tol``.

    Here the losses count, because the rule needs them.
    """
    with np.errstate(all="ignore"):
        peer = updates(problem, 0)
        began, n, now = time.perf_counter() - peer.prepared, 0, peer.loss()
        while n == 0 or time.perf_counter() - began < budget:
            peer.advance(1)
            n += 1
            before, now = now, peer.loss()
            if abs(before - now) < tol * before:
                return RuleRun(n, time.perf_counter() - began, True)
    return RuleRun(n, time.perf_counter() - began, False)
