"""The table of how often intervals of exposures hold the true ones."""

from __future__ import annotations

import pandas as pd

from aenmf import formats
from aenmf.files.layout import Layout


def layout(frame: pd.DataFrame, cohorts: dict[str, str], methods: dict[str, str]) -> Layout:
    """Means over the splits as shown; the frame has the columns of :data:`aenmf.evaluation.coverage.COLUMNS`."""
    means = frame.groupby(["cohort", "method", "loss"], sort=False)[["acs", "own", "refitted", "relative_width"]].mean()
    rows = [
        [
            cohorts[c],
            methods[m],
            formats.similarity(acs),
            f"{100 * own:.0f} %",
            f"{100 * refitted:.0f} %",
            f"{width:.2f}",
        ]
        for (c, m, _), (acs, own, refitted, width) in zip(means.index, means.to_numpy(), strict=True)
    ]
    return Layout(
        caption="Coverage of the true exposures by intervals that are to hold 95 % of them.",
        label="coverage",
        columns=["Cohort", "Method", "ACS", "Own intervals", "About the refit", "Relative width"],
        rows=rows,
        align="llrrrr",
        rules=[],
        notes=[
            "Own intervals: share of the true exposures within the method's own. About the refit: within Poisson intervals "
            "about the refitted exposures to the same signatures. Relative width: of the own intervals over Poisson intervals "
            "about the true exposures. Means over splits; ACS: mean cosine similarity to the true signatures."
        ],
    )
