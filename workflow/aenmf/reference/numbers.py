"""Numbers that pages show within their sentences, and how long the kept runs took."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from aenmf.errors import UserError, did_you_mean
from aenmf.files.layout import Cell, Layout
from aenmf.losses import FROBENIUS
from aenmf.reference.findings import facts_of
from aenmf.reference.kept import COHORTS, NMF, Reference, per_cent
from aenmf.verdicts.judge import FAILS, PART

SOLVERS = "paper_solvers"
LEAST_SHARE = 0.1
"""Stages that took less of a run are not named."""
KEYS = ["cohort", "loss", "split"]


def printed(kept: Reference) -> dict[str, str]:
    """What the paper's rule for K chooses in its control, and how many counts of matches are not those printed."""
    control = kept.one("tables/rank_choice", cohort="scenario8", method=NMF, loss=FROBENIUS)
    parts = kept.table("tables/verdicts", kind=PART, headline="numbers")
    counts = parts[parts["claim"].str.startswith("Number of signatures")]
    return {
        "rank_control": str(int(control["chosen"])),
        "counts_differ": f"{int((counts['verdict'] == FAILS).sum())} of {len(counts)}",
    }


def searches(kept: Reference) -> dict[str, str]:
    """How long the searches of the comparison took, and whether their fits met their stopping rule."""
    seconds, fits = kept.table("timings/seconds")["seconds"], kept.table("tables/fits")
    return {
        "search_median": f"{seconds.median():.1f}",
        "search_most": f"{seconds.quantile(0.95):.1f}",
        "search_longest": f"{seconds.max():.0f}",
        "search_converged": f"{int(fits['converged'].sum())} of {len(fits)}",
        "kkt_most": f"{fits['kkt'].max():.0e}".replace("e-0", "e-"),
    }


def paper_solvers(kept: Reference) -> dict[str, str]:
    """Where the fits by the paper's own solvers ended, and how that compares with the searches."""
    fits = kept.table(f"{SOLVERS}/tables/fits")
    patients = fits["cohort"].isin(COHORTS)
    facts = {
        f"solvers_{name}": f"{int(group['converged'].sum())} of {len(group)}"
        for name, group in (("patients", fits[patients]), ("simulated", fits[~patients]))
    }
    models = fits["method"].str.split("_").str[0]
    searched = kept.table("tables/fits").rename(columns={"method": "model", "objective": "lowest"})
    both = fits.assign(model=models).merge(searched[[*KEYS, "model", "lowest"]], on=[*KEYS, "model"])
    excess = (both["objective"] / both["lowest"] - 1)[both["cohort"].isin(COHORTS)]
    return facts | {
        "solvers_near": per_cent((excess.abs() < 1e-4).mean()),
        "solvers_above": per_cent((excess > 1e-2).mean()),
        "solvers_kkt_most": f"{fits['kkt'].max():.2g}",
    }


def conditions(kept: Reference) -> dict[str, str]:
    """What it costs or saves to break a condition of the theorem."""
    table = kept.table("tables/theorem_conditions")
    tied, bias, relu = (table[table["condition"] == name] for name in ("tied", "bias", "relu"))
    patients = tied[tied["cohort"].isin(COHORTS)]
    return {
        "bias_saves": f"{100 * (1 - bias['ratio_least'].min()):.1f} %",
        "tied_costs": f"{100 * (patients['ratio_least'].min() - 1):.0f} to {per_cent(patients['ratio_most'].max() - 1)}",
        "tied_factor": f"{tied['ratio_most'].max():.0f}",
        "relu_above": f"{100 * (relu['nmf_ratio'].max() - 1):.1f} %",
        "relu_clipped": per_cent(table["clipped"].max()),
    }


def augmented(kept: Reference) -> dict[str, str]:
    """The exposures in the published answers of MUSE-XAE with the most augmentation."""
    table = kept.table("scores/scores/muse_xae")
    most = table[table["augmentation"] == table["augmentation"].max()]
    least, highest = most["manhattan"].min(), most["manhattan"].max()
    refitted = most["refitted"] / most["manhattan"]
    return {
        "muse_manhattan": f"{least:.2f} to {highest:.2f}",
        "muse_wrong": f"{50 * least:.0f} to {50 * highest:.0f} %",
        "muse_refitted": f"{refitted.min():.1f} to {refitted.max():.1f}",
    }


def cancers(kept: Reference) -> dict[str, str]:
    """How the number of signatures is correlated with the burden across cancers."""
    each = kept.table("pcawg/tables/forest").drop_duplicates("cohort")
    return {"burden_rank": f"{np.corrcoef(np.log(each['burden']), np.log(each['rank']))[0, 1]:.2f}"}


PARTS: tuple[Callable[[Reference], dict[str, str]], ...] = (
    *(printed, searches, paper_solvers, conditions, augmented, cancers),
)


def number(facts: Mapping[str, str], name: str) -> str:
    """A number by its name.

    Raises:
        UserError: there is none of this name.
    """
    if name not in facts:
        raise UserError(
            f"no number is called {name!r}", where="a page's <!-- number … -->", remedy=did_you_mean(name, facts)
        )
    return facts[name]


def numbers(reference: Path) -> dict[str, str]:
    """Every number that pages may show, those of the findings included; raises as ``facts_of`` does."""
    kept = Reference(reference)
    facts = facts_of(kept)
    for part in PARTS:
        facts |= part(kept)
    return facts


def times_layout(reference: Path) -> Layout:
    """How long the jobs of each kept run took, and on what, from the manifests."""
    paths = [reference / "manifest.json", *sorted(reference.glob("*/manifest.json"))]
    known = [json.loads(path.read_text(encoding="utf-8")) for path in paths]
    manifests = [manifest for manifest in known if manifest["seconds_by_stage"]]  # others are no runs of the pipeline
    rows = [_time_row(manifest) for manifest in manifests]
    machines = " and ".join(sorted({f"an {manifest['processor']}" for manifest in manifests}))
    return Layout(
        caption="Minutes that the jobs of each kept run took, added up.",
        label="times",
        columns=["Run", "Minutes", "Stages that took most of them"],
        rows=rows,
        align="lrl",
        notes=[
            f"Wall-clock time of every job, on {machines} that other work may have shared. Two cores halve it at best; "
            "Snakemake and set-up come on top."
        ],
    )


def _time_row(manifest: Mapping[str, Any]) -> list[Cell | str]:
    seconds = pd.Series(manifest["seconds_by_stage"]).sort_values(ascending=False, kind="stable")
    shares = seconds / seconds.sum()
    named = [f"{name} {per_cent(share)}" for name, share in shares.items() if share >= LEAST_SHARE]
    title = manifest["config"]["run"] + (", the last of its parts" if manifest.get("earlier_parts") else "")
    return [title, f"{seconds.sum() / 60:.0f}", ", ".join(named)]
