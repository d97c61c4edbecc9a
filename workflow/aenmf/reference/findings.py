"""The replication report, docs/findings.md: a template, filled in from the tables of the reference."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from string import Template

import numpy as np
import pandas as pd

from aenmf import formats
from aenmf.files.layout import Cell, Layout, to_markdown
from aenmf.losses import FROBENIUS, KULLBACK_LEIBLER, LOSS_TITLES
from aenmf.reference.across_cancers import across
from aenmf.reference.behind_verdicts import agreement, consistency, cost, numbers, recovery
from aenmf.reference.kept import AENMF, COHORTS, NMF, SIGNIFICANT, Reference, interval, per_cent, ratio
from aenmf.reference.on_the_board import board, published_cohorts
from aenmf.reference.what_decides import changes, noise
from aenmf.reference.who_loses import who_loses

SAME_LOSS = 1e-4
"""Fits whose losses differ by less, relatively, are at one optimum."""
NEAR, ANOTHER = 2, 0.99
"""Tries near the optimum without which nothing can be said of its signatures, and the cosine below which one is another."""
SHOWN = {"scenario8": "Scenario 8"}
METHODS = {NMF: "NMF", "cnmf": "C-NMF", AENMF: "AE-NMF"}
TEMPLATE = Path(__file__).with_name("findings_template.md")
ANSWERS: Mapping[str, Path] = {
    name: Path(__file__).with_name(f"{file}_template.md")
    for name, file in (
        ("findings", "answer"),
        ("robustness", "robustness"),
        ("across", "across"),
        ("board", "board"),
    )
}
"""Short texts for other pages, by the name that their blocks have there."""


def ratios_layout(kept: Reference) -> Layout:
    """The table of ratios with their intervals and tests."""
    rows: list[list[Cell | str]] = []
    for loss in (FROBENIUS, KULLBACK_LEIBLER):
        for cohort, title in COHORTS.items():
            row: list[Cell | str] = [title, LOSS_TITLES[loss]]
            for which in ("train", "test"):
                one = kept.one("tables/table3", cohort=cohort, loss=loss, set=which, method=AENMF)
                row += [interval(one["geometric"], one["corrected_low"], one["corrected_high"])]
                row += [formats.p_value(one["holm_p"])]
            rows.append(row)
    return Layout(
        caption="NMF's error / AE-NMF's, with 95 % intervals for new patients and p-values corrected for all rows.",
        label="findings-ratios",
        columns=["Cohort", "Loss", "Training: Ratio", "Training: p", "Test: Ratio", "Test: p"],
        rows=rows,
        align="llrrrr",
        rules=[],
    )


def ratios(kept: Reference) -> dict[str, str]:
    """How far NMF's errors lie below AE-NMF's."""
    table = kept.table("tables/table3", method=AENMF)
    table = table[table["cohort"].isin(COHORTS)]
    widths = (table["corrected_high"] - table["corrected_low"]).to_numpy()
    naive = (table["ratio_high"] - table["ratio_low"]).to_numpy()
    sure = table["holm_p"] < SIGNIFICANT
    facts = {}
    for which, rows in table.groupby("set"):
        facts[f"including_{which}"] = f"{int((rows['corrected_high'] >= 1).sum())} of {len(rows)}"
        facts[f"significant_{which}"] = f"{int(sure[rows.index].sum())} of {len(rows)}"
        facts[f"lower_{which}"] = (
            f"{100 * (1 - rows['geometric'].max()):.0f} to {per_cent(1 - rows['geometric'].min())}"
        )
    return facts | {
        "splits": str(int(table["n"].max())),
        "table_ratios": to_markdown(ratios_layout(kept)).strip(),
        "compared": str(len(table)),
        "significant": str(int(sure.sum())),
        "narrower": f"{np.median(widths / naive):.1f}",
    }


def optima(kept: Reference) -> dict[str, str]:
    """Whether the fits are at their optima, and AE-NMF's at C-NMF's."""
    fits, theorem = kept.table("tables/optima"), kept.table("tables/theorem")
    found, total = int(fits["found_again"].sum()), int(fits["fits"].sum())
    above, highest = _above_the_best(kept)
    return _uniqueness(kept) | {
        "above_best": str(above),
        "most_above": f"{100 * (highest - 1):.2g} %",
        "found_again": str(found),
        "fits": str(total),
        "not_found": str(total - found),
        "same_loss": f"{theorem['within_loss'].iloc[0]:g}",
        "agree": str(int(theorem["same_loss"].sum())),
        "alike": str(int(theorem["same_signatures"].sum())),
        "pairs": str(int(theorem["splits"].sum())),
    }


def _above_the_best(kept: Reference) -> tuple[int, float]:
    """How many fits that were found again are above the lowest loss known by more than 1e-4, and the highest ratio of losses."""
    keys = ["cohort", "loss", "model", "split"]
    fits = kept.table("tables/fits").assign(model=lambda frame: frame["method"])
    both = fits.merge(kept.table("optima/best_known")[[*keys, "best"]], on=keys)
    factor = (both["objective"] / both["best"])[both["found_again"]]
    far = factor[factor > 1 + SAME_LOSS]
    return len(far), float(far.max()) if len(far) else 1.0


def _uniqueness(kept: Reference) -> dict[str, str]:
    """How alike the signatures of optima within 0.1 % of the lowest loss are, from starts of all kinds."""
    tables = [kept.table(f"{study}/uniqueness", stopped="optimum") for study in ("optima", "ways/optima")]
    keys = ["cohort", "loss", "method"]
    table = pd.concat(tables).groupby(keys, sort=False).agg({"near": "sum", "cosine_least": "min"}).reset_index()
    table = table.assign(cohort=table["cohort"].replace(SHOWN))
    known = table[table["near"] >= NEAR]
    other = known[known["cosine_least"] < ANOTHER]
    places = [f"{METHODS[row.method]} on {row.cohort} ({LOSS_TITLES[row.loss]})" for row in other.itertuples()]
    unknown = table[table["near"] < NEAR]
    missing = [f"{METHODS[row.method]} on {row.cohort} ({LOSS_TITLES[row.loss]})" for row in unknown.itertuples()]
    few = f" Too few tries end there to say: {'; '.join(missing)}." if missing else ""
    return {
        "unique": f"{len(known) - len(other)} of {len(known)}",
        "unique_not": "; ".join(places) or "nowhere",
        "unique_unknown": few,
        "unique_least": f"{other['cosine_least'].min():.2f}" if len(other) else "1",
    }


def published(kept: Reference) -> dict[str, str]:
    """What the published matrices and the precision study say."""
    shares = {which: _constraint_shares(kept, which) for which in ("train", "test")}
    precision = {"cohort": "prostate", "loss": FROBENIUS}
    readings = kept.table("audit/audit/figure_readings")
    errors = readings[readings["quantity"] == "mean_error"]
    stopped, free = (
        kept.one("convergence/precision_summary", **precision, training=training)
        for training in ("as configured", "float32, no rule")
    )
    stops = kept.table("convergence/precision_summary", training="as configured")["gap"]
    return {
        "constraint_share": shares["train"],
        "constraint_share_test": shares["test"],
        "stop_factor": ratio(1 + stopped["gap"]),
        "stop_least": ratio(1 + stops.min()),
        "stop_most": ratio(1 + stops.max()),
        "free_factor": f"{1 + free['gap']:.4f}",
        "least_single": f"{stopped['least_change']:.1g}",
        "least_double": f"{stopped['least_change_float64']:.1g}",
        "readings": str(len(readings)),
        "readings_errors": f"{int(errors['within'].sum())} of {len(errors)}",
        "readings_others": str(len(readings) - len(errors)),
    }


def _constraint_shares(kept: Reference, which: str) -> str:
    """How much of the published gap the convex constraint explains, by cancer."""
    shares = [
        f"{per_cent(kept.one('audit/audit/gap', cohort=cohort, set=which, part='constraint')['share'])} in {cohort}"
        for cohort in COHORTS
    ]
    return f"{', '.join(shares[:-1])} and {shares[-1]}"


def lost(kept: Reference) -> dict[str, str]:
    """Recovery where every signature is nearly alone in a patient, and where none is."""
    table = kept.table("purity/purity/purity", loss=KULLBACK_LEIBLER, noise="poisson")
    table = table[table["patients"] == table["patients"].max()]
    facts = {"mixed_cap": per_cent(table["cap"].min())}
    for name, cap in (("pure", table["cap"].max()), ("mixed", table["cap"].min())):
        acs = table[table["cap"] == cap].set_index("method")["acs"]
        facts |= {f"{name}_{method}": f"{acs[method]:.3f}" for method in (NMF, AENMF)}
    return facts


TABLES = (
    *(
        "tables/rank",
        "tables/rank_criteria",
        "tables/ratios",
        "tables/table2",
        "tables/table3",
        "tables/verdicts",
        "tables/worse_patients",
        "tables/fits",
        "tables/optima",
        "tables/theorem",
        "optima/best_known",
        "optima/uniqueness",
        "ways/optima/uniqueness",
        "convergence/precision_summary",
        "audit/audit/gap",
        "audit/audit/verdicts",
    ),
    *(
        "audit/audit/figure_readings",
        "rank_criteria/tables/rank_criteria",
        "robustness/tables/robustness",
        "pcawg/tables/forest",
        "pcawg/tables/forest_summary",
        "pcawg/tables/rank_criteria",
        "scaling/scaling/times",
        "purity/purity/purity",
        "truth/scores/board",
        "truth/scores/board_by_cohort",
        "truth/scores/baseline",
        "truth/scores/optimum",
        "truth/scores/costs",
    ),
)
"""What the report is made of."""


CRITERION = "stability"
"""Of the number of signatures: the one that the claims are judged with."""


def ranks(kept: Reference) -> dict[str, str]:
    """What the criterion says of the paper's numbers of signatures, and of how many controls it finds the true number."""
    facts = {"most_rank": str(int(kept.table("tables/rank")["rank"].max()))}
    for loss, name in ((FROBENIUS, "mse"), (KULLBACK_LEIBLER, "kld")):
        controls = kept.table("rank_criteria/tables/rank_criteria", criterion=CRITERION, loss=loss)
        found = int((controls["chosen"] == controls["true"]).sum())
        chosen = kept.table("tables/rank_criteria", criterion=CRITERION, loss=loss).set_index("cohort")
        words = [
            f"{'at least ' if row.chosen == row.highest_tried else ''}{row.chosen:.0f} in {row.Index}"
            for row in chosen.loc[list(COHORTS)].itertuples()
        ]
        facts |= {f"controls_{name}": f"{found} of {len(controls)}", f"ranks_{name}": ", ".join(words)}
    return facts


