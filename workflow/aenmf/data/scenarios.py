"""Scenario 8 of Islam et al. 2022, regenerated: 1000 simulated tumours of SBS5, SBS40 and SBS3.

The published file is SynSigGen's ``syn.3.5.40.abst``, set ``sp.sp``, made by R after ``set.seed(44)``. Here the same
stream of random numbers is drawn in the same order, so the same counts come out without R and without a download.
Presence of a signature is Bernoulli, log10 of its exposure is normal, a count is the rounded sum over signatures:
nothing else is random.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from aenmf.data.references import read_signatures
from aenmf.files.matrices import matrix_frame

N_TUMOURS = 1000
R_SEED = 44
SIGNATURES = ("SBS5", "SBS40", "SBS3")
PRESENCE = (0.937062937062937, 0.986013986013986, 0.946428571428571)
LOG10_MEAN = (2.84182159215781, 3.59238936158809, 3.59708050541878)
LOG10_SD = (0.338108819759461, 0.218032487395041, 0.264549455289877)
SAMPLES = tuple(f"SP.Syn.Abst.{i}" for i in range(1, N_TUMOURS + 1))

COUNTS_SHA256 = "da86977d8234114a5608b689503f70ffb8f9ee1b746e1246847405e61f7f4acc"
"""SHA-256 of the counts as little-endian int64, channels × tumours in canonical order, row by row."""


@dataclass(frozen=True)
class SimulatedCohort:
    """A simulated cohort and its truth.

    Attributes:
        catalogue: counts, index ``channel`` (96), columns patients.
        signatures: the true signatures, index ``channel`` (96), one column each, values as COSMIC has them.
        exposures: the true exposures in expected mutations, index ``signature``, columns patients.
        dropped: patients left out because they have no mutation.
    """

    catalogue: pd.DataFrame
    signatures: pd.DataFrame
    exposures: pd.DataFrame
    dropped: tuple[str, ...] = ()


class RRandom:
    """R's default random numbers: Mersenne Twister uniforms and normals by inversion, as after ``set.seed``.

    Source: R's RNG.c (initial scrambling, ``MT_genrand``) and snorm.c (``INVERSION``).
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


def simulate(cosmic_v3_3: str | Path) -> SimulatedCohort:
    """Regenerate Scenario 8; its true signatures, SBS5, SBS40 and SBS3, are rounded to three digits, as in the original.

    Args:
        cosmic_v3_3: the file of COSMIC v3.3 signatures (GRCh37) that SigProfilerAssignment brings.

    Raises:
        UserError: the file cannot be read or lacks one of the signatures.
        RuntimeError: the counts are not those of Scenario 8, bit for bit.
    """
    reference = read_signatures(cosmic_v3_3, names=SIGNATURES)
    signatures = reference.map(lambda value: float(f"{value:.3g}"))
    exposures = _exposures(RRandom(R_SEED))
    expected = np.zeros((len(signatures), N_TUMOURS))
    for k in range(len(SIGNATURES)):  # one signature after the other, so that no library chooses the order of the sum
        expected += np.outer(signatures.to_numpy()[:, k], exposures[k])
    counts = np.rint(expected)
    found = counts_sha256(counts)
    if found != COUNTS_SHA256:
        raise RuntimeError(f"the regenerated counts are not Scenario 8: sha256 {found} instead of {COUNTS_SHA256}")
    truth = pd.DataFrame(exposures, index=pd.Index(SIGNATURES, name="signature"), columns=list(SAMPLES))
    return SimulatedCohort(matrix_frame(counts, SAMPLES), signatures, truth)


def counts_sha256(counts: np.ndarray) -> str:
    """SHA-256 of whole-number counts (M, N) as little-endian int64, row by row."""
    return hashlib.sha256(np.ascontiguousarray(counts).astype("<i8").tobytes()).hexdigest()


def _exposures(random: RRandom) -> np.ndarray:
    """True exposures (3, 1000): presence signature by signature, then amounts tumour by tumour."""
    present = np.array([random.uniform(N_TUMOURS) < probability for probability in PRESENCE])
    exposures = np.zeros(present.shape)
    tumours, signatures = np.nonzero(present.T)  # in the order R draws them
    normals = random.normal(len(tumours))
    exposures[signatures, tumours] = 10.0 ** (np.take(LOG10_MEAN, signatures) + np.take(LOG10_SD, signatures) * normals)
    return exposures
