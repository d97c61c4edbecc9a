"""Table 1: the architectures of the autoencoders side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from aenmf.files.layout import Layout
from aenmf.methods.base import Architecture

ASPECTS = {
    "reference": "Reference",
    "orientation": "Input orientation",
    "layers": "Layers",
    "activations": "Activations",
    "biases": "Biases",
    "constraints": "Constraints",
    "loss": "Loss",
    "optimiser": "Optimiser",
}
"""Fields of :class:`aenmf.methods.base.Architecture` in the order shown, with their titles."""

PAPER_MODELS = ("dsae", "musexae", "aenmf")
"""The models of the paper's Table 1 in its order."""

PUBLISHED = {
    "dsae": Architecture(
        title="DSAE",
        reference="Pei et al. 2020 (DeepMS)",
        orientation="channels × patients",
        layers="N → L → N",
        activations="ReLU, softmax",
        biases="encoder and decoder",
        constraints="none on the weights; L1 penalty (1e-12) on the latent activity",
        loss="mean squared error of the matrix divided by its maximum",
        optimiser="Adam, batches of 32, 50 epochs",
    ),
    "musexae": Architecture(
        title="MUSE-XAE",
        reference="Pancotti et al. 2024",
        orientation="patients × channels",
        layers="96 → 128 → 64 → 32 → K → 96",
        activations="ELU with batch normalisation (softplus in the article), softplus in the latent layer, identity",
        biases="encoder only",
        constraints="decoder non-negative; minimum-volume penalty β·log10 det(WWᵀ + I) on the decoder W",
        loss="Poisson negative log-likelihood",
        optimiser="Adam, batches of 64, at most 1000 epochs, early stopping",
    ),
}
"""The two comparators as their articles and code describe them; a registered method's own description goes before."""


def table1(registered: Mapping[str, Architecture], models: Sequence[str] = PAPER_MODELS) -> pd.DataFrame:
    """The architectures of ``models``, each from its method class where registered and from ``PUBLISHED`` otherwise.

    Args:
        registered: architecture by model name, from the method classes.
        models: which models, in order.

    Returns:
        One row per model: ``model``, ``title``, ``described_by`` (class or publication) and the keys of ``ASPECTS``.

    Raises:
        KeyError: a model has neither a class nor a published description.
    """
    rows = []
    for model in models:
        architecture = registered[model] if model in registered else PUBLISHED[model]
        row = {"model": model, "title": architecture.title}
        row["described_by"] = "class" if model in registered else "publication"
        rows.append(row | {aspect: getattr(architecture, aspect) for aspect in ASPECTS})
    return pd.DataFrame(rows)


def layout(frame: pd.DataFrame) -> Layout:
    """Table 1 as shown: an aspect per row, a model per column."""
    width = f"p{{{0.8 / max(len(frame), 1):.2f}\\linewidth}}"
    return Layout(
        caption="Architectures of the autoencoders that extract mutational signatures.",
        label="architectures",
        columns=["", *frame["title"]],
        rows=[[title, *frame[aspect]] for aspect, title in ASPECTS.items()],
        align="l" * (len(frame) + 1),
        latex_columns=("l", *[width] * len(frame)),
    )
