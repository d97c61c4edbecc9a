"""docs/published-matrices.md: every statement filled in from the audit's tables.

The text is in ``findings_template.md`` with a placeholder for every number and for every list whose length
depends on the results. The workflow fills it in; ``aenmf keep --findings AUDIT`` keeps a run's findings as the committed ones.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

import numpy as np
import pandas as pd

from aenmf import formats
from aenmf.audit.readings.facts import ALL, LOW, RANDOM
from aenmf.audit.recovery import EXACT
from aenmf.solvers.common import IterationOptions
from aenmf.verdicts.judge import HOLDS

TEMPLATE = Path(__file__).with_name("findings_template.md")
ONE_PER_CENT = 0.01


@dataclass(frozen=True)
class Audit:
    """The audit's tables by name, cohort → title, fit → model, the comparison's tolerance, and fit → Adam's learning rate."""

    tables: Mapping[str, pd.DataFrame]
    shown: Mapping[str, str]
    cohorts: Mapping[str, str]
    models: Mapping[str, str]
    tolerance: float
    rates: Mapping[str, float]

    def by_cohort(self, texts: Mapping[str, str]) -> str:
        """One text per cohort in a sentence: ``99.8 % in prostate, 91.4 % in ovary``."""
        return ", ".join(f"{texts[name]} in {title.lower()}" for name, title in self.cohorts.items() if name in texts)


def recovery_facts(audit: Audit) -> dict[str, str]:
    """Finding 1."""
    certainty, held, means = (audit.tables[name] for name in ("certainty", "held_out", "mean_errors"))
    shares = certainty.groupby("cohort").apply(
        lambda rows: np.average(rows["exact"], weights=rows["columns"]), include_groups=False
    )
    known, alike, kept = (int(held[name].sum()) for name in ("known", "same_patient", "not_ruled_out"))
    width = {
        which: part.assign(width=np.maximum(part["high"] - part["mean"], part["mean"] - part["low"]) / part["mean"])
        for which, part in means.groupby("set")
    }
    return {
        "exact_limit": f"{EXACT:g}",
        "exact_shares": audit.by_cohort({name: f"{100 * share:.1f} %" for name, share in shares.items()}),
        "held_known": str(known),
        "held_alike": str(alike),
        "held_share": f"{100 * alike / known:.2f} %",
        "held_kept": "all of them" if kept == known else str(kept),
        **{
            f"bounds_{which}": audit.by_cohort(
                {name: f"{100 * value:.2g} %" for name, value in part.groupby("cohort")["width"].max().items()}
            )
            for which, part in width.items()
        },
    }


def blemish_facts(audit: Audit) -> dict[str, str]:
    """Finding 2; blemishes are grouped by their consequence, each group with its first example."""
    table, errors, shuffled = audit.tables["blemishes"], audit.tables["published_errors"], {}
    for method, rows in errors.groupby("method"):
        moved = [order.split() != sorted(order.split(), key=int) for order in rows["row_order"].astype(str)]
        shuffled[method] = f"{sum(moved)} of {len(moved)}"
    of_nmf = table.loc[table["file"].str.contains("/nmf_"), "what"]
    margins = of_nmf.str.extract(r"has ([\d.e+]+) times the squared error")[0].dropna().astype(float)
    lines = ["| Found | Files | For example | Consequence |", "|:--|--:|:--|:--|"]
    kinds = table.assign(kind=table["what"].map(kind_of))
    for (kind, consequence), rows in kinds.groupby(["kind", "consequence"], sort=False):
        cells = (kind, str(len(rows)), f"`{rows['file'].iloc[0]}`", consequence)
        lines.append("| " + " | ".join(cells) + " |")
    return {
        "n_blemishes": str(len(table)),
        **{f"orders_{method}": text for method, text in shuffled.items()},
        "order_margin": f"{margins.min():.2g}" if len(margins) else formats.MISSING,
        "table_blemishes": "\n".join(lines),
    }


def kind_of(what: str) -> str:
    """A blemish without its particulars, for counting: ``2 of 480 entries are denormal numbers`` → ``… entries are …``."""
    short = re.split(r"[:;(,]", what)[0]
    short = re.sub(r"\b[A-Za-z]+_\d+_\w+\.csv", "…", short)
    return re.sub(r"[-+]?\d[\d.]*(e[-+]?\d+)?( of \d+)?", "…", short).strip()


