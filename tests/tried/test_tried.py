"""The report of what was tried counts what ended wrongly, and a killed command takes what it started with it."""

from __future__ import annotations

import subprocess
import sys
import time

import pandas as pd
import psutil
import pytest

from tried.__main__ import COLUMNS, report
from tried.attempts import ATTEMPTS, RUN, Place, first_line, kill, set_up_killed, start


def test_what_ended_wrongly_is_counted(tmp_path):
    rows = [("a", "make run", "well", True, ""), ("b", "make run", "badly", False, "tests/x.py")]
    path = tmp_path / "tried.csv"
    pd.DataFrame(rows, columns=COLUMNS).to_csv(path, index=False)
    report(path)
    shown = path.with_suffix(".md").read_text()
    assert "2 circumstances tried: 1 ended as none should." in shown and "tests/x.py" in shown


def test_a_killed_command_takes_its_children_with_it(tmp_path):
    (tmp_path / "parent.py").write_text(
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(child.pid, flush=True)\nprint('error: x', flush=True)\nchild.wait()\n"
    )
    process = start(tmp_path, f"{sys.executable} parent.py")
    while first_line(tmp_path) != "error: x":
        assert process.poll() is None
    child = psutil.Process(int((tmp_path / "said.txt").read_text().split()[0]))
    kill(process)
    assert process.returncode == -9 and ended_soon(child)


def ended_soon(process: psutil.Process) -> bool:
    """Whether a process ends within seconds; one that nobody asked for its status has ended, too."""
    for _ in range(100):
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.1)
    return False


SETUP = """setup:
	@if test -e begun; then mkdir -p .venv/bin; touch .venv/.ready; \\
	printf '#!/bin/sh\\n' > .venv/bin/aenmf; chmod +x .venv/bin/aenmf; \\
	else touch begun; mkdir .venv; {}; fi
"""
"""Stands in for the Makefile: the first time it does what is killed."""


@pytest.mark.parametrize(
    ("first", "good", "says"),
    [
        ("sh -c 'sleep 60; true' pip install", True, "left no .ready; repeated: exit status 0, aenmf check 0"),
        ("touch .venv/.ready; sh -c 'sleep 60; true' pip install", False, "left .ready"),
        ("exit 3", False, "ended before it was killed"),
    ],
)
def test_a_set_up_is_killed_at_work_and_repeated(tmp_path, monkeypatch, first, good, says):
    monkeypatch.setattr("tried.attempts.MOMENT", 0.1)
    (tmp_path / "root").mkdir()
    (tmp_path / "root/Makefile").write_text(SETUP.format(first))
    for words in ("init", "add .", "-c user.name=a -c user.email=a@b commit -m x"):
        subprocess.run(["git", *words.split()], cwd=tmp_path / "root", check=True, capture_output=True)
    make = set_up_killed("copy", "pip install", "python3")
    result, in_order = make(Place(tmp_path / "root", tmp_path / "copies"))
    assert in_order is good and says in result, result


def test_tests_that_are_named_exist_and_the_command_is_that_of_the_page(root):
    assert all((root / attempt.test).exists() for attempt in ATTEMPTS.values())
    said = (root / "docs/tried.md").read_text()
    assert RUN.partition(" methods=")[0] in said
