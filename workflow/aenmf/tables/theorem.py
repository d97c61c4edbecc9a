"""The theorem, checked: how many fits of each of the two models are optima of the other, and whether both found the same."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from aenmf import formats
from aenmf.files.layout import Cell, Layout
from aenmf.losses import LOSS_TITLES

CONDITION, FALL, LOSS, COSINE = 1e-6, 1e-6, 1e-4, 0.999
"""Within what the two models' conditions, the loss before and after going down, both fits' losses, and their signatures count
as equal; docs/theorem.md gives the reasons."""

CHECKS = ("same_conditions", "aenmf_optima", "cnmf_optima", "same_loss", "same_signatures")
COLUMNS = [
    *("cohort", "loss", "splits"),
    *(column for check in CHECKS for column in (check, f"{check}_share")),
    *("condition_difference", "aenmf_residual", "aenmf_fall", "cnmf_residual", "cnmf_fall", "loss_difference"),
    *("cosine_least", "cosine_median"),
    *("within_condition", "within_residual", "within_fall", "within_loss", "within_cosine"),
]


def theorem_table(splits: pd.DataFrame, residual: float) -> pd.DataFrame:
    """Which of the checks hold on how many splits.

    Args:
        splits: columns cohort and loss, and those of :data:`aenmf.studies.theorem.COLUMNS`, a row per split.
        residual: the largest residual of the optimality conditions with which a fit counts as an optimum.

    Returns:
        Columns ``COLUMNS``, a row per cohort and loss: of each check the number of splits and their share in per cent;
        the largest difference of the models' residuals, the largest residual and fall of each model's fits under the
        other model, the largest relative difference of losses; the least cosine of matched signatures, the median over
        splits of the least of each; and the tolerances.
    """
    rows = []
    for (cohort, loss), part in splits.groupby(["cohort", "loss"], sort=False):
        held = {
            "same_conditions": part["condition_difference"] <= CONDITION,
            "aenmf_optima": (part["aenmf_residual"] <= residual) & (part["aenmf_fall"] <= FALL),
            "cnmf_optima": (part["cnmf_residual"] <= residual) & (part["cnmf_fall"] <= FALL),
            "same_loss": part["loss_difference"] <= LOSS,
            "same_signatures": part["cosine_least"] >= COSINE,
        }
        row = {"cohort": cohort, "loss": loss, "splits": len(part)}
        for check in CHECKS:
            row |= {check: int(held[check].sum()), f"{check}_share": 100.0 * held[check].mean()}
        row |= {
            name: part[name].max(skipna=False)
            for name in COLUMNS
            if name in part and name not in (*row, "cosine_least")
        }
        row |= {"cosine_least": part["cosine_least"].min(), "cosine_median": part["cosine_least"].median()}
        row |= {"within_condition": CONDITION, "within_residual": residual, "within_fall": FALL}
        rows.append(row | {"within_loss": LOSS, "within_cosine": COSINE})
    return pd.DataFrame(rows, columns=COLUMNS)


def layout(frame: pd.DataFrame, cohorts: Mapping[str, str]) -> Layout:
    """What :func:`theorem_table` returns, as shown, with a row for all splits.

    Args:
        frame: the table.
        cohorts: cohort → title.
    """
    rows: list[list[Cell | str]] = [
        _row(cohorts[row["cohort"]], LOSS_TITLES[row["loss"]], row) for _, row in frame.iterrows()
    ]
    largest = frame[[*COLUMNS[13:19]]].max(skipna=False)
    total = frame[["splits", *CHECKS]].sum()
    last = _row("All", "", pd.concat([total, largest, frame[["cosine_least"]].min()]))
    rows.append([Cell(str(cell), bold=True) for cell in last])
    residual = float(frame["within_residual"].iloc[0])
    return Layout(
        caption="The theorem, checked at the fits: AE-NMF's optima are C-NMF's, and C-NMF's are AE-NMF's.",
        label="theorem",
        columns=[
            *("Cohort", "Loss", "Same conditions", "Optima", "Residual", "Fall", "Optima", "Residual", "Fall"),
            *("Same loss", "Difference", "Same signatures", "Least cosine"),
        ],
        groups=[("", 3), ("AE-NMF's under C-NMF", 3), ("C-NMF's under AE-NMF", 3), ("Both fits", 4)],
        rows=rows,
        align="ll" + "r" * 11,
        rules=[*range(0, len(frame), max(1, frame["loss"].nunique())), len(frame)],
        notes=[
            "Splits on which a check holds, and the largest residual, fall and difference of all. Optima: mapped to the other "
            f"model, the residual of its optimality conditions is at most {_power(residual)} and its own solver lowers the "
            f"loss by at most {_power(FALL)}, relatively. Same conditions: the residuals of both models, computed "
            f"independently, differ by at most {_power(CONDITION)}. These three are the theorem, which is about local optima "
            f"too. Same loss (relative difference at most {_power(LOSS)}) and same signatures (every matched cosine at least "
            f"{COSINE:g}) also need both searches to have found the same optimum."
        ],
    )


def _row(cohort: str, loss: str, row: pd.Series) -> list[Cell | str]:
    share = {check: formats.share(int(row[check]), int(row["splits"])) for check in CHECKS}
    shown: list[Cell | str] = [cohort, loss, share["same_conditions"]]
    for model in ("aenmf", "cnmf"):
        shown += [share[f"{model}_optima"], *(formats.error(row[f"{model}_{what}"]) for what in ("residual", "fall"))]
    shown += [share["same_loss"], formats.error(row["loss_difference"])]
    return [*shown, share["same_signatures"], _cosine(row["cosine_least"])]


def _power(tolerance: float) -> str:
    """A power of ten, such as ``1e-6``."""
    return f"{tolerance:.0e}".replace("e-0", "e-")


def _cosine(value: float) -> str:
    """A cosine to the digits that the tolerance is about, not rounded up to 1."""
    return ">0.9999" if 0.99995 <= value < 1 else f"{value:.4f}"
