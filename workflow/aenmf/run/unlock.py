"""After a killed run: remove its lock and its half-written files, unless a run is still going on.

Snakemake locks the working directory while it runs. A run that ends by itself, by an error or by Ctrl-C removes the lock; one
that was killed, or whose machine went down, cannot. ``snakemake --unlock`` removes a lock whoever holds it; ``aenmf unlock``
first looks whether one of the user's processes still works in the directory, a run or a job that outlived its run, and whether
the lock is that of another machine or user, whose processes it cannot see. For this every run says in a file who it is.
"""

from __future__ import annotations

import getpass
import json
import os
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from aenmf.errors import UserError
from aenmf.files.atomic import atomic_write

TEMPORARY = re.compile(r"\..+\.[0-9a-f]{12}(\.\w+)?")
"""Names of files that :mod:`aenmf.files.atomic` had not finished when its process was killed."""
HOLDER = Path(".snakemake/aenmf_holder.json")


@dataclass(frozen=True)
class Holder:
    """Who runs in a working directory: machine, process, when the process began (ids are used again), and user."""

    host: str
    pid: int
    began: float
    user: str


def myself() -> Holder:
    """This process."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # a container may have no name for the user
        user = str(os.getuid())
    return Holder(socket.gethostname(), os.getpid(), psutil.Process().create_time(), user)


def hold(directory: str | Path = ".") -> None:
    """Say who runs in a working directory; a run does so when it starts."""
    with atomic_write(Path(directory) / HOLDER) as file:
        json.dump(asdict(myself()), file)


def release(directory: str | Path = ".") -> None:
    """Take back what :func:`hold` said, if it was this process; a run does so at its end."""
    if holder_of(Path(directory)) == myself():
        (Path(directory) / HOLDER).unlink(missing_ok=True)


def holder_of(directory: Path) -> Holder | None:
    """Who said last that they run in a working directory; None where nobody did, or nothing readable."""
    with suppress(OSError, ValueError, TypeError):
        return Holder(**json.loads((directory / HOLDER).read_text(encoding="utf-8")))
    return None


def may_be_alive(holder: Holder) -> bool:
    """Whether a run may still be going on: on another machine nobody can see, here if its process is there."""
    if holder.host != socket.gethostname():
        return True
    try:
        return abs(psutil.Process(holder.pid).create_time() - holder.began) < 1
    except psutil.NoSuchProcess:
        return False
    except psutil.Error:  # another user's, which may be hidden
        return True


def is_of_run(command: list[str]) -> bool:
    """Whether a command line is that of Snakemake or of one of its jobs, and not of something that reads its files."""
    if not command or not Path(command[0]).name.lower().startswith("python"):
        return False
    arguments = iter(command[1:])
    for part in arguments:
        if part in ("-X", "-W"):
            next(arguments, None)
        elif part == "-m":
            return next(arguments, "").split(".")[0] == "snakemake"
        elif not part.startswith("-"):
            return Path(part).name == "snakemake" or ".snakemake" in Path(part).parts
        elif part == "-c":
            return False
    return False


def workers(directory: Path) -> list[int]:
    """Ids of the processes of a Snakemake run, its jobs included, that work in a directory; this one is not among them."""
    own = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    found = []
    for process in psutil.process_iter(["pid", "cmdline"]):
        try:
            named = is_of_run(process.info["cmdline"])
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


def unlock(
    directory: str | Path = ".", wait: float = 0.0, force: bool = False, say: Callable[[str], None] = lambda text: None
) -> tuple[int, int]:
    """Remove the locks and half-written files of a killed run.

    Args:
        directory: the working directory of the run.
        wait: seconds to wait for processes that still work there.
        force: whether to remove a lock of another machine or user, too.
        say: is called with whom the wait is for, before it begins.

    Returns:
        Numbers of removed locks and of removed files.

    Raises:
        UserError: a run, or a job of a killed one, still works there, or may work there on another machine or as another user.
    """
    directory = Path(directory).resolve()
    until = time.monotonic() + wait
    if wait and (busy := workers(directory)):
        say(f"process {', '.join(map(str, busy))} is at work in {directory}; waiting {wait:.0f} seconds for its end")
    while busy := workers(directory):
        if time.monotonic() >= until:
            listed = ", ".join(map(str, busy))
            remedy = "Wait for it to end, or stop it, and try again"
            problem = f"a run, or a job of a killed one, is still at work (process {listed})"
            raise UserError(problem, where=str(directory), remedy=remedy)
        time.sleep(0.5)
    locks = [path for path in (directory / ".snakemake/locks").glob("*") if path.is_file()]
    holder = holder_of(directory)
    if locks and holder and may_be_alive(holder) and not force:
        problem = (
            f"the lock is that of process {holder.pid} of user {holder.user} on {holder.host}, which may be at work"
        )
        remedy = "Look there; if no such process runs any more, give aenmf unlock --force"
        raise UserError(problem, where=str(directory), remedy=remedy)
    files = list(leftovers(directory))
    try:
        for path in (*locks, *files, directory / HOLDER):
            path.unlink(missing_ok=True)
    except OSError as error:
        problem = f"the file cannot be removed ({error.strerror})"
        raise UserError(problem, where=str(error.filename), remedy="Give yourself the right to write there") from error
    return len(locks), len(files)