def paper_facts(audit: Audit) -> dict[str, str]:
    """Finding 3."""
    verdicts = audit.tables["verdicts"].fillna("").astype(str).set_index("claim_id")
    good = verdicts["published_verdict"] == HOLDS
    failed = [f"{row.claim} (paper {row.paper}; published matrices {short(row.published)})"
              for row in verdicts[~good].itertuples()]  # fmt: skip
    cosines = verdicts.index.str.startswith(("cosmic-", "signal-"))
    return {
        "claims_checked": str(len(verdicts)),
        "claims_reproduced": str(int(good.sum())),
        "claims_same": str(int((verdicts["same_patients_verdict"] == HOLDS).sum())),
        "claims_failed": listed(failed),
        "cosines_checked": str(int(cosines.sum())),
        "cosines_reproduced": str(int((good & cosines).sum())),
        "left_out": left_out_fact(audit, verdicts),
    }


def figure_facts(audit: Audit) -> dict[str, str]:
    """Finding 3: the numbers in the paper's figures."""
    readings, again = audit.tables["figure_readings"], audit.tables["figures_read_again"]
    facts = {}
    for quantity in ("mean_error", "consistency", "cosmic_cosine"):
        rows = readings[readings["quantity"] == quantity]
        facts[f"{quantity}_within"] = f"{int(rows['within'].sum())} of {len(rows)}"
        facts[f"{quantity}_farthest"] = largest(rows["deviation"])
        facts[f"{quantity}_pixel"] = largest(rows["reading_error"])
    if len(again):
        read_again = (
            f"Read again by this run, {int(again['within'].sum())} of {len(again)} lie within that of the table"
        )
    else:
        read_again = "The pictures were not at hand in this run, so that they were not read again"
    choices = audit.tables["figure_choices"].set_index("splits")
    random = choices.loc[RANDOM]
    numbers = {"random_best": random["least"], "random_low": random["low"], "random_median": random["median"]}
    numbers |= {"all_splits": choices.loc[ALL, "least"]}
    return (
        facts
        | {name: formats.MISSING if pd.isna(value) else f"{value:.2g}" for name, value in numbers.items()}
        | {
            "read_again": read_again,
            "random_choices": f"{int(random['choices']):,}",
            "low_quantile": f"{100 * LOW:g} %",
        }
    )


def largest(values: pd.Series) -> str:
    """The largest absolute value of a column with two digits."""
    return f"{values.abs().max():.2g}" if len(values) else formats.MISSING


def left_out_fact(audit: Audit, verdicts: pd.DataFrame) -> str:
    """What would explain a Signal mean that the library does not give: signatures missing from it."""
    table, texts = audit.tables["left_out"], []
    for cohort, title in audit.cohorts.items():
        rows = table[table["cohort"] == cohort] if "cohort" in table else table.iloc[:0]
        failed = [n for n in verdicts.index if n.startswith(f"signal-{cohort}-")
                  and verdicts.loc[n, "published_verdict"] != HOLDS]  # fmt: skip
        if failed and len(rows):
            methods = [name for name in ("nmf", "cnmf", "aenmf") if name in rows]
            means = [" / ".join(f"{row[name]:.2f}" for name in methods if not pd.isna(row[name]))
                     for _, row in rows.iterrows()]  # fmt: skip
            without = [f"{value} without {' and '.join(str(names).split())}"
                       for value, names in zip(means[1:], rows["left_out"][1:], strict=True)]  # fmt: skip
            texts.append(
                f"The Signal means of {title.lower()} are {means[0]} with the whole library, {', '.join(without)}: of all "
                "choices of one or two signatures to leave out these, chosen after the fact, come nearest to the paper. None "
                "gives both printed values; another version of the library is one explanation."
            )
    return " ".join(texts)


