"""The published fits next to ours, fitted to the same patients: training errors and signatures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from aenmf.figures import style
from aenmf.figures.boxes import draw_box
from aenmf.figures.colours import MODEL_COLOURS
from aenmf.formats import MODEL_TITLES


@dataclass(frozen=True)
class Box:
    """One box: its label, the model that colours it, and its values."""

    label: str
    model: str
    values: np.ndarray


def error_rows(
    cohort: str,
    published: pd.DataFrame,
    fits: pd.DataFrame,
    best: pd.Series,
    models: Mapping[str, str],
    titles: Mapping[str, str],
) -> list[Box]:
    """Training errors of one cohort relative to the best NMF of the same split; published first, by model.

    Args:
        cohort: which one.
        published: published_errors of all cohorts.
        fits: our fits of all cohorts; the continued ones are left out.
        best: training error of the best NMF by split.
        models, titles: of every fit.
    """  # fmt: skip
    rows = []
    for model, label in MODEL_TITLES.items():
        theirs = published[(published["cohort"] == cohort) & (published["method"] == model)].set_index("split")
        rows.append(Box(f"{label}, published", model, (theirs["train_mse"] / best).to_numpy()))
        for name, of_model in models.items():
            ours = fits[(fits["cohort"] == cohort) & (fits["fit"] == name)].set_index("split")
            if of_model == model and len(ours):
                ratio = (ours["train_mse"] / best.loc[ours.index]).to_numpy()
                title = "continued" if name.startswith("continued_") else "ours"
                text = f"{label}, {title}" if title == "continued" else f"{titles[name]}, {title}"
                rows.append(Box(text, model, ratio))
    return rows


def cosine_rows(cohort: str, cosines: pd.DataFrame, models: Mapping[str, str], titles: Mapping[str, str]) -> list[Box]:
    """1 − cosine similarity of published and matched own signatures of one cohort."""
    rows = []
    for name, model in models.items():
        part = cosines[(cosines["cohort"] == cohort) & (cosines["fit"] == name)]
        if len(part):
            text = f"{MODEL_TITLES[model]}, continued" if name.startswith("continued_") else f"{titles[name]}, ours"
            rows.append(Box(text, model, np.maximum(1 - part["cosine"].to_numpy(), LOWEST_DRAWN)))
    return rows


LOWEST_DRAWN = 1e-8
"""Differences of signatures below this are drawn here."""


@style.styled
def paired_figure(
    published: pd.DataFrame,
    fits: pd.DataFrame,
    cosines: pd.DataFrame,
    stages: pd.DataFrame,
    *,
    cohorts: Mapping[str, str],
    models: Mapping[str, str],
    titles: Mapping[str, str],
) -> Figure:
    """Above: training errors over the best NMF of the same split; below: distance of our signatures to the published.

    Args:
        published, fits, cosines, stages: the audit's tables ``published_errors``, ``fits``, ``cosines``, ``stages``.
        cohorts: cohort → title.
        models, titles: model and title of every fit.
    """
    train = stages[stages["set"] == "train"]
    above, below = [], []
    for cohort in cohorts:
        best = train[train["cohort"] == cohort].set_index("split")["best NMF"]
        above.append(error_rows(cohort, published, fits, best, models, titles))
        below.append(cosine_rows(cohort, cosines, models, titles))
    most = max(map(len, above)), max(map(len, below))
    figure = style.new_figure(style.PAGE, 4.6 * sum(most) + 24)
    grid = figure.subplots(2, len(cohorts), squeeze=False, sharey="row", height_ratios=most)
    for column, title in enumerate(cohorts.values()):
        grid[0, column].set_title(title)
        for row, boxes in enumerate((above[column], below[column])):
            axis = grid[row, column]
            for position, box in enumerate(boxes):
                draw_box(axis, position, box.values, MODEL_COLOURS[box.model], 0.6, vertical=False)
            style.log_axis(axis.xaxis, 0.22)
            axis.set_yticks(range(len(boxes)), [box.label for box in boxes])
            axis.set_ylim(len(boxes) - 0.4, -0.6)
            axis.tick_params(axis="y", length=0)
            axis.grid(axis="x")
        grid[0, column].axvline(1, color=style.MUTED, linewidth=0.6, zorder=1)
    grid[0, len(cohorts) // 2].set_xlabel("Training MSE over that of the best NMF of the same patients, log scale")
    grid[1, len(cohorts) // 2].set_xlabel("1 − cosine similarity to the matched published signature, log scale")
    return figure
