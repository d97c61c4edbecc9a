"""The study of robustness from a catalogue to its table and figure."""

from __future__ import annotations

import subprocess
import sys

import pandas as pd
import pytest

pytestmark = pytest.mark.workflow

CONFIG = """
run: tiny
cohorts: [mine]
own_cohorts: {{mine: {{file: {root}/docs/example/catalogue.tsv, rank: 2}}}}
n_splits: 2
losses: [kullback-leibler]
robustness: {{cohorts: [mine], methods: [nmf_once, cnmf_once], seeds: 1}}
"""


def test_the_study_runs_end_to_end(root, tmp_path):
    (tmp_path / "tiny.yaml").write_text(CONFIG.format(root=root))
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(root / "Snakefile"), "--directory", str(tmp_path)]
    command += ["--cores", "2", "robustness", "--configfile", str(tmp_path / "tiny.yaml")]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-4000:]
    folder = tmp_path / "results/tiny"
    table = pd.read_csv(folder / "tables/robustness.csv")
    assert {"all", "equal_totals", "other_splits", "half_rank", "double_rank", "deviance"} <= set(table["variant"])
    assert set(table["set"]) == {"train", "test"} and (table["ratio"] > 0).all()
    # On training patients nothing that is free to choose signatures is worse than what is not, but for another local optimum.
    assert (table.loc[table["set"] == "train", "ratio"] < 1.05).all()
    assert (folder / "figures/robustness_kld.png").stat().st_size > 1000
    assert "NMF/C-NMF" in (folder / "tables/robustness.md").read_text()
