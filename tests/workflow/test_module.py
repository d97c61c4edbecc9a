"""The workflow as a module of another one."""

from __future__ import annotations

import subprocess
import sys

import pandas as pd
import pytest

pytestmark = pytest.mark.workflow

SNAKEFILE = """
module aenmf:
    snakefile: "{root}/Snakefile"
    config: {{"run": "within", "n_splits": 2, "splits_per_job": 2, "compare": ["nmf"], "losses": ["frobenius"]}}

use rule * from aenmf as aenmf_*

rule worst:
    default_target: True
    input:
        rules.aenmf_tables.input,
        errors="results/within/tables/errors.csv",
    output: "worst.txt"
    run:
        import pandas as pd
        table = pd.read_csv(input.errors)
        with open(output[0], "w") as file:
            file.write(str(table["value"].max()))
"""


def test_another_workflow_uses_this_one_as_a_module(root, tmp_path):
    (tmp_path / "Snakefile").write_text(SNAKEFILE.format(root=root))
    command = [sys.executable, "-m", "snakemake", "--directory", str(tmp_path), "--cores", "2"]
    run = subprocess.run([*command, "--snakefile", "Snakefile"], capture_output=True, text=True, cwd=tmp_path)
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-4000:]
    errors = pd.read_csv(tmp_path / "results/within/tables/errors.csv")
    assert set(errors["method"]) == {"nmf"} and set(errors["split"]) == {0, 1}
    assert float((tmp_path / "worst.txt").read_text()) == errors["value"].max()
    assert not (tmp_path / "results/within/report.html").exists()  # only what was asked for
