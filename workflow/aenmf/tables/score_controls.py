"""Whether the scores tell methods from answers that need no factorisation: who does not beat the best negative control."""

from __future__ import annotations

import pandas as pd

from aenmf.evaluation.scores import NO_RECOVERY, RECOVERY, SCORES
from aenmf.files.layout import Layout
from aenmf.tables.score_board import CONTROL, POSITIVE

COLUMNS = ["protocol", "score", "pairs", "lost", "methods"]


def beaten(cohorts: pd.DataFrame) -> pd.DataFrame:
    """How often a negative control is as good as a method.

    Args:
        cohorts: what :func:`aenmf.tables.score_board.by_cohort` returns.

    Returns:
        By ``protocol`` and ``score`` of :data:`RECOVERY`: ``pairs`` of a method and a cohort with controls, on how many of them
        the best negative control is no worse (``lost``), and the titles of the ``methods`` concerned with their numbers of
        cohorts.
    """
    rows = []
    wanted = cohorts[cohorts["score"].isin(RECOVERY)]
    for (protocol, score), block in wanted.groupby(["protocol", "score"], sort=False):
        bad, lost, pairs = SCORES[score].badness, [], 0
        for _, of_cohort in block.groupby("cohort", sort=False):
            is_control = of_cohort["method"].str.startswith(CONTROL)
            negative = of_cohort.loc[is_control & (of_cohort["method"] != POSITIVE), "value"]
            methods = of_cohort[~is_control]
            if negative.empty:
                continue
            best = min(map(bad, negative))
            pairs += len(methods)
            lost += [row.title for row in methods.itertuples() if bad(row.value) >= best]
        names = [f"{name} ({lost.count(name)})" for name in dict.fromkeys(lost)]
        rows.append((protocol, score, pairs, len(lost), "; ".join(names)))
    return pd.DataFrame(rows, columns=COLUMNS)


def layout(frame: pd.DataFrame) -> Layout:
    """The check as shown.

    Args:
        frame: what :func:`beaten` returns.
    """
    rows = [
        [row.protocol, SCORES[row.score].title, f"{row.pairs - row.lost} of {row.pairs}", row.methods or "–"]
        for row in frame.itertuples()
    ]
    titles: dict[str, list[str]] = {}
    for name, reason in NO_RECOVERY.items():
        titles.setdefault(reason, []).append(SCORES[name].title)
    left_out = "; ".join(f"{' and '.join(names)}, as {reason}" for reason, names in titles.items())
    return Layout(
        caption="Methods on cohorts on which they beat every negative control.",
        label="score-controls",
        columns=["Protocol", "Score", "Beaten", "By whom not, and on how many cohorts"],
        rows=rows,
        align="llrl",
        rules=[i for i, row in enumerate(rows) if i == 0 or row[0] != rows[i - 1][0]],
        notes=[
            "A method that a control beats has not found the truth; a score by which controls beat good methods would say "
            f"nothing. Not meant to say it on their own, and left out here: {left_out}."
        ],
    )
