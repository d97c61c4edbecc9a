"""The scores of MUSE-XAE's published answers as a table."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from aenmf.evaluation.scores import SCORES
from aenmf.files.layout import Layout

SHOWN = ("f1", "cosine", "manhattan", "refitted", "misassigned", "presence_f1")
TITLES = {name: score.title for name, score in SCORES.items()} | {"refitted": "Manhattan, refitted"}
AUGMENTATION = "Augmentation: resampled copies of each patient that the network is trained with."
REFITTED = (
    "Refitted: exposures to the same signatures by this project's refit. A mutation that is given to a wrong signature counts "
    "twice in Manhattan: the one lacks it, and the other has it."
)


def layout(frame: pd.DataFrame, titles: Mapping[str, str]) -> Layout:
    """The table as shown, a block per scenario.

    Args:
        frame: what :func:`aenmf.studies.muse_outputs.over_runs` returns.
        titles: cohort → its name in tables.
    """
    rows = [
        [
            titles[row["cohort"]],
            str(row["augmentation"]),
            str(row["true"]),
            _number(row, "found", 1),
            *(_number(row, name, 2) for name in SHOWN),
        ]
        for row in frame.to_dict("records")
    ]
    texts = {name: SCORES[name].description for name in SHOWN if name in SCORES}
    described = " ".join(f"{TITLES[name]}: {text}." for name, text in texts.items())
    first = ~frame["scenario"].duplicated()
    runs = " or ".join(str(n) for n in sorted(frame["runs"].unique()))
    return Layout(
        caption=f"MUSE-XAE's published answers: mean ± standard deviation over {runs} runs.",
        label="muse-outputs",
        columns=["Cohort", "Augmentation", "True K", "Found K", *(TITLES[name] for name in SHOWN)],
        rows=rows,
        rules=[i for i, begins in enumerate(first) if begins],
        notes=[f"{AUGMENTATION} {described} {REFITTED}"],
    )


def _number(row: Mapping[str, float], name: str, decimals: int) -> str:
    return f"{row[name]:.{decimals}f} ± {row[f'{name}_sd']:.{decimals}f}"
