"""Recovery of true signatures against the purity of their purest patients, and how pure the signatures of cohorts are."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from aenmf import formats
from aenmf.files.layout import Cell, Layout
from aenmf.losses import LOSS_TITLES

GROUP = ["loss", "noise", "patients", "cap"]
RECOVERED = [*GROUP, "method", "cohorts", "purity", "acs", "acs_least", "acs_most", "found"]
COHORTS = ["cohort", "source", "loss", "signatures", "purity", "least_pure", "above_90", "above_70"]


def purity_table(fits: pd.DataFrame) -> pd.DataFrame:
    """Means over the simulated cohorts of a setting.

    Args:
        fits: columns :data:`aenmf.studies.purity.COLUMNS`.

    Returns:
        Columns ``RECOVERED``: purity, mean cosine of the true signatures with its least and most, and the share found.
    """
    grouped = fits.groupby([*GROUP, "method"], sort=False)
    return grouped.agg(
        cohorts=("repeat", "nunique"),
        purity=("purity", "mean"),
        acs=("acs", "mean"),
        acs_least=("acs", "min"),
        acs_most=("acs", "max"),
        found=("found", "mean"),
    ).reset_index()[RECOVERED]


def cohorts_table(signatures: pd.DataFrame) -> pd.DataFrame:
    """How pure the signatures of each cohort are.

    Args:
        signatures: columns cohort and :data:`aenmf.studies.purity.SIGNATURES`.

    Returns:
        Columns ``COHORTS``: the number of signatures, the purity of the least pure one and its name, and how many have a patient
        with a share of theirs of at least 0.9, and 0.7.
    """
    signatures = signatures.fillna({"loss": ""})
    rows = []
    for (cohort, source, loss), group in signatures.groupby(["cohort", "source", "loss"], sort=False):
        least = group.loc[group["purity"].idxmin()]
        pure = (int((group["purity"] >= bound).sum()) for bound in (0.9, 0.7))
        rows.append((cohort, source, loss, len(group), least["purity"], least["signature"], *pure))
    return pd.DataFrame(rows, columns=COHORTS)


def purity_layout(frame: pd.DataFrame, titles: Mapping[str, str]) -> Layout:
    """What :func:`purity_table` returns as shown: a row per setting, the methods side by side.

    Args:
        frame: the table.
        titles: method entry → title.
    """
    methods = list(dict.fromkeys(frame["method"]))
    rows: list[list[Cell | str]] = []
    rules: list[int] = []
    block = None
    for (loss, noise, patients, _), group in frame.groupby(GROUP, sort=False):
        if block != (loss, noise, patients):
            block = (loss, noise, patients)
            rules.append(len(rows))
        own = group.set_index("method")
        row: list[Cell | str] = [LOSS_TITLES[loss], str(noise), str(patients), f"{own['purity'].iloc[0]:.2f}"]
        row += [formats.similarity(own.loc[name, "acs"]) for name in methods]
        row += [f"{100 * own.loc[name, 'found']:.0f} %" for name in methods]
        rows.append(row)
    names = [titles[name] for name in methods]
    return Layout(
        caption="Recovery of the true signatures against purity.",
        label="purity",
        columns=[
            "Loss",
            "Noise",
            "Patients",
            "Purity",
            *(f"Cosine: {n}" for n in names),
            *(f"Found: {n}" for n in names),
        ],
        rows=rows,
        align="ll" + "r" * (2 + 2 * len(names)),
        rules=rules,
        notes=[
            "Purity: the largest share of a signature in any patient, for the signature for which it is least. Cosine: mean over "
            "the true signatures, each matched to one that was found. Found: share of the true signatures with a cosine of at "
            "least 0.9."
        ],
    )


def cohorts_layout(frame: pd.DataFrame, cohorts: Mapping[str, str]) -> Layout:
    """What :func:`cohorts_table` returns as shown.

    Args:
        frame: the table.
        cohorts: cohort → title.
    """
    rows: list[list[Cell | str]] = []
    for row in frame.itertuples():
        source = "truth" if row.source == "truth" else f"{row.source} ({LOSS_TITLES[row.loss]})"
        counts = [str(row.signatures), f"{row.purity:.2f}", str(row.least_pure), str(row.above_90), str(row.above_70)]
        rows.append([cohorts[row.cohort], source, *counts])
    return Layout(
        caption="How nearly alone the signatures of a cohort are in their purest patients.",
        label="purity-cohorts",
        columns=["Cohort", "Exposures", "Signatures", "Purity", "Of", "0.9 or more", "0.7 or more"],
        rows=rows,
        align="llrrlrr",
        rules=[],
        notes=[
            "Purity: the largest share of a signature in any patient, for the signature for which it is least, whose name "
            "follows. Then the number of signatures with a patient in whom their share is so large. Without a known truth, "
            "exposures are those that NMF finds in all patients, whose signatures may themselves be mixtures: the true purity "
            "may be lower."
        ],
    )
