"""Start strategies: where a search begins. Each draws from the stream of the problem that it is given."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.cluster.vq import kmeans2
from scipy.optimize import nnls

from aenmf.losses import FROBENIUS, LOSSES
from aenmf.methods.search.geometry import Cohort
from aenmf.problem import Problem, Start
from aenmf.solvers.common import Solution
from aenmf.solvers.nmf_ccd import CCD
from aenmf.solvers.nmf_hals import HALS

LLOYD = 10
"""Rounds of k-means."""

ROUGH = 1e-4
"""Relative change of the loss per iteration at which a solution that only serves as a start is good enough."""

Solve = Callable[[Problem, Start, float], Solution]
"""``solve(problem, start, tol)``: the method's own solver of the problem's loss, stopped at ``tol``."""

Strategy = Callable[[Cohort, bool, Solve], Start]
"""``strategy(cohort, convex, solve)``; convex: whether signatures are mixtures of the patients."""


def from_weights(cohort: Cohort, weights: np.ndarray, convex: bool) -> Start:
    """The start with the signatures that ``weights`` (N, K), columns of sum 1, mix from the profiles, and their exposures."""
    signatures = np.ascontiguousarray(weights.T @ cohort.profiles)
    return cohort.start(signatures, cohort.expose(signatures), weights if convex else None)


def random(cohort: Cohort, convex: bool, solve: Solve) -> Start:
    """Uniform random factors: weights of the patients for a convex model, signatures otherwise."""
    start = cohort.problem.start()
    if convex:
        weights = start.weights * (cohort.totals > 0)[:, None]
        return from_weights(cohort, weights / weights.sum(axis=0), convex)
    signatures = np.ascontiguousarray((start.signatures / start.signatures.sum(axis=0)).T)
    return cohort.start(signatures, cohort.expose(signatures), None)


def residual(cohort: Cohort, convex: bool, solve: Solve) -> Start:
    """Patients drawn one after the other, each in proportion to the loss that the ones before leave."""
    generator, k = cohort.problem.seed.generator(), cohort.problem.n_signatures
    weights = np.zeros((len(cohort.totals), k))
    losses = cohort.losses(np.zeros((1, len(cohort.mean))), np.zeros((len(cohort.totals), 1)))
    for j in range(k):
        weights[cohort.draw(losses, generator), j] = 1.0
        signatures = np.ascontiguousarray(weights[:, : j + 1].T @ cohort.profiles)
        losses = cohort.losses(signatures, cohort.expose(signatures))
    return from_weights(cohort, weights, convex)


def profiles(cohort: Cohort, convex: bool, solve: Solve) -> Start:
    """Means of clusters of profiles: k-means from a k-means++ start (Arthur & Vassilvitskii 2007)."""
    generator, k = cohort.problem.seed.generator(), cohort.problem.n_signatures
    usable = np.flatnonzero(cohort.totals > 0)
    points, weights = cohort.profiles[usable], np.zeros((len(cohort.totals), k))
    with warnings.catch_warnings(action="ignore"):  # a cluster may become empty: it is filled below
        _, labels = kmeans2(points, k, iter=LLOYD, minit="++", rng=generator)
    for j in range(k):
        members = usable[labels == j]
        weights[members if len(members) else generator.choice(usable), j] = 1.0
    return from_weights(cohort, weights / weights.sum(axis=0), convex)


def nmf(cohort: Cohort, convex: bool, solve: Solve) -> Start:
    """NMF's solution from a random start; for a convex model its signatures' nearest points in the cone of the patients."""
    solver = HALS if cohort.problem.loss == FROBENIUS else CCD
    fitted = solver.solve(cohort.problem, cohort.problem.start(), solver.options().trial(ROUGH)).signatures
    weights = np.stack([nnls(cohort.profiles.T, h)[0] for h in (fitted / np.maximum(fitted.sum(axis=0), 1e-300)).T], 1)
    weights[cohort.draw(cohort.totals, cohort.problem.seed.generator()), weights.sum(axis=0) == 0] = 1.0
    return from_weights(cohort, weights / weights.sum(axis=0), convex)


def other_loss(cohort: Cohort, convex: bool, solve: Solve) -> Start:
    """The model's own solution under the other loss."""
    [other] = set(LOSSES) - {cohort.problem.loss}
    problem = replace(cohort.problem, loss=other)
    solution = solve(problem, residual(Cohort(problem), convex, solve), ROUGH)
    sums = np.maximum(solution.signatures.sum(axis=0), 1e-300)
    weights = solution.extras.get("weights")
    parts = None if weights is None else weights * cohort.totals[:, None] / sums
    signatures = np.ascontiguousarray((solution.signatures / sums).T)
    return cohort.start(signatures, cohort.expose(signatures), parts)


START_OF: dict[str, Strategy] = {
    "random": random,
    "residual": residual,
    "profiles": profiles,
    "nmf": nmf,
    "other_loss": other_loss,
}
