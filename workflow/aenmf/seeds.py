"""Random numbers from named axes, never from global state.

A stream is named by a root seed and a path of names such as ``("ovary", "split 3", "start 0", "exposures")``. The same
name gives the same numbers whatever else was drawn before, in any process and in any order of jobs.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Seed:
    """A named stream of random numbers."""

    root: int
    axes: tuple[str, ...] = ()

    def child(self, *axes: object) -> Seed:
        """The stream named by this one's axes followed by ``axes`` (each turned into text)."""
        return Seed(self.root, self.axes + tuple(str(axis) for axis in axes))

    def generator(self) -> np.random.Generator:
        """A fresh PCG64 generator at the beginning of this stream."""
        name = "\x1f".join((str(self.root), *self.axes)).encode()
        entropy = int.from_bytes(hashlib.sha256(name).digest(), "big")
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))

    def integer(self) -> int:
        """One non-negative integer below 2**31, for libraries that take an integer seed."""
        return int(self.generator().integers(2**31))
