"""After a killed run: remove its lock and its half-written files, unless a run is still going on.

Snakemake locks the working directory while it runs. A run that ends by itself, by an error or by Ctrl-C removes the lock; one
that was killed, or whose machine went down, cannot. ``snakemake --unlock`` removes a lock whoever holds it; ``aenmf unlock``
first looks whether one of the user's processes still works in the directory: a run, or a job that outlived its run.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from aenmf.errors import UserError

TEMPORARY = re.compile(r"\..+\.[0-9a-f]{12}(\.\w+)?")
"""Names of files that :mod:`aenmf.files.atomic` had not finished when its process was killed."""


def workers(directory: Path) -> list[int]:
    """Ids of the processes of a Snakemake run, its jobs included, that work in a directory; this one is not among them."""
    own = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    found = []
    for process in psutil.process_iter(["pid", "cmdline"]):
        try:
            named = any("snakemake" in part for part in process.info["cmdline"] or ())
            if process.pid not in own and named and Path(process.cwd()) == directory:
                found.append(process.pid)
        except (psutil.Error, OSError):  # it ended meanwhile, or is another user's
            continue
    return found


def leftovers(directory: Path) -> Iterator[Path]:
    """Half-written files below ``results``."""
    for path in (directory / "results").rglob(".*"):
        if TEMPORARY.fullmatch(path.name) and path.is_file() and not path.is_symlink():
            yield path


def unlock(directory: str | Path = ".", wait: float = 0.0) -> tuple[int, int]:
    """Remove the locks and half-written files of a killed run.

    Args:
        directory: the working directory of the run.
        wait: seconds to wait for processes that still work there.

    Returns:
        Numbers of removed locks and of removed files.

    Raises:
        UserError: a run, or a job of a killed one, still works there.
    """
    directory = Path(directory).resolve()
    until = time.monotonic() + wait
    while busy := workers(directory):
        if time.monotonic() >= until:
            listed = ", ".join(map(str, busy))
            remedy = "Wait for it to end, or stop it, and try again"
            problem = f"a run, or a job of a killed one, is still at work (process {listed})"
            raise UserError(problem, where=str(directory), remedy=remedy)
        time.sleep(0.5)
    locks = [path for path in (directory / ".snakemake/locks").glob("*") if path.is_file()]
    files = list(leftovers(directory))
    try:
        for path in (*locks, *files):
            path.unlink(missing_ok=True)
    except OSError as error:
        problem = f"the file cannot be removed ({error.strerror})"
        raise UserError(problem, where=str(error.filename), remedy="Give yourself the right to write there") from error
    return len(locks), len(files)
