"""What each condition of the theorem is worth: losses and signatures of the models that break it."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from aenmf import formats
from aenmf.files.layout import Cell, Layout
from aenmf.formats import counted
from aenmf.losses import LOSS_TITLES

TITLES = {
    "bias": "bias in the encoder",
    "relu": "encoder of any sign, ReLU",
    "tied": "decoder tied to the encoder",
    "patients": "patients × channels",
}
"""What the models that break a condition are called, in the order shown."""

COLUMNS = [
    *("cohort", "loss", "condition", "splits", "ratio", "ratio_least", "ratio_most", "nmf_ratio"),
    *("cosine_least", "clipped"),
]


def conditions_table(splits: pd.DataFrame) -> pd.DataFrame:
    """Losses relative to convex NMF's and NMF's, a row per cohort, loss and condition.

    Args:
        splits: columns cohort and loss, and those of :data:`aenmf.studies.conditions.COLUMNS`.

    Returns:
        Columns ``COLUMNS``: the mean over splits of loss / convex NMF's loss with its least and most, the mean of loss / NMF's
        loss, the least cosine of signatures matched to convex NMF's, and the mean share of clipped latent entries.
    """
    table = splits.assign(ratio=splits["value"] / splits["cnmf_value"], nmf_ratio=splits["value"] / splits["nmf_value"])
    grouped = table.groupby(["cohort", "loss", "condition"], sort=False)
    return grouped.agg(
        splits=("split", "size"),
        ratio=("ratio", "mean"),
        ratio_least=("ratio", "min"),
        ratio_most=("ratio", "max"),
        nmf_ratio=("nmf_ratio", "mean"),
        cosine_least=("cosine_least", "min"),
        clipped=("clipped", "mean"),
    ).reset_index()[COLUMNS]


def layout(frame: pd.DataFrame, cohorts: Mapping[str, str]) -> Layout:
    """What :func:`conditions_table` returns, as shown.

    Args:
        frame: the table.
        cohorts: cohort → title.
    """
    rows: list[list[Cell | str]] = []
    rules: list[int] = []
    block = None
    for row in frame.itertuples():
        if block != (row.cohort, row.loss):
            block = (row.cohort, row.loss)
            rules.append(len(rows))
        spread = f"{formats.change(row.ratio_least)} to {formats.change(row.ratio_most)}"
        clipped = formats.MISSING if pd.isna(row.clipped) else f"{100 * row.clipped:.1f} %"
        names: list[Cell | str] = [cohorts[row.cohort], LOSS_TITLES[row.loss], TITLES[row.condition]]
        numbers = [
            formats.change(row.ratio),
            spread,
            formats.change(row.nmf_ratio),
            formats.similarity(row.cosine_least),
        ]
        rows.append([*names, *numbers, clipped])
    splits = " or ".join(str(n) for n in sorted(frame["splits"].unique()))
    return Layout(
        caption=f"The conditions of the theorem, each by a model that breaks it, on {counted(splits, 'split')}.",
        label="theorem-conditions",
        columns=[
            *(
                "Cohort",
                "Loss",
                "Instead",
                "Loss above C-NMF",
                "Least to most",
                "Loss above NMF",
                "Least cosine",
                "Clipped",
            )
        ],
        rows=rows,
        align="lll" + "r" * 5,
        rules=rules,
        notes=[
            "How far the loss of the model lies above that of C-NMF, and of NMF, on the same split: means over splits. A bias "
            "and ReLU can only lower C-NMF's loss and tied weights only raise it. Least cosine: of the signatures matched to "
            "those of C-NMF. Clipped: share of the latent entries that ReLU sets to zero."
        ],
    )
