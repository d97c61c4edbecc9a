"""The committed reference is whole, and the README shows its tables."""

from __future__ import annotations

import hashlib
import json

import pytest

from aenmf.errors import UserError
from aenmf.reference import copy_results, renew_readme


def test_readme_shows_the_tables_of_the_reference(root):
    readme = (root / "README.md").read_text(encoding="utf-8")
    assert "<!-- table table2 -->" in readme and "<!-- table table3 -->" in readme
    assert renew_readme(readme, root / "results/reference") == readme, (
        "run make reference, or undo edits inside the tables"
    )


def test_blocks_are_renewed_and_the_rest_is_left(tmp_path):
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables/t.md").write_text("new\n")
    assert (
        renew_readme("a\n<!-- table t -->\nold\n<!-- end -->\nb", tmp_path)
        == "a\n<!-- table t -->\nnew\n<!-- end -->\nb"
    )


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


def test_no_patient_is_named_in_the_reference(root):
    for path in (root / "results/reference").rglob("*.csv"):
        assert "GEL-2" not in path.read_text(encoding="utf-8"), path.name
