"""Environments of external tools: one virtual environment each, locked by hashes, kept between runs.

A lock is ``envs/tools/NAME.txt``: what ``pip install --require-hashes`` reads, with a first line ``# python: 3.11``. The
environment is in the cache under the name and a digest of the lock, so that another lock is another environment. Next to it are

- ``….json``, written last: it is there, with the versions in it;
- ``….trouble``: why it could not be made, written by the job that tried;
- ``….absent``: why it is not there and cannot be made, written when a run is planned. Jobs of that run read this alone, so that
  they and the plan agree, whatever happens meanwhile.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from platformdirs import user_cache_path

from aenmf.errors import UserError, did_you_mean
from aenmf.files.atomic import atomic_write
from aenmf.files.shipped import PACKAGE

log = logging.getLogger(__name__)

LOCKS = PACKAGE.parents[1] / "envs" / "tools"
TORCH_CPU = "https://download.pytorch.org/whl/cpu"
"""Where PyTorch publishes the builds for processors alone; PyPI's for Linux brings gigabytes for GPUs."""
PROBE = "packaging"
"""A small package of every lock, by which it is seen whether packages can be had."""
PATIENCE = ("--retries", "1", "--timeout", "15")
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)")


def cache_folder() -> Path:
    """The folder with the environments: AENMF_CACHE_DIR, or else the user's cache."""
    return Path(os.environ.get("AENMF_CACHE_DIR") or user_cache_path("aenmf")).expanduser().absolute() / "tools"


def shipped() -> list[str]:
    """The names of the environments that have a lock."""
    return sorted(path.stem for path in LOCKS.glob("*.txt"))


@dataclass(frozen=True)
class Environment:
    """The environment of a tool."""

    name: str

    @classmethod
    def known(cls, name: str, where: str) -> Environment:
        """The environment of a name.

        Raises:
            UserError: it has no lock.
        """
        if name not in (known := shipped()):
            remedy = did_you_mean(name, known)
            raise UserError(f"there is no environment {name!r}", where=where, remedy=remedy)
        return cls(name)

    @property
    def lock(self) -> Path:
        return LOCKS / f"{self.name}.txt"

    @property
    def digest(self) -> str:
        """Twelve hexadecimal digits for the content of the lock."""
        return hashlib.sha256(self.lock.read_bytes()).hexdigest()[:12]

    @property
    def folder(self) -> Path:
        return cache_folder() / f"{self.name}-{self.digest}"

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def ready(self) -> Path:
        """The file that is there once the environment is."""
        return self.folder.with_suffix(".json")

    @property
    def python_version(self) -> str:
        """The version of Python that the lock is for, such as ``3.11``."""
        first = self.lock.read_text(encoding="utf-8").splitlines()[0]
        return first.removeprefix("# python:").strip()

    @property
    def pins(self) -> dict[str, str]:
        """The versions that the lock pins, by the names of the packages."""
        lines = self.lock.read_text(encoding="utf-8").splitlines()
        return {found[1]: found[2] for line in lines if (found := _PIN.match(line))}

    def absent(self) -> str | None:
        """Why the environment is not there and cannot be made, as the plan of the run found out; None if it is or can."""
        return None if self.ready.is_file() else _read(self.folder.with_suffix(".absent"))

    def part_of_lock(self, package: str) -> str:
        """The lines of the lock about one package; empty if it has none."""
        found = re.search(rf"^{package}==.*?(?=^\S|\Z)", self.lock.read_text(encoding="utf-8"), re.M | re.S)
        return found[0] if found else ""


def look(environments: Iterable[Environment]) -> None:
    """Find out, when a run is planned, which environments are neither there nor can be made, and note the reasons."""
    for environment in environments:
        note = environment.folder.with_suffix(".absent")
        reason = None if environment.ready.is_file() else _obstacle(environment)
        if reason:
            _write(note, reason)
        else:
            note.unlink(missing_ok=True)


