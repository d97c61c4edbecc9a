"""A process killed at any moment, a full disk and a file-size limit leave whole files or none.

Runs of the whole workflow are killed by ``tests/support/chaos/chaos.py``, which takes minutes and is no part of the test suite.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time

import pytest

from aenmf.run.unlock import TEMPORARY

WRITER = """
import sys
from aenmf.files.atomic import atomic_write
print("ready", flush=True)
while True:
    for letter in "ab":
        with atomic_write(sys.argv[1]) as file:
            for _ in range(200):
                file.write(letter * 1000 + "\\n")
"""


def test_a_writer_killed_at_random_moments_leaves_whole_files(tmp_path):
    draw, path = random.Random(1), tmp_path / "table.csv"
    whole = {(letter * 1000 + "\n") * 200 for letter in "ab"}
    for _ in range(12):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE) as process:
            process.stdout.readline()
            time.sleep(draw.uniform(0, 0.05))
            process.send_signal(signal.SIGKILL)
        if path.exists():
            assert path.read_text() in whole
    others = [file for file in tmp_path.iterdir() if file != path]
    assert path.exists() and all(TEMPORARY.fullmatch(file.name) for file in others)


LIMITED = """
import resource, sys
from aenmf.files.atomic import atomic_write
from aenmf.errors import UserError
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
try:
    with atomic_write(sys.argv[1]) as file:
        file.write("x" * 200_000)
except UserError as error:
    sys.exit(str(error))
"""


def test_a_limit_on_the_size_of_files_is_named_and_the_old_file_stays(tmp_path):
    pytest.importorskip("resource")
    path = tmp_path / "table.csv"
    path.write_text("old")
    run = subprocess.run([sys.executable, "-c", LIMITED, str(path)], capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "table.csv: the file cannot be written (File too large). Raise the limit" in run.stderr
    assert "Traceback" not in run.stderr
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]
