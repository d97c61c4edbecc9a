"""The losses, all means over the M·N cells of the catalogue: the paper's two (section Losses) and the negative-binomial one.

A *loss* is what a fit minimises (``frobenius``, ``kullback-leibler``, ``negative-binomial``); a *measure* is how an error is
reported (``mse``, ``kld``, ``nbd``). Each loss has the measure of its own name. Every fit is reported in the measures of the
paper's losses, and one of the negative-binomial loss in that as well.

The negative-binomial loss is that of counts with variance v̂ + v̂²/α (Gouvert, Oberlin & Févotte 2018; Pelizzola, Laursen &
Hobolth 2023). Its dispersion α belongs to the problem, one number for each patient, so that all methods are measured alike:
an α of each fit's own would be small, and the divergence with it, where the fit is bad.
"""

from __future__ import annotations

import numpy as np

FROBENIUS = "frobenius"
KULLBACK_LEIBLER = "kullback-leibler"
NEGATIVE_BINOMIAL = "negative-binomial"
PAPER_LOSSES = (FROBENIUS, KULLBACK_LEIBLER)
LOSSES = (*PAPER_LOSSES, NEGATIVE_BINOMIAL)
MEASURE_OF_LOSS = {FROBENIUS: "mse", KULLBACK_LEIBLER: "kld", NEGATIVE_BINOMIAL: "nbd"}
MEASURES = tuple(MEASURE_OF_LOSS[loss] for loss in PAPER_LOSSES)
LOSS_TITLES = {loss: measure.upper() for loss, measure in MEASURE_OF_LOSS.items()}
"""Losses are shown by the name of their measure, as in the paper."""


def measures_of(loss: str) -> tuple[str, ...]:
    """The measures in which a fit with this loss is reported."""
    return tuple(dict.fromkeys((*MEASURES, MEASURE_OF_LOSS[loss])))


def mse(catalogue: np.ndarray, reconstruction: np.ndarray) -> float:
    """Mean over cells of (v − v̂)²; both arrays (M, N) in mutations, the result in mutations²."""
    return float(np.mean(np.square(catalogue - reconstruction)))


def kld(catalogue: np.ndarray, reconstruction: np.ndarray) -> float:
    """Mean over cells of v·log(v/v̂) − v + v̂ with 0·log 0 = 0; infinite where v > 0 = v̂. Arrays (M, N) in mutations."""
    from scipy.special import kl_div  # takes longer to import than most users of this module need to run

    return float(np.mean(kl_div(catalogue, reconstruction)))


def negative_binomial_cells(catalogue: np.ndarray, reconstruction: np.ndarray, dispersion: np.ndarray) -> np.ndarray:
    """v·log(v/v̂) − (v + α)·log((v + α)/(v̂ + α)) of every cell: half the deviance of negative-binomial counts.

    Args:
        catalogue: v (M, N).
        reconstruction: v̂ (M, N).
        dispersion: α, of a shape that fits; where it is infinite, the cells are those of the Kullback–Leibler divergence.
    """
    from scipy.special import kl_div

    excess = catalogue - reconstruction
    finite = np.where(np.isinf(dispersion), 1.0, dispersion)
    bent = (catalogue + finite) * np.log1p(excess / (reconstruction + finite))
    return kl_div(catalogue, reconstruction) + np.where(np.isinf(dispersion), 0.0, excess - bent)


def nbd(catalogue: np.ndarray, reconstruction: np.ndarray, dispersion: np.ndarray | float) -> float:
    """Mean over cells of :func:`negative_binomial_cells`; infinite where v > 0 = v̂. ``dispersion`` is (N,) or a number."""
    return float(np.mean(negative_binomial_cells(catalogue, reconstruction, np.asarray(dispersion, dtype=float))))


def measure(
    name: str, catalogue: np.ndarray, reconstruction: np.ndarray, dispersion: np.ndarray | float | None = None
) -> float:
    """The error of a reconstruction in the measure ``mse``, ``kld`` or ``nbd``, which alone needs the dispersion."""
    if name == "nbd":
        return nbd(catalogue, reconstruction, needed(dispersion))
    return {"mse": mse, "kld": kld}[name](catalogue, reconstruction)


def loss_value(
    loss: str, catalogue: np.ndarray, reconstruction: np.ndarray, dispersion: np.ndarray | float | None = None
) -> float:
    """The value of a loss, in its own measure."""
    return measure(MEASURE_OF_LOSS[loss], catalogue, reconstruction, dispersion)


def needed(dispersion: np.ndarray | float | None) -> np.ndarray | float:
    """The dispersion, where a loss cannot do without.

    Raises:
        ValueError: there is none.
    """
    if dispersion is None:
        raise ValueError(f"the {NEGATIVE_BINOMIAL} loss needs the dispersion of every patient")
    return dispersion
