"""The attempts: each makes its circumstances, runs the command, and says how it ended and whether that is in order."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

PART = "results/test/tables/errors.csv"
RUN = f"aenmf run --cores 1 {PART} --configfile config/test.yaml --config n_splits=2 compare=[nmf] losses=[frobenius]"
RUN += ' methods={"nmf":{"restarts":1,"max_iter":20}}'
INTERPRETED = {"NUMBA_DISABLE_JIT": "1"}
"""Copies run the solvers as Python: each would compile them for minutes. Those of the set-up compile."""
WAIT = 3000
"""Seconds that a command may take on a busy machine."""
MOMENT = 5.0
"""Seconds that a set-up works on before it is killed."""
NOBODY = 65534


@dataclass
class Place:
    """Where copies of the project are made.

    Attributes:
        root: the checkout that is copied.
        folder: below which the copies lie.
    """

    root: Path
    folder: Path
    undisturbed: bytes = field(default=b"", init=False)

    def copy(self, name: str) -> Path:
        """A new clone of the checkout's last commit."""
        target = self.folder / name
        shutil.rmtree(target, ignore_errors=True)
        self.folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", self.root, target], check=True)
        return target

    def expected(self) -> bytes:
        """The table of an undisturbed run."""
        if not self.undisturbed:
            target = self.copy("undisturbed")
            ended(start(target, RUN))
            self.undisturbed = (target / PART).read_bytes()
        return self.undisturbed


Result = tuple[str, bool]


@dataclass(frozen=True)
class Attempt:
    """What is tried.

    Attributes:
        command: as a user would type it.
        make: makes the circumstances and runs the command.
        test: a test of the suite that covers it too, if there is one.
    """

    command: str
    make: Callable[[Place], Result]
    test: str = ""


def start(folder: Path, command: str, before: Sequence[str] = (), **more: str) -> subprocess.Popen:
    """Start a command in a copy, whose ``aenmf`` is the copy's own; what it says goes to ``said.txt`` there."""
    words = command.split()
    if words[0] == "aenmf":
        words[:1] = [sys.executable, "-m", "aenmf.run.cli"]
        more = {**INTERPRETED, **more}
    environment = {**os.environ, "PYTHONPATH": str(folder / "workflow"), **more}
    environment.pop("AENMF_DATA_DIR", None)
    with open(folder / "said.txt", "wb") as said:
        return subprocess.Popen(
            [*before, *words], cwd=folder, env=environment, stdout=said, stderr=said, start_new_session=True
        )


def ended(process: subprocess.Popen) -> int:
    """The exit status of a command; one that takes too long is ended."""
    try:
        return process.wait(WAIT)
    except subprocess.TimeoutExpired:
        kill(process)
        return -1


