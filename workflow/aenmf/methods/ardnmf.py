"""NMF with automatic relevance determination, which chooses the number of signatures itself (Tan & Févotte 2013)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from aenmf.methods.base import Architecture
from aenmf.methods.refitted import Extraction, RefittedMethod
from aenmf.problem import Problem
from aenmf.seeds import Seed
from aenmf.solvers.ardnmf import determine_relevance, matched
from aenmf.solvers.common import MOST_STARTS, checked_number


@dataclass(frozen=True)
class RelevanceOptions:
    """Options.

    Attributes:
        most: signatures that it begins with, more than needed.
        shape: a of the scales' prior; the larger, the weaker is the pull to fewer signatures.
        relevant: relevance λ c/b − 1 above which a signature is kept; one without mass has 0.
        restarts: random starts, of which the lowest loss is kept.
        tol: largest relative change of a scale in a step to stop at.
        max_iter: steps at most.
    """

    most: int = 20
    shape: float = 10.0
    relevant: float = 0.1
    restarts: int = 3
    tol: float = 1e-5
    max_iter: int = 50_000

    def __post_init__(self):
        for name in ("most", "max_iter"):
            object.__setattr__(self, name, checked_number(name, getattr(self, name), int, 1))
        object.__setattr__(self, "restarts", checked_number("restarts", self.restarts, int, 1, MOST_STARTS))
        for name in ("relevant", "tol"):
            object.__setattr__(self, name, checked_number(name, getattr(self, name), float, 0.0))
        object.__setattr__(self, "shape", checked_number("shape", self.shape, float, 0.0))
        if not self.shape > 2:
            raise ValueError(f"shape must be above 2, not {self.shape!r}")


class RelevanceNMF(RefittedMethod):
    """Begins with ``most`` signatures, of which a prior leaves no more than the counts need.

    :meth:`own_rank` is the number that it keeps. A fit has as many signatures as its problem asks for: the most relevant
    ones, and flat ones where it keeps fewer. ``extras``: ``kept``, and the ``relevance`` (most,) of all in descending order.
    The problem's loss decides the refit of the exposures only.
    """

    model = "ardnmf"
    Options = RelevanceOptions
    architecture = Architecture(
        title="ARD-NMF",
        reference="Tan & Févotte 2013",
        orientation="channels × patients",
        layers="none: V ≈ H W with a scale for each signature",
        activations="none",
        biases="none",
        constraints="H ≥ 0, W ≥ 0",
        loss="Kullback–Leibler and half-exponential priors",
        optimiser="majorise-minimise",
    )

    @property
    def chooses_rank(self) -> bool:
        return True

    def own_rank(self, problem: Problem) -> int:
        """The number of signatures that it keeps of a problem, whatever number the problem asks for."""
        return int(self.extract(self.matrix_of(problem), 1, problem.seed).extras["kept"][0])

    def extract(self, matrix: np.ndarray, n_signatures: int, seed: Seed) -> Extraction:
        o, seed = self.options, seed.child("ardnmf")
        prior = matched(matrix, o.most, o.shape)
        size = 2.0 * np.sqrt(matrix.mean() / o.most)
        found = []
        with threadpool_limits(1, user_api="blas"):  # sums over threads would depend on their number
            for r in range(o.restarts):
                generator = seed.child(f"start {r}").generator()
                h = size * (1.0 - generator.random((len(matrix), o.most)))
                w = size * (1.0 - generator.random((o.most, matrix.shape[1])))
                found.append(determine_relevance(matrix, h, w, prior, o.tol, o.max_iter))
        signatures, _, relevance, steps, ended, trajectory = min(found, key=lambda end: end[-1].losses[-1])
        order = np.argsort(-relevance, kind="stable")
        kept = int((relevance > o.relevant).sum())
        chosen = np.zeros((len(matrix), n_signatures))
        used = order[: min(kept, n_signatures)]
        chosen[:, : len(used)] = signatures[:, used]
        extras = {"kept": np.array([kept]), "relevance": np.maximum(relevance[order], 0.0)}
        return Extraction(chosen, steps, ended, trajectory, extras)