PARTS: tuple[Callable[[Reference], dict[str, str]], ...] = (
    *(ratios, optima, published, noise, changes, who_loses, across, lost, ranks),
    *(numbers, agreement, consistency, recovery, cost, board, published_cohorts),
)


def facts_of(kept: Reference) -> dict[str, str]:
    """Every number and table that the templates may name.

    Raises:
        FileNotFoundError: the reference lacks a table.
        ValueError: a table lacks a row that the report mentions.
    """
    facts = {"table_verdicts": kept.markdown("tables/verdicts")}
    for part in PARTS:
        facts |= part(kept)
    return facts


def findings(reference: Path) -> str:
    """The report from the tables of a reference; raises as :func:`facts_of` does."""
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(facts_of(Reference(reference)))


def answer(reference: Path, name: str) -> str:
    """One of :data:`ANSWERS`, filled in; raises as :func:`facts_of` does."""
    return Template(ANSWERS[name].read_text(encoding="utf-8")).substitute(facts_of(Reference(reference)))


def missing_tables(reference: Path) -> list[str]:
    """The tables of :data:`TABLES` that a reference lacks."""
    return [name for name in TABLES if not (reference / f"{name}.csv").is_file()]


def keep_report(reference: Path, page: Path) -> str:
    """Write the report if the reference has all of its tables; returns what was done, in a few words."""
    missing = missing_tables(reference)
    if missing:
        return f"{page.name} is left as it is: the reference has no {', '.join(missing)}"
    page.write_text(findings(reference), encoding="utf-8")
    return f"{page.name} written"
