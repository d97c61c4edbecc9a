"""Compiled matrix products for the thin matrices of NMF, and the losses formed from them.

A library's matrix product packs its operands into blocks first, which for a factor of three to thirty columns costs more
than the product: at the paper's sizes these loops are two to five times faster than OpenBLAS. They run over tiles of
``TILE`` patients, whose exposures stay in the first-level cache while the catalogue streams by, and take eight or four
channels at a time so that the accumulators are written once per group. Channels are padded to a multiple of eight
(:func:`pad_channels`), so no loop has a remainder.

Sums are re-associated for the vector units (``fastmath``), always in the same order: results are reproducible to the bit on
one machine. Nothing is assumed about the absence of nan or infinity.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from aenmf.solvers.common import FLOOR

TILE = 256
GROUP = 8
FAST = {"reassoc", "contract", "nsz"}


def pad_channels(catalogue: np.ndarray, signatures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Copies of catalogue (M, N) and signatures (M, K) with rows added up to a multiple of ``GROUP``.

    The added counts are zero and the added signature entries ``FLOOR``, so they change no sum and stay where they are.
    Entries of the signatures below ``FLOOR`` are raised to it.
    """
    m, n = catalogue.shape
    padded = -(-m // GROUP) * GROUP
    v = np.zeros((padded, n))
    v[:m] = catalogue
    h = np.full((padded, signatures.shape[1]), FLOOR)
    h[:m] = np.maximum(signatures, FLOOR)
    return v, h


@njit(cache=True, fastmath=FAST, error_model="numpy")
def add_signatures_times(h, v, out):
    """out (K, n) += Hᵀ V for one tile; h (M, K) and v (M, n) with M a multiple of eight."""
    for m in range(0, len(v), 8):
        v0, v1, v2, v3 = v[m], v[m + 1], v[m + 2], v[m + 3]
        v4, v5, v6, v7 = v[m + 4], v[m + 5], v[m + 6], v[m + 7]
        for k in range(h.shape[1]):
            h0, h1, h2, h3 = h[m, k], h[m + 1, k], h[m + 2, k], h[m + 3, k]
            h4, h5, h6, h7 = h[m + 4, k], h[m + 5, k], h[m + 6, k], h[m + 7, k]
            row = out[k]
            for i in range(len(row)):
                row[i] += (
                    (h0 * v0[i] + h1 * v1[i])
                    + (h2 * v2[i] + h3 * v3[i])
                    + (h4 * v4[i] + h5 * v5[i])
                    + (h6 * v6[i] + h7 * v7[i])
                )


@njit(cache=True, fastmath=FAST, error_model="numpy")
def add_times_exposures(v, w, out):
    """out (M, K) += V Wᵀ for one tile; v (M, n) and w (K, n) with M a multiple of four."""
    for m in range(0, len(v), 4):
        v0, v1, v2, v3 = v[m], v[m + 1], v[m + 2], v[m + 3]
        for k in range(len(w)):
            row = w[k]
            s0 = s1 = s2 = s3 = 0.0
            for i in range(len(row)):
                x = row[i]
                s0 += x * v0[i]
                s1 += x * v1[i]
                s2 += x * v2[i]
                s3 += x * v3[i]
            out[m, k] += s0
            out[m + 1, k] += s1
            out[m + 2, k] += s2
            out[m + 3, k] += s3


@njit(cache=True, fastmath=FAST, error_model="numpy")
def reconstruct_rows(h, w, m, out):
    """out (4, n) = rows m … m + 3 of H W for one tile; h (M, K), w (K, n)."""
    p0, p1, p2, p3 = out[0], out[1], out[2], out[3]
    row = w[0]
    h0, h1, h2, h3 = h[m, 0], h[m + 1, 0], h[m + 2, 0], h[m + 3, 0]
    for i in range(len(row)):
        x = row[i]
        p0[i] = h0 * x
        p1[i] = h1 * x
        p2[i] = h2 * x
        p3[i] = h3 * x
    k = 1
    while k + 1 < len(w):
        row, other = w[k], w[k + 1]
        h0, h1, h2, h3 = h[m, k], h[m + 1, k], h[m + 2, k], h[m + 3, k]
        g0, g1, g2, g3 = h[m, k + 1], h[m + 1, k + 1], h[m + 2, k + 1], h[m + 3, k + 1]
        for i in range(len(row)):
            x, y = row[i], other[i]
            p0[i] += h0 * x + g0 * y
            p1[i] += h1 * x + g1 * y
            p2[i] += h2 * x + g2 * y
            p3[i] += h3 * x + g3 * y
        k += 2
    if k < len(w):
        row = w[k]
        h0, h1, h2, h3 = h[m, k], h[m + 1, k], h[m + 2, k], h[m + 3, k]
        for i in range(len(row)):
            x = row[i]
            p0[i] += h0 * x
            p1[i] += h1 * x
            p2[i] += h2 * x
            p3[i] += h3 * x


@njit(cache=True, fastmath=FAST, error_model="numpy")
def gram(x, out):
    """out (K, K) = X Xᵀ for x (K, n), whole matrix."""
    for k in range(len(x)):
        a = x[k]
        for j in range(k + 1):
            b = x[j]
            s = 0.0
            for i in range(len(a)):
                s += a[i] * b[i]
            out[k, j] = s
            out[j, k] = s


@njit(cache=True, fastmath=FAST, error_model="numpy")
def ratio_rows(v, h, w, m, out):
    """out (8, n) = rows m … m + 7 of V/(H W) for one tile; v (M, n), h (M, K), w (K, n)."""
    for half in range(2):
        rows = out[4 * half : 4 * half + 4]
        reconstruct_rows(h, w, m + 4 * half, rows)
        for r in range(4):
            counts, row = v[m + 4 * half + r], rows[r]
            for i in range(len(counts)):
                row[i] = counts[i] / row[i]


@njit(cache=True, error_model="numpy")
def total_loss(v, h, w, kullback_leibler):
    """The loss summed over all cells, from the residual itself: cell by cell, so that nothing cancels between cells."""
    rows = np.empty((4, TILE))
    total = 0.0
    for start in range(0, v.shape[1], TILE):
        stop = min(v.shape[1], start + TILE)
        for m in range(0, len(v), 4):
            reconstruct_rows(h, w[:, start:stop], m, rows)
            for r in range(4):
                a, p = v[m + r, start:stop], rows[r]
                s = 0.0
                for i in range(len(a)):
                    if not kullback_leibler:
                        s += (a[i] - p[i]) ** 2
                    elif a[i] > 0.0:
                        s += a[i] * math.log(a[i] / p[i]) - (a[i] - p[i])
                    else:
                        s += p[i]
                total += s
    return total
