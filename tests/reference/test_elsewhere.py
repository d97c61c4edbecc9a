"""The record of a run on another processor: what is counted, what is excused, and which grades changed."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from aenmf.reference.elsewhere import COLUMNS
from support.command import aenmf

VERDICTS = "claim_id,estimate,verdict\ngap,0.5,holds\nties,1.5,holds in part\n"
FACTS = {"processor": "Xeon", "compiled_for": "haswell", "commit": "0123456789abcdef", "config": {"run": "paper"}}


@pytest.fixture
def folders(tmp_path):
    """A run and a reference with equal verdicts."""
    run, reference = tmp_path / "paper", tmp_path / "reference"
    for folder in (run, reference):
        (folder / "tables").mkdir(parents=True)
        (folder / "tables/verdicts.csv").write_text(VERDICTS)
    (run / "run.json").write_text(json.dumps(FACTS))
    manifest = {"processor": "EPYC", "compiled_for": "znver4", "sha256": {"tables/verdicts.csv": ""}, "inputs": {}}
    (reference / "manifest.json").write_text(json.dumps(manifest))
    return run, reference


def recorded(folders, tmp_path, status):
    """The rows that are there after a run has been compared."""
    assert aenmf("compare", *folders, "--record", tmp_path / "processors") == status
    return pd.read_csv(tmp_path / "processors/processors.csv")


def test_an_equal_run_is_recorded_as_one(folders, tmp_path):
    row = recorded(folders, tmp_path, 0).iloc[0]
    assert tuple(row.index) == COLUMNS
    assert (row["compiled_for"], row["cells"], row["equal"], row["outside"]) == ("haswell", 4, 4, 0)
    assert (row["differ"], row["worst"], row["grades"], row["grades_changed"]) == (0, 0.0, 2, 0)
    page = (tmp_path / "processors/processors.md").read_text()
    assert (
        "is from EPYC, znver4" in page
        and "| Xeon, haswell | 4 | 100.0% | 0 | 0 | 0 of 1 | 0 | 0 of 2 | 0123456789 |" in page
    )


def test_a_changed_grade_is_counted(folders, tmp_path):
    path = folders[0] / "tables/verdicts.csv"
    path.write_text(path.read_text().replace("in part", "").replace("1.5", "1.6"))
    row = recorded(folders, tmp_path, 1).iloc[0]
    assert (row["equal"], row["outside"], row["differ"], row["grades_changed"]) == (2, 2, 1, 1)


def test_a_comparison_alone_is_judged_by_the_claims_it_can_check(folders, tmp_path):
    run, reference = folders
    for folder in folders:
        (folder / "tables/other.csv").write_text("a\n1\n")
    manifest = json.loads((reference / "manifest.json").read_text())
    manifest["sha256"]["tables/other.csv"] = ""
    (reference / "manifest.json").write_text(json.dumps(manifest))
    (reference / "tables/verdicts.csv").write_text(
        "kind,claim_id,verdict\nheadline,h,holds\nsingle,gap,holds\nsingle,ties,holds\nsingle,rank,holds\n"
    )
    (run / "tables/verdicts.csv").unlink()
    (run / "tables/comparison").mkdir()
    (run / "tables/comparison/verdicts.csv").write_text(
        "kind,claim_id,verdict\nheadline,h,holds in part\nsingle,gap,holds\nsingle,ties,does not hold\n"
        "single,rank,cannot be checked\n"
    )
    row = recorded(folders, tmp_path, 1).iloc[0]
    assert (row["grades"], row["grades_changed"], row["missing"], row["differ"]) == (2, 1, 1, 0)


def test_rounding_is_neither_equal_nor_outside(folders, tmp_path):
    path = folders[0] / "tables/verdicts.csv"
    path.write_text(path.read_text().replace("0.5", "0.5000000001"))
    row = recorded(folders, tmp_path, 0).iloc[0]
    assert (row["equal"], row["outside"], row["grades_changed"]) == (3, 0, 0) and 0 < row["worst"] < 1


def test_rows_of_other_processors_stay_and_the_own_is_renewed(folders, tmp_path):
    recorded(folders, tmp_path, 0)
    run = folders[0]
    (run / "run.json").write_text(json.dumps(FACTS | {"compiled_for": "generic"}))
    assert list(recorded(folders, tmp_path, 0)["compiled_for"]) == ["generic", "haswell"]
    (run / "run.json").write_text(json.dumps(FACTS | {"compiled_for": "generic", "commit": "f" * 16}))
    assert list(recorded(folders, tmp_path, 0)["commit"]) == ["f" * 16, FACTS["commit"]]


def test_rows_that_were_kept_are_taken_over(folders, tmp_path):
    kept = folders[1] / "processors"
    kept.mkdir()
    recorded(folders, tmp_path, 0).assign(compiled_for="znver3").to_csv(kept / "processors.csv", index=False)
    (tmp_path / "processors/processors.csv").unlink()
    assert list(recorded(folders, tmp_path, 0)["compiled_for"]) == ["haswell", "znver3"]


def test_a_run_that_does_not_say_what_it_was_compiled_for_is_refused(folders, tmp_path, capsys):
    (folders[0] / "run.json").write_text("{}")
    assert aenmf("compare", *folders, "--record", tmp_path / "processors") == 2
    assert "compiled_for is not among the facts of the run" in capsys.readouterr().err
