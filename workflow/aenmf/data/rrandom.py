"""R's default random numbers, so that cohorts that were simulated in R can be regenerated without it."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import ndtri


class RRandom:
    """Mersenne Twister uniforms and normals by inversion, as after ``set.seed``.

    Source: R's RNG.c (initial scrambling, ``MT_genrand``), snorm.c (``INVERSION``), rbinom.c and unique.c (``do_sample``).
    """

    _BIG = 134217728  # 2**27: R makes a normal from one 27-bit integer and one uniform

    def __init__(self, seed: int):
        words = []
        for step in range(50 + 625):
            seed = (69069 * seed + 1) % 2**32
            if step >= 50:
                words.append(seed)
        # The first of the 625 words is the position in the state, which R sets to "used up".
        generator = np.random.MT19937()
        state: Any = {"key": np.array(words[1:], dtype=np.uint32), "pos": 624}
        generator.state = {"bit_generator": "MT19937", "state": state}
        self._words = generator

    def uniform(self, n: int) -> np.ndarray:
        """The next ``n`` uniforms, shape (n,), in (0, 1)."""
        draws = self._words.random_raw(n) * 2.3283064365386963e-10
        half = 0.5 * 2.328306437080797e-10
        return np.clip(draws, half, 1.0 - half)

    def normal(self, n: int) -> np.ndarray:
        """The next ``n`` standard normals, shape (n,), two uniforms each."""
        u = self.uniform(2 * n).reshape(n, 2)
        return ndtri((np.floor(self._BIG * u[:, 0]) + u[:, 1]) / self._BIG)

    def bernoulli(self, n: int, probability: float) -> np.ndarray:
        """Whether each of ``n`` trials succeeds, as ``rbinom(n, 1, probability)``; certain ones draw nothing."""
        if probability in (0.0, 1.0):
            return np.full(n, probability == 1.0)
        u = self.uniform(n)
        return u < probability if probability > 0.5 else u >= 1.0 - probability

    def sample(self, n: int, size: int) -> np.ndarray:
        """``size`` of the numbers below ``n``, none twice, as ``sample.int`` under ``sample.kind = "Rounding"``."""
        left = list(range(n))
        drawn = []
        for u in self.uniform(size):
            place = int(len(left) * u)
            drawn.append(left[place])
            left[place] = left[-1]
            left.pop()
        return np.array(drawn, dtype=int)
