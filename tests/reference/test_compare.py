"""The comparison with the reference passes equal runs and rounding, and names a drift, a missing table and a changed word."""

from __future__ import annotations

import fnmatch
import json
import math

import pandas as pd
import pytest

from aenmf.errors import UserError
from aenmf.files.checked_yaml import read_yaml
from aenmf.reference.cells import RULES, compare_csv, compare_lines, text_share
from aenmf.reference.compare import compare_tables, read_table, rule_of, tables_of
from support.command import aenmf

ALLOWED = {"rtol": 1e-3, "atol": 0.0}
RULE = {"name": "a", "keys": ["cohort"], "columns": {}, "default": ALLOWED, "ignore": {"seconds": "wall-clock time"}}
MARKDOWN = "| Method | Error |\n|:--|--:|\n| NMF | **0.0802** |\n"
FACTS = {"inputs": {"ovary": {"sha256": "aa"}}}


def table(**columns) -> pd.DataFrame:
    return pd.DataFrame(columns, dtype=str)


@pytest.fixture
def folders(tmp_path):
    """A run and a reference with the same two tables, and a third that the run does not make."""
    run, reference = tmp_path / "paper", tmp_path / "reference"
    for folder in (run, reference):
        (folder / "tables").mkdir(parents=True)
        (folder / "tables/rank_choice.csv").write_text(
            "cohort,method,loss,chosen\novary,nmf,mse,7.5\nuterus,nmf,mse,11\n"
        )
        (folder / "tables/table2.md").write_text(MARKDOWN)
    (run / "data/ovary").mkdir(parents=True)
    (run / "data/ovary/provenance.json").write_text(json.dumps({"sha256": "aa"}))
    names = ["tables/rank_choice.csv", "tables/table2.md", "parity/pam.csv", "figures/a.png"]
    (reference / "manifest.json").write_text(json.dumps(FACTS | {"sha256": dict.fromkeys(names, "")}))
    return run, reference


def test_equal_runs_are_reproduced_and_what_is_left_out_is_said(folders, capsys):
    assert aenmf("compare", *folders) == 0
    said = capsys.readouterr().out
    assert "2 tables, 8 cells compared, 0 of them outside tolerance" in said
    assert "needs R" in said and "a.png" not in said and "another catalogue" not in said


def test_a_drift_is_named_with_its_place_and_size(folders, capsys):
    run, _ = folders
    path = run / "tables/rank_choice.csv"
    path.write_text(path.read_text().replace("7.5", "7.8"))
    assert aenmf("compare", *folders) == 1
    said = capsys.readouterr().out
    assert "8 at ovary nmf mse | chosen" in said  # 0.3 of 0.005 × 7.5 allowed
    assert "ovary nmf mse | chosen: reference 7.5, fresh 7.8" in said and "1 of them outside tolerance" in said


def test_a_missing_table_is_no_success(folders, capsys):
    run, _ = folders
    (run / "tables/table2.md").unlink()
    assert aenmf("compare", *folders) == 1
    said = capsys.readouterr().out
    assert "tables/table2.md        MISSING" in said and "1 tables missing" in said


def test_another_catalogue_is_said(folders, capsys):
    run, _ = folders
    (run / "data/ovary/provenance.json").write_text(json.dumps({"sha256": "bb"}))
    aenmf("compare", *folders)
    assert "that of ovary is not the one" in capsys.readouterr().out


def test_nothing_to_compare_is_an_error(folders, tmp_path, capsys):
    run, reference = folders
    for part in ([], ["--part"]):  # the two tables are not among those of a part
        assert aenmf("compare", tmp_path / "none", reference, *part) == 2
        assert aenmf("compare", run, tmp_path / "none", *part) == 2
    assert aenmf("compare", run, reference, "--part") == 2
    assert capsys.readouterr().err.count("error:") == 5
    (reference / "manifest.json").write_text(json.dumps({"sha256": {"figures/a.png": ""}}))
    with pytest.raises(UserError, match="no table"):
        tables_of(reference)


