"""Plain forms that the compiled solvers and the measures are tested against."""

from __future__ import annotations

import numpy as np

from aenmf.evaluation.matching import match
from aenmf.losses import loss_value
from aenmf.problem import Problem, Start
from aenmf.solvers.ae_kernels import combine_rows, decoder_pass, encoder_pass
from aenmf.solvers.common import IterationOptions, Solution, iterate
from aenmf.solvers.textbook import NMF_STEPS


def average_matched_cosine(first: np.ndarray, second: np.ndarray) -> float:
    """Average cosine similarity (ACS) after the optimal one-to-one matching of the columns of two arrays."""
    return match(first, second).mean


def loss_and_gradients(
    catalogue: np.ndarray, encoder: np.ndarray, decoder: np.ndarray, kl: bool
) -> tuple[float, np.ndarray, np.ndarray]:
    """Mean loss per cell and its gradients at non-negative E (N, K) and D (K, N); catalogue (M, N).

    Returns:
        The loss, ∂E (N, K) and ∂D (K, N).
    """
    patients = np.ascontiguousarray(catalogue.T)
    n, m = patients.shape
    k = encoder.shape[1]
    signatures, signature_gradient = np.empty((2, k, m), patients.dtype)
    encoder_gradient, decoder_gradient = np.empty((2, n, k), patients.dtype)
    decoder_rows = np.ascontiguousarray(decoder.T)
    combine_rows(patients, np.ascontiguousarray(encoder), signatures)
    loss = decoder_pass(patients, decoder_rows, signatures, kl, True, decoder_gradient, signature_gradient)
    encoder_pass(patients, signature_gradient, encoder_gradient)
    cells = m * n
    return loss / cells, encoder_gradient / cells, decoder_gradient.T / cells


def solve_nmf(problem: Problem, start: Start, options: IterationOptions) -> Solution:
    """NMF by the textbook multiplicative updates, to the paper's stopping rule checked after every iteration."""
    step, catalogue = NMF_STEPS[problem.loss], problem.catalogue
    h, w = start.signatures, start.exposures
    loss = loss_value(problem.loss, catalogue, h @ w)

    def advance(n: int) -> tuple[int, float, bool]:
        nonlocal h, w, loss
        for done in range(1, n + 1):
            h, w = step(catalogue, h, w)
            before, loss = loss, loss_value(problem.loss, catalogue, h @ w)
            if abs(before - loss) < options.tol * before:
                return done, loss, True
        return n, loss, False

    n_iter, converged, trajectory = iterate(advance, loss, options.max_iter)
    return Solution(h, w, n_iter, converged, trajectory)
