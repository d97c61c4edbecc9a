"""Table 2: errors, recovery of the truth and consistency on simulated cohorts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from aenmf import formats
from aenmf.evaluation.statistics import mean_errors
from aenmf.files.layout import Cell, Layout, bold_lowest
from aenmf.formats import counted
from aenmf.losses import LOSS_TITLES
from aenmf.methods.entries import Entry
from aenmf.tables.marks import Single, marked, note

COLUMNS = ["cohort", "loss", "measure", "method", "title", "n", "train", "test", "acs", "sc"]


def table2(
    errors: pd.DataFrame, recovery: pd.DataFrame, consistency: pd.DataFrame, cohort: str, entries: Sequence[Entry]
) -> pd.DataFrame:
    """Mean errors, ACS and SC of every method and loss on one simulated cohort.

    Args:
        errors, recovery, consistency: rows of the long tables of those names.
        cohort: the simulated cohort.
        entries: methods in the order shown; combinations of method and loss that were not fitted have no row.

    Returns:
        Columns ``cohort``, ``loss``, ``measure``, ``method``, ``title``, ``n`` (splits), ``train`` and ``test`` (mean
        over splits of the error in the loss's own measure), ``acs`` (mean over splits of the mean cosine to the matched
        true signatures) and ``sc`` (mean over pairs of splits), by loss in order of appearance.
    """
    means = mean_errors(errors[errors["cohort"] == cohort])
    truth, pairs = (table[table["cohort"] == cohort] for table in (recovery, consistency))
    acs = truth.groupby(["loss", "method", "split"])["cosine"].mean().groupby(["loss", "method"]).mean()
    sc = pairs.groupby(["loss", "method"])["similarity"].mean()
    rows = []
    for loss in means["loss"].unique():
        for entry in entries:
            own = means[(means["loss"] == loss) & (means["method"] == entry.name)].set_index("set")
            if own.empty:
                continue
            key = (loss, entry.name)
            first = own.iloc[0]
            rows.append(
                (cohort, loss, first["measure"], entry.name, entry.title, int(first["n"]))
                + (own["mean"].get("train"), own["mean"].get("test"), acs.get(key), sc.get(key))
            )
    frame = pd.DataFrame(rows, columns=COLUMNS)
    return frame.astype(dict.fromkeys(("train", "test", "acs", "sc"), float))


def layout(frame: pd.DataFrame, cohorts: Mapping[str, str], single: Single | None = None) -> Layout:
    """Table 2 as shown, the lowest train and the lowest test error of each cohort and loss in bold.

    Args:
        frame: what :func:`table2` returns, of one cohort or of several one below the other.
        cohorts: cohort → title. With more than one there is a column of cohorts.
        single: fits whose lowest loss was found from one start only; their errors have a dagger.
    """
    single = single or {}
    rows: list[list[Cell | str]] = []
    rules: list[int] = []
    several = len(cohorts) > 1
    for (cohort, loss), block in frame.groupby(["cohort", "loss"], sort=False):
        rules.append(len(rows))
        marks = [(cohort, loss, method) in single for method in block["method"]]
        train, test = (
            marked(bold_lowest(block[name], [formats.error(v) for v in block[name]]), marks)
            for name in ("train", "test")
        )
        for i, (_, row) in enumerate(block.iterrows()):
            shown = [formats.similarity(row["acs"]), formats.similarity(row["sc"])]
            front = [cohorts[cohort]] if several else []
            rows.append([*front, LOSS_TITLES[loss], row["title"], train[i], test[i], *shown])
    daggers = [
        (f"{row.title}, {cohorts[row.cohort]}, {LOSS_TITLES[row.loss]}", single[key])
        for row in frame.itertuples()
        if (key := (row.cohort, row.loss, row.method)) in single
    ]
    splits = " or ".join(str(n) for n in sorted(frame["n"].unique()))
    title = "Simulated cohorts" if several else next(iter(cohorts.values()))
    front, scope = (["Cohort"], "cohort and loss") if several else ([], "loss")
    return Layout(
        caption=f"{title}: mean error, recovery of the true signatures and consistency over {counted(splits, 'split')}.",
        label="simulated",
        columns=[*front, "Loss", "Method", "Train error", "Test error", "ACS", "SC"],
        rows=rows,
        align="l" * len(front) + "llrrrr",
        rules=rules,
        notes=[
            f"Errors are means over cells, in the measure of the loss; the lowest error of each {scope} is bold. ACS: "
            "mean cosine similarity to the matched true signatures. SC: mean matched cosine similarity of two splits.",
            *note(daggers),
        ],
    )
