"""The committed reference is whole, and the documentation shows its tables."""

from __future__ import annotations

import hashlib
import json
import re

import pytest

from aenmf.errors import UserError
from aenmf.files.checked_yaml import read_yaml
from aenmf.reference.keep import copy_results, earlier_parts, pages, renew_page
from support.command import aenmf


def test_the_documentation_shows_the_tables_of_the_reference(root):
    shown = {}
    for page in pages():
        text = page.read_text(encoding="utf-8")
        shown[page.name] = set(re.findall(r"<!-- (?!number )(\w+ [\w/]+) -->", text))
        assert renew_page(text, root / "results/reference") == text, (
            f"{page.name}: run aenmf keep, or undo edits inside the tables"
        )
    assert shown["README.md"] == {"answer findings"}
    assert shown["results.md"] == {
        "table table2",
        "table table3",
        "table table3_tests",
        "table table4",
        "table verdicts",
    }
    assert shown["verdicts.md"] == {"table verdicts", "table verdict_parts", "table verdicts_unchecked"}


def test_blocks_are_renewed_and_the_rest_is_left(tmp_path):
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables/t.md").write_text("new\nlines\n")
    page = "a\n<!-- {} -->\nold\n<!-- end -->\nb"
    assert renew_page(page.format("table t"), tmp_path) == "a\n<!-- table t -->\nnew\nlines\n<!-- end -->\nb"
    assert renew_page(page.format("headline t"), tmp_path) == "a\n<!-- headline t -->\nnew\n<!-- end -->\nb"
    assert renew_page(page.format("answer t"), tmp_path) == page.format("answer t"), "tables of the answer are missing"
    assert renew_page(page.format("remark t"), tmp_path) == page.format("remark t")


def test_a_block_of_a_run_that_is_not_kept_yet_is_left(tmp_path):
    page = "a\n<!-- table across/tables/t -->\nold\n<!-- end -->\nb"
    assert renew_page(page, tmp_path) == page
    (tmp_path / "across/tables").mkdir(parents=True)
    with pytest.raises(FileNotFoundError):
        renew_page(page, tmp_path)
    (tmp_path / "across/tables/t.md").write_text("new\n")
    assert renew_page(page, tmp_path) == page.replace("old", "new")


def test_blocks_name_folders_that_are_kept(root):
    known = {rule["into"] for rule in read_yaml(root / "config/reference.yaml").values()}
    for page in pages():
        for name in re.findall(r"<!-- (?:table|headline) ([\w/]+)/\w+ -->", page.read_text(encoding="utf-8")):
            assert name.split("/")[0] in {*known, "tables", "optima"}, f"{page.name}: {name}"


def test_files_of_the_reference_are_those_of_its_manifests(root):
    reference = root / "results/reference"
    listed = {}
    for path in reference.rglob("manifest.json"):
        facts = json.loads(path.read_text(encoding="utf-8"))
        assert facts["commit"] and not facts["edited"], path
        listed |= {path.parent / name: digest for name, digest in facts["sha256"].items()}
    found = {
        path: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in reference.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }
    assert found == listed


def test_a_run_without_a_wanted_file_changes_nothing(tmp_path):
    run, target = tmp_path / "run", tmp_path / "reference"
    (run / "tables").mkdir(parents=True)
    (run / "tables/a.csv").write_text("x\n")
    copy_results(run, target, ["tables/*.csv"])
    with pytest.raises(UserError, match="figures/b.png"):
        copy_results(run, target, ["tables/*.csv", "figures/b.png"])
    assert (target / "tables/a.csv").read_text() == "x\n"


def test_what_is_no_longer_kept_is_removed(tmp_path):
    run, target = tmp_path / "run", tmp_path / "reference"
    (run / "tables").mkdir(parents=True)
    for name in "ab":
        (run / f"tables/{name}.csv").write_text(name)
    copied = copy_results(run, target, ["tables/*.csv"])
    (target / "manifest.json").write_text(json.dumps({"sha256": {str(p.relative_to(target)): "" for p in copied}}))
    (target / "other.txt").write_text("another run's")
    copy_results(run, target, ["tables/a.csv"])
    assert sorted(p.name for p in target.rglob("*") if p.is_file()) == ["a.csv", "manifest.json", "other.txt"]


def test_a_reference_made_in_parts_lists_those_before_the_last(tmp_path):
    def kept(commit: str, cohorts: list[str], **more: object) -> None:
        facts = {"commit": commit, "config": {"cohorts": cohorts, "seed": 1}, **more}
        (tmp_path / "manifest.json").write_text(json.dumps(facts))

    assert earlier_parts(tmp_path) == []
    kept("a1", ["ovary"])
    first = {"commit": "a1", "cohorts": ["ovary"], "compare": None, "losses": None}
    assert earlier_parts(tmp_path) == [first]
    kept("b2", ["uterus"], earlier_parts=[first])
    assert [part["commit"] for part in earlier_parts(tmp_path)] == ["a1", "b2"]


def test_no_patient_is_named_in_the_reference(root):
    for path in (root / "results/reference").rglob("*.csv"):
        assert "GEL-2" not in path.read_text(encoding="utf-8"), path.name


def test_findings_are_kept_and_pages_renewed(tmp_path, monkeypatch, capsys):
    for module in ("aenmf.files.shipped", "aenmf.reference.keep"):
        monkeypatch.setattr(f"{module}.checkout", lambda: tmp_path)
    for folder in ("docs", "audit", "results/reference/tables"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "README.md").write_text("<!-- table t -->\nold\n<!-- end -->\n")
    (tmp_path / "results/reference/tables/t.md").write_text("new\n")
    assert aenmf("keep", "--findings", tmp_path / "audit") == 2
    assert "Run snakemake audit first" in capsys.readouterr().err
    (tmp_path / "audit/findings.md").write_text("found\n")
    assert aenmf("keep", "--findings", tmp_path / "audit") == 0
    assert (tmp_path / "docs/published-matrices.md").read_text() == "found\n"
    assert (tmp_path / "README.md").read_text() == "<!-- table t -->\nnew\n<!-- end -->\n"


def test_a_run_that_has_no_rules_is_not_kept(tmp_path, capsys):
    assert aenmf("keep", tmp_path / "papper") == 2
    assert "Did you mean 'paper'" in capsys.readouterr().err