def _obstacle(environment: Environment) -> str | None:
    """Why an environment that is not there cannot be made; None if nothing is known to prevent it."""
    if reason := _read(environment.folder.with_suffix(".trouble")):
        return f"{reason}; snakemake --cores 1 tools tries again"
    if interpreter(environment.python_version) is None:
        version = environment.python_version
        return f"{environment.name} needs Python {version}, and there is no python{version} on the PATH"
    if part := environment.part_of_lock(PROBE):
        with TemporaryDirectory() as folder:
            arguments = ["download", "--no-deps", "--dest", folder, "--only-binary", ":all:"]
            if said := _pip(arguments, part, Path(folder)):
                return f"its packages cannot be downloaded here ({said})"
    return None


def make(environment: Environment) -> None:
    """Make an environment that is not there yet.

    Raises:
        UserError: it cannot be made; the next run leaves its tools out, with this reason.
    """
    cache_folder().mkdir(parents=True, exist_ok=True)
    trouble = environment.folder.with_suffix(".trouble")
    with open(environment.folder.with_suffix(".lock"), "w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # two runs may ask for it at once
        if environment.ready.is_file():
            return
        if reason := _made(environment):
            shutil.rmtree(environment.folder, ignore_errors=True)
            _write(trouble, reason)
            remedy = "Run the same command again: the tool is then left out, and the board says why"
            raise UserError(reason, where=f"environment of {environment.name}", remedy=remedy)
        trouble.unlink(missing_ok=True)
        environment.folder.with_suffix(".absent").unlink(missing_ok=True)
        _write(environment.ready, environment.pins)


def _made(environment: Environment) -> str | None:
    """Make an environment; returns why that failed."""
    base = interpreter(environment.python_version)
    if base is None:
        return f"there is no python{environment.python_version} on the PATH"
    words = [base, "-m", "venv", "--clear", "--without-pip", str(environment.folder)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        return f"venv failed ({_last(done.stdout + done.stderr)})"
    install = ["--python", str(environment.python), "install", "--no-deps"]
    if torch := environment.part_of_lock("torch"):
        said = _pip([*install, "--index-url", TORCH_CPU], torch, environment.folder)
        log.info("torch for processors, with %s in place of pip's index: %s", TORCH_CPU, said or "installed")
        if said:
            said = _pip(install, torch, environment.folder)
            log.info("torch for processors, from the indexes that pip is set to: %s", said or "installed")
        if said:
            return f"the build of torch for processors cannot be had from {TORCH_CPU} nor from pip's indexes ({said})"
    said = _pip(install, environment.lock.read_text(encoding="utf-8"), environment.folder)
    return f"pip failed ({said})" if said else None


def interpreter(version: str) -> str | None:
    """A Python of a version such as ``3.11`` that can make virtual environments; None if there is none."""
    named = [sys.executable, shutil.which(f"python{version}"), f"/usr/bin/python{version}"]
    for program in filter(None, named):
        code = "import sys, venv; print('%d.%d' % sys.version_info[:2])"
        try:
            asked = subprocess.run([program, "-c", code], capture_output=True, text=True, check=False)
        except OSError:
            continue
        if asked.stdout.strip() == version:
            return program
    return None


def _pip(arguments: list[str], requirements: str, folder: Path) -> str | None:
    """Run this environment's pip with requirements that have hashes; returns its last line if it failed."""
    file = folder / "requirements.txt"
    file.write_text(requirements, encoding="utf-8")
    words = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments]
    done = subprocess.run(
        [*words, *PATIENCE, "--quiet", "--require-hashes", "-r", str(file)], capture_output=True, text=True, check=False
    )
    return _last(done.stderr or done.stdout) if done.returncode else None


def _last(output: str) -> str:
    """The last line of an error, or of any output, that says something."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")]
    return (errors or lines or ["it printed nothing"])[-1].removeprefix("ERROR: ")


def _read(path: Path) -> str | None:
    try:
        return str(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None


def _write(path: Path, content: object) -> None:
    with atomic_write(path) as file:
        json.dump(content, file)
