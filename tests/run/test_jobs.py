"""How a job says what ended it, with and without a calm terminal around it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from aenmf.run.terminal import CALM, last_lines

FULL = "/dev/full"
JOB = """
import logging, sys
from aenmf.errors import UserError
from aenmf.run.jobs import job
with job(sys.argv[1]) as log:
    logging.warning("a method gives the root logger a handler")
    log.info("split 1")
    log.warning("slow")
    raise {error}
"""
USERS = "UserError('wrong', where='mine:Mine', remedy='Mend it')"
MESSAGE = "mine:Mine: wrong. Mend it."


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A function that runs a job which fails; its status and what it says, without the words of the root logger."""

    def run(error: str, *, calm: bool, log: str = "job.log") -> tuple[int, list[str]]:
        monkeypatch.delenv(CALM, raising=False)
        if calm:
            monkeypatch.setenv(CALM, "1")
        command = [sys.executable, "-c", JOB.format(error=error), log]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        return done.returncode, [line for line in done.stderr.splitlines() if "root logger" not in line]

    return run


def test_a_mistake_is_left_to_the_end_of_a_calm_run(run, tmp_path):
    status, lines = run(USERS, calm=True)
    assert status == 1 and [line.split(" ", 1)[1] for line in lines] == ["WARNING slow"]
    assert last_lines(str(tmp_path / "job.log")) == [MESSAGE]


def test_without_it_a_mistake_is_said_at_once(run):
    status, lines = run(USERS, calm=False)
    assert status == 1 and [line.split(" ", 1)[1] for line in lines] == ["WARNING slow", f"ERROR {MESSAGE}"]


@pytest.mark.skipif(not Path(FULL).exists(), reason="there is no /dev/full, on which no write succeeds")
def test_a_mistake_that_the_log_could_not_keep_is_said_at_once(run):
    status, lines = run(USERS, calm=True, log=FULL)
    assert status == 1 and lines[-1] == MESSAGE


def test_the_traceback_of_an_error_in_a_calm_run_is_in_the_log_alone(run, tmp_path):
    status, lines = run("KeyError('k')", calm=True)
    assert status == 1 and len(lines) == 1
    assert (
        "Traceback" in (tmp_path / "job.log").read_text()
        and last_lines(str(tmp_path / "job.log"))[-1] == "KeyError: 'k'"
    )