def stopping_facts(audit: Audit) -> dict[str, str]:
    """Finding 4."""
    stages, fits, errors = (audit.tables[name] for name in ("stages", "fits", "published_errors"))
    train = stages[stages["set"] == "train"]
    early = train["published AE-NMF"] / train["continued AE-NMF"]
    near = train["continued AE-NMF"] / train["best convex NMF"] <= 1 + ONE_PER_CENT
    keys = ["cohort", "split"]
    best = train.set_index(keys)["best convex NMF"]
    facts = {
        "stopped_splits": f"{int((early > 1 + ONE_PER_CENT).sum())} of {len(early)}",
        "continued_at_best": f"{int(near.sum())} of {len(near)}",
        "stopped_ratios": means_by_cohort(audit, early.to_numpy(), train["cohort"]),
    }
    for model in ("nmf", "cnmf"):
        ahead = fits[fits["fit"] == f"continued_{model}"]
        theirs = (
            errors[errors["method"] == model].set_index(keys)["train_mse"].loc[pd.MultiIndex.from_frame(ahead[keys])]
        )
        facts[f"{model}_ratios"] = means_by_cohort(
            audit, theirs.to_numpy() / ahead["train_mse"].to_numpy(), ahead["cohort"]
        )
    again, adam = fits[fits["fit"] == "aenmf_published"], fits[fits["fit"] == "aenmf_adam"]
    theirs = errors[errors["method"] == "aenmf"].set_index(keys)["train_mse"].loc[pd.MultiIndex.from_frame(again[keys])]
    counts = {name: f"{n} splits" for name, n in again.groupby("cohort")["split"].nunique().items()}
    rates = {name: f"{rate:g}" for name, rate in audit.rates.items()}
    return facts | {
        "adam_rate": rates.get("aenmf_adam", formats.MISSING),
        "published_rate": rates.get("aenmf_published", formats.MISSING),
        "single_spacing": f"{np.finfo(np.float32).eps:.1e}",
        "rule": f"{IterationOptions().tol:g}",
        "published_splits_fitted": audit.by_cohort(counts) or "no splits",
        "published_again": means_by_cohort(audit, again["train_mse"].to_numpy() / theirs.to_numpy(), again["cohort"]),
        "adam_ratio": means_by_cohort(
            audit,
            adam["train_mse"].to_numpy() / best.loc[pd.MultiIndex.from_frame(adam[keys])].to_numpy(),
            adam["cohort"],
        ),
    }


def means_by_cohort(audit: Audit, ratios: np.ndarray, cohorts: pd.Series) -> str:
    """Geometric means of ratios by cohort: ``1.34 in prostate, 1.62 in ovary``."""
    logs = pd.Series(np.log(ratios), index=cohorts.to_numpy())
    return (
        audit.by_cohort({name: f"{np.exp(v):.4g}" for name, v in logs.groupby(level=0).mean().items()})
        or formats.MISSING
    )


def gap_facts(audit: Audit) -> dict[str, str]:
    """Finding 5: ratios, and shares of the gap in brackets."""
    table = audit.tables["gap"]
    facts = {}
    for key, part in (("constraint_shares", "constraint"), ("stopping_shares", "stopping early")):
        rows = table[(table["set"] == "train") & (table["part"] == part)].set_index("cohort")
        texts = {name: f"{formats.ratio(row['ratio'])} ({100 * row['share']:.0f} %)" for name, row in rows.iterrows()}
        facts[key] = audit.by_cohort(texts)
    return facts


def reach_facts(audit: Audit) -> dict[str, str]:
    """Finding 6: the best of our starts of NMF and of convex NMF, per split."""
    fits, errors, missed = (audit.tables[name] for name in ("fits", "published_errors", "not_reached"))
    own = fits[~fits["fit"].str.startswith("continued_")]
    facts = {"tolerance": f"{audit.tolerance:g}"}
    for name in first_fits(audit.models):
        model = audit.models[name]
        ours = own[own["fit"] == name].set_index(["cohort", "split"])["train_mse"]
        theirs = errors[errors["method"] == model].set_index(["cohort", "split"])["train_mse"].loc[ours.index]
        facts[f"reached_{model}"] = f"{int((ours <= theirs * (1 + audit.tolerance)).sum())} of {len(ours)}"
    main = missed[missed["fit"].isin(first_fits(audit.models))]
    texts = [f"{row.fit} on {row.cohort} split {row.split}: {row.excess:.1e} above after {row.starts} starts, while the "
             f"published fit, continued, ends at {formats.error(row.continued)}" for row in main.itertuples()]  # fmt: skip
    return facts | {"exceptions": listed(texts)}


def first_fits(models: Mapping[str, str]) -> list[str]:
    """The first fit of every model but those continued from the published ones."""
    first: dict[str, str] = {}
    for name, model in models.items():
        if not name.startswith("continued_"):
            first.setdefault(model, name)
    return [first[model] for model in ("nmf", "cnmf") if model in first]


def listed(texts: list[str]) -> str:
    """Items as a Markdown list below the sentence, or the word none."""
    return "none." if not texts else "\n\n" + "\n".join(f"- {text}" for text in texts)


def short(text: str) -> str:
    """A number with few digits, words as they are."""
    try:
        return f"{float(text):.3g}"
    except ValueError:
        return text


def write_findings(audit: Audit, template: str, folder: str, source: str) -> str:
    """The findings: the template with every placeholder filled in.

    Raises:
        KeyError: the template has a placeholder that no fact fills.
    """
    facts = {"folder": folder, "source": source}
    for part in (recovery_facts, blemish_facts, paper_facts, figure_facts, stopping_facts, gap_facts, reach_facts):
        facts |= part(audit)
    facts |= {f"table_{name}": text.strip() for name, text in audit.shown.items()}
    return Template(template).substitute(facts)
