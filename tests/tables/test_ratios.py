"""The ratios of errors: the published ones are means of the same kind as those of the run."""

from __future__ import annotations

import pandas as pd
import pytest

from aenmf.evaluation.resampled import Sizes
from aenmf.methods.entries import Entry
from aenmf.tables.ratios import published_ratios, ratio_table

ENTRIES = [Entry("mine", "nmf", "NMF"), Entry("auto", "aenmf", "AE-NMF")]
RATIOS = (0.5, 0.02)
"""NMF/AE-NMF on two splits: the geometric mean is 0.1, the ratio of the mean errors nearly 0.02."""


@pytest.fixture
def published() -> pd.DataFrame:
    rows = [("ovary", split, "nmf", 1.0, 10.0 * ratio) for split, ratio in enumerate(RATIOS)]
    rows += [("ovary", split, "aenmf", 1.0 / ratio, 10.0) for split, ratio in enumerate(RATIOS)]
    return pd.DataFrame(rows, columns=["cohort", "split", "method", "train_mse", "test_mse"])


@pytest.fixture
def errors() -> pd.DataFrame:
    rows = [
        (cohort, method, loss, split, which, measure, value)
        for cohort in ("ovary", "scenario8")
        for loss, measure in (("frobenius", "mse"), ("kullback-leibler", "kld"))
        for which in ("train", "test")
        for split, ratio in enumerate(RATIOS)
        for method, value in (("mine", 3 * ratio), ("auto", 3.0))
    ]
    return pd.DataFrame(rows, columns=["cohort", "method", "loss", "split", "set", "measure", "value"])


def test_splits_with_the_same_ratios_have_the_same_mean_published_or_not(errors, published):
    sizes = dict.fromkeys(("ovary", "scenario8"), Sizes(80, 20))
    table = ratio_table(errors, ENTRIES, sizes, published).set_index(["cohort", "loss", "set"])
    assert table["ratio"].tolist() == pytest.approx([0.1] * 8)
    here = table.loc[("ovary", "frobenius"), "published"]
    assert here.to_dict() == pytest.approx({"train": 0.1, "test": 0.1})
    assert table["published"].count() == 2  # none of other cohorts, nor of the loss that they were not trained for
    assert ratio_table(errors, ENTRIES, sizes)["published"].isna().all()


def test_published_ratios_are_those_of_both_orders_of_two_methods(published):
    found = published_ratios(published)
    assert found["ovary", "test", "nmf", "aenmf"] * found["ovary", "test", "aenmf", "nmf"] == pytest.approx(1)
    assert published_ratios(None) == {}