def test_rows_are_met_by_their_keys_in_any_order():
    a, b = table(cohort=["x", "y"], value=["1", "2"]), table(cohort=["y", "x"], value=["2.001", "1"])
    found = compare_csv(a, b, RULE)
    assert found.cells == 2 and not found.outside and found.worst[0] == pytest.approx(0.5, rel=1e-2)
    with pytest.raises(UserError, match="several rows"):
        compare_csv(table(cohort=["x", "x"], value=["1", "2"]), b, RULE)


@pytest.mark.parametrize(
    ("fresh", "place"),
    [
        ({"cohort": ["x"], "value": ["1"]}, "row y"),
        ({"cohort": ["x", "y", "z"], "value": ["1", "2", "3"]}, "row z"),
        ({"cohort": ["x", "y"], "value": ["1", ""]}, "y | value"),
        ({"cohort": ["x", "y"], "value": ["1", "nan"]}, "y | value"),
        ({"cohort": ["x", "y"], "value": ["1", "many"]}, "y | value"),
        ({"cohort": ["x", "y"], "value": ["1", "2"], "more": ["1", "2"]}, "column more"),
        ({"cohort": ["x", "y"], "worth": ["1", "2"]}, "column value"),
        ({"name": ["x", "y"], "value": ["1", "2"]}, "column cohort"),
    ],
)
def test_rows_columns_and_cells_that_differ_are_outside(fresh, place):
    found = compare_csv(table(**fresh), table(cohort=["x", "y"], value=["1", "2"]), RULE)
    assert place in [where for where, _, _ in found.outside] and math.isinf(found.worst[0])


def test_ignored_columns_are_not_compared_and_may_be_absent():
    reference = table(cohort=["x"], seconds=["1"])
    for fresh in (table(cohort=["x"], seconds=["9"]), table(cohort=["x"])):
        for found in (compare_csv(fresh, reference, RULE), compare_csv(reference, fresh, RULE)):
            assert found.cells == 0 and not found.outside


def test_rows_may_have_tolerances_of_their_own():
    rule = RULE | {"where": [{"rows": {"cohort": "x"}, "columns": {"value": {"rtol": 0.2, "atol": 0.0}}}]}
    reference = table(cohort=["x", "y"], value=["1", "1"], other=["1", "1"])
    outside = compare_csv(table(cohort=["x", "y"], value=["1.1", "1.1"], other=["1.1", "1"]), reference, rule).outside
    assert [place for place, _, _ in outside] == ["y | value", "x | other"]


def test_the_numbering_of_clusters_and_signatures_carries_no_meaning(folders):
    rules = read_yaml(RULES)
    for folder, (first, second) in zip(folders, (("1", "2"), ("2", "1")), strict=True):
        where = {"cohort": ["a", "a"], "method": ["nmf", "nmf"], "loss": ["mse", "mse"]}
        order = table(**where, cluster=[first, second], position=["1", "2"], beside=["1", "1"])
        consensus = table(**where, cluster=[second, first], channel=["c", "c"], value=["0.5", "0.1"])
        sparsity = table(**where, split=["0", "0"], signature=[first, second], nonzero=["3", "8"])
        for name, one in (("order", order), ("consensus", consensus), ("sparsity", sparsity)):
            one.to_csv(folder / f"tables/{name}.csv", index=False)
    names = ["tables/order.csv", "tables/consensus.csv", "tables/sparsity.csv"]
    compared, missing = compare_tables(*folders, names, rules)
    assert not missing and all(found.cells and found.worst[0] == 0 for found in compared.values())
    run, _ = folders
    for name in ("consensus", "sparsity"):
        path = run / f"tables/{name}.csv"
        path.write_text(path.read_text().replace("0.5", "0.4").replace("8", "9"))
    compared, _ = compare_tables(*folders, names, rules)
    assert [len(compared[name].outside) for name in names] == [0, 1, 1]
    (run / "tables/order.csv").unlink()
    assert compare_tables(*folders, names, rules)[1] == names[:2]


