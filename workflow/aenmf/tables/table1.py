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


def table1(registered: Mapping[str, Architecture], models: Sequence[str] = PAPER_MODELS) -> pd.DataFrame:
    """The architectures of ``models``, as their method classes describe them.

    Args:
        registered: architecture by model name, from the method classes.
        models: which models, in order.

    Returns:
        One row per model: ``model``, ``title``, ``described_by`` (the class) and the keys of ``ASPECTS``.

    Raises:
        KeyError: a model has no class.
    """
    rows = []
    for model in models:
        architecture = registered[model]
        row = {"model": model, "title": architecture.title}
        row["described_by"] = "class"
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
