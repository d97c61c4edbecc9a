"""The order in which consensus signatures are shown: methods side by side, signature next to matching signature."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from aenmf.channels import CHANNELS
from aenmf.evaluation.consensus import signatures_from_table
from aenmf.evaluation.matching import cosine, order_like

COLUMNS = ["cohort", "method", "loss", "cluster", "position", "beside"]


def matched_order(consensus: pd.DataFrame, matches: pd.DataFrame, methods: Sequence[str], first: str) -> pd.DataFrame:
    """Positions of the consensus signatures of every cohort and loss.

    The signatures of the method ``first`` (where it was not fitted, of the first that was) are in the order of the COSMIC
    names they match, and those of the others next to the ones they resemble most (Hungarian; paper, Design: Consensus).

    Args:
        consensus, matches: the long tables of those names.
        methods: entries in order.
        first: the entry that leads.

    Returns:
        Columns ``cohort``, ``method``, ``loss``, ``cluster``, ``position`` (1 … K) and ``beside``, the cosine similarity
        to the leading method's signature at the same position (missing where it has none).
    """
    names = (
        matches[matches["reference"] == "cosmic"].set_index(["cohort", "method", "loss", "cluster"])["match"].to_dict()
    )
    rows = []
    for (cohort, loss), group in consensus.groupby(["cohort", "loss"], sort=False):
        own = dict(iter(group.groupby("method", sort=False)))
        fitted = {name: signatures_from_table(own[name], CHANNELS) for name in methods if name in own}
        lead = first if first in fitted else next(iter(fitted))
        known = [names.get((cohort, lead, loss, c + 1)) for c in range(fitted[lead].shape[1])]
        order = sorted(range(len(known)), key=lambda c: (pd.isna(known[c]), natural(str(known[c])), c))
        leading = fitted[lead][:, order]
        for name, signatures in fitted.items():
            shown = order if name == lead else order_like(leading, signatures)
            beside = np.diag(cosine(leading, signatures[:, shown]))
            for position, column in enumerate(shown):
                resemblance = beside[position] if position < len(beside) else np.nan
                rows.append((cohort, name, loss, int(column) + 1, position + 1, resemblance))
    return pd.DataFrame(rows, columns=COLUMNS)


def natural(name: str) -> tuple:
    """Sorting key that puts SBS2 before SBS10a: ``sorted(names, key=natural)``."""
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"(\d+)", name) if part)
