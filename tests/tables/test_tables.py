"""The paper's tables: numbers, order, marks, and their Markdown and LaTeX."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from aenmf import formats
from aenmf.channels import CHANNELS
from aenmf.data.datasets import Cohort
from aenmf.data.references import read_attributions
from aenmf.errors import UserError
from aenmf.evaluation.consensus import Consensus, consensus, consensus_table
from aenmf.evaluation.fits import consensus_matches
from aenmf.evaluation.ordering import natural
from aenmf.files.layout import Cell, Layout, bold_lowest, to_latex, to_markdown
from aenmf.files.tables import keyed
from aenmf.methods.entries import Entry, playing
from aenmf.methods.registry import MODELS, model_class
from aenmf.seeds import Seed
from aenmf.tables import table1, table2, table3, table4
from support.published_matrices import RANKS, published_signatures

ENTRIES = [Entry("plain", "nmf", "NMF"), Entry("convex", "cnmf", "C-NMF"), Entry("auto", "aenmf", "AE-NMF")]
OVARY = Cohort("ovary", "Ovary", "catalogue", 4, "Ovary", "Ovary-AdenoCA")
UTERUS = Cohort("uterus", "Uterus", "catalogue", 8, "Uterus", "Uterus-AdenoCA")
SEED = Seed(1)


# Numbers


@pytest.mark.parametrize(
    ("function", "value", "text"),
    [
        (formats.error, 105.3, "1.05e2"),
        (formats.error, 2_812_000, "2.81e6"),
        (formats.error, 99.96, "1.00e2"),
        (formats.error, 99.94, "99.9"),
        (formats.error, 9.996, "10.0"),
        (formats.error, 1 / 12, "0.0833"),
        (formats.error, 0.00994, "9.94e-3"),
        (formats.error, 0.0, "0"),
        (formats.error, np.inf, "∞"),
        (formats.error, np.nan, "–"),
        (formats.cosine, 0.804, "0.80"),
        (formats.cosine, 0.997, ">0.99"),
        (formats.cosine, 1.0, "1.00"),
        (formats.cosine, np.nan, "–"),
        (formats.similarity, 0.99951, "1.000"),
        (formats.ratio, 0.6237, "0.624"),
        (formats.ratio, 0.04104, "0.0410"),
        (formats.ratio, 123.4, "1.23e2"),
        (formats.p_value, 0.0312, "0.031"),
        (formats.p_value, 1.8626e-9, "1.9e-9"),
        (formats.p_value, 1.0, "1.000"),
    ],
)
def test_numbers(function, value: float, text: str):
    assert function(value) == text


def test_what_reads_like_the_lowest_is_bold_too():
    cells = bold_lowest([1.2341, 1.2339, 1.3, np.nan], ["1.23", "1.23", "1.30", "–"])
    assert [cell.bold for cell in cells] == [True, True, False, False]
    assert not any(cell.bold for cell in bold_lowest([np.nan], ["–"]))


# Rendering


@pytest.fixture()
def small() -> Layout:
    return Layout(
        caption="Errors & ratios_of 3 % ± 1.",
        label="small",
        columns=["Name", "A", "B"],
        groups=[("", 1), ("Both", 2)],
        rows=[["x|y", Cell("1.05e2", bold=True), ">0.99"], ["β", "–", Cell("SBS3", bold=True)]],
        rules=[0, 1],
        notes=["Done."],
    )


def test_markdown(small: Layout):
    assert to_markdown(small) == (
        "**Errors & ratios\\_of 3 % ± 1.**\n"
        "\n"
        "| Name | Both: A | Both: B |\n"
        "|:--|--:|--:|\n"
        "| x\\|y | **1.05e2** | \\>0.99 |\n"
        "| β | – | **SBS3** |\n"
        "\n"
        "Done.\n"
    )


def test_latex(small: Layout):
    text = to_latex(small)
    assert "\\begin{tabular}{lrr}" in text and "\\toprule" in text and "\\bottomrule" in text
    assert "\\caption{Errors \\& ratios\\_of 3 \\% ± 1.}" in text
    assert " & \\multicolumn{2}{c}{Both} \\\\\n\\cmidrule(lr){2-3}\n" in text
    assert "x|y & \\textbf{$\\boldsymbol{1.05\\cdot 10^{2}}$} & $>$0.99 \\\\\n\\midrule\n" in text
    assert "$\\beta$ & -- & \\textbf{SBS3} \\\\" in text
    check_latex(text)


def check_latex(text: str) -> None:
    """Braces and environments are balanced, rows are equally long, and nothing is left that LaTeX chokes on."""
    bare = re.sub(r"\\[\\&%$#_{}]", "", text)
    assert bare.count("{") == bare.count("}") and bare.count("$") % 2 == 0
    assert re.findall(r"\\begin\{(\w+)\}", text) == re.findall(r"\\end\{(\w+)\}", text)[::-1]
    body = text.split("\\toprule")[1].split("\\bottomrule")[0]
    rows = [line for line in body.splitlines() if line.endswith("\\\\") and "multicolumn" not in line]
    assert len({len(re.findall(r"(?<!\\)&", row)) for row in rows}) == 1
    outside = re.sub(r"\$[^$]*\$", "", bare)
    assert not re.search(r"[_^#∞≥≤→†ᵀβ<>|](?!y)", re.sub(r"\\(label|ref)\{[^}]*\}", "", outside))


def test_backslashes_and_braces_survive_latex():
    text = to_latex(Layout("a\\b{c}~^", "x", ["#"], [["$1"]]))
    assert "\\caption{a\\textbackslash{}b\\{c\\}\\textasciitilde{}\\textasciicircum{}}" in text
    assert "\\$1" in text and "\\#" in text


@pytest.mark.parametrize("text", ["version 2e", "SBS10e3", "1.2.3e4", "e5", "3e4x"])
def test_only_numbers_become_powers(text: str):
    assert "10^" not in to_latex(Layout("c", "l", ["a"], [[text]]))


@pytest.mark.parametrize(
    "wrong",
    [
        {"rows": [["a"]]},
        {"groups": [("", 1)]},
        {"align": "l"},
        {"latex_columns": ("l",)},
    ],
)
def test_a_layout_that_does_not_add_up_is_refused(wrong: dict):
    with pytest.raises(ValueError, match="table x"):
        Layout(**({"caption": "c", "label": "x", "columns": ["a", "b"], "rows": []} | wrong))


def test_the_first_entry_of_a_model_plays_its_part():
    entries = [Entry("b", "nmf", "B"), Entry("a", "nmf", "A")]
    assert playing(entries, "nmf").name == "b" and playing(entries, "cnmf") is None


# Table 1


def test_table1_comes_from_the_classes():
    registered = {model: model_class(model).architecture for model in MODELS}
    frame = table1.table1(registered)
    assert frame["model"].tolist() == ["dsae", "musexae", "aenmf"]
    described = frame.set_index("model")
    assert described.loc["aenmf", "described_by"] == "class"
    assert described.loc["aenmf", "biases"] == registered["aenmf"].biases
    assert (frame[list(table1.ASPECTS)] != "").all(axis=None)
    layout = table1.layout(frame)
    assert len(layout.rows) == len(table1.ASPECTS)
    check_latex(to_latex(layout))
    with pytest.raises(KeyError):
        table1.table1(registered, ["unheard_of"])


# Tables 2 and 3


def errors_of(cohort: str, loss: str, values: dict[str, tuple[list[float], list[float]]]) -> pd.DataFrame:
    """errors.csv from train and test errors per split of each method."""
    measure = {"frobenius": "mse", "kullback-leibler": "kld"}[loss]
    rows = [
        (cohort, method, loss, split, which, measure, value)
        for method, sides in values.items()
        for which, side in zip(("train", "test"), sides, strict=True)
        for split, value in enumerate(side)
    ]
    return pd.DataFrame(rows, columns=["cohort", "method", "loss", "split", "set", "measure", "value"])


def test_table2():
    errors = pd.concat(
        [
            errors_of("sim", "frobenius", {"auto": ([0.3, 0.5], [2.0, 4.0]), "plain": ([0.1, 0.2], [300.0, 500.0])}),
            errors_of("sim", "kullback-leibler", {"plain": ([0.01, 0.03], [0.2, 0.2])}),
            errors_of("ovary", "frobenius", {"plain": ([7.0], [7.0])}),
        ]
    )
    recovery = pd.DataFrame(
        [("sim", "plain", "frobenius", s, t, 0, c) for s, t, c in [(0, "A", 1.0), (0, "B", 0.8), (1, "A", 0.7)]],
        columns=["cohort", "method", "loss", "split", "truth", "signature", "cosine"],
    )
    consistency = pd.DataFrame(
        [("sim", "plain", "frobenius", 0, 1, 0.875), ("ovary", "plain", "frobenius", 0, 1, 0.1)],
        columns=["cohort", "method", "loss", "split_a", "split_b", "similarity"],
    )
    frame = table2.table2(errors, recovery, consistency, "sim", ENTRIES)
    assert list(frame.columns) == table2.COLUMNS
    assert frame[["loss", "method"]].to_numpy().tolist() == [
        ["frobenius", "plain"],
        ["frobenius", "auto"],
        ["kullback-leibler", "plain"],
    ]
    first = frame.iloc[0]
    assert (first["train"], first["test"], first["n"]) == (pytest.approx(0.15), 400.0, 2)
    assert first["acs"] == pytest.approx(0.8)  # the mean of splits, not of rows
    assert first["sc"] == 0.875 and np.isnan(frame.loc[1, "acs"])
    layout = table2.layout(frame, {"sim": "Simulated"})
    assert [[cell.bold for cell in row[2:4]] for row in layout.rows] == [[True, False], [False, True], [True, True]]
    assert [cell.text for cell in layout.rows[0][2:4]] == ["0.150", "4.00e2"]
    check_latex(to_latex(layout))
    dagger = table2.layout(frame, {"sim": "Simulated"}, {("sim", "frobenius", "auto"): (1, 2), ("x", "y", "z"): (1, 2)})
    assert [cell.text[-1] == "†" for row in dagger.rows for cell in row[2:4]] == [
        False,
        False,
        True,
        True,
        False,
        False,
    ]
    assert dagger.notes[-1].startswith("† 1 of 2 fits (AE-NMF, Simulated, MSE): the lowest loss")
    assert dagger.notes[:-1] == layout.notes and [cell.bold for cell in dagger.rows[1][2:4]] == [False, True]
    check_latex(to_latex(dagger))
    other = frame.assign(cohort="other", train=frame["train"] * 3)
    both = table2.layout(pd.concat([frame, other]), {"sim": "Simulated", "other": "Another"})
    assert both.columns[0] == "Cohort" and [row[0] for row in both.rows] == ["Simulated"] * 3 + ["Another"] * 3
    assert [cell.bold for row in both.rows for cell in row[3:5]] == 2 * [True, False, False, True, True, True]


@pytest.fixture()
def errors() -> pd.DataFrame:
    generator = np.random.default_rng(0)
    parts = []
    for cohort in ("ovary", "uterus"):
        for loss in ("frobenius", "kullback-leibler"):
            base = generator.lognormal(5, 1, size=(2, 12))
            wobble = np.linspace(-0.01, 0.01, 12)  # the ratios are distinct and average to the stated ones
            sides = {
                "plain": base,
                "convex": base / (0.8 + wobble),
                "auto": base / (np.array([[0.5], [2 / 3]]) + wobble),
            }
            parts.append(errors_of(cohort, loss, {name: tuple(map(list, side)) for name, side in sides.items()}))
    return pd.concat(parts)


def test_table3(errors: pd.DataFrame):
    frame = table3.table3(errors, [UTERUS, OVARY], ENTRIES, SEED, SIZES)
    assert list(frame.columns) == [*table3.COLUMNS, *table3.RATIO_COLUMNS, *table3.CORRECTED_COLUMNS]
    assert len(frame) == 2 * 2 * 2 * 3
    assert frame["cohort"].unique().tolist() == ["uterus", "ovary"]  # in the order asked for
    assert frame["method"][:3].tolist() == ["plain", "convex", "auto"]
    row = frame.set_index(["cohort", "loss", "set", "method"]).loc[("ovary", "frobenius", "train", "auto")]
    assert row["ratio"] == pytest.approx(0.5) and 0.49 < row["ratio_low"] < 0.5 < row["ratio_high"]
    assert (row["splits_lower"], row["splits_equal"], row["splits_higher"]) == (12, 0, 0)
    assert row["p_value"] == pytest.approx(2 / 2**12)
    own = frame[frame["method"] == "plain"]
    assert own["ratio"].isna().all() and own["splits_lower"].isna().all()
    layout = table3.layout(frame, [OVARY, UTERUS])
    assert list(layout.rows[0][:2]) == ["MSE", "Uterus"]
    assert [cell.bold for cell in layout.rows[0][2:5]] == [True, False, False]
    assert layout.rows[0][5:7] == ["0.800", "0.500"] and layout.rows[0][10:12] == ["0.800", "0.667"]
    dagger = table3.layout(frame, [OVARY, UTERUS], {("uterus", "frobenius", "convex"): (3, 12)})
    marks = [[getattr(cell, "text", cell).endswith("†") for cell in row] for row in dagger.rows]
    assert [(i, j) for i, row in enumerate(marks) for j, mark in enumerate(row) if mark] == [(0, 3), (0, 8)]
    assert dagger.notes[-1].startswith("† 3 of 12 fits (C-NMF, Uterus, MSE)") and len(layout.notes) == 1
    tests = table3.tests_layout(frame, [OVARY, UTERUS])
    assert len(tests.rows) == 2 * 2 * 2 * 2 and tests.rows[0][5] == "12/12"
    for shown in (layout, tests):
        check_latex(to_latex(shown))


def test_table3_with_one_method_has_no_ratios(errors: pd.DataFrame):
    frame = table3.table3(errors, [OVARY], ENTRIES[:1], SEED, SIZES)
    assert len(frame) == 4 and frame["ratio"].isna().all()
    assert len(table3.layout(frame, [OVARY]).columns) == 4


def test_table3_compares_with_nmf_wherever_it_stands(errors: pd.DataFrame):
    frame = table3.table3(errors, [OVARY], ENTRIES[::-1], SEED, SIZES)
    assert frame["baseline"].unique().tolist() == ["plain"] and frame["method"][:3].tolist() == [
        "auto",
        "convex",
        "plain",
    ]
    assert table3.layout(frame, [OVARY]).columns[5:7] == ["NMF/AE-NMF", "NMF/C-NMF"]


def test_table3_without_nmf_compares_with_the_first_method(errors: pd.DataFrame):
    frame = table3.table3(errors, [OVARY], ENTRIES[1:], SEED, SIZES)
    assert frame["baseline"].unique().tolist() == ["convex"]
    assert frame[frame["method"] == "auto"]["ratio"].iloc[0] == pytest.approx(0.625, abs=0.01)


def test_table3_without_errors_is_refused(errors: pd.DataFrame):
    with pytest.raises(UserError, match="no errors"):
        table3.table3(errors, [], ENTRIES, SEED, SIZES)


# Table 4


def tables_of(signatures: np.ndarray, references: pd.DataFrame, **keys: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """consensus.csv and matches.csv (COSMIC only) of given consensus signatures."""
    k = signatures.shape[1]
    result = Consensus(signatures, np.arange(k), np.arange(1, k + 1), np.zeros(k), 0.0)
    matches = keyed(consensus_matches(signatures, references, CHANNELS), **keys, reference="cosmic")
    return keyed(consensus_table(result, CHANNELS), **keys), matches


def test_table4_orders_by_name_and_puts_matches_side_by_side():
    names = ["SBS40a", "SBS2", "SBS10a"]
    references = pd.DataFrame(np.random.default_rng(0).dirichlet(np.ones(96), size=3).T, list(CHANNELS), names)
    known = references.to_numpy()
    attributions = pd.DataFrame({"SBS2": [0.0], "SBS40": [5.0], "SBS10a": [0.0]}, index=["Ovary-AdenoCA"])
    first = tables_of(known, references, cohort="ovary", method="plain", loss="frobenius")
    second = tables_of(known[:, [2, 0, 1]], references, cohort="ovary", method="auto", loss="frobenius")
    tables = [pd.concat(pair) for pair in zip(first, second, strict=True)]
    frame = table4.table4(*tables, [OVARY, UTERUS], ENTRIES, attributions)
    assert list(frame.columns) == table4.COLUMNS and len(frame) == 6
    for method, clusters in {"plain": [2, 3, 1], "auto": [3, 1, 2]}.items():
        own = frame[frame["method"] == method]
        assert own["cosmic"].tolist() == ["SBS2", "SBS10a", "SBS40a"] and own["cluster"].tolist() == clusters
        assert own["seen_in_cancer_type"].tolist() == [False, False, True]
        np.testing.assert_allclose(own["beside"], 1.0)
        assert own["signal"].isna().all()
    totals = table4.summary(frame)
    assert totals["seen"].tolist() == [1, 1] and totals["k"].tolist() == [3, 3]
    layout = table4.layout(frame, [OVARY, UTERUS])
    assert layout.rows[2][1] == "SBS40a †" and layout.rows[3][:2] == ["Ovary, mean", "1/3 †"]
    check_latex(to_latex(layout))


def test_table4_without_attributions_leaves_open_what_was_seen():
    references = pd.DataFrame(np.eye(96)[:, :2], list(CHANNELS), ["SBS1", "SBS5"])
    tables = tables_of(np.eye(96)[:, :2] + 0.001, references, cohort="ovary", method="plain", loss="frobenius")
    frame = table4.table4(*tables, [OVARY], ENTRIES, None)
    assert frame["seen_in_cancer_type"].isna().all() and table4.summary(frame)["seen"].isna().all()
    layout = table4.layout(frame, [OVARY])
    assert "†" not in "".join([*(str(cell) for row in layout.rows for cell in row), *layout.notes])


def test_table4_has_columns_for_signal_where_a_cohort_was_matched_to_it():
    references = pd.DataFrame(np.eye(96)[:, :2], list(CHANNELS), ["SBS1", "SBS5"])
    tables = tables_of(np.eye(96)[:, :2] + 0.001, references, cohort="ovary", method="plain", loss="frobenius")
    alone = table4.layout(table4.table4(*tables, [OVARY], ENTRIES, None), [OVARY])
    assert list(alone.columns) == ["Cohort", "COSMIC", "Cosine"] and "Signal" not in alone.caption
    check_latex(to_latex(alone))
    consensus, matches = tables
    matches = pd.concat([matches, matches.assign(reference="signal", match="common_SBS8")])
    beside = table4.layout(table4.table4(consensus, matches, [OVARY], ENTRIES, None), [OVARY])
    assert list(beside.columns) == ["Cohort", "COSMIC", "Cosine", "Signal", "Cosine"] and "Signal" in beside.caption
    assert beside.rows[0][3] == "SBS8 (common)"
    check_latex(to_latex(beside))


def test_table4_of_the_reference_is_shown_as_it_was(root: Path):
    folder = root / "results/reference/tables"
    frame = pd.read_csv(folder / "table4.csv").astype({"seen_in_cancer_type": "boolean"})
    cohorts = [Cohort(name, name.capitalize(), "catalogue", rank) for name, rank in RANKS.items()]
    assert to_markdown(table4.layout(frame, cohorts)) == (folder / "table4.md").read_text(encoding="utf-8")
    assert to_latex(table4.layout(frame, cohorts)) == (folder / "table4.tex").read_text(encoding="utf-8")


def test_names_sort_as_people_sort_them():
    names = ["SBS10b", "SBS2", "SBS10a", "SBS17b", "SBS1", "SBS40a"]
    assert sorted(names, key=natural) == ["SBS1", "SBS2", "SBS10a", "SBS10b", "SBS17b", "SBS40a"]
    assert table4.signal_title("common_SBS1+18") == "SBS1+18 (common)" and table4.signal_title("X") == "X"


@pytest.mark.parametrize(("cohort", "nmf", "aenmf"), [("ovary", 1, 1), ("prostate", 3, 2), ("uterus", 5, 5)])
def test_table4_of_the_published_signatures(data_dir: Path, cohort: str, nmf: int, aenmf: int):
    """Counts by our rule from the published matrices; worked out once by hand from PCAWG's table."""
    import SigProfilerAssignment

    folder = Path(SigProfilerAssignment.__file__).parent / "data" / "Reference_Signatures" / "GRCh37"
    cosmic = pd.read_csv(folder / "COSMIC_v3.4_SBS_GRCh37.txt", sep="\t", index_col=0).loc[list(CHANNELS)]
    attributions = read_attributions(data_dir / "pcawg" / "PCAWG_sigProfiler_SBS_signatures_in_samples.csv")
    types = {"ovary": "Ovary-AdenoCA", "prostate": "Prost-AdenoCA", "uterus": "Uterus-AdenoCA"}
    label = Cohort(cohort, cohort.capitalize(), "catalogue", RANKS[cohort], cohort.capitalize(), types[cohort])
    parts = [
        tables_of(
            consensus(published_signatures(data_dir, cohort, entry.model)).signatures,
            cosmic,
            cohort=cohort,
            method=entry.name,
            loss="frobenius",
        )
        for entry in (ENTRIES[0], ENTRIES[2])
    ]
    tables = [pd.concat(pair) for pair in zip(*parts, strict=True)]
    totals = table4.summary(table4.table4(*tables, [label], ENTRIES, attributions)).set_index("method")
    assert totals["seen"].to_dict() == {"plain": nmf, "auto": aenmf}
