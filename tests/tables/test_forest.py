"""Across cancers: the ratios of each, their mean, and how both are shown and drawn."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from aenmf import formats
from aenmf.data.datasets import Cohort
from aenmf.errors import UserError
from aenmf.evaluation.pooled import pooled
from aenmf.evaluation.resampled import Sizes, corrected_mean
from aenmf.figures import style
from aenmf.figures.forest import forest as draw
from aenmf.figures.names import method_styles
from aenmf.files.layout import to_latex, to_markdown
from aenmf.losses import MEASURE_OF_LOSS, PAPER_LOSSES
from aenmf.methods.entries import Entry
from aenmf.tables.forest import COLUMNS, SUMMARY, Facts, forest, summary
from aenmf.tables.forest_layouts import forest_layout, sentence, summary_layout
from aenmf.tables.marks import ALL

ENTRIES = [Entry("plain", "nmf", "NMF"), Entry("convex", "cnmf", "C-NMF"), Entry("auto", "aenmf", "AE-NMF")]
PATIENTS = {f"pcawg_{letter}": 40 + 10 * i for i, letter in enumerate("ABCDEFGHIJKL")}
COHORTS = [Cohort(name, f"PCAWG {name[-1]}", "catalogue", 3 + i % 5) for i, name in enumerate(PATIENTS)]
TITLES = {cohort.cohort: cohort.title for cohort in COHORTS}
SIZES = {name: Sizes(n * 4 // 5, n // 5) for name, n in PATIENTS.items()}
FACTS = {name: Facts(n, 100.0 * n, (n % 3) / 100) for name, n in PATIENTS.items()}


def some_errors(cohorts=tuple(PATIENTS), n_splits: int = 6, losses=PAPER_LOSSES) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    rows = []
    for cohort in cohorts:
        gap = rng.uniform(0.05, 0.4)
        for loss, split, which in ((a, b, c) for a in losses for b in range(n_splits) for c in ("train", "test")):
            base = np.exp(rng.normal())
            for entry in ENTRIES:
                value = base * (1 if entry.model == "nmf" else np.exp(gap + 0.05 * rng.normal()))
                rows.append((cohort, entry.name, loss, split, which, MEASURE_OF_LOSS[loss], value))
    return pd.DataFrame(rows, columns=["cohort", "method", "loss", "split", "set", "measure", "value"])


ERRORS = some_errors()
FRAME = forest(ERRORS, COHORTS, ENTRIES, SIZES, FACTS)
MEANS = summary(FRAME)


def test_the_facts_of_a_catalogue():
    counts = pd.DataFrame({"a": [1, 3], "b": [4, 4], "c": [40, 41], "d": [40, 40], "e": [0, 2]})
    assert Facts.of(counts) == Facts(5, 8.0, 0.2)


def test_each_ratio_is_the_corrected_geometric_mean_of_its_splits():
    assert list(FRAME.columns) == COLUMNS and len(FRAME) == 12 * 2 * 2 * 2
    row = FRAME.query("cohort == 'pcawg_C' and loss == 'kullback-leibler' and set == 'test' and method == 'auto'").iloc[
        0
    ]
    mine = ERRORS.query("cohort == 'pcawg_C' and loss == 'kullback-leibler' and set == 'test'")
    wide = mine.pivot(index="split", columns="method", values="value")
    expected = corrected_mean(np.log(wide["plain"] / wide["auto"]), SIZES["pcawg_C"])
    assert (row["ratio"], row["low"], row["high"]) == pytest.approx(expected.ratio())
    assert row["log_error"] == pytest.approx(expected.error)
    assert (row["patients"], row["rank"], row["burden"], row["title"]) == (60, 5, 6000.0, "NMF/AE-NMF")


def test_cancers_come_by_their_patients_and_weights_sum_to_one():
    for _, block in FRAME.groupby(["loss", "set", "method"]):
        assert block["patients"].is_monotonic_decreasing
        assert block["weight"].sum() == pytest.approx(1)
    assert FRAME["set"].iloc[0] == "train" and FRAME["loss"].iloc[0] == PAPER_LOSSES[0]


def test_the_mean_is_that_of_the_logarithms():
    assert list(MEANS.columns) == SUMMARY and len(MEANS) == 8
    for row in MEANS.itertuples():
        block = FRAME[(FRAME["loss"] == row.loss) & (FRAME["set"] == row.set) & (FRAME["method"] == row.method)]
        expected = pooled(block["log_ratio"], block["log_error"])
        assert (row.ratio, row.low, row.high) == pytest.approx(expected.mean.ratio())
        assert row.new_low < row.low < row.ratio < row.high < row.new_high
        assert row.cohorts_below == (block["high"] < 1).sum() and row.tau == pytest.approx(expected.tau)
        assert 0 <= row.followed <= 1 and row.chance == pytest.approx(4 / 11)


def test_a_cancer_without_a_standard_error_is_shown_and_no_part_of_the_mean():
    errors = ERRORS.copy()
    mine = (errors["cohort"] == "pcawg_A") & (errors["loss"] == "frobenius") & (errors["set"] == "test")
    errors.loc[mine & (errors["method"] == "auto") & (errors["split"] > 0), "value"] = np.inf
    frame = forest(errors, COHORTS, ENTRIES, SIZES, FACTS)
    row = frame.query("cohort == 'pcawg_A' and loss == 'frobenius' and set == 'test' and method == 'auto'").iloc[0]
    assert row["splits"] == 1 and np.isnan(row["weight"]) and np.isfinite(row["ratio"])
    means = summary(frame)
    assert sorted(means["cohorts"]) == [11, *[12] * 7]
    notes = forest_layout(frame, means, TITLES, ENTRIES).notes
    assert any("infinite" in note and note.endswith(": A.") for note in notes)
    assert any("standard error: A." in note for note in notes)


def test_too_few_cancers_or_splits_are_the_users_mistake():
    with pytest.raises(UserError, match="only 2 cancers"):
        forest(ERRORS, COHORTS[:2], ENTRIES, SIZES, {name: FACTS[name] for name in list(PATIENTS)[:2]})
    with pytest.raises(UserError, match="n_splits"):
        forest(some_errors(n_splits=1), COHORTS, ENTRIES, SIZES, FACTS)


def test_three_cancers_have_a_mean_and_nothing_on_what_it_follows():
    three = list(PATIENTS)[:3]
    sizes, facts = ({name: known[name] for name in three} for known in (SIZES, FACTS))
    frame = forest(ERRORS, COHORTS[:3], ENTRIES, sizes, facts)  # of errors of more cohorts than these
    assert set(frame["cohort"]) == set(three)
    means = summary(frame)
    assert means["followed"].isna().all() and np.isfinite(means["ratio"]).all()
    assert len(summary_layout(means).notes) == 1 and len(summary_layout(MEANS).notes) == 2


def test_the_table_shows_every_cancer_by_its_short_name_and_the_mean_last():
    layout = forest_layout(FRAME, MEANS, TITLES, ENTRIES)
    names = [row[1].text for row in layout.cells]
    assert names == [*"LKJIHGFEDCBA", "Random-effects mean"] * 2
    assert layout.rules == [0, 13] and all(cell.bold for cell in layout.cells[12])
    shown = MEANS.query("loss == 'frobenius' and set == 'test' and method == 'auto'").iloc[0]
    assert layout.cells[12][-1].text == formats.interval(shown["ratio"], shown["low"], shown["high"])
    for table in (layout, summary_layout(MEANS)):
        assert "Higgins" in to_markdown(table) or "Nadeau and Bengio" in to_markdown(table)
        assert not set("τΣμ²") & set(to_latex(table))


def test_the_table_says_how_many_fits_were_not_found_again():
    single = {(ALL, "kullback-leibler", "plain"): (7, 60), (ALL, "frobenius", "auto"): (1, 60)}
    said = forest_layout(FRAME, MEANS, TITLES, ENTRIES, single).notes[-1]
    assert said.endswith("only: 1 of 60 (AE-NMF, MSE), 7 of 60 (NMF, KLD).")
    assert "one start" not in forest_layout(FRAME, MEANS, TITLES, ENTRIES).notes[-1]


def test_a_loss_that_one_method_lacks_is_a_dash():
    errors = ERRORS[(ERRORS["method"] != "auto") | (ERRORS["loss"] == "frobenius")]
    frame = forest(errors, COHORTS, ENTRIES, SIZES, FACTS)
    assert forest_layout(frame, summary(frame), TITLES, ENTRIES).cells[-1][-1].text == formats.MISSING


def test_the_sentence_has_the_numbers_of_the_test_patients():
    said = sentence(MEANS)
    for row in MEANS.query("set == 'test' and method == 'auto'").itertuples():
        assert formats.ratio(row.ratio) in said and str(row.cohorts_below) in said
    assert "NMF/AE-NMF" in said and "12 cancers" in said and said.endswith(".")


@pytest.mark.parametrize(
    ("titles", "short"),
    [
        (["PCAWG Liver", "PCAWG Skin"], ["Liver", "Skin"]),
        (["PCAWG", "PCAWG Skin"], ["PCAWG", "PCAWG Skin"]),
        (["Ovary"], ["Ovary"]),
        (["A b c", "A b d"], ["c", "d"]),
    ],
)
def test_words_that_all_titles_share_are_left_out(titles, short):
    assert formats.without_shared_words(titles) == short


def test_the_figure_has_what_the_table_says():
    looks = {name: look for name, look in method_styles({e.name: e.model for e in ENTRIES}).items() if name != "plain"}
    figure = draw(FRAME, MEANS, loss="frobenius", methods=looks, cohorts=TITLES)
    panels = figure.axes[:4]
    assert [axis.get_title(loc="left") for axis in panels] == ["NMF/C-NMF", "NMF/AE-NMF"] * 2
    for axis, (which, name) in zip(panels, [(s, m) for s in ("train", "test") for m in looks], strict=True):
        block = FRAME[(FRAME["loss"] == "frobenius") & (FRAME["set"] == which) & (FRAME["method"] == name)]
        squares = [line for line in axis.lines if line.get_marker() == "s"]
        assert [line.get_xdata()[0] for line in squares] == pytest.approx(list(block["ratio"]))
        assert {to_hex(line.get_color()) for line in squares} == {looks[name].colour.lower()}
        sides = pd.Series([line.get_markersize() for line in squares])
        assert list(sides.rank()) == list(block["weight"].rank())
        low, high = axis.get_xlim()
        assert low < block["ratio"].min() and block["ratio"].max() < high and low <= 1 <= high
        mean = MEANS[(MEANS["loss"] == "frobenius") & (MEANS["set"] == which) & (MEANS["method"] == name)].iloc[0]
        diamond = axis.patches[0].get_xy()[:, 0]
        assert (diamond.min(), diamond.max()) == pytest.approx((mean["low"], mean["high"]))
    assert figure.get_size_inches()[0] * 25.4 == pytest.approx(style.PAGE)
