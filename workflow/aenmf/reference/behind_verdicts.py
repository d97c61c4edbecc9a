"""What the verdicts on the headline claims do not show by themselves, for the findings."""

from __future__ import annotations

import pandas as pd
from scipy import special

from aenmf import formats
from aenmf.evaluation.resampled import Mean
from aenmf.evaluation.statistics import CONFIDENCE
from aenmf.losses import FROBENIUS
from aenmf.reference.kept import AENMF, CNMF, COHORTS, Reference
from aenmf.verdicts.judge import FAILS, PART

AUDITED = "audit/audit/verdicts"


def _parts(kept: Reference, headline: str) -> pd.DataFrame:
    return kept.table("tables/verdicts", kind=PART, headline=headline)


def order(kept: Reference) -> dict[str, str]:
    """How many intervals of the ratios exclude one, each by itself, before the correction for testing all."""
    table = kept.table("tables/table3", method=AENMF)
    table = table[table["cohort"].isin(COHORTS)]
    return {"excluding": str(int(((table["corrected_high"] < 1) | (table["corrected_low"] > 1)).sum()))}


def numbers(kept: Reference) -> dict[str, str]:
    """How many intervals exclude one; how many printed numbers do not come out, and how many of those not from the
    published matrices either."""
    parts = _parts(kept, "numbers")
    failed = parts.loc[parts["verdict"] == FAILS, "claim_id"]
    audited = kept.table(AUDITED)
    theirs = audited[audited["claim_id"].isin(failed) & (audited["published_verdict"] == FAILS)]
    return order(kept) | {
        "numbers": str(len(parts)),
        "numbers_failed": str(len(failed)),
        "numbers_failed_published": str(len(theirs)),
    }


def agreement(kept: Reference) -> dict[str, str]:
    """Which parts of the agreement fail on the paper's own patients, fitted again."""
    parts = _parts(kept, "agreement")
    audited = kept.table(AUDITED)
    failed = audited[audited["claim_id"].isin(parts["claim_id"]) & (audited["same_patients_verdict"] == FAILS)]
    return {
        "agreement": str(len(parts)),
        "agreement_failed_here": str(int((parts["verdict"] == FAILS).sum())),
        "agreement_failed": str(len(failed)),
        "agreement_failures": "; ".join(f"“{row.claim}”, {row.same_patients}" for row in failed.itertuples()),
    }


def consistency(kept: Reference) -> dict[str, str]:
    """Where the consistency differs from zero, whatever the margin says."""
    splits = int(kept.table("tables/table3")["n"].max())
    parts = _parts(kept, "consistency").astype(dict.fromkeys(("estimate", "low", "high"), float))
    differ = parts[(parts["low"] > 0) | (parts["high"] < 0)]
    said = []
    for row in differ.itertuples():
        more = "NMF" if row.estimate > 0 else "AE-NMF"
        size = formats.decimals(abs(row.estimate))
        ends = sorted((abs(row.low), abs(row.high)))
        reach = f"{formats.decimals(ends[0])} to {formats.decimals(ends[1])}"
        place = row.claim.removeprefix("The signatures of NMF and AE-NMF are equally consistent on ")
        said.append(f"{more} by {size} ({reach}, p = {formats.p_value(p_of_interval(row, splits))}) on {place}")
    return {"consistency_differs": "; ".join(said) or "nowhere"}


def recovery(kept: Reference) -> dict[str, str]:
    """How small the differences in recovery are that "equally well" lets pass, and in how many the interval excludes zero."""
    parts = _parts(kept, "scenario8-recovery")
    acs = parts[parts["claim_id"].str.contains("-acs-")].astype(dict.fromkeys(("estimate", "low", "high"), float))
    differ = int(((acs["low"] > 0) | (acs["high"] < 0)).sum())
    return {
        "recovery_differ": f"{differ} of {len(acs)}",
        "recovery_most": formats.decimals(acs["estimate"].abs().max()),
    }


def p_of_interval(row, splits: int) -> float:
    """The p-value against zero of an estimate whose t interval over splits is known."""
    reach = (row.high - row.low) / 2
    return Mean(splits, row.estimate, reach / float(special.stdtrit(splits - 1, 0.5 + CONFIDENCE / 2))).p_value()


def cost(kept: Reference) -> dict[str, str]:
    """Seconds per iteration of AE-NMF over those of C-NMF as the textbook has it and with its products grouped."""
    table = kept.table("scaling/scaling/times", variable="K", loss=FROBENIUS)
    done = table[table["outcome"] == "done"]

    def seconds(model: str, solver: str) -> pd.Series:
        rows = done[(done["model"] == model) & (done["solver"] == solver) & (done["quantity"] == "iteration")]
        return rows.groupby("size")["seconds"].median()

    facts = {}
    for solver, name in (("textbook", "textbook"), ("mu", "grouped")):
        shares = (seconds(AENMF, "adam") / seconds(CNMF, solver)).dropna()
        facts[f"iteration_{name}"] = f"{shares.min():#.2g} to {shares.max():#.2g}"
    fits = done[(done["model"] == AENMF) & (done["solver"] == "adam") & (done["quantity"] == "fit")]
    return facts | {"fitted_sizes": ", ".join(f"{size:g}" for size in sorted(fits["size"].unique()))}
