"""Compiled matrix products for the thin matrices of NMF, and the losses formed from them.

A library's matrix product packs its operands into blocks first, which for a factor of three to thirty columns costs
more than the product: at the paper's sizes these loops are two to five times faster than OpenBLAS. They run over
tiles of ``TILE`` patients, whose exposures stay in the first-level cache while the catalogue streams by, and take
four channels and two to four signatures at a time, so that every number loaded is used several times. Channels are padded
to a multiple of four (:func:`pad_channels`), so no loop over them has a remainder.

Sums are re-associated for the vector units (``fastmath``), always in the same order: results are reproducible to
the bit on one machine. Nothing is assumed about the absence of nan or infinity.

Loops are spelt out, sums and copies included: numba takes seconds to compile the array form of a copy.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from aenmf.solvers.common import FLOOR

TILE = 448
"""Patients per tile: counts of 96 channels take 336 KiB, a part of the second-level cache; exposures stay in the first."""

LEAST = 1e-300
"""Reconstructions of nothing by nothing, as in added channels, are taken as this much: 0/0 becomes 0."""

LEAST_DIVISOR = 1e-75
"""The same where four reconstructions are multiplied with each other: their product stays a normal number."""

FIRST = np.int64(0)
"""Row or column zero. A literal 0 would make numba compile a second version of the function it is passed to."""

GROUP = 4
FAST = {"reassoc", "contract", "nsz"}
LOG_2 = math.log(2.0)
BITS_OF_ROOT_HALF = np.uint64(0x3FE6A09E667F3BCD)
EXPONENT_SHIFT = np.uint64(52)
BIAS = np.uint64(1024 << 52)


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


@njit(cache=True, fastmath=False, error_model="numpy")
def copy(x, out):
    """out (n,) = x (n,)."""
    for i in range(len(x)):
        out[i] = x[i]


@njit(cache=True, fastmath=FAST, error_model="numpy")
def total_of(x):
    """Σ x of a contiguous x (n,)."""
    s = 0.0
    for i in range(len(x)):
        s += x[i]
    return s


@njit(cache=True, fastmath=FAST, error_model="numpy")
def inner(x, y):
    """⟨x, y⟩ of two contiguous matrices of one shape."""
    s = 0.0
    for k in range(len(x)):
        a, b = x[k], y[k]
        for i in range(len(a)):
            s += a[i] * b[i]
    return s


@njit(cache=True, fastmath=False, error_model="numpy")
def transpose(x, out):
    """out (K, M) = xᵀ for x (M, K)."""
    for m in range(len(x)):
        for k in range(len(out)):
            out[k, m] = x[m, k]


@njit(cache=True, fastmath=FAST, error_model="numpy")
def add_signatures_times(h, m, v, vm, start, stop, out):
    """out (K, TILE) += the share of four channels in Hᵀ V, for patients start … stop.

    The channels are rows m … m + 3 of h (M, K) and rows vm … vm + 3 of v; out's first column is patient ``start``.
    """
    # Rows are cut out of whole arrays, one by one: only then does the compiler know that they are contiguous.
    v0, v1, v2, v3 = v[vm, start:stop], v[vm + 1, start:stop], v[vm + 2, start:stop], v[vm + 3, start:stop]
    n, k, left = stop - start, 0, h.shape[1]
    while left > 0:
        a, a0, a1, a2, a3 = out[k, :n], h[m, k], h[m + 1, k], h[m + 2, k], h[m + 3, k]
        if left == 1:
            for i in range(n):
                a[i] += (a0 * v0[i] + a1 * v1[i]) + (a2 * v2[i] + a3 * v3[i])
            return
        b, b0, b1, b2, b3 = out[k + 1, :n], h[m, k + 1], h[m + 1, k + 1], h[m + 2, k + 1], h[m + 3, k + 1]
        if left == 2:
            for i in range(n):
                x0, x1, x2, x3 = v0[i], v1[i], v2[i], v3[i]
                a[i] += (a0 * x0 + a1 * x1) + (a2 * x2 + a3 * x3)
                b[i] += (b0 * x0 + b1 * x1) + (b2 * x2 + b3 * x3)
            return
        c, c0, c1, c2, c3 = out[k + 2, :n], h[m, k + 2], h[m + 1, k + 2], h[m + 2, k + 2], h[m + 3, k + 2]
        if left == 3 or left == 5:
            for i in range(n):
                x0, x1, x2, x3 = v0[i], v1[i], v2[i], v3[i]
                a[i] += (a0 * x0 + a1 * x1) + (a2 * x2 + a3 * x3)
                b[i] += (b0 * x0 + b1 * x1) + (b2 * x2 + b3 * x3)
                c[i] += (c0 * x0 + c1 * x1) + (c2 * x2 + c3 * x3)
            k, left = k + 3, left - 3
            continue
        d, d0, d1, d2, d3 = out[k + 3, :n], h[m, k + 3], h[m + 1, k + 3], h[m + 2, k + 3], h[m + 3, k + 3]
        for i in range(n):
            x0, x1, x2, x3 = v0[i], v1[i], v2[i], v3[i]
            a[i] += (a0 * x0 + a1 * x1) + (a2 * x2 + a3 * x3)
            b[i] += (b0 * x0 + b1 * x1) + (b2 * x2 + b3 * x3)
            c[i] += (c0 * x0 + c1 * x1) + (c2 * x2 + c3 * x3)
            d[i] += (d0 * x0 + d1 * x1) + (d2 * x2 + d3 * x3)
        k, left = k + 4, left - 4


@njit(cache=True, fastmath=FAST, error_model="numpy")
def add_times_exposures(v, vm, vstart, w, start, stop, out, m):
    """out[m : m + 4] (of M, K) += V Wᵀ for four channels and patients start … stop.

    The channels are rows vm … vm + 3 of v, in which patient ``start`` is column ``vstart``; w is (K, N).
    """
    vstop = vstart + stop - start
    v0, v1, v2, v3 = v[vm, vstart:vstop], v[vm + 1, vstart:vstop], v[vm + 2, vstart:vstop], v[vm + 3, vstart:vstop]
    k = len(w) % 2
    if k:
        a = w[0, start:stop]
        s0 = s1 = s2 = s3 = 0.0
        for i in range(len(a)):
            x = a[i]
            s0 += x * v0[i]
            s1 += x * v1[i]
            s2 += x * v2[i]
            s3 += x * v3[i]
        out[m, 0] += s0
        out[m + 1, 0] += s1
        out[m + 2, 0] += s2
        out[m + 3, 0] += s3
    while k < len(w):
        a, b = w[k, start:stop], w[k + 1, start:stop]
        s0 = s1 = s2 = s3 = t0 = t1 = t2 = t3 = 0.0
        for i in range(len(a)):
            x, y = a[i], b[i]
            s0 += x * v0[i]
            s1 += x * v1[i]
            s2 += x * v2[i]
            s3 += x * v3[i]
            t0 += y * v0[i]
            t1 += y * v1[i]
            t2 += y * v2[i]
            t3 += y * v3[i]
        out[m, k] += s0
        out[m + 1, k] += s1
        out[m + 2, k] += s2
        out[m + 3, k] += s3
        out[m, k + 1] += t0
        out[m + 1, k + 1] += t1
        out[m + 2, k + 1] += t2
        out[m + 3, k + 1] += t3
        k += 2


@njit(cache=True, fastmath={"contract"}, error_model="numpy")
def reconstruct_rows(h, m, w, start, stop, out):
    """out (4, TILE) = rows m … m + 3 of H W for patients start … stop; h (M, K), w (K, N).

    The first one to four signatures are written, further ones added four at a time: rows of ``out`` are stored once per
    four products. Each cell is 0 + h₀w₀ + h₁w₁ + …, in this order however the signatures are grouped.
    """
    n, k = stop - start, (len(w) - 1) % 4 + 1
    p0, p1, p2, p3 = out[0, :n], out[1, :n], out[2, :n], out[3, :n]
    a, a0, a1, a2, a3 = w[0, start:stop], h[m, 0], h[m + 1, 0], h[m + 2, 0], h[m + 3, 0]
    if k == 1:
        for i in range(n):
            x = a[i]
            p0[i] = 0.0 + a0 * x
            p1[i] = 0.0 + a1 * x
            p2[i] = 0.0 + a2 * x
            p3[i] = 0.0 + a3 * x
    elif k == 2:
        b, b0, b1, b2, b3 = w[1, start:stop], h[m, 1], h[m + 1, 1], h[m + 2, 1], h[m + 3, 1]
        for i in range(n):
            x, y = a[i], b[i]
            p0[i] = 0.0 + a0 * x + b0 * y
            p1[i] = 0.0 + a1 * x + b1 * y
            p2[i] = 0.0 + a2 * x + b2 * y
            p3[i] = 0.0 + a3 * x + b3 * y
    elif k == 3:
        b, b0, b1, b2, b3 = w[1, start:stop], h[m, 1], h[m + 1, 1], h[m + 2, 1], h[m + 3, 1]
        c, c0, c1, c2, c3 = w[2, start:stop], h[m, 2], h[m + 1, 2], h[m + 2, 2], h[m + 3, 2]
        for i in range(n):
            x, y, z = a[i], b[i], c[i]
            p0[i] = 0.0 + a0 * x + b0 * y + c0 * z
            p1[i] = 0.0 + a1 * x + b1 * y + c1 * z
            p2[i] = 0.0 + a2 * x + b2 * y + c2 * z
            p3[i] = 0.0 + a3 * x + b3 * y + c3 * z
    else:
        b, b0, b1, b2, b3 = w[1, start:stop], h[m, 1], h[m + 1, 1], h[m + 2, 1], h[m + 3, 1]
        c, c0, c1, c2, c3 = w[2, start:stop], h[m, 2], h[m + 1, 2], h[m + 2, 2], h[m + 3, 2]
        d, d0, d1, d2, d3 = w[3, start:stop], h[m, 3], h[m + 1, 3], h[m + 2, 3], h[m + 3, 3]
        for i in range(n):
            x, y, z, u = a[i], b[i], c[i], d[i]
            p0[i] = 0.0 + a0 * x + b0 * y + c0 * z + d0 * u
            p1[i] = 0.0 + a1 * x + b1 * y + c1 * z + d1 * u
            p2[i] = 0.0 + a2 * x + b2 * y + c2 * z + d2 * u
            p3[i] = 0.0 + a3 * x + b3 * y + c3 * z + d3 * u
    while k < len(w):
        a, a0, a1, a2, a3 = w[k, start:stop], h[m, k], h[m + 1, k], h[m + 2, k], h[m + 3, k]
        b, b0, b1, b2, b3 = w[k + 1, start:stop], h[m, k + 1], h[m + 1, k + 1], h[m + 2, k + 1], h[m + 3, k + 1]
        c, c0, c1, c2, c3 = w[k + 2, start:stop], h[m, k + 2], h[m + 1, k + 2], h[m + 2, k + 2], h[m + 3, k + 2]
        d, d0, d1, d2, d3 = w[k + 3, start:stop], h[m, k + 3], h[m + 1, k + 3], h[m + 2, k + 3], h[m + 3, k + 3]
        for i in range(n):
            x, y, z, u = a[i], b[i], c[i], d[i]
            p0[i] = p0[i] + a0 * x + b0 * y + c0 * z + d0 * u
            p1[i] = p1[i] + a1 * x + b1 * y + c1 * z + d1 * u
            p2[i] = p2[i] + a2 * x + b2 * y + c2 * z + d2 * u
            p3[i] = p3[i] + a3 * x + b3 * y + c3 * z + d3 * u
        k += 4


@njit(cache=True, fastmath=FAST, error_model="numpy")
def ratio_rows(v, h, m, w, start, stop, least, out):
    """out (4, TILE) = rows m … m + 3 of V/(H W) for patients start … stop; v (M, N), h (M, K), w (K, N).

    Entries of H W below ``least``, at least ``LEAST_DIVISOR``, are taken as that. A division costs as much as ten
    products, so a patient's four quotients share one: 1/x₀ = x₁·x₂x₃ / (x₀x₁·x₂x₃), and so on.
    """
    reconstruct_rows(h, m, w, start, stop, out)
    v0, v1, v2, v3 = v[m, start:stop], v[m + 1, start:stop], v[m + 2, start:stop], v[m + 3, start:stop]
    p0, p1, p2, p3 = out[0, : stop - start], out[1, : stop - start], out[2, : stop - start], out[3, : stop - start]
    for i in range(len(v0)):
        x0, x1, x2, x3 = max(p0[i], least), max(p1[i], least), max(p2[i], least), max(p3[i], least)
        x01, x23 = x0 * x1, x2 * x3
        inverse = 1.0 / (x01 * x23)
        inverse01, inverse23 = inverse * x23, inverse * x01
        p0[i] = v0[i] * (inverse01 * x1)
        p1[i] = v1[i] * (inverse01 * x0)
        p2[i] = v2[i] * (inverse23 * x3)
        p3[i] = v3[i] * (inverse23 * x2)


@njit(cache=True, fastmath=FAST, error_model="numpy")
def ratio_on_signatures(v, h, w, start, stop, least, rows, out):
    """out (K, TILE) = Hᵀ (V/(H W)) for patients start … stop; least and rows as for :func:`ratio_rows`."""
    out[:] = 0.0
    for m in range(0, len(h), 4):
        ratio_rows(v, h, m, w, start, stop, least, rows)
        add_signatures_times(h, m, rows, FIRST, FIRST, stop - start, out)


@njit(cache=True, fastmath=FAST, error_model="numpy")
def add_ratio_on_exposures(v, h, w, start, stop, least, rows, out):
    """out (M, K) += (V/(H W)) Wᵀ over patients start … stop; least and rows as for :func:`ratio_rows`."""
    for m in range(0, len(h), 4):
        ratio_rows(v, h, m, w, start, stop, least, rows)
        add_times_exposures(rows, FIRST, FIRST, w, start, stop, out, m)


@njit(cache=True, fastmath=FAST, error_model="numpy")
def ratio_on_both(v, h, w, start, stop, least, rows, on_signatures, on_exposures):
    """Both of :func:`ratio_on_signatures` and :func:`add_ratio_on_exposures` with one ratio."""
    on_signatures[:] = 0.0
    for m in range(0, len(h), 4):
        ratio_rows(v, h, m, w, start, stop, least, rows)
        add_signatures_times(h, m, rows, FIRST, FIRST, stop - start, on_signatures)
        add_times_exposures(rows, FIRST, FIRST, w, start, stop, on_exposures, m)


@njit(cache=True, fastmath=False, error_model="numpy")
def totals_of_columns(h, out):
    """out (K,) = the sums of the columns of h (M, K)."""
    out[:] = 0.0
    for m in range(len(h)):
        for k in range(len(out)):
            out[k] += h[m, k]


@njit(cache=True, fastmath=FAST, error_model="numpy")
def gram(x, out):
    """out (K, K) = X Xᵀ for x (K, n)."""
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
def gram_of_columns(x, out):
    """out (K, K) = Xᵀ X for x (m, K)."""
    out[:] = 0.0
    for m in range(len(x)):
        for k in range(x.shape[1]):
            for j in range(x.shape[1]):
                out[k, j] += x[m, k] * x[m, j]


@njit(cache=True, fastmath=FAST, error_model="numpy")
def project_on_signatures(v, h, out):
    """out (K, N) = Hᵀ V."""
    part = np.empty((h.shape[1], TILE))
    for start in range(0, v.shape[1], TILE):
        stop = min(v.shape[1], start + TILE)
        part[:] = 0.0
        for m in range(0, len(h), 4):
            add_signatures_times(h, m, v, m, start, stop, part)
        for k in range(len(part)):
            copy(part[k, : stop - start], out[k, start:stop])


@njit(cache=True, fastmath=FAST, error_model="numpy")
def project_on_exposures(v, w, out):
    """out (M, K) = V Wᵀ."""
    out[:] = 0.0
    for start in range(0, v.shape[1], TILE):
        stop = min(v.shape[1], start + TILE)
        for m in range(0, len(v), 4):
            add_times_exposures(v, m, start, w, start, stop, out, m)


@njit(cache=True, fastmath=False, error_model="numpy")
def normalise(h, w, floor):
    """Scale the columns of h (M, K) to sum 1 and the rows of w (K, N) by the inverse, in place, not below ``floor``.

    A column without mass beyond the floor has no scale and stays.
    """
    for k in range(len(w)):
        total = 0.0
        for m in range(len(h)):
            total += h[m, k]
        if total > 1e3 * len(h) * floor:
            for m in range(len(h)):
                h[m, k] = max(h[m, k] / total, floor)
            for i in range(w.shape[1]):
                w[k, i] = max(w[k, i] * total, floor)


@njit(cache=True, fastmath=FAST, error_model="numpy")
def squared_error(counts, row):
    """Σ (v − v̂)² of two contiguous rows."""
    s = 0.0
    for i in range(len(counts)):
        d = counts[i] - row[i]
        s += d * d
    return s


@njit(cache=True, fastmath=FAST, error_model="numpy")
def divergence(counts, row, least, mantissa, exponent):
    """Σ v·log(v/max(v̂, least)) − v + v̂ of two contiguous rows, least > 0; mantissa and exponent are workspaces as long.

    The library's logarithm is called cell by cell and would cost more than the rest of an iteration, so it is spelt
    out for the vector units: x = 2ᵉ·m with m in [√½, √2), and log m = 2 artanh((m − 1)/(m + 1)) as a power series
    to full precision. Where v = 0 the bits of x make some finite number, which is multiplied by zero.
    """
    n = len(counts)
    for i in range(n):
        mantissa[i] = counts[i] / max(row[i], least)
    bits = mantissa.view(np.uint64)
    for i in range(n):
        biased = (bits[i] - BITS_OF_ROOT_HALF + BIAS) >> EXPONENT_SHIFT
        exponent[i] = np.float64(np.int32(biased) - np.int32(1024))
        bits[i] = bits[i] - (biased << EXPONENT_SHIFT) + BIAS
    s = 0.0
    for i in range(n):
        q = (mantissa[i] - 1.0) / (mantissa[i] + 1.0)
        z = q * q
        series = 1 / 13 + z * (1 / 15 + z * (1 / 17 + z * (1 / 19 + z * (1 / 21))))
        series = 1 / 3 + z * (1 / 5 + z * (1 / 7 + z * (1 / 9 + z * (1 / 11 + z * series))))
        logarithm = exponent[i] * LOG_2 + (2.0 * q + 2.0 * q * z * series)
        s += counts[i] * logarithm - (counts[i] - row[i])
    return s


@njit(cache=True, fastmath=False, error_model="numpy")
def total_squared_error(v, h, w):
    """Σ (v − v̂)² over all cells, from the residual itself, so that nothing cancels between cells."""
    rows, total = np.empty((4, TILE)), 0.0
    for start in range(0, v.shape[1], TILE):
        stop = min(v.shape[1], start + TILE)
        for m in range(0, len(v), 4):
            reconstruct_rows(h, m, w, start, stop, rows)
            for r in range(4):
                total += squared_error(v[m + r, start:stop], rows[r, : stop - start])
    return total


@njit(cache=True, fastmath=False, error_model="numpy")
def total_divergence(v, h, w, least):
    """Σ v·log(v/max(v̂, least)) − v + v̂ over all cells, each term non-negative, so that nothing cancels between cells."""
    rows, mantissa, exponent, total = np.empty((4, TILE)), np.empty(TILE), np.empty(TILE), 0.0
    for start in range(0, v.shape[1], TILE):
        stop = min(v.shape[1], start + TILE)
        for m in range(0, len(v), 4):
            reconstruct_rows(h, m, w, start, stop, rows)
            for r in range(4):
                total += divergence(v[m + r, start:stop], rows[r, : stop - start], least, mantissa, exponent)
    return total
