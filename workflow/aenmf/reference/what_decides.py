"""What decides the comparison, for the findings: noise, and the patients with very many mutations."""

from __future__ import annotations

import pandas as pd

from aenmf.files.layout import Cell, Layout, to_markdown
from aenmf.losses import FROBENIUS, KULLBACK_LEIBLER, LOSS_TITLES
from aenmf.reference.kept import AENMF, COHORTS, NMF, Reference, interval, ratio
from aenmf.studies.robustness import ALL, DEVIANCE, VARIANTS

TABLE = "robustness/tables/robustness"
SETS = {"train": "training", "test": "test"}
WEIGHED = ("no_hypermutators", "equal_totals")
"""Changes after which few patients weigh less, and the error is the same."""


def noise(kept: Reference) -> dict[str, str]:
    """Errors of Scenario 8 without and with noise: their ratio, and how far AE-NMF's lies above NMF's."""
    facts = {}
    for cohort, name in (("scenario8", "exact"), ("scenario8_poisson", "poisson")):
        facts[f"scenario_{name}"] = ratio(
            kept.one(
                "tables/ratios", cohort=cohort, loss=FROBENIUS, measure="mse", set="train", first=NMF, second=AENMF
            )["ratio"]
        )
        for loss, measure in ((FROBENIUS, "mse"), (KULLBACK_LEIBLER, "kld")):
            nmf, aenmf = (kept.one("tables/table2", cohort=cohort, loss=loss, method=method) for method in (NMF, AENMF))
            facts[f"excess_{measure}_{name}"] = f"{aenmf['train'] - nmf['train']:.2g}"
            if loss == FROBENIUS:
                facts |= {f"acs_{NMF}_{name}": f"{nmf['acs']:.3f}", f"acs_{AENMF}_{name}": f"{aenmf['acs']:.3f}"}
    return facts


def changes(kept: Reference) -> dict[str, str]:
    """How the ratios in the paper's cancers change, and where AE-NMF no longer has the higher error."""
    rows = kept.table(TABLE, first=NMF, second=AENMF)
    rows = rows[rows["cohort"].isin(COHORTS)]
    facts = {
        "table_patients": to_markdown(patients_layout(kept)).strip(),
        "robust_compared": str(len(rows)),
        "robust_below": str(int((rows["high"] < 1).sum())),
        "robust_above": str(int((rows["low"] > 1).sum())),
        "robust_reversed": "; ".join(_said(row) for row in rows[rows["ratio"] > 1].itertuples()) or "none",
    }
    for variant in (ALL, DEVIANCE, *WEIGHED):
        for which in SETS:
            row = _row(kept, "uterus", FROBENIUS, variant, which)
            facts[f"uterus_{variant}_{which}"] = ratio(row["ratio"])
            facts[f"uterus_{variant}_{which}_interval"] = interval(row["ratio"], row["low"], row["high"])
    row = _row(kept, "uterus", KULLBACK_LEIBLER, DEVIANCE, "train")
    return facts | {"uterus_deviance_kld": interval(row["ratio"], row["low"], row["high"])}


def patients_layout(kept: Reference) -> Layout:
    """Ratios with all patients, and when those with very many mutations weigh less."""
    rows: list[list[Cell | str]] = []
    for cohort, title in COHORTS.items():
        for loss in (FROBENIUS, KULLBACK_LEIBLER):
            for which, name in SETS.items():
                row: list[Cell | str] = [title, LOSS_TITLES[loss], name]
                for variant in (ALL, *WEIGHED, DEVIANCE):
                    one = _row(kept, cohort, loss, variant, which)
                    row.append(interval(one["ratio"], one["low"], one["high"]))
                rows.append(row)
    return Layout(
        caption="NMF's error / AE-NMF's on five splits when patients with very many mutations weigh less, with 95 % "
        "intervals for new patients.",
        label="findings-patients",
        columns=["Cohort", "Loss", "Set", *(VARIANTS[variant] for variant in (ALL, *WEIGHED, DEVIANCE))],
        rows=rows,
        align="lllrrrr",
        rules=[],
        notes=[
            "Equal totals: all patients weigh the same. The deviance is another error, of the same fits as those of all patients."
        ],
    )


def _row(kept: Reference, cohort: str, loss: str, variant: str, which: str) -> pd.Series:
    keys = {"cohort": cohort, "loss": loss, "variant": variant, "set": which, "first": NMF, "second": AENMF}
    return kept.one(TABLE, **keys)


def _said(row) -> str:
    """One comparison in words."""
    change = VARIANTS[row.variant][0].lower() + VARIANTS[row.variant][1:]
    place = f"{row.cohort}, {change} ({LOSS_TITLES[row.loss]}, {SETS[row.set]})"
    return f"{place} {interval(row.ratio, row.low, row.high)}"
