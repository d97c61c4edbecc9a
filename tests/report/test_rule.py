"""The rule of the page: what it reads is planned, and a file that nothing makes any more is missed before any work."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

pytestmark = pytest.mark.workflow


@pytest.mark.parametrize(
    ("file", "before", "after", "missing"),
    [
        ("tables", "", "", ""),
        ("tables", 'forms("table2")', 'forms("table_2")', "tables/table2.json"),
        ("evaluate", '"sparsity", "consensus"', '"sparse", "consensus"', "tables/sparsity.csv"),
        ("data", "/references/{{reference}}.tsv", "/known/{{reference}}.tsv", "references/cosmic.tsv"),
    ],
)
def test_a_renamed_output_is_missed_when_the_page_is_planned(file, before, after, missing, root, tmp_path):
    for name in ("workflow", "config", "envs"):
        shutil.copytree(root / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(root / "Snakefile", tmp_path)
    rules = tmp_path / f"workflow/rules/{file}.smk"
    text = rules.read_text(encoding="utf-8")
    assert before in text
    rules.write_text(text.replace(before, after) if before else text, encoding="utf-8")
    command = [sys.executable, "-m", "snakemake", "results/test/report.html", "--dry-run", "--cores", "1"]
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "workflow")}
    command += ["--configfile", "config/test.yaml"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=environment)
    said = run.stdout + run.stderr
    assert (run.returncode == 0) == (not missing), said[-4000:]
    if missing:
        assert "MissingInputException" in said and f"results/test/{missing}" in said
