"""Run a small configuration through Slurm and on this machine alone, and compare what the two made, byte for byte.

    python tests/support/slurm/same_tables.py

Slurm is one of this machine alone (``single_node.py``) that is started and stopped here. Its jobs go through
``profiles/slurm``. The largest memory of a job of each rule, Snakemake's own processes on the node included, is
printed: docs/cluster.md grants memory by it.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from importlib.util import find_spec
from pathlib import Path

import psutil
from single_node import SingleNode, missing

ROOT = Path(__file__).resolve().parents[3]
PROFILE = ROOT / "profiles/slurm"
PLUGIN = "snakemake_executor_plugin_slurm"
SMALL = ["n_splits=2", "splits_per_job=1", "compare=[nmf]"]
SAME = ("tables/*", "fits/**/*.npz", "refits/**/*.npz", "data/**/*.tsv", "splits/*", "evaluation/**/*.csv")


def why_not() -> str | None:
    """Why this cannot be tried here, or None."""
    if absent := missing():
        return f"Slurm is not installed ({', '.join(absent)}); Debian: apt-get install slurm-wlm munge"
    if find_spec(PLUGIN) is None:
        return f"{PLUGIN} is not installed; pip install -r envs/cluster.txt"
    return None


def snakemake(directory: Path, arguments: list[str], environment: dict[str, str]) -> float:
    """Run the workflow in a directory; its words go to ``<directory>/said.txt``. Returns the seconds it took."""
    directory.mkdir(parents=True)
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), *arguments]
    kept = {key: value for key, value in environment.items() if key != "AENMF_DATA_DIR"}
    kept["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT / "workflow"), kept.get("PYTHONPATH")]))
    begun = time.monotonic()
    with open(directory / "said.txt", "wb") as said:
        status = subprocess.run(command, cwd=directory, env=kept, stdout=said, stderr=said, check=False).returncode
    if status:
        logs = sorted((directory / ".snakemake/slurm_logs").rglob("*.log"))
        texts = [path.read_text(errors="replace")[-3000:] for path in (directory / "said.txt", *logs[:3])]
        raise RuntimeError("\n".join([f"the run in {directory} failed:", *texts]))
    return time.monotonic() - begun


class Memory(threading.Thread):
    """Looks at the jobs of a slurmd, and keeps the largest resident memory of a job by rule.

    Attributes:
        peaks: MiB by rule. Pages that processes share count for each of them, so it is an upper bound.
        jobs: identifiers of Slurm's jobs that were seen.
    """

    def __init__(self):
        super().__init__(daemon=True)
        self.ended = threading.Event()
        self.peaks: dict[str, float] = {}
        self.jobs: set[str] = set()

    def run(self) -> None:
        while not self.ended.wait(1.0):
            self._look()

    def _look(self) -> None:
        sizes: dict[str, int] = defaultdict(int)
        rules: dict[str, str] = {}
        for step in psutil.process_iter():
            try:
                name = re.match(r"slurmstepd: \[(\d+)\.", " ".join(step.cmdline()))
                if name is None:
                    continue
                for process in step.children(recursive=True):
                    sizes[name[1]] += process.memory_info().rss
                    words = process.cmdline()
                    if "--allowed-rules" in words:
                        rules[name[1]] = words[words.index("--allowed-rules") + 1]
            except psutil.Error:
                continue
        self.jobs |= set(sizes)
        for job, rule in rules.items():
            self.peaks[rule] = max(self.peaks.get(rule, 0.0), sizes[job] / 2**20)


def made(directory: Path) -> dict[str, bytes]:
    """What must not depend on where jobs run, by path; wall-clock seconds are left out."""
    base = directory / "results/test"
    files = {path for pattern in SAME for path in base.glob(pattern) if path.is_file()}
    wanted = (path for path in files if not path.name.endswith((".seconds.npz", "seconds.csv")))
    return {str(path.relative_to(base)): path.read_bytes() for path in sorted(wanted)}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--targets", nargs="+", default=["tables"], help="parts of the run (default: tables)")
    parser.add_argument("--config", nargs="+", default=SMALL, help=f"keys of the configuration (default: {SMALL})")
    parser.add_argument("--directory", type=Path, help="where to work (default: a new temporary directory)")
    given = parser.parse_args(arguments)
    if reason := why_not():
        print(f"error: {reason}", file=sys.stderr)
        return 2
    base = (given.directory or Path(tempfile.mkdtemp(prefix="aenmf-slurm-"))).resolve()
    base.chmod(base.stat().st_mode | 0o011)  # munge insists that everybody can reach its socket
    common = [*given.targets, "--configfile", str(ROOT / "config/test.yaml"), "--config", *given.config]
    print(f"working in {base}; on this machine alone", flush=True)
    seconds = snakemake(base / "local", ["--cores", "1", *common], dict(os.environ))
    print(f"  {seconds:.0f} s\nthrough Slurm", flush=True)
    with SingleNode(base / "slurm") as node:
        memory = Memory()
        memory.start()
        # This Slurm has no database, and nothing waits here for a long queue.
        options = ["--slurm-status-command", "squeue", "--slurm-init-seconds-before-status-checks", "3"]
        seconds = snakemake(base / "cluster", ["--profile", str(PROFILE), *options, *common], node.environment)
        memory.ended.set()
        memory.join()
        states = node.ask("squeue", "--states=all", "--noheader", "--format=%T").stdout.split()
    print(f"  {seconds:.0f} s, {len(states)} jobs of Slurm: {', '.join(sorted(set(states)))}")
    for rule, peak in sorted(memory.peaks.items()):
        print(f"  {rule}: {peak:.0f} MiB")
    local, cluster = made(base / "local"), made(base / "cluster")
    different = sorted(name for name in local | cluster if local.get(name) != cluster.get(name))
    if not local or not states or set(states) != {"COMPLETED"}:
        print("nothing was made, or not every job of Slurm ended well")
        return 1
    print("\n".join(["different:", *different]) if different else f"{len(local)} files are the same, byte for byte")
    return bool(different)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that Slurm is stopped then too
    sys.exit(main())
