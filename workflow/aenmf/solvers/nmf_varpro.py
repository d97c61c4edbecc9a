"""NMF for the Kullback-Leibler loss by variable projection: exposures are solved, signatures found by L-BFGS.

For fixed signatures H the exposures are a small convex problem per patient, so the loss can be minimised over H alone; its
gradient is that of the loss at the best exposures (:mod:`aenmf.solvers.varpro`). H = X² entry by entry is non-negative without
bounds. Solvers that alternate between the factors crawl where the two move together along a flat valley, as on large catalogues
and on counts with little noise; here the exposures follow the signatures at every step. (For ``frobenius`` this is no
faster than :mod:`aenmf.solvers.nmf_hals`.)

An entry of X that is zero has no gradient, whatever the loss would gain. So the run begins with some iterations of
:mod:`aenmf.solvers.nmf_ccd`; entries it left near zero are lifted a little; and where a zero entry should grow at the end, it
is lifted and the run goes on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from aenmf.losses import KULLBACK_LEIBLER
from aenmf.problem import Problem, Start
from aenmf.solvers.ae_decoder import best_decoder_kl
from aenmf.solvers.ae_kernels import compiled, decoder_pass
from aenmf.solvers.common import FLOOR, Solution, Solver, scale_signatures
from aenmf.solvers.kkt import loss_gradient_parts
from aenmf.solvers.nmf_anderson import AcceleratedOptions
from aenmf.solvers.nmf_ccd import solve_ccd
from aenmf.solvers.varpro import VarproOptions, descend

WARM_UP = 50
"""Iterations of the alternating solver at the beginning: they find the rough shape faster than L-BFGS."""

LIFT = 1e-2
"""Entries of a signature below this part of its mean begin at it."""

GAIN = 1e-4
"""Relative gradient from which on a zero entry is lifted at the end."""

ROUNDS = 10
"""Runs of L-BFGS at most, each but the first from lifted zeros."""


@dataclass(frozen=True)
class NmfVarproOptions(VarproOptions):
    """Options of NMF's variable-projection solver: those of :class:`~aenmf.solvers.varpro.VarproOptions`."""

    memory: int = 30


@compiled
def evaluate(patients, roots, decoder_tol, signatures, exposures, exposure_gradient, signature_gradient):
    """Loss summed over cells at the signatures ``roots``² (K, M) and their best exposures (N, K).

    Fills the arrays after ``decoder_tol``; on entry ``exposures`` is where the search for the best ones begins.
    ``signature_gradient`` (K, M) is with respect to the signatures.
    """
    for k in range(roots.shape[0]):
        for m in range(roots.shape[1]):
            h = roots[k, m] * roots[k, m]
            signatures[k, m] = h if h > FLOOR else 0.0
    best_decoder_kl(patients, signatures, exposures, decoder_tol)
    return decoder_pass(patients, exposures, signatures, True, True, exposure_gradient, signature_gradient)


def solve_varpro(problem: Problem, start: Start, options: NmfVarproOptions) -> Solution:
    """NMF for ``kullback-leibler`` by variable projection; see the module's text."""
    warm = solve_ccd(problem, start, AcceleratedOptions(max_iter=min(WARM_UP, options.max_iter)))
    patients = np.ascontiguousarray(problem.catalogue.T)
    # Signatures of mean 1, so that L-BFGS meets numbers of one size.
    shares, mutations, _ = scale_signatures(warm.signatures, warm.exposures)
    signatures = np.ascontiguousarray(shares.T * len(shares))
    exposures = np.ascontiguousarray(mutations.T / len(shares))
    signature_gradient, exposure_gradient = np.empty_like(signatures), np.empty_like(exposures)

    def loss(roots: np.ndarray) -> tuple[float, np.ndarray]:
        """The mean loss and the gradient of the summed loss; leaves the factors in the arrays above."""
        total = evaluate(
            patients, roots, options.decoder_tol, signatures, exposures, exposure_gradient, signature_gradient
        )
        return total / patients.size, 2.0 * roots * signature_gradient

    roots, trajectory, converged, rounds = np.sqrt(np.maximum(signatures, LIFT)), warm.trajectory, False, 0
    while not converged and rounds < ROUNDS and (left := options.max_iter - int(trajectory.iterations[-1])) > 0:
        roots, settled, way = descend(problem, roots, loss, replace(options, max_iter=left))
        trajectory, rounds = trajectory.followed_by(way), rounds + 1
        loss(roots)
        held_back = (signatures < LIFT) & growing(problem, signatures, exposures)
        converged = settled and not held_back.any()
        if not converged:
            roots = np.where(held_back, np.sqrt(LIFT), roots)
    if rounds == 0:
        return warm
    return Solution(signatures.T.copy(), exposures.T.copy(), int(trajectory.iterations[-1]), converged, trajectory)


def growing(problem: Problem, signatures: np.ndarray, exposures: np.ndarray) -> np.ndarray:
    """(K, M): where the loss falls if the entry of the signatures (K, M) grows, at the exposures (N, K)."""
    above, below = loss_gradient_parts(problem.loss, problem.catalogue, signatures.T @ exposures.T)
    above, below = (above @ exposures).T, (below @ exposures).T
    return below - above > GAIN * (above + below)


VARPRO = Solver(
    "varpro",
    (KULLBACK_LEIBLER,),
    NmfVarproOptions,
    solve_varpro,
    "variable projection: exact exposures, signatures by L-BFGS",
)
