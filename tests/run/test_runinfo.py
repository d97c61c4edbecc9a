"""What is written down of a run: the machine it was made on."""

from __future__ import annotations

import json

from aenmf.run.runinfo import processor, run_info, scored_by, write_run_info


def test_a_run_says_what_its_solvers_were_compiled_for(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CPU_NAME", "haswell")
    write_run_info(tmp_path / "run.json", {"run": "x", "data_dir": "/somewhere"}, 2)
    facts = json.loads((tmp_path / "run.json").read_text())
    assert facts == run_info({"run": "x"}, 2)
    assert facts["compiled_for"] == "haswell" and facts["processor"] == processor()
    assert "data_dir" not in facts["config"]


def test_a_result_says_where_its_seconds_were_measured(monkeypatch):
    monkeypatch.setenv("NUMBA_CPU_NAME", "haswell")
    assert scored_by()["processor"] == f"{processor()}, haswell" and set(scored_by()) == {"commit", "processor"}
