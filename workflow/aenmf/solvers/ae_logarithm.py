"""A natural logarithm that compiles to vector instructions; the C library's is called number by number and takes longer
than all the rest of a KL gradient."""

from __future__ import annotations

import numpy as np
from numba import njit

# log(2ᵉ z) = e·log 2 + log z. Adding SHIFT to the bits of x = 2ᵉ z moves z into [√½, √2): e stands in the upper twelve
# bits, and z in the lower ones when OFFSET is added to them again.
OFFSET = np.uint64(0x3FE6A09E00000000)  # the bits of √½, rounded
SHIFT = np.uint64(0x3FF0000000000000) - OFFSET
MANTISSA_BITS, MANTISSA = np.uint64(52), np.uint64(0x000FFFFFFFFFFFFF)
TWO_TO_52 = np.uint64(0x4330000000000000)  # the bits of 2⁵²; an integer below 2⁵² in the low bits is added to it
BIASED_ZERO = 2.0**52 + 1023.0
LOG_2 = 0.6931471805599453


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def take_logarithms(x, exponents, mantissas):
    """Replace ``x`` by log x, to about two units in the last place.

    Sums must not be reordered here: that would take the 2⁵² apart.

    Args:
        x: (n,) float64, contiguous, positive and not denormal; a zero becomes some finite number.
        exponents, mantissas: (n,) float64 scratch.
    """
    bits, exponent_bits, mantissa_bits = x.view(np.uint64), exponents.view(np.uint64), mantissas.view(np.uint64)
    for i in range(x.size):
        shifted = bits[i] + SHIFT
        exponent_bits[i] = (shifted >> MANTISSA_BITS) | TWO_TO_52
        mantissa_bits[i] = (shifted & MANTISSA) + OFFSET
    for i in range(x.size):
        # log z = 2 artanh s = 2 (s + s³/3 + s⁵/5 + …) with |s| ≤ 0.172: ten more terms reach 2⁻⁵³.
        s = (mantissas[i] - 1.0) / (mantissas[i] + 1.0)
        q = s * s
        series = 1 / 21
        series = series * q + 1 / 19
        series = series * q + 1 / 17
        series = series * q + 1 / 15
        series = series * q + 1 / 13
        series = series * q + 1 / 11
        series = series * q + 1 / 9
        series = series * q + 1 / 7
        series = series * q + 1 / 5
        series = series * q + 1 / 3
        x[i] = (exponents[i] - BIASED_ZERO) * LOG_2 + 2.0 * (s + s * q * series)