def test_rows_are_known_by_patterns_and_what_is_not_identified_is_counted():
    entries = [
        {"reason": "r", "rows": {"cohort": "x*"}, "columns": {"value": {"rtol": 0.2, "atol": 0.0}}},
        {"reason": "r", "rows": {"cohort": "xy"}, "columns": {"value": None, "word": None}},
    ]
    rule = RULE | {"where": entries}
    old = table(cohort=["x", "xy", "z"], value=["1", "1", "1"], word=["a", "a = 1", "a"])
    new = table(cohort=["x", "xy", "z"], value=["1.1", "", "1.1"], word=["a", "b", "b"])
    found = compare_csv(new, old, rule)
    assert [place for place, *_ in found.outside] == ["z | value", "z | word"]
    assert (found.cells, found.equal, found.unidentified) == (6, 1, 2)


def test_every_exception_has_a_reason():
    rules = read_yaml(RULES)
    for name, one in rules["tables"].items():
        for entry in one.get("where", []):
            assert set(entry) == {"reason", "rows", "columns"} and entry["reason"], name
        assert set(one.get("excused", {})) in ({"share", "reason"}, set()), name
    assert all(rules["left_out"].values()) and all(rules["ignore"].values())


def test_some_cells_may_lie_outside_where_the_rules_say_so_but_no_more(folders):
    run, reference = folders
    rows = [f"a,nmf,mse,{i},7.5\n" for i in range(40)]
    (reference / "tables/rank.csv").write_text("cohort,method,loss,rank,value\n" + "".join(rows))
    for others, agrees in ((2, True), (3, False)):
        text = "".join([row.replace("7.5", "9.5") for row in rows[:others]] + rows[others:])
        (run / "tables/rank.csv").write_text("cohort,method,loss,rank,value\n" + text)
        rules = read_yaml(RULES)
        rules["tables"]["tables/rank.csv"]["keys"] = ["cohort", "method", "loss", "rank"]
        compared, _ = compare_tables(run, reference, ["tables/rank.csv"], rules)
        assert compared["tables/rank.csv"].agrees == agrees
        assert len(compared["tables/rank.csv"].outside) == others


def test_a_part_has_the_rows_it_has_and_no_others():
    reference = table(cohort=["x", "y", "z"], value=["1", "2", "3"])
    found = compare_csv(table(cohort=["z", "x"], value=["3.002", "1"]), reference, RULE, part=True)
    assert found.cells == 2 and not found.outside and found.worst[1] == "z | value"
    outside = compare_csv(table(cohort=["y", "w"], value=["2.1", "1"]), reference, RULE, part=True).outside
    assert outside == [("row w", "absent", "present"), ("y | value", "2", "2.1")]
    with pytest.raises(UserError, match="no row of this table in common"):
        compare_csv(table(cohort=["w"], value=["1"]), reference, RULE, part=True)


@pytest.fixture
def parts(folders, root):
    """The main tables of the reference, and a run with a few of their rows."""
    run, reference = folders
    for name in read_yaml(RULES)["part"]:
        kept = pd.read_csv(root / "results/reference" / name, dtype=str, keep_default_na=False)
        kept.to_csv(reference / name, index=False)
        kept[kept["cohort"] == "scenario8"].iloc[5:45].to_csv(run / name, index=False)
    manifest = json.loads((reference / "manifest.json").read_text())
    manifest["sha256"] |= dict.fromkeys(read_yaml(RULES)["part"], "")
    (reference / "manifest.json").write_text(json.dumps(manifest))
    return run, reference


def test_a_part_of_the_main_tables_agrees_and_the_others_do_not_count(parts, capsys):
    assert aenmf("compare", "--part", *parts) == 0
    said = capsys.readouterr().out
    assert said.endswith("4 tables, 280 cells compared, 0 of them outside tolerance\nno drift\n")
    assert "rank_choice" not in said and "parity" not in said
    assert aenmf("compare", *parts) == 1  # all of it, the other rows are missing
    assert "NOT REPRODUCED" in capsys.readouterr().out


