"""Start strategies: where a search begins. Each draws from the stream of the problem that it is given."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from aenmf.losses import FROBENIUS, KULLBACK_LEIBLER
from aenmf.methods.search.geometry import Cohort
from aenmf.problem import Problem, Start
from aenmf.solvers.common import Solution

LLOYD = 10
"""Rounds of k-means."""

UPDATES = 200
"""Multiplicative updates of the NMF that only serves as a start."""

LEAST = 1e-300
"""Guards denominators that are zero for a patient or a signature without mutations."""

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
    from scipy.cluster.vq import kmeans2

    generator, k = cohort.problem.seed.generator(), cohort.problem.n_signatures
    usable = np.flatnonzero(cohort.totals > 0)
    points, weights = cohort.profiles[usable], np.zeros((len(cohort.totals), k))
    with warnings.catch_warnings(action="ignore"):  # a cluster may become empty: it is filled below
        _, labels = kmeans2(points, k, iter=LLOYD, minit="++", rng=generator)
    for j in range(k):
        members = usable[labels == j]
        weights[members if len(members) else generator.choice(usable), j] = 1.0
    return from_weights(cohort, weights / weights.sum(axis=0), convex)


def rough_nmf(cohort: Cohort) -> np.ndarray:
    """NMF's signatures (K, M) of sum 1 after some multiplicative updates; so rough ones need no solver of another model."""
    start, rank = cohort.problem.start(), cohort.problem.n_signatures
    counts = (
        cohort.profiles
        * np.sqrt(cohort.stakes if cohort.problem.loss == FROBENIUS else np.square(cohort.stakes))[:, None]
    )
    signatures, shares = start.signatures.T, start.exposures.T * counts.sum(axis=1, keepdims=True) / rank
    for _ in range(UPDATES):
        signatures = signatures / np.maximum(signatures.sum(axis=1, keepdims=True), LEAST)
        if cohort.problem.loss == FROBENIUS:
            shares = shares * (counts @ signatures.T) / np.maximum(shares @ (signatures @ signatures.T), LEAST)
            signatures = signatures * (shares.T @ counts) / np.maximum((shares.T @ shares) @ signatures, LEAST)
        else:
            shares = shares * ((counts / np.maximum(shares @ signatures, LEAST)) @ signatures.T)
            ratio = counts / np.maximum(shares @ signatures, LEAST)
            signatures = signatures * (shares.T @ ratio) / np.maximum(shares.sum(axis=0)[:, None], LEAST)
    return signatures / np.maximum(signatures.sum(axis=1, keepdims=True), LEAST)


def nmf(cohort: Cohort, convex: bool, solve: Solve) -> Start:
    """NMF's solution from a random start, roughly; for a convex model its signatures' nearest points in the patients' cone."""
    from scipy.optimize import nnls

    weights = np.stack([nnls(cohort.profiles.T, signature)[0] for signature in rough_nmf(cohort)], axis=1)
    weights[cohort.draw(cohort.totals, cohort.problem.seed.generator()), weights.sum(axis=0) == 0] = 1.0
    return from_weights(cohort, weights / weights.sum(axis=0), convex)


def other_loss(cohort: Cohort, convex: bool, solve: Solve) -> Start:
    """The model's own solution under the other loss of the paper, or the Kullback–Leibler one."""
    other = FROBENIUS if cohort.problem.loss == KULLBACK_LEIBLER else KULLBACK_LEIBLER
    problem = replace(cohort.problem, loss=other)
    solution = solve(problem, residual(Cohort(problem), convex, solve), ROUGH)
    sums = np.maximum(solution.signatures.sum(axis=0), LEAST)
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
