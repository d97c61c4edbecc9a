"""What the board of published cohorts says about autoencoders and NMF: signatures, exposures, their number, and cost."""

from __future__ import annotations

from aenmf.reference.kept import Reference, per_cent

BOARD, COSTS = "truth/scores/board", "truth/scores/costs"
PROTOCOLS = {"given": "K given, full", "chosen": "K chosen, full"}
METHODS = {"nmf": "nmf-kld", "cnmf": "cnmf-kld", "aenmf": "aenmf-kld", "dsae": "dsae-kld", "muse": "muse_xae-kld"}
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
    costs = kept.table(COSTS, protocol=PROTOCOLS["given"]).groupby("method")["seconds"].median()
    facts |= {f"board_{name}_seconds": f"{costs[method]:.3g}" for name, method in METHODS.items()}
    first = table[(table["protocol"] == PROTOCOLS["given"]) & (table["score"] == "composite") & (table["group"] == 1)]
    titles = {method: name for name, method in METHODS.items()}
    alike = [SHORT[titles[method]] for method in first["method"] if method in titles]
    return facts | {"board_alike": f"{', '.join(alike[:-1])} and {alike[-1]}"}


SHORT = {"nmf": "NMF", "cnmf": "C-NMF", "aenmf": "AE-NMF", "dsae": "DSAE", "muse": "MUSE-XAE"}
