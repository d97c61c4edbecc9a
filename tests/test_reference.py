"""The committed reference is whole, and the README shows its tables."""

from __future__ import annotations

import hashlib
import json

from aenmf.reference import renew_readme


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


def test_files_of_the_reference_are_those_of_its_manifest(root):
    reference = root / "results/reference"
    manifest = json.loads((reference / "manifest.json").read_text(encoding="utf-8"))
    found = {
        str(path.relative_to(reference)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in reference.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }
    assert found == manifest["sha256"]


def test_no_patient_is_named_in_the_reference(root):
    for path in (root / "results/reference/tables").glob("*.csv"):
        assert "GEL-2" not in path.read_text(encoding="utf-8"), path.name
