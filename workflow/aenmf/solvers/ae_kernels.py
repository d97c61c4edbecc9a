"""The linear autoencoder's loss and gradients, compiled.

The model is V̂ = V E D with V (M, N) the catalogue, E (N, K) ≥ 0 the encoder and D (K, N) ≥ 0 the decoder. With
H = V E (signatures) and R = ∂(cell loss)/∂V̂, the gradients are ∂D = Hᵀ R and ∂E = Vᵀ (R Dᵀ), so a step costs five
products of M·N·K multiplications and is linear in the number of patients. Everything is stored patient-major: the
catalogue as (N, M), encoder and decoder both as (N, K), signatures as (K, M). A patient's row and all signatures stay
in the first-level cache, the innermost loops run over the M channels and become vector instructions, and R is never
stored.

All functions work in the precision of their arrays. Losses and gradients are sums over cells; callers divide by M·N.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from aenmf.solvers.ae_logarithm import take_logarithms

compiled = njit(cache=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz", "arcp"})
"""Compiles with the freedom to reorder sums and without tests for division by zero, both of which prevent vectors.
Infinities and NaN keep their meaning."""

LEAST_RECONSTRUCTION = 1e-10
"""KL only: reconstructed counts are taken as at least this many mutations, so that v/v̂ stays finite in float32 too."""

BLOCK = 4


@compiled
def combine_rows(rows, weights, out):
    """``out`` (K, M) = weightsᵀ rows, for rows (N, M) and weights (N, K)."""
    n, m = rows.shape
    k_all = weights.shape[1]
    out[:] = 0
    whole = n - n % BLOCK
    for j in range(0, whole, BLOCK):
        v0, v1, v2, v3 = rows[j], rows[j + 1], rows[j + 2], rows[j + 3]
        for k in range(k_all):
            a, b, c, d = weights[j, k], weights[j + 1, k], weights[j + 2, k], weights[j + 3, k]
            target = out[k]
            for i in range(m):
                target[i] += a * v0[i] + b * v1[i] + c * v2[i] + d * v3[i]
    for j in range(whole, n):
        row = rows[j]
        for k in range(k_all):
            a, target = weights[j, k], out[k]
            for i in range(m):
                target[i] += a * row[i]


@compiled
def row_products(vectors, row, out):
    """``out`` (K,) = vectors (K, M) · row (M,)."""
    k_all, m = vectors.shape
    whole = k_all - k_all % BLOCK
    for k in range(0, whole, BLOCK):
        h0, h1, h2, h3 = vectors[k], vectors[k + 1], vectors[k + 2], vectors[k + 3]
        s0 = s1 = s2 = s3 = vectors.dtype.type(0)
        for i in range(m):
            x = row[i]
            s0 += h0[i] * x
            s1 += h1[i] * x
            s2 += h2[i] * x
            s3 += h3[i] * x
        out[k], out[k + 1], out[k + 2], out[k + 3] = s0, s1, s2, s3
    for k in range(whole, k_all):
        h0, s0 = vectors[k], vectors.dtype.type(0)
        for i in range(m):
            s0 += h0[i] * row[i]
        out[k] = s0


@compiled
def reconstruct(signatures, weights, out):
    """``out`` (M,) = weights (K,) · signatures (K, M)."""
    k_all, m = signatures.shape
    whole = k_all - k_all % BLOCK
    out[:] = 0
    for k in range(0, whole, BLOCK):
        a, b, c, d = weights[k], weights[k + 1], weights[k + 2], weights[k + 3]
        h0, h1, h2, h3 = signatures[k], signatures[k + 1], signatures[k + 2], signatures[k + 3]
        for i in range(m):
            out[i] += a * h0[i] + b * h1[i] + c * h2[i] + d * h3[i]
    for k in range(whole, k_all):
        a, h0 = weights[k], signatures[k]
        for i in range(m):
            out[i] += a * h0[i]


@compiled
def kl_row(counts, fitted, scratch):
    """Σ v·log(v/v̂) − v + v̂ of one patient, in float64; 0·log 0 = 0; ``scratch`` (3, M) float64."""
    ratios = scratch[0]
    for i in range(counts.size):
        ratios[i] = counts[i] / max(float(fitted[i]), LEAST_RECONSTRUCTION)
    take_logarithms(ratios, scratch[1], scratch[2])
    total = 0.0
    for i in range(counts.size):
        total += float(fitted[i]) - float(counts[i]) + counts[i] * ratios[i]
    return total


@compiled
def decoder_pass(patients, decoder, signatures, kl, want_loss, decoder_gradient, signature_gradient):
    """One pass over the patients: the loss, ∂D and ∂H.

    Four patients at a time share every load of a signature; the last block is filled up with exposures of zero.

    Args:
        patients: (N, M) catalogue, transposed.
        decoder: (N, K), the decoder transposed, ≥ 0.
        signatures: (K, M), H = V E transposed.
        kl: minimise the KL loss, else the squared error.
        want_loss: compute the KL loss, whose logarithms cost more than its gradient (the squared error always is).
        decoder_gradient, signature_gradient: (N, K) and (K, M), overwritten.

    Returns:
        The loss summed over cells, accumulated over patients in float64 (0 if not computed).
    """
    n, m = patients.shape
    k_all = decoder.shape[1]
    real = patients.dtype.type
    zero, one, least = real(0), real(1), real(LEAST_RECONSTRUCTION)
    residual = np.empty((BLOCK, m), patients.dtype)
    exposures, products = np.empty((2, BLOCK, k_all), patients.dtype)
    scratch = np.empty((3, m))
    signature_gradient[:] = 0
    loss = 0.0
    for first in range(0, n, BLOCK):
        size = min(BLOCK, n - first)
        for b in range(BLOCK):
            for k in range(k_all):
                exposures[b, k] = decoder[first + b, k] if b < size else zero
        residual[:] = 0
        for k in range(k_all):
            a0, a1, a2, a3 = exposures[0, k], exposures[1, k], exposures[2, k], exposures[3, k]
            for i in range(m):
                h = signatures[k, i]
                residual[0, i] += a0 * h
                residual[1, i] += a1 * h
                residual[2, i] += a2 * h
                residual[3, i] += a3 * h
        for b in range(size):  # V̂ becomes ∂loss/∂V̂; in rows beyond the last patient it is and stays 0
            j = first + b
            if kl:
                if want_loss:
                    loss += kl_row(patients[j], residual[b], scratch)
                for i in range(m):
                    residual[b, i] = one - patients[j, i] / max(residual[b, i], least)
            else:
                squares = zero
                for i in range(m):
                    x = residual[b, i] - patients[j, i]
                    residual[b, i] = x + x
                    squares += x * x
                loss += squares
        for k in range(k_all):
            a0, a1, a2, a3 = exposures[0, k], exposures[1, k], exposures[2, k], exposures[3, k]
            s0 = s1 = s2 = s3 = zero
            for i in range(m):
                h, r0, r1, r2, r3 = signatures[k, i], residual[0, i], residual[1, i], residual[2, i], residual[3, i]
                s0 += h * r0
                s1 += h * r1
                s2 += h * r2
                s3 += h * r3
                signature_gradient[k, i] += a0 * r0 + a1 * r1 + a2 * r2 + a3 * r3
            products[0, k], products[1, k], products[2, k], products[3, k] = s0, s1, s2, s3
        for b in range(size):
            for k in range(k_all):
                decoder_gradient[first + b, k] = products[b, k]
    return loss


@compiled
def encoder_pass(patients, signature_gradient, encoder_gradient):
    """∂E = Vᵀ ∂H: (N, K) from patients (N, M) and ∂H (K, M)."""
    n, m = patients.shape
    whole = n - n % BLOCK
    for j in range(0, whole, BLOCK):
        for k in range(signature_gradient.shape[0]):
            s0 = s1 = s2 = s3 = patients.dtype.type(0)
            for i in range(m):
                g = signature_gradient[k, i]
                s0 += g * patients[j, i]
                s1 += g * patients[j + 1, i]
                s2 += g * patients[j + 2, i]
                s3 += g * patients[j + 3, i]
            encoder_gradient[j, k], encoder_gradient[j + 1, k] = s0, s1
            encoder_gradient[j + 2, k], encoder_gradient[j + 3, k] = s2, s3
    for j in range(whole, n):
        row_products(signature_gradient, patients[j], encoder_gradient[j])


@compiled
def loss_only(patients, encoder, decoder, kl, signatures):
    """The loss summed over cells at E and D, both (N, K); ``signatures`` (K, M) is overwritten by H."""
    n, m = patients.shape
    fitted, scratch = np.empty(m, patients.dtype), np.empty((3, m))
    combine_rows(patients, encoder, signatures)
    loss = 0.0
    for j in range(n):
        counts = patients[j]
        reconstruct(signatures, decoder[j], fitted)
        if kl:
            loss += kl_row(counts, fitted, scratch)
        else:
            squares = patients.dtype.type(0)
            for i in range(m):
                x = fitted[i] - counts[i]
                squares += x * x
            loss += squares
    return loss