def kill(process: subprocess.Popen) -> None:
    """End a command and everything that it started, at once."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def same(place: Place, folder: Path, status: int) -> Result:
    """Whether a run ended well with the table of an undisturbed one."""
    file = folder / PART
    equal = file.is_file() and file.read_bytes() == place.expected()
    tables = "the same table as an undisturbed run" if equal else "another table, or none"
    return f"exit status {status}, {tables}", equal and status == 0


def without_commit(place: Place, folder: Path, **more: str) -> Result:
    """As :func:`same`, of a run whose facts cannot name the commit of the code."""
    text, good = same(place, folder, ended(start(folder, RUN, **more)))
    facts = folder / "results/test/run.json"
    unknown = facts.is_file() and json.loads(facts.read_text(encoding="utf-8"))["commit"] is None
    return f"{text}; run.json names {'no' if unknown else 'a'} commit", good and unknown


def first_line(folder: Path, word: str = "error: ") -> str:
    """The first line of what a command said that has a word in it."""
    lines = (folder / "said.txt").read_text(errors="replace").splitlines()
    said = next((line.strip() for line in lines if word in line), "nothing of the kind was said")
    return re.sub(r"process \d+", "process …", said.replace(str(folder), "…"))


def set_up_killed(name: str, doing: str, python: str) -> Callable[[Place], Result]:
    """Kill ``make setup`` once it runs a program with some words in its arguments, and repeat it."""

    def make(place: Place) -> Result:
        folder = place.copy(name)
        command = f"make setup PYTHON={python}"
        first = start(folder, command)
        while first.poll() is None and not _at_work(folder, doing):
            time.sleep(0.2)
        time.sleep(MOMENT)
        if first.poll() is not None:
            return f"it ended before it was killed, with status {first.returncode}", False
        kill(first)
        began = _whole(folder)
        status = ended(start(folder, command))
        asked = ended(start(folder, ".venv/bin/aenmf check config/test.yaml"))
        left = "left no .ready" if not began else "left .ready"
        return (
            f"the killed one {left}; repeated: exit status {status}, aenmf check {asked}",
            not began and status == asked == 0,
        )

    return make


def _at_work(folder: Path, doing: str) -> bool:
    """Whether a process in a copy has some words in its arguments."""
    for process in psutil.process_iter():
        try:
            if process.cwd() == str(folder) and doing in " ".join(process.cmdline()):
                return True
        except psutil.Error:
            continue
    return False


def _whole(folder: Path) -> bool:
    return (folder / ".venv/.ready").exists()


def set_up(name: str, python: str) -> Callable[[Place], Result]:
    """Set up with another Python, and run the small part."""

    def make(place: Place) -> Result:
        folder = place.copy(name)
        status = ended(start(folder, f"make setup PYTHON={python}"))
        if status:
            return f"the set-up ended with status {status}: {first_line(folder, 'rror')}", False
        status = ended(start(folder, RUN.replace("aenmf", ".venv/bin/aenmf", 1), **INTERPRETED))
        return same(place, folder, status)

    return make


def twice(place: Place) -> Result:
    """Start the commands of ``make run`` while they are at work in the same checkout."""
    folder = place.copy("twice")
    first = start(folder, RUN)
    while first.poll() is None and not any((folder / ".snakemake/locks").glob("*")):
        time.sleep(0.5)
    second = ended(start(folder, "aenmf unlock --wait 3"))
    said = first_line(folder)
    text, good = same(place, folder, ended(first))
    return f"the second ended with status {second} ({said}), the first with {text}", good and second != 0


def no_git(place: Place) -> Result:
    """Run with a PATH on which there is no git."""
    folder, programs = place.copy("no-git"), place.folder / "programs"
    shutil.rmtree(programs, ignore_errors=True)
    programs.mkdir()
    for source in ("/usr/bin", "/bin"):
        for program in Path(source).iterdir():
            if not program.name.startswith("git") and not (programs / program.name).is_symlink():
                (programs / program.name).symlink_to(program)
    return without_commit(place, folder, PATH=str(programs))


def archive(place: Place) -> Result:
    """Run what ``git archive`` gives, as a downloaded file has it."""
    target = place.folder / "archive"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    packed = subprocess.run(["git", "archive", "HEAD"], cwd=place.root, check=True, capture_output=True).stdout
    subprocess.run(["tar", "-x", "-C", target], input=packed, check=True)
    return without_commit(place, target)


READER = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
READER += [
    "--inh-caps=+dac_read_search",
    "--ambient-caps=+dac_read_search",
]  # to read the interpreter, where it is root's


def _of_nobody(place: Place, name: str) -> Path:
    folder = place.copy(name)
    (folder / "home").mkdir()
    for path in (folder, *folder.rglob("*")):
        os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    return folder


def not_root(place: Place) -> Result:
    """Run as another user, who owns the copy and can write nowhere else."""
    folder = _of_nobody(place, "not-root")
    return same(place, folder, ended(start(folder, RUN, READER, HOME=str(folder / "home"))))


def read_only(place: Place) -> Result:
    """Run where the folder of the results is another user's."""
    folder = _of_nobody(place, "read-only")
    os.chown(folder / "results", 0, 0)
    status = ended(start(folder, RUN, READER, HOME=str(folder / "home")))
    said = first_line(folder)
    return f"exit status {status}: {said}", status == 1 and "cannot be written" in said


def many_cores(place: Place) -> Result:
    """Ask for more cores than there are."""
    folder = place.copy("cores")
    return same(place, folder, ended(start(folder, RUN.replace("--cores 1", "--cores 64"))))


ATTEMPTS = {
    "two runs at once in one checkout": Attempt(
        "aenmf run; aenmf unlock --wait 3 during it", twice, "tests/run/test_unlock.py"
    ),
    "no git on PATH": Attempt("aenmf run", no_git),
    "a downloaded archive": Attempt("git archive HEAD, unpacked; aenmf run", archive),
    "a user who is not root": Attempt("aenmf run", not_root),
    "a read-only folder of results": Attempt("aenmf run", read_only, "tests/workflow/test_bad_input.py"),
    "64 cores asked for": Attempt("aenmf run --cores 64", many_cores),
    "killed while packages are installed": Attempt(
        "make setup, twice", set_up_killed("killed-pip", "pip install", "python3.11")
    ),
    "killed while solvers are compiled": Attempt(
        "make setup, twice", set_up_killed("killed-compile", "precompile", "python3.13")
    ),
    "Python 3.12": Attempt("make setup PYTHON=python3.12; aenmf run", set_up("python312", "python3.12")),
}
