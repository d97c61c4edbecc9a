"""The tables of the theorem count what holds within the tolerances, and say so in words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from aenmf import formats
from aenmf.files.layout import to_latex, to_markdown
from aenmf.studies.conditions import CONDITIONS
from aenmf.tables import conditions, theorem

GOOD = {
    "aenmf_loss": 1.0, "cnmf_loss": 1.0, "loss_difference": 1e-8, "cosine_least": 0.9999, "condition_difference": 1e-15,
    "aenmf_residual": 1e-5, "aenmf_fall": 1e-8, "cnmf_residual": 1e-6, "cnmf_fall": 0.0,
}  # fmt: skip


def one_bad(**bad: float) -> pd.Series:
    """The row of the table of three good splits and one that differs."""
    rows = [{"cohort": "ovary", "loss": "frobenius", "split": i, **GOOD, **(bad if i == 2 else {})} for i in range(4)]
    return theorem.theorem_table(pd.DataFrame(rows), 1e-2).iloc[0]


@pytest.mark.parametrize(
    ("bad", "failed"),
    [
        ({}, []),
        ({"condition_difference": 2e-6}, ["same_conditions"]),
        ({"aenmf_residual": 2e-2}, ["aenmf_optima"]),
        ({"aenmf_fall": 2e-6}, ["aenmf_optima"]),
        ({"cnmf_residual": np.nan}, ["cnmf_optima"]),
        ({"cnmf_fall": 2e-6}, ["cnmf_optima"]),
        ({"loss_difference": 2e-4}, ["same_loss"]),
        ({"cosine_least": 0.998}, ["same_signatures"]),
    ],
)
def test_a_split_outside_a_tolerance_is_not_counted(bad, failed):
    row = one_bad(**bad)
    assert {check for check in theorem.CHECKS if row[check] == 3} == set(failed)
    assert all(row[check] == (3 if check in failed else 4) for check in theorem.CHECKS)
    assert all(row[f"{check}_share"] == (75 if check in failed else 100) for check in theorem.CHECKS)


def test_the_worst_of_all_splits_is_said():
    assert one_bad(aenmf_fall=0.5)["aenmf_fall"] == 0.5 and np.isnan(one_bad(cnmf_residual=np.nan)["cnmf_residual"])
    row = one_bad(cosine_least=0.25)
    assert (row["cosine_least"], row["cosine_median"], row["splits"]) == (0.25, 0.9999, 4)


def test_the_table_shown_has_a_row_for_all():
    frame = pd.DataFrame([one_bad(), one_bad(loss_difference=0.5, cosine_least=0.1)])
    frame["loss"] = ["frobenius", "kullback-leibler"]
    shown = to_markdown(theorem.layout(frame, {"ovary": "Ovary"}))
    assert "| Ovary | KLD | 4/4, 100 % |" in shown and "**7/8, 87.5 %** | **0.500**" in shown
    assert "at most 1e-6, relatively" in shown and "1e-2" in shown and "30/30" not in shown
    assert "\\midrule" in to_latex(theorem.layout(frame, {"ovary": "Ovary"}))


def test_losses_are_relative_to_those_of_the_same_split():
    rows = [("ovary", "frobenius", s, "tied", v, c, 0.5, 0.9, np.nan) for s, v, c in ((0, 3.0, 2.0), (1, 2.5, 1.0))]
    columns = ["cohort", "loss", "split", "condition", "value", "cnmf_value", "nmf_value", "cosine_least", "clipped"]
    frame = conditions.conditions_table(pd.DataFrame(rows, columns=columns))
    row = frame.iloc[0]
    assert (row["ratio"], row["ratio_least"], row["ratio_most"], row["nmf_ratio"]) == (2.0, 1.5, 2.5, 5.5)
    shown = to_markdown(conditions.layout(frame, {"ovary": "Ovary"}))
    assert "| +100 % | +50 % to +150 % | +450 % | 0.900 | – |" in shown and "on 2 splits" in shown


def test_every_condition_has_a_name():
    assert list(conditions.TITLES) == list(CONDITIONS)


def test_shares_are_whole_only_if_they_are():
    assert formats.share(30, 30) == "30/30, 100 %" and formats.share(0, 30) == "0/30, 0 %"
    assert formats.share(29, 30) == "29/30, 96.7 %" and formats.share(9999, 10000) == "9999/10000, 99.9 %"
    assert formats.share(1, 10000) == "1/10000, 0.1 %" and formats.share(0, 0) == formats.MISSING


def test_changes_have_a_sign_and_two_digits():
    shown = [formats.change(1 + x / 100) for x in (40.4, -5.04, 0.25, -0.0091, 0.0004, 10444.9)]
    assert shown == ["+40 %", "−5.0 %", "+0.25 %", "−0.009 %", "0 %", "+10445 %"]
    assert formats.change(float("nan")) == formats.MISSING
