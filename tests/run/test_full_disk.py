"""A full disk, a quota or a limit on sizes: one message with its remedy, no traceback, also where the log cannot be written."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from aenmf.files.atomic import no_room
from aenmf.methods import precompile

FULL = Path("/dev/full")
JOB = """
import sys
from aenmf.run.jobs import job
with job(sys.argv[1]) as log:
    for number in range(20):
        log.info("line %d", number)
    open(sys.argv[2], "w").write("x" * 100_000)
"""


@pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full, on which no write succeeds")
@pytest.mark.parametrize("log", [FULL, Path("job.log")], ids=["no log", "log"])
def test_a_job_on_a_full_disk_ends_with_one_line(tmp_path, log):
    command = [sys.executable, "-c", JOB, str(log), str(FULL)]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 1 and not run.stdout
    (line,) = run.stderr.splitlines()
    assert line.endswith("the file cannot be written (No space left on device). Free some disk space and run again.")
    if log != FULL:
        assert (tmp_path / log).read_text().splitlines()[-1] == line


def test_other_errors_of_a_job_keep_their_traceback(tmp_path):
    command = [sys.executable, "-c", JOB, "job.log", str(tmp_path / "no/such/folder/file")]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 1 and "FileNotFoundError" in run.stderr
    assert "FileNotFoundError" in (tmp_path / "job.log").read_text()


def test_only_what_comes_from_too_little_room_is_said_so():
    assert no_room(PermissionError(errno.EACCES, "no")) is None
    assert "Raise the limit" in str(no_room(OSError(errno.EFBIG, "large")))
    assert str(no_room(OSError(errno.ENOSPC, "full", "a.csv"))).startswith("a.csv: the file cannot be written")


def test_solvers_that_cannot_be_kept_end_with_one_message(monkeypatch, capsys, tmp_path):
    class Pool:
        def __init__(self, *_):
            raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(precompile, "ProcessPoolExecutor", Pool)
    monkeypatch.setattr(precompile, "remove_stale", list)
    monkeypatch.setattr(precompile, "complete_mark", lambda: tmp_path / "complete")
    with pytest.raises(SystemExit) as ended:
        precompile.precompile()
    assert str(ended.value.code).startswith(f"error: {tmp_path}: the file cannot be written")
    assert not (tmp_path / "complete").exists()
