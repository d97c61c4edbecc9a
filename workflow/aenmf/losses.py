"""The two losses, both means over the M·N cells of the catalogue (paper, section Losses).

A *loss* is what a fit minimises (``frobenius``, ``kullback-leibler``); a *measure* is how an error is reported (``mse``,
``kld``). Each loss has the measure of its own name, and every fit is reported in both measures.
"""

from __future__ import annotations

import numpy as np

FROBENIUS = "frobenius"
KULLBACK_LEIBLER = "kullback-leibler"
LOSSES = (FROBENIUS, KULLBACK_LEIBLER)
MEASURES = ("mse", "kld")
MEASURE_OF_LOSS = {FROBENIUS: "mse", KULLBACK_LEIBLER: "kld"}
LOSS_TITLES = {FROBENIUS: "MSE", KULLBACK_LEIBLER: "KLD"}
"""Losses are shown by the name of their measure, as in the paper."""


def mse(catalogue: np.ndarray, reconstruction: np.ndarray) -> float:
    """Mean over cells of (v − v̂)²; both arrays (M, N) in mutations, the result in mutations²."""
    return float(np.mean(np.square(catalogue - reconstruction)))


def kld(catalogue: np.ndarray, reconstruction: np.ndarray) -> float:
    """Mean over cells of v·log(v/v̂) − v + v̂ with 0·log 0 = 0; infinite where v > 0 = v̂. Arrays (M, N) in mutations."""
    from scipy.special import kl_div  # takes longer to import than most users of this module need to run

    return float(np.mean(kl_div(catalogue, reconstruction)))


def measure(name: str, catalogue: np.ndarray, reconstruction: np.ndarray) -> float:
    """The error of a reconstruction in the measure ``mse`` or ``kld``."""
    return {"mse": mse, "kld": kld}[name](catalogue, reconstruction)


def loss_value(loss: str, catalogue: np.ndarray, reconstruction: np.ndarray) -> float:
    """The value of a loss, in its own measure."""
    return measure(MEASURE_OF_LOSS[loss], catalogue, reconstruction)
