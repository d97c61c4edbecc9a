"""The paper's proof of concept (supplement S2.1): two known signatures, three groups of samples, one start for all.

45 samples by 6 features. The two signatures overlap nowhere but in the fourth feature, the groups differ in exposures,
counts are Poisson.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from aenmf.evaluation.matching import match
from aenmf.methods.base import Method
from aenmf.methods.checked import checked_fits
from aenmf.problem import Problem
from aenmf.seeds import Seed

SIGNATURES = np.array([[2, 2, 1, 1, 0, 0], [0, 0, 0, 2, 2, 2]]).T / 6.0
"""(6, 2), columns summing to 1."""
GROUPS = ((190.0, 10.0), (100.0, 100.0), (20.0, 180.0))
"""Exposures of the samples of each group to the two signatures, in counts."""
SAMPLES_PER_GROUP = 15
EXPOSURES = np.repeat(np.array(GROUPS), SAMPLES_PER_GROUP, axis=0).T
"""(2, 45)."""
TRUTH = "truth"
COLUMNS = ["loss", "method", "quantity", "signature", "position", "value"]


def simulate(seed: Seed) -> np.ndarray:
    """Poisson counts around SIGNATURES · EXPOSURES: (6, 45), features × samples, float64."""
    return seed.child("counts").generator().poisson(SIGNATURES @ EXPOSURES).astype(np.float64)


def proof_of_concept(methods: Mapping[str, Method], loss: str, seed: Seed) -> pd.DataFrame:
    """Fit every method to the simulated counts from the same starting point and put the results next to the truth.

    Args:
        methods: entry name → configured method. Arrays of the same shape start from the same numbers in all of them.
        loss: the loss to minimise; methods that do not support it are left out.
        seed: names the counts and the starting point.

    Returns:
        Columns loss, method (entry name, or ``truth``), quantity (``signatures`` or ``exposures``), signature (1 or 2,
        the true one it matches by cosine), position (1 … 6 or 1 … 45), value (share of counts, or counts).
    """
    problem = Problem(simulate(seed), SIGNATURES.shape[1], loss, seed.child("fit"))
    parts = [_tidy(loss, TRUTH, SIGNATURES, EXPOSURES)]
    for name, method in methods.items():
        if method.unsupported(loss) is None:
            [fit] = checked_fits(method, [problem])
            order = match(SIGNATURES, fit.signatures).columns
            parts.append(_tidy(loss, name, fit.signatures[:, order], fit.exposures[order]))
    return pd.concat(parts, ignore_index=True)


def _tidy(loss: str, method: str, signatures: np.ndarray, exposures: np.ndarray) -> pd.DataFrame:
    rows = [
        (loss, method, quantity, k + 1, i + 1, float(value))
        for quantity, vectors in (("signatures", signatures.T), ("exposures", exposures))
        for k, vector in enumerate(vectors)
        for i, value in enumerate(vector)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)
