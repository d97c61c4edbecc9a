"""What the board of published cohorts says about autoencoders and NMF: signatures, exposures, their number, and cost."""

from __future__ import annotations

import json

import pandas as pd

from aenmf import formats
from aenmf.reference.kept import Reference, per_cent

BOARD, COSTS = "truth/scores/board", "truth/scores/costs"
BY_COHORT, BASELINE, OPTIMUM = (f"truth/scores/{name}" for name in ("board_by_cohort", "baseline", "optimum"))
PUBLISHED = "muse_xae_published"
PROTOCOLS = {"given": "K given, full", "chosen": "K chosen, full"}
METHODS = {"nmf": "nmf-kld", "cnmf": "cnmf-kld", "aenmf": "aenmf-kld", "dsae": "dsae-kld", "muse": "muse_xae-kld"}
LINEAR = ("nmf", "cnmf", "aenmf")
PATIENTS = "control_patients"
SHARES = ("tpr",)


def board(kept: Reference) -> dict[str, str]:
    """Scores of the methods that are on the board of all cohorts, as ``board_<protocol>_<method>_<score>``."""
    table = kept.table(BOARD)
    facts = {"board_cohorts": str(int(table["cohorts"].max()))}
    for short, protocol in PROTOCOLS.items():
        rows = table[table["protocol"] == protocol]
        for name, method in {**METHODS, "patients": PATIENTS}.items():
            for _, one in rows[rows["method"] == method].iterrows():
                show = per_cent(one["value"]) if one["score"] in SHARES else f"{one['value']:.2f}"
                facts[f"board_{short}_{name}_{one['score']}"] = (
                    show.removeprefix("-") if one["score"] == "k_error" else show
                )
    facts |= _costs(kept)
    first = table[(table["protocol"] == PROTOCOLS["given"]) & (table["score"] == "composite") & (table["group"] == 1)]
    titles = {method: name for name, method in METHODS.items()}
    alike = [SHORT[titles[method]] for method in first["method"] if method in titles]
    facts |= {"board_alike": f"{', '.join(alike[:-1])} and {alike[-1]}"}
    return facts | _near_the_optimum(kept) | _own_choice(kept)


def _costs(kept: Reference) -> dict[str, str]:
    """Seconds with K chosen of the project's own models, AE-NMF's against NMF's cohort by cohort, and MUSE-XAE's with K given."""
    spent = kept.table(COSTS, protocol=PROTOCOLS["chosen"])
    spent = spent[spent["method"].isin([METHODS[name] for name in LINEAR])]
    medians = spent.groupby("method")["seconds"].median()
    given = kept.table(COSTS, protocol=PROTOCOLS["given"], method=METHODS["muse"])
    return {
        **{f"board_{name}_seconds": formats.fixed(medians[METHODS[name]], 1) for name in LINEAR},
        **_ratio(kept, "chosen", "aenmf", "seconds"),
        **_ratio(kept, "given", "muse", "manhattan"),
        "board_seconds_where": _where(spent),
        "board_muse_seconds": formats.fixed(given["seconds"].median(), 0),
        "board_muse_where": _where(given),
    }


def _ratio(kept: Reference, protocol: str, name: str, what: str) -> dict[str, str]:
    """A method's ratio to NMF, cohort by cohort, with its interval."""
    row = kept.one(BASELINE, protocol=PROTOCOLS[protocol], method=METHODS[name], what=what)
    said = f"{row['change']:.2f} times NMF's, {row['low']:.2f} to {row['high']:.2f}"
    return {f"board_{name}_{what}_ratio": said}


def _where(spent: pd.DataFrame) -> str:
    """On which kind of processor seconds were measured, and if it is not one for all of them, how little they say then."""
    processors = set(spent["processor"].fillna("")) if "processor" in spent else {""}
    if processors <= {""}:
        return "The results do not name the processors: these seconds indicate the order of magnitude only."
    if "" in processors:
        return "Not all results name their processor: these seconds indicate the order of magnitude only."
    if len(processors) == 1:
        return f"All were measured on one kind of processor ({processors.pop()})."
    return "They were measured on different processors and indicate the order of magnitude only."


def _near_the_optimum(kept: Reference) -> dict[str, str]:
    """How far the losses with K given are above what is known to be possible, on the worst cohort of each model."""
    optimum = kept.table(OPTIMUM)
    return {f"board_{name}_above": f"{optimum[f'{name}_above'].max():.2f}" for name in ("nmf", "cnmf", "aenmf")}


def _own_choice(kept: Reference) -> dict[str, str]:
    """MUSE-XAE as published, which chooses the number of signatures itself, and AE-NMF, against NMF where K is chosen."""
    rows = kept.table(BASELINE, protocol=PROTOCOLS["chosen"])
    own = rows[rows["method"] == PUBLISHED].set_index("what")
    there = kept.table(BY_COHORT, protocol=PROTOCOLS["given"], score="tpr", method=METHODS["nmf"]).set_index("cohort")
    published = kept.table(BY_COHORT, protocol=PROTOCOLS["chosen"], score="tpr", method=PUBLISHED)
    linear = rows[(rows["method"] == METHODS["aenmf"]) & (rows["what"] == "tpr")].iloc[0]
    return {
        "board_own_cohorts": str(int(own["cohorts"].max())),
        "board_own_off": f"{own.loc['k_off', 'value']:.1f}",
        "board_own_off_nmf": f"{own.loc['k_off', 'baseline']:.1f}",
        "board_own_tpr": per_cent(own.loc["tpr", "value"]),
        "board_own_tpr_nmf": per_cent(own.loc["tpr", "baseline"]),
        "board_own_given_nmf": per_cent(there.loc[published["cohort"], "value"].mean()),
        "board_own_more": _points(own.loc["tpr"]),
        "board_chosen_less": _points(linear),
    }


def _points(row: pd.Series) -> str:
    return f"{100 * row['change']:+.0f} points, {100 * row['low']:+.0f} to {100 * row['high']:+.0f}".replace("-", "−")


def published_cohorts(kept: Reference) -> dict[str, str]:
    """Which published cohorts the criterion of the board finds the number of signatures of, and what it takes for the others."""
    found, missed = [], []
    for path in sorted((kept.folders[-1] / "truth/scores/files").glob("nmf-kld__*__chosen-full.json")):
        result = json.loads(path.read_text(encoding="utf-8"))
        true, chosen = result["cohort"]["signatures"], result["seeds"][0]["signatures"]
        missed += [] if chosen == true else [f"{chosen} of {true} ({result['cohort']['title']})"]
        found += [chosen == true]
    return {"published_found": f"{sum(found)} of {len(found)}", "published_missed": ", ".join(missed) or "none"}


SHORT = {"nmf": "NMF", "cnmf": "C-NMF", "aenmf": "AE-NMF", "dsae": "DSAE", "muse": "MUSE-XAE"}
