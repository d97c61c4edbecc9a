"""AE-NMF by variable projection: the decoder is solved, the encoder is trained by L-BFGS.

For a given encoder E the best decoder D(E) is a small convex problem per patient, so the autoencoder's loss can be
minimised over E alone, f(E) = min over D ≥ 0 of loss(V, V E D) (Golub & Pereyra 1973). Its gradient is ∂E of the
autoencoder at D(E), as the derivative through D(E) vanishes at the minimum. The encoder is E = S X² entry by entry, with
S the inverse of each patient's mutations: non-negative without bounds, all patients on one scale, and quick to empty the
many weights that are zero at the optimum. L-BFGS (Liu & Nocedal 1989; scipy's L-BFGS-B without bounds) then needs some
hundred evaluations where Adam needs tens of thousands of steps.

With the negative-binomial loss the decoder's problem is not convex: D(E) is then the minimum that the steps of
:mod:`aenmf.solvers.nb_columns` reach from the last one, and f is smooth as long as that stays the same minimum.
"""

from __future__ import annotations

import numpy as np

from aenmf.losses import KULLBACK_LEIBLER, LOSSES, NEGATIVE_BINOMIAL, needed, negative_binomial_cells
from aenmf.problem import Problem, Start
from aenmf.solvers.ae_decoder import best_decoder_frobenius, best_decoder_kl
from aenmf.solvers.ae_kernels import combine_rows, compiled, decoder_pass, encoder_pass
from aenmf.solvers.common import FLOOR, Solution, Solver
from aenmf.solvers.kkt import loss_gradient_parts
from aenmf.solvers.nb_columns import improve_columns
from aenmf.solvers.varpro import VarproOptions, descend

REVIVED = 1e-6
"""Negative-binomial decoders begin no lower than this part of a patient's mean."""

DECODER_STEPS = 100
"""Steps of such a decoder at most."""


@compiled
def evaluate(
    patients, roots, scale, kl, decoder_tol, encoder, decoder, signatures, signature_gradient, decoder_gradient,
    encoder_gradient,
):  # fmt: skip
    """Loss summed over cells at the encoder ``scale``·``roots``² and its best decoder.

    Fills the arrays after ``decoder_tol``; on entry ``decoder`` (N, K) is where the search for the best decoder begins.
    ``encoder_gradient`` (N, K) becomes the derivative with respect to ``roots`` (N, K).
    """
    n, k_all = roots.shape
    for j in range(n):
        for k in range(k_all):
            w = scale[j] * roots[j, k] * roots[j, k]
            encoder[j, k] = w if w > FLOOR else 0.0
    combine_rows(patients, encoder, signatures)
    if kl:
        best_decoder_kl(patients, signatures, decoder, decoder_tol)
    else:
        best_decoder_frobenius(patients, signatures, decoder)
    loss = decoder_pass(patients, decoder, signatures, kl, True, decoder_gradient, signature_gradient)
    encoder_pass(patients, signature_gradient, encoder_gradient)
    for j in range(n):
        for k in range(k_all):
            encoder_gradient[j, k] *= 2 * scale[j] * roots[j, k]
    return loss


def evaluate_overdispersed(
    patients: np.ndarray,
    roots: np.ndarray,
    scale: np.ndarray,
    dispersion: np.ndarray,
    decoder_tol: float,
    encoder: np.ndarray,
    decoder: np.ndarray,
    encoder_gradient: np.ndarray,
) -> float:
    """As :func:`evaluate` for the negative-binomial loss, with dispersion (N, M)."""
    square = scale[:, None] * np.square(roots)
    encoder[:] = np.where(square > FLOOR, square, 0.0)
    signatures = encoder.T @ patients
    np.maximum(decoder, REVIVED * decoder.mean(axis=1, keepdims=True), out=decoder)
    improve_columns(patients, np.ascontiguousarray(signatures.T), dispersion, decoder, DECODER_STEPS, decoder_tol)
    fitted = decoder @ signatures
    above, below = loss_gradient_parts(NEGATIVE_BINOMIAL, patients, fitted, dispersion)
    encoder_gradient[:] = 2.0 * scale[:, None] * roots * (patients @ ((above - below).T @ decoder))
    return float(negative_binomial_cells(patients, fitted, dispersion).sum())


def train(problem: Problem, start: Start, options: VarproOptions) -> Solution:
    """Train the encoder from ``start.weights``; ``start.exposures`` only warm-starts the first decoder.

    The solution's extras are ``weights`` (N, K), the encoder. An iteration is one of L-BFGS, about 1.1 evaluations of
    the loss and its gradient.
    """
    patients = np.ascontiguousarray(problem.catalogue.T)
    (n, m), k = patients.shape, problem.n_signatures
    kl = problem.loss == KULLBACK_LEIBLER
    overdispersed = problem.loss == NEGATIVE_BINOMIAL
    if overdispersed:
        dispersion = np.repeat(np.asarray(needed(problem.dispersion))[:, None], m, axis=1)
    totals = patients.sum(axis=1)
    scale = 1.0 / np.where(totals > 0, totals, 1.0)
    # The loss does not change when a signature is scaled against its exposures; all start at one common size.
    roots = np.sqrt(start.weights / scale[:, None])
    roots /= np.sqrt(np.mean(roots**2))
    encoder, encoder_gradient, decoder_gradient = np.empty((3, n, k))
    signatures, signature_gradient = np.empty((2, k, m))
    signature_size = (patients.T @ (scale[:, None] * roots**2)).sum() / k
    sums = start.exposures.sum(axis=0)  # zero for an empty patient where a run goes on from another one's end
    decoder = start.exposures.T * (totals / np.where(sums > 0, sums, 1.0) / signature_size)[:, None]

    def loss(x: np.ndarray) -> tuple[float, np.ndarray]:
        """The mean loss and the gradient of the summed loss; leaves the encoder and its decoder in the arrays above."""
        if overdispersed:
            own = patients, x, scale, dispersion, options.decoder_tol
            total = evaluate_overdispersed(*own, encoder, decoder, encoder_gradient)
        else:
            total = evaluate(
                patients, x, scale, kl, options.decoder_tol, encoder, decoder, signatures,
                signature_gradient, decoder_gradient, encoder_gradient,
            )  # fmt: skip
        return total / patients.size, encoder_gradient

    roots, converged, trajectory = descend(problem, roots, loss, options)
    loss(roots)
    return Solution(
        signatures=problem.catalogue @ encoder,
        exposures=np.ascontiguousarray(decoder.T),
        n_iter=int(trajectory.iterations[-1]),
        converged=converged,
        trajectory=trajectory,
        extras={"weights": encoder},
    )


VARPRO = Solver("varpro", LOSSES, VarproOptions, train, "variable projection: exact decoder, encoder by L-BFGS")
