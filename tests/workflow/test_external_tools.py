"""External tools through the workflow: the documentation's example, one that chooses K, and one that cannot be run here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from support.documented_commands import blocks

pytestmark = pytest.mark.workflow

FAKE = Path(__file__).parents[1] / "support/fake_tool.py"
MORE = f"""
cohorts: [small]
simulated_cohorts: {{small: {{signatures: [SBS1, SBS5, SBS18], patients: 20}}}}
compare: [nmf, my_tool, choosing, salamander_klnmf]
methods:
  choosing:
    model: external
    rank: chosen
    command: >-
      {{python}} {FAKE} --catalogue {{catalogue}} --signatures {{signatures}} --exposures {{exposures}} --report {{report}}
"""


def test_tools_go_to_the_board_and_what_cannot_run_is_named_there(root, tmp_path):
    found = dict(reversed(list(blocks((root / "docs/external-tools.md").read_text(encoding="utf-8")))))
    (tmp_path / "my_tool.py").write_text(found["python"], encoding="utf-8")
    (tmp_path / "mine.yaml").write_text(found["yaml"], encoding="utf-8")
    (tmp_path / "more.yaml").write_text(MORE, encoding="utf-8")
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(root / "Snakefile"), "--directory", str(tmp_path)]
    command += ["--cores", "1", "scores", "--configfile", "mine.yaml", "more.yaml"]
    offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "", "AENMF_CACHE_DIR": str(tmp_path / "cache")}
    run = subprocess.run(command, cwd=tmp_path, env=os.environ | offline, capture_output=True, text=True)
    said = run.stdout + run.stderr
    assert run.returncode == 0, said[-3000:]
    assert "left out: salamander_klnmf with kullback-leibler" in said
    scores = tmp_path / "results/mine/scores"
    shown = (scores / "board.md").read_text(encoding="utf-8")
    assert "Left out: KLNMF (salamander) (KLD), as " in shown and "My tool" in shown
    board = pd.read_csv(scores / "board.csv").set_index(["method", "score"])["value"]
    cosines = board.xs("cosine", level="score").groupby("method").first()
    assert cosines["nmf-kld"] > cosines["my_tool-kld"] >= 0
    assert not any("salamander" in method for method, _ in board.index)
    result = json.loads((scores / "files/choosing-kld__small__chosen-splits.json").read_text())
    assert result["method"]["version"] == "fake 1.2" and result["protocol"]["rank"] == "chosen"
    assert {seed["signatures"] for seed in result["seeds"]} == {2}
    [log] = (tmp_path / "results/mine/logs/scores/fits/small/choosing/kullback-leibler").glob("*.log")
    assert "choosing: fake tool" in log.read_text() and "CPU seconds" in log.read_text()


RULES = ["fit", "rank", "rank_criteria", "robustness", "scores"]
"""Files of rules that fit entries which may be external tools."""


@pytest.mark.parametrize("name", RULES)
def test_rules_that_may_fit_a_tool_wait_for_its_environment(name, root):
    rules = (root / f"workflow/rules/{name}.smk").read_text(encoding="utf-8").split("\nrule ")
    fitting = [rule for rule in rules if 'entry=lambda wildcards: config["methods"][wildcards.' in rule]
    assert fitting and all("tool=lambda wildcards: tool_ready(wildcards." in rule for rule in fitting)


def test_a_whole_cohort_is_fitted_by_tools_and_with_every_loss(root, tmp_path):
    over = f"""
run: whole
cohorts: [small]
simulated_cohorts: {{small: {{signatures: [SBS1, SBS5], patients: 20}}}}
losses: [kullback-leibler, negative-binomial]
compare: [nmf, fake]
scores: {{protocols: [given-full], seeds: [1, 2]}}
methods:
  nmf: {{restarts: 1, max_iter: 50}}
  fake:
    model: external
    losses: [kullback-leibler]
    command: >-
      {{python}} {FAKE} --rank {{rank}} --catalogue {{catalogue}} --signatures {{signatures}} --exposures {{exposures}}
"""
    (tmp_path / "whole.yaml").write_text(over, encoding="utf-8")
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(root / "Snakefile"), "--directory", str(tmp_path)]
    run = subprocess.run(
        [*command, "--cores", "1", "scores", "--configfile", "whole.yaml"], cwd=tmp_path, capture_output=True, text=True
    )
    assert run.returncode == 0, (run.stdout + run.stderr)[-3000:]
    names = {path.name.split("__")[0] for path in (tmp_path / "results/whole/scores/files").glob("*.json")}
    assert {"nmf-kld", "nmf-nbd", "fake-kld"} <= names
