"""After a killed run: its lock and half-written files are removed, unless something is still at work."""

from __future__ import annotations

import subprocess
import sys

import pytest

from aenmf.errors import UserError
from aenmf.run.unlock import unlock
from support.command import aenmf


@pytest.fixture
def killed(tmp_path):
    """What a killed run leaves."""
    (tmp_path / ".snakemake/locks").mkdir(parents=True)
    (tmp_path / ".snakemake/locks/0.input.lock").write_text("a\n")
    (tmp_path / ".snakemake/locks/0.output.lock").write_text("b\n")
    tables = tmp_path / "results/default/tables"
    tables.mkdir(parents=True)
    (tables / "errors.csv").write_text("kept")
    (tables / ".errors.0123456789ab.csv").write_text("half")
    (tables / ".keep").write_text("kept")
    return tmp_path


def test_the_lock_and_half_written_files_are_removed(killed, capsys):
    assert aenmf("unlock", killed) == 0
    assert "2 locks and 1 half-written files removed" in capsys.readouterr().out
    assert sorted(path.name for path in killed.rglob("*") if path.is_file()) == [".keep", "errors.csv"]
    assert aenmf("unlock", killed) == 0 and not capsys.readouterr().out
    assert unlock(killed / "results") == (0, 0)


def test_a_run_at_work_is_left_alone(killed, capsys):
    command = [sys.executable, "-c", "import sys; sys.stdin.read()  # snakemake"]
    with subprocess.Popen(command, cwd=killed, stdin=subprocess.PIPE) as process:
        with pytest.raises(UserError, match=rf"still at work .process {process.pid}.*Wait for it to end"):
            unlock(killed)
        assert aenmf("unlock", killed, "--wait", "0") == 1 and "error: " in capsys.readouterr().err
        assert (killed / ".snakemake/locks/0.input.lock").exists()
        process.stdin.close()
    assert unlock(killed) == (2, 1)
