"""Kill runs at random moments until one ends, and compare what it made with an undisturbed run.

    python tests/support/chaos/chaos.py --kills 20 --seed 1

Each round starts ``snakemake --configfile config/test.yaml`` in a fresh directory. At random moments a random job, the
main process alone (its jobs live on), or everything at once dies by SIGKILL. Then the lock is removed as a user
would (``aenmf unlock``, or ``snakemake --unlock`` with orphaned jobs still at work) and the run starts again. Rounds
follow each other until there were enough kills; a round's last start is left to end. All tables, fits and refits must
then be those of the undisturbed run, byte for byte. A full disk and results that cannot be written are tried by
``disks.py``.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[3]
RESULTS = Path("results/test")
SAME = ("tables/*", "fits/**/*.npz", "refits/**/*.npz", "data/**/*.tsv", "splits/*")


class Runs:
    """Starts Snakemake in one directory; everything it says goes to ``<directory>/said.txt``."""

    def __init__(self, directory: Path, cores: int):
        self.directory, self.cores, self.begun = directory, cores, 0
        self.targets: list[str] = []
        self.settings: list[str] = []
        directory.mkdir(parents=True, exist_ok=True)

    def start(self, *arguments: str, **options) -> subprocess.Popen:
        command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", "--cores", self.cores]
        command += [*arguments, *self.targets, "--configfile", ROOT / "config/test.yaml"]
        command += ["--config", *self.settings] if self.settings else []
        command = [str(part) for part in command]
        with open(self.directory / "said.txt", "ab") as said:
            self.begun = said.tell()
            return subprocess.Popen(command, cwd=self.directory, stdout=said, stderr=said, env=environment(), **options)

    def said(self) -> str:
        """What the latest start said."""
        with open(self.directory / "said.txt", "rb") as said:
            said.seek(self.begun)
            return said.read().decode(errors="replace")


def environment() -> dict[str, str]:
    """This process's environment, without the user's data directory and with the package importable."""
    kept = {key: value for key, value in os.environ.items() if key != "AENMF_DATA_DIR"}
    before = [kept["PYTHONPATH"]] if kept.get("PYTHONPATH") else []
    return kept | {"PYTHONPATH": os.pathsep.join([str(ROOT / "workflow"), *before])}


def jobs_of(main: psutil.Process) -> list[psutil.Process]:
    """The job processes of a run: its descendants that run one of its scripts."""
    found = []
    for process in main.children(recursive=True):
        try:
            if any(".snakemake/scripts" in part or "scripts/tmp" in part for part in process.cmdline()):
                found.append(process)
        except psutil.Error:
            continue
    return found


def strike(main: psutil.Process, draw: random.Random) -> str | None:
    """Kill something of a run that is going on; says what, or None if there was nothing to kill."""
    what = draw.choice(["job", "job", "main", "all"])
    try:
        jobs = jobs_of(main)
        victims = {"job": [draw.choice(jobs)] if jobs else [], "main": [main], "all": [main, *jobs]}[what]
        for victim in victims:
            victim.kill()
    except psutil.NoSuchProcess:
        return None
    return what if victims else None


def unlock(runs: Runs, draw: random.Random) -> str:
    """Remove the lock in one of the two documented ways."""
    if draw.random() < 0.5:
        command = [sys.executable, "-m", "aenmf.run.cli", "unlock", str(runs.directory), "--wait", "900"]
        subprocess.run(command, check=True, env=environment(), stdout=subprocess.DEVNULL)
        return "aenmf unlock"
    targets, runs.targets = runs.targets, []
    status = runs.start("--unlock").wait()
    runs.targets = targets
    assert status == 0, runs.said()[-4000:]
    return "snakemake --unlock"


def disturbed(runs: Runs, enough: int, draw: random.Random, longest: float, until: float) -> Counter[str]:
    """One round: start, kill and restart until the run ends well; at most ``enough`` kills, none after ``until``."""
    counts: Counter[str] = Counter()
    while True:
        process = runs.start()
        counts["starts"] += 1
        struck = None
        # Some strikes hit while Snakemake is still planning, most of them jobs at work.
        moment = time.monotonic() + draw.uniform(0.2, longest)
        while process.poll() is None and struck is None:
            time.sleep(0.05)
            if counts["kills"] < enough and moment <= time.monotonic() < until:
                struck = strike(psutil.Process(process.pid), draw)
        status = process.wait()
        if struck:
            counts.update({"kills": 1, f"killed {struck}": 1})
            print(f"  {time.strftime('%H:%M:%S')} kill {counts['kills']}: {struck}, exit status {status}", flush=True)
        elif status == 0:
            return counts
        elif "--unlock" not in runs.said():
            sys.exit(f"the run failed by itself, see {runs.directory / 'said.txt'}:\n{runs.said()[-4000:]}")
        else:
            counts["found locked"] += 1
            counts[unlock(runs, draw)] += 1


def made(directory: Path) -> dict[str, bytes]:
    """What must not depend on kills, by path; wall-clock seconds are left out."""
    base = directory / RESULTS
    files = {path for pattern in SAME for path in base.glob(pattern) if path.is_file()}
    wanted = (path for path in files if not path.name.startswith(".") and not path.name.endswith(".seconds.npz"))
    return {str(path.relative_to(base)): path.read_bytes() for path in sorted(wanted)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20, help="at least so many kills (default: 20)")
    parser.add_argument("--seed", type=int, default=1, help="of the random moments and victims (default: 1)")
    parser.add_argument("--cores", type=int, default=1, help="cores of each run (default: 1)")
    parser.add_argument("--longest", type=float, default=25.0, help="seconds to a kill at most (default: 25)")
    parser.add_argument(
        "--targets", nargs="+", default=[], help="parts of the run, such as tables (default: everything)"
    )
    parser.add_argument("--config", nargs="+", default=[], help="keys of the configuration, such as compare=[nmf]")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="no kills and rounds after so many seconds")
    parser.add_argument("--directory", type=Path, help="where to work (default: a new temporary directory)")
    given = parser.parse_args()
    base = (given.directory or Path(tempfile.mkdtemp(prefix="aenmf-chaos-"))).resolve()
    draw = random.Random(given.seed)
    print(f"working in {base}; undisturbed run", flush=True)
    calm = Runs(base / "calm", given.cores)
    calm.targets, calm.settings = given.targets, given.config
    if calm.start().wait() != 0:
        sys.exit(f"the undisturbed run failed:\n{calm.said()[-4000:]}")
    expected, until = made(calm.directory), time.monotonic() + given.seconds
    total: Counter[str] = Counter()
    different = []
    while total["kills"] < given.kills and time.monotonic() < until:
        total["rounds"] += 1
        print(f"round {total['rounds']}", flush=True)
        runs = Runs(base / f"round{total['rounds']}", given.cores)
        runs.targets, runs.settings = given.targets, given.config
        total += disturbed(runs, given.kills - total["kills"], draw, given.longest, until)
        found = made(runs.directory)
        different += [
            f"round {total['rounds']}: {name}"
            for name in sorted(expected | found)
            if expected.get(name) != found.get(name)
        ]
        total["compared files"] += len(found)
    for name, count in sorted(total.items()):
        print(f"{name}: {count}")
    print("\n".join(["different:", *different]) if different else "every file is that of the undisturbed run")
    return bool(different)


if __name__ == "__main__":
    sys.exit(main())
