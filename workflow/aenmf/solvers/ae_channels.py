"""The autoencoder's loss and gradients in float64, channel by channel: what its training spends its time on.

The model and its gradients are those of :mod:`aenmf.solvers.ae_kernels`. Here encoder and decoder lie above each other as
(2K, N), the catalogue as channels × patients, so that the thin products of :mod:`aenmf.solvers.products` serve both
factors at once. For the squared error no residual is formed: with B = V Dᵀ the gradients are ∂H = 2 (H DDᵀ − B) and
∂D = 2 (HᵀH D − HᵀV), so that V is multiplied by [E | Dᵀ] once and by [∂H | H] once, four products instead of five. The loss
‖V‖² − 2 ⟨H, B⟩ + ⟨HᵀH, DDᵀ⟩ then loses as many digits as it is smaller than ‖V‖².

Losses and gradients are sums over cells; callers divide by M·N.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from aenmf.solvers.ae_kernels import LEAST_RECONSTRUCTION
from aenmf.solvers.products import (
    FAST,
    TILE,
    gram,
    project_on_exposures,
    project_on_signatures,
    ratio_on_both,
    total_of,
    totals_of_columns,
)


@njit(cache=True, fastmath=FAST, error_model="numpy")
def squared_error_pass(v, squares, weights, decoder, gradient, products, mixed):
    """Loss and gradients of the squared error.

    Args:
        v: (M, N) catalogue, padded (:func:`aenmf.solvers.products.pad_channels`); ``squares``: the sum of its squares.
        weights: (2K, N), the transposed encoder above the decoder, ≥ 0; ``decoder`` (K, N) is its lower half.
        gradient: (2K, N), overwritten.
        products, mixed: (M, 2K) scratch.

    Returns:
        The loss summed over cells.
    """
    k_all = len(decoder)
    decoder_gram, signature_gram = np.empty((2, k_all, k_all))
    project_on_exposures(v, weights, products)  # [H | B]
    gram(decoder, decoder_gram)
    signature_gram[:] = 0.0
    loss = squares
    for m in range(len(v)):
        for a in range(k_all):
            h, b = products[m, a], products[m, k_all + a]
            loss -= 2.0 * h * b
            slope = -b
            for c in range(k_all):
                signature_gram[a, c] += h * products[m, c]
                slope += decoder_gram[a, c] * products[m, c]
            mixed[m, a] = 2.0 * slope
            mixed[m, k_all + a] = -2.0 * h
    project_on_signatures(v, mixed, gradient)
    for a in range(k_all):
        row = gradient[k_all + a]
        for c in range(k_all):
            loss += signature_gram[a, c] * decoder_gram[a, c]
            factor, other = 2.0 * signature_gram[a, c], decoder[c]
            for i in range(len(row)):
                row[i] += factor * other[i]
    return loss


@njit(cache=True, fastmath=False, error_model="numpy")
def divergence_pass(v, encoder, decoder, encoder_gradient, decoder_gradient, signatures, slopes):
    """Gradients of the Kullback–Leibler loss.

    Args:
        v: (M, N) catalogue, padded.
        encoder, decoder: (K, N), ≥ 0.
        encoder_gradient, decoder_gradient: (K, N), overwritten.
        signatures, slopes: (M, K), overwritten by H and ∂H.
    """
    k_all, n = decoder.shape
    rows, part = np.empty((4, TILE)), np.empty((k_all, TILE))
    project_on_exposures(v, encoder, signatures)
    sums = np.empty(k_all)
    totals_of_columns(signatures, sums)
    slopes[:] = 0.0  # (V / V̂) Dᵀ first
    for start in range(0, n, TILE):
        stop = min(n, start + TILE)
        ratio_on_both(v, signatures, decoder, start, stop, LEAST_RECONSTRUCTION, rows, part, slopes)
        for k in range(k_all):
            for i in range(stop - start):
                decoder_gradient[k, start + i] = sums[k] - part[k, i]
    for k in range(k_all):
        total = total_of(decoder[k])
        for m in range(len(v)):
            slopes[m, k] = total - slopes[m, k]
    project_on_signatures(v, slopes, encoder_gradient)
