"""The chaos script itself, on a stand-in for Snakemake that locks, starts jobs and goes on as Snakemake does.

The real runs take minutes: ``python tests/support/chaos/chaos.py --kills 20 --seed 1``.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time

import chaos
import pytest

STAND_IN = """
import subprocess, sys
from pathlib import Path
lock = Path(".snakemake/locks/0.output.lock")
if "--unlock" in sys.argv:
    lock.unlink(missing_ok=True)
    sys.exit(0)
if lock.exists():
    sys.exit("Error: Directory cannot be locked. It can be removed with the --unlock argument.")
lock.parent.mkdir(parents=True, exist_ok=True)
lock.touch()
for number in range(6):
    target = Path(f"results/test/tables/table{number}.csv")
    if not target.exists():
        job = [sys.executable, ".snakemake/scripts/tmp1.job.py", str(target)]
        if subprocess.run(job).returncode:
            lock.unlink()
            sys.exit(1)
lock.unlink()
"""
JOB = """
import sys, time
from aenmf.files.atomic import atomic_write
time.sleep(0.15)
with atomic_write(sys.argv[1]) as file:
    for _ in range(50):
        file.write(sys.argv[1] * 1000 + "\\n")
        file.flush()
        time.sleep(0.002)
"""


class StandIn(chaos.Runs):
    """Runs whose command is the stand-in."""

    def start(self, *arguments: str, **options) -> subprocess.Popen:
        scripts = self.directory / ".snakemake/scripts"
        scripts.mkdir(parents=True, exist_ok=True)
        (self.directory / "snakemake_stand_in.py").write_text(STAND_IN)
        (scripts / "tmp1.job.py").write_text(JOB)
        command = [sys.executable, "snakemake_stand_in.py", *arguments]
        with open(self.directory / "said.txt", "ab") as said:
            self.begun = said.tell()
            return subprocess.Popen(
                command, cwd=self.directory, stdout=said, stderr=said, env=chaos.environment(), **options
            )


@pytest.mark.parametrize("seed", [1, 2])
def test_kills_and_restarts_end_with_the_results_of_an_undisturbed_run(tmp_path, seed):
    calm = StandIn(tmp_path / "calm", 1)
    assert calm.start().wait() == 0
    runs = StandIn(tmp_path / "killed", 1)
    counts = chaos.disturbed(runs, 6, random.Random(seed), 1.0, time.monotonic() + 300)
    # how many kills find the run still at work depends on the machine's speed
    assert 3 <= counts["kills"] <= 6 and counts["starts"] > counts["kills"], counts
    assert counts["found locked"] == counts["aenmf unlock"] + counts["snakemake --unlock"]
    assert len(chaos.made(calm.directory)) == 6
    assert chaos.made(runs.directory) == chaos.made(calm.directory)
