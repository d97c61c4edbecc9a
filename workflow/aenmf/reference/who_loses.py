"""Which patients AE-NMF reconstructs worse than NMF, for the findings."""

from __future__ import annotations

from aenmf.evaluation.patients import ALL, THIRDS
from aenmf.files.layout import Cell, Layout, to_markdown
from aenmf.losses import FROBENIUS, KULLBACK_LEIBLER, LOSS_TITLES
from aenmf.reference.kept import AENMF, COHORTS, Reference, per_cent

TABLE = "tables/worse_patients"
HALF = 0.5


def who_loses(kept: Reference) -> dict[str, str]:
    """The shares of new patients with a larger error, and how many of them are surely more than half."""
    table = kept.table(TABLE, method=AENMF)
    table = table[table["cohort"].isin(COHORTS)]
    whole, parts = table[table["group"] == ALL], table[table["group"] != ALL]
    return {
        "worse_least": per_cent(whole["share"].min()),
        "worse_most": per_cent(whole["share"].max()),
        "worse_sure": f"{int((whole['low'] > HALF).sum())} of {len(whole)}",
        "worse_thirds": f"{int((parts['share'] > HALF).sum())} of {len(parts)}",
        "worse_thirds_sure": str(int((parts["low"] > HALF).sum())),
        "table_worse": to_markdown(layout(kept)).strip(),
    }


def layout(kept: Reference) -> Layout:
    """The shares by cancer, loss and third."""
    rows: list[list[Cell | str]] = []
    for cohort, title in COHORTS.items():
        for loss in (FROBENIUS, KULLBACK_LEIBLER):
            row: list[Cell | str] = [title, LOSS_TITLES[loss]]
            for group in (ALL, *THIRDS):
                one = kept.one(TABLE, cohort=cohort, loss=loss, method=AENMF, group=group)
                row.append(f"{per_cent(one['share'])} ({100 * one['low']:.0f} to {100 * one['high']:.0f})")
            rows.append(row)
    return Layout(
        caption="Share of new patients whom AE-NMF reconstructs worse than NMF, with 95 % intervals; all, and the "
        "thirds of the cohort with fewest, more and most mutations.",
        label="findings-worse",
        columns=["Cohort", "Loss", "All", "Fewest mutations", "Middle", "Most mutations"],
        rows=rows,
        align="llrrrr",
        rules=[],
    )
