"""Ratios of errors under changes: geometric means with the interval of Nadeau and Bengio, from known numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from aenmf.files.layout import to_latex, to_markdown
from aenmf.methods.entries import Entry
from aenmf.tables.robustness import layout, robustness_table

ENTRIES = [Entry("convex", "cnmf", "C-NMF"), Entry("plain", "nmf", "NMF")]
TRAIN, TEST = (0.5, 0.8, 0.7), (0.9, np.inf, 1.2)
"""Ratios of the errors of NMF to those of C-NMF on three splits."""


@pytest.fixture
def errors() -> pd.DataFrame:
    rows = []
    for variant, rank in (("all", 4), ("half_rank", 2)):
        for which, patients, ratios in (("train", 80, TRAIN), ("test", 20, TEST)):
            for split, ratio in enumerate(ratios):
                for method, value in (("plain", 3.0 * ratio), ("convex", 3.0)):
                    rows.append(("mine", "frobenius", method, variant, rank, split, which, patients, "mse", value))
    names = ["cohort", "loss", "method", "variant", "rank", "split", "set", "patients", "measure", "value"]
    return pd.DataFrame(rows, columns=names)


def test_ratios_and_intervals_by_hand(errors):
    frame = robustness_table(errors, ENTRIES)
    assert set(frame["first"]) == {"plain"} and set(frame["second"]) == {"convex"}
    train = frame[(frame["variant"] == "all") & (frame["set"] == "train")].iloc[0]
    logs = np.log(TRAIN)
    error = np.sqrt(logs.var(ddof=1) * (1 / 3 + 20 / 80))
    reach = stats.t.ppf(0.975, 2) * error
    assert train["ratio"] == pytest.approx(np.exp(logs.mean()))
    assert (train["low"], train["high"]) == pytest.approx(tuple(np.exp([logs.mean() - reach, logs.mean() + reach])))
    assert (train["splits"], train["patients"], train["rank"]) == (3, 100, 4)


def test_splits_without_a_ratio_are_left_out_and_counted(errors):
    test = robustness_table(errors, ENTRIES).query("set == 'test'").iloc[0]
    assert test["splits"] == 2 and test["ratio"] == pytest.approx(np.sqrt(0.9 * 1.2))


def test_a_method_that_lacks_a_loss_has_no_ratio_there(errors):
    both = pd.concat([errors, errors[errors["method"] == "plain"].assign(loss="kullback-leibler", measure="kld")])
    frame = robustness_table(both, ENTRIES)
    assert set(frame["loss"]) == {"frobenius"}
    third = errors[errors["method"] == "convex"].assign(method="other")
    entries = [*ENTRIES, Entry("other", "aenmf", "AE")]
    more = pd.concat([both, both[both["method"] == "plain"].assign(method="other", loss="kullback-leibler"), third])
    more = more.drop_duplicates(["loss", "method", "variant", "split", "set"])
    made = layout(robustness_table(more, entries), entries, {"mine": "Mine"}, {"all": "All", "half_rank": "Half"}, 10)
    assert [cell.text for cell in made.cells[-1]][6:] == ["–", "1.000 (1.000 to 1.000)"] * 2


def test_the_table_has_a_row_per_change_and_names_what_is_divided(errors):
    frame = robustness_table(errors, ENTRIES)
    made = layout(frame, ENTRIES, {"mine": "Mine"}, {"all": "All patients", "half_rank": "Half of K"}, 10)
    assert [[cell.text for cell in row[:6]] for row in made.cells] == [
        ["Mine", "MSE", "All patients", "100", "4", "3"],
        ["Mine", "MSE", "Half of K", "100", "2", "3"],
    ]
    assert made.titles[6:] == ["Train: NMF/C-NMF", "Test: NMF/C-NMF"]
    assert "more than 10 times" in to_markdown(made) and "\\midrule" in to_latex(made)
