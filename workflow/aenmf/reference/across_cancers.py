"""What the comparison across cancers says: the means, what explains them, and what to be careful with."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from aenmf.losses import FROBENIUS, KULLBACK_LEIBLER
from aenmf.reference.kept import AENMF, CNMF, Reference, interval, per_cent, ratio

EACH, SUMMARY, CHOICE = (f"pcawg/tables/{name}" for name in ("forest", "forest_summary", "rank_criteria"))


def across(kept: Reference) -> dict[str, str]:
    """The mean over cancers, with and without their weights, and what explains it."""
    facts: dict[str, str] = {}
    for loss, name in ((FROBENIUS, "mse"), (KULLBACK_LEIBLER, "kld")):
        for which in ("train", "test"):
            keys = {"loss": loss, "set": which, "method": AENMF}
            one = kept.one(SUMMARY, **keys)
            facts |= {
                f"pcawg_{which}_{name}": interval(one["ratio"], one["low"], one["high"]),
                f"unweighted_{which}_{name}": ratio(np.exp(kept.table(EACH, **keys)["log_ratio"].mean())),
                f"new_{which}_{name}": f"{ratio(one['new_low'])} to {ratio(one['new_high'])}",
                f"followed_{which}_{name}": per_cent(one["followed"]),
            }
    lines = kept.markdown(EACH).splitlines()
    once = next(
        (line for line in lines if line.startswith("Fits whose lowest loss")), "All lowest losses were found again."
    )
    return facts | {
        "cancers": str(int(one["cohorts"])),
        "chance": per_cent(one["chance"]),
        "found_once": once,
        "found_once_share": _added_up(once),
        "cancers_apart": f"{100 * _apart(kept.table(EACH)):.1f} %",
        "unsure_ranks": _unsure(kept.table(CHOICE)),
    }


def _added_up(line: str) -> str:
    """The numbers "a of b" of a line, added up."""
    pairs = [(int(a), int(b)) for a, b in re.findall(r"(\d+) of (\d+)", line)]
    return f"{sum(a for a, _ in pairs)} of {sum(b for _, b in pairs)} fits"


def _apart(each: pd.DataFrame) -> float:
    """How far the ratios to C-NMF and to AE-NMF, which minimise one function, are apart at most, relatively."""
    logs = each.pivot(index=["cohort", "loss", "set"], columns="method", values="log_ratio")
    return float(np.expm1((logs[CNMF] - logs[AENMF]).abs().max()))


def _unsure(choices: pd.DataFrame) -> str:
    """The cancers whose number of signatures changes by more than one when a replicate is left out."""
    wide = choices[choices["high"] - choices["low"] > 1]
    return ", ".join(
        f"{row.chosen:.0f} ({row.low:.0f} to {row.high:.0f}) in {row.cohort.removeprefix('pcawg_')}"
        for row in wide.itertuples()
    )
