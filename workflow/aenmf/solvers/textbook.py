"""The paper's NMF solvers as one would write them on paper: the reference that tests and benchmarks compare against.

Plain numpy, a full residual per iteration, no floor (entries sink into the denormal range, which is slow on many
processors): slow on purpose and by nature. Do not use these for real work; the compiled solvers make the same iterates.
"""

from __future__ import annotations

import numpy as np

from aenmf.losses import FROBENIUS, KULLBACK_LEIBLER


def nmf_step_frobenius(
    catalogue: np.ndarray, signatures: np.ndarray, exposures: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """One multiplicative update of NMF for the Frobenius loss (paper, Updates): exposures, then signatures.

    Args:
        catalogue: (M, N).
        signatures: (M, K).
        exposures: (K, N).

    Returns:
        The new signatures and exposures.
    """
    v, h, w = catalogue, signatures, exposures
    w = w * (h.T @ v) / (h.T @ h @ w)
    h = h * (v @ w.T) / (h @ w @ w.T)
    return h, w


def nmf_step_kullback_leibler(
    catalogue: np.ndarray, signatures: np.ndarray, exposures: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """One multiplicative update of NMF for the Kullback-Leibler loss (paper, Updates): signatures, then exposures.

    Arguments and result as in :func:`nmf_step_frobenius`.
    """
    v, h, w = catalogue, signatures, exposures
    h = h * ((v / (h @ w)) @ w.T) / w.sum(axis=1)
    w = w * (h.T @ (v / (h @ w))) / h.sum(axis=0)[:, None]
    return h, w


NMF_STEPS = {FROBENIUS: nmf_step_frobenius, KULLBACK_LEIBLER: nmf_step_kullback_leibler}
