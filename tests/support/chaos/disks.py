"""Runs on a full disk, under a limit on file sizes, and with results that cannot be written: one message, and then it goes on.

python tests/support/chaos/disks.py
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from chaos import Runs

TARGET = "results/test/splits/scenario8.tsv"


def report(name: str, problems: list[str]) -> int:
    print(f"{name}: {'; '.join(problems) or 'as it should be'}", flush=True)
    return len(problems)


def ended(runs: Runs, expected: list[str], status: int) -> list[str]:
    """What is wrong with how a run ended: it fails with the expected words and no half-written file."""
    said = runs.said()
    problems = [] if status else ["the exit status is 0"]
    problems += [f"{part!r} is not said (see {runs.directory / 'said.txt'})" for part in expected if part not in said]
    problems += ["there are tracebacks"] * ("Traceback" in said or "Logging error" in said)
    halves = [path.name for path in (runs.directory / "results").rglob(".*") if path.is_file()]
    return problems + [f"half-written: {name}" for name in halves]


def limited(base: Path) -> int:
    """A limit on file sizes that the catalogue exceeds; without it the run goes on."""
    runs = Runs(base / "limited", 1)
    limit = 100_000
    status = runs.start(TARGET, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))).wait()
    problems = ended(runs, ["File too large", "Raise the limit"], status)
    if runs.start(TARGET).wait():
        problems.append("without the limit it does not go on")
    return report("limit on file sizes", problems)


def full(base: Path, left: int) -> int:
    """A small disk that fills up to so many bytes when the first job starts; with room it goes on."""
    runs = Runs(base / f"full{left}", 1)
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(runs.directory)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        print("full disk: skipped, a small disk cannot be mounted here (it needs root)")
        return 0
    try:
        process = runs.start(TARGET)
        while process.poll() is None and not (runs.directory / "results/test/logs/data").is_dir():
            time.sleep(0.05)
        filler = runs.directory / "filler"
        # With some room Snakemake can make its own notes, and only the catalogue is too large; without, it gives up itself.
        with suppress(OSError):  # the run takes room meanwhile
            filler.write_bytes(bytes(max(0, shutil.disk_usage(runs.directory).free - left)))
        expected = ["No space left on device", *["Free some disk space"] * bool(left)]
        problems = ended(runs, expected, process.wait(timeout=120))
        filler.unlink()
        if runs.start(TARGET).wait():
            problems.append("with room it does not go on")
        return report(f"full disk with {left} bytes left", problems)
    finally:
        subprocess.run(["umount", str(runs.directory)], check=True)


def read_only(base: Path) -> int:
    """Results in a directory without the right to write; for root, who has every right, on a read-only disk."""
    runs = Runs(base / "readonly", 1)
    folder = runs.directory / "results"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "ro,size=1m", "tmpfs", str(folder)]
    if os.geteuid():
        folder.chmod(0o555)
    elif subprocess.run(mount, capture_output=True, check=False).returncode:
        print("read-only results: skipped, root has every right and a read-only disk cannot be mounted here")
        return 0
    try:
        status = runs.start(TARGET).wait()
        expected = ["results cannot be written to this directory", "Give yourself the right"]
        return report("read-only results", ended(runs, expected, status))
    finally:
        if os.geteuid():
            folder.chmod(0o755)
        else:
            subprocess.run(["umount", str(folder)], check=True)


def main() -> int:
    base = Path(tempfile.mkdtemp(prefix="aenmf-disks-"))
    print(f"working in {base}", flush=True)
    return min(1, limited(base) + full(base, 200_000) + full(base, 0) + read_only(base))


if __name__ == "__main__":
    sys.exit(main())