def test_a_drift_of_a_part_is_named(parts, capsys):
    run, _ = parts
    fits = pd.read_csv(run / "tables/fits.csv", dtype=str)
    fits.assign(n_iter="7").to_csv(run / "tables/fits.csv", index=False)
    assert aenmf("compare", "--part", *parts) == 0
    fits["converged"] = ["False", *fits["converged"][1:]]
    fits.to_csv(run / "tables/fits.csv", index=False)
    capsys.readouterr()
    assert aenmf("compare", "--part", *parts) == 1
    said = capsys.readouterr().out
    assert "| converged: reference True, fresh False" in said and "DRIFT: 1 cells differ" in said
    (run / "tables/fits.csv").unlink()
    assert aenmf("compare", "--part", *parts) == 1
    assert "tables/fits.csv         MISSING" in capsys.readouterr().out


def test_a_table_without_keys_is_compared_row_by_row():
    rule = RULE | {"keys": []}
    assert not compare_csv(table(value=["1", "1"]), table(value=["1", "1"]), rule).outside
    assert compare_csv(table(value=["1", "2"]), table(value=["1", "1"]), rule).outside[0][0] == "2 | value"


def test_a_column_without_tolerance_is_an_error_where_each_must_be_named():
    with pytest.raises(UserError, match="no tolerance"):
        compare_csv(table(cohort=["x"], more=["1"]), table(cohort=["x"], more=["1"]), RULE | {"default": None})


@pytest.mark.parametrize(
    ("fresh", "share"),
    [
        ("NMF 0.926 (SE 0.012), 30/30", 0),
        (
            "NMF 0.927 (SE 0.012), 30/30",
            0.001 / 0.001926,
        ),  # a unit of the last digit and 1e-3 of the number are allowed
        ("NMF 0.929 (SE 0.012), 30/30", 0.003 / 0.001926),
        ("NMF 0.926 (SE 0.012), 29/30", 1 / 0.03),
        ("C-NMF 0.926 (SE 0.012), 30/30", math.inf),
        ("NMF 0.926 (SE 0.012)", math.inf),
    ],
)
def test_numbers_in_words_are_numbers_and_words_are_words(fresh, share):
    found = text_share(fresh, "NMF 0.926 (SE 0.012), 30/30", ALLOWED)
    assert found == pytest.approx(share, rel=1e-3)
    assert (found > 1) == (share > 1)


def test_rounded_exponents_may_differ_by_a_unit_of_the_last_digit():
    assert text_share("8.27e-4", "8.26e-4", ALLOWED) <= 1 < text_share("8.29e-4", "8.26e-4", ALLOWED)


def test_lines_are_compared_cell_by_cell():
    assert not compare_lines(MARKDOWN.replace("0.0802", "0.0803"), MARKDOWN, ALLOWED).outside
    bold = compare_lines(MARKDOWN.replace("**", ""), MARKDOWN, ALLOWED)
    assert [place for place, _, _ in bold.outside] == ["line 3, cell 2"]
    assert compare_lines(MARKDOWN + "| more | 1 |\n", MARKDOWN, ALLOWED).outside[0][0] == "number of lines"


def test_every_table_of_the_reference_has_keys_and_they_tell_its_rows_apart(root):
    reference = root / "results/reference"
    rules, names = read_yaml(RULES), tables_of(reference)
    keep = read_yaml(root / "config/reference.yaml")
    kept = [
        name for run in ("paper", "pcawg", "robustness") for name in keep[run]["keep"]
    ]  # the next reference may have new tables
    assert {*rules["tables"], *rules["left_out"]} <= {
        *names,
        *kept,
        *fnmatch.filter(rules["tables"], "tables/table*.csv"),
    }
    assert {*rules["part"]} == {name for name, rule in rules["tables"].items() if rule.get("default", ...) is None}
    for name in names:
        if not name.endswith(".csv") or name in rules["left_out"]:
            continue
        rule = rule_of(name, rules)
        read = read_table(reference, name, rule)
        assert rule["keys"] and not read.duplicated(rule["keys"]).any(), name
        if rule["default"] is None:
            assert {*rule["keys"], *rule["columns"]} <= set(read.columns), name
            assert set(read.columns) <= {*rule["keys"], *rule["columns"], *rule["ignore"]}, name
