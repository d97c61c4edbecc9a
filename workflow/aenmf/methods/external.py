"""External tools: any program that reads a catalogue and writes signatures is a method (docs/external-tools.md)."""

from __future__ import annotations

import hashlib
import logging
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree, which
from tempfile import mkdtemp
from typing import Any

import numpy as np

from aenmf.errors import UserError
from aenmf.losses import LOSSES, PAPER_LOSSES, loss_value
from aenmf.methods.base import Architecture, Method, read_options
from aenmf.methods.tools.command import WRAPPERS, Command
from aenmf.methods.tools.environments import Environment
from aenmf.methods.tools.exchange import Answer, read_answer, write_catalogue
from aenmf.methods.tools.running import run_tool
from aenmf.problem import Fit, Problem, Report, Trajectory
from aenmf.solvers.common import checked_number
from aenmf.solvers.refit import refit

log = logging.getLogger(__name__)

OWN, REFIT = "own", "refit"
GIVEN, CHOSEN = "given", "chosen"
VERSION_BYTES = 200
"""Bytes of a tool's versions that are kept with a fit."""


@dataclass(frozen=True)
class ExternalOptions:
    """Options.

    Attributes:
        command: the tool's program and arguments, with names in braces for files and numbers.
        losses: the losses that the tool minimises; it is left out of the others.
        rank: ``given``, or ``chosen`` by the tool.
        most: signatures that are taken at most of a tool that chooses their number.
        exposures: ``own``, the tool's, or ``refit``, those that the test patients get.
        threads: processors that it may use.
        limit_seconds: after which it is ended; null waits.
        environment: a lock in ``envs/tools`` by its name; its Python is ``{python}``.
        source: a folder of the user's with the tool's code, ``{source}``.
    """

    command: str
    losses: Sequence[str] = PAPER_LOSSES
    rank: str = GIVEN
    most: int = 12
    exposures: str = OWN
    threads: int = 1
    limit_seconds: float | None = None
    environment: str | None = None
    source: str | None = None

    def __post_init__(self):
        names = Command.parse(self.command).names
        for key, allowed in (("rank", (GIVEN, CHOSEN)), ("exposures", (OWN, REFIT))):
            if (value := getattr(self, key)) not in allowed:
                raise ValueError(f"{key} must be {' or '.join(allowed)}, not {value!r}")
        if unknown := [loss for loss in self.losses if loss not in LOSSES]:
            raise ValueError(f"losses must be among {', '.join(LOSSES)}, not {unknown[0]!r}")
        object.__setattr__(self, "threads", checked_number("threads", self.threads, int, 1))
        object.__setattr__(self, "most", checked_number("most", self.most, int, 1))
        if self.limit_seconds is not None and not self.limit_seconds > 0:
            raise ValueError(f"limit_seconds must be above 0 or null, not {self.limit_seconds!r}")
        if self.rank == GIVEN and "rank" not in names:
            raise ValueError("command lacks {rank}; write rank: chosen if the tool chooses the number of signatures")
        if self.exposures == OWN and "exposures" not in names:
            raise ValueError("command lacks {exposures}; write exposures: refit if the tool has none of its own")
        if "source" in names and self.source is None:
            raise ValueError("command has {source}, and the option source names no folder with the tool's code")


class External(Method):
    """A program outside this package, run once for each problem.

    Its signatures are scaled to sum 1 and its exposures, in mutations, with them. ``extras``: ``version`` (200,), the versions it
    reports as UTF-8 bytes, and, where it chooses the number of signatures, ``chosen`` (1,). Columns beyond that number repeat
    its signatures, with exposures of 0, so that all fits have as many and their span is the tool's.
    """

    model = "external"
    Options = ExternalOptions
    architecture = Architecture(
        title="External tool",
        reference="none",
        orientation="channels × patients",
        layers="the tool's own",
        activations="the tool's own",
        biases="the tool's own",
        constraints="the tool's own",
        loss="the tool's own",
        optimiser="the tool's own",
    )

    def __init__(self, options: ExternalOptions, where: str):
        self.options, self.where = options, where
        self.name = where.rpartition(".")[2]
        self.command = Command.parse(options.command)
        key = f"{where}.environment"
        self.environment = Environment.known(options.environment, key) if options.environment else None
        if options.source is not None and not Path(options.source).expanduser().is_dir():
            remedy = "Get the tool's code from its authors, and name the folder it is in"
            raise UserError(f"there is no folder {options.source!r}", where=f"{where}.source", remedy=remedy)
        program = self.command.filled(self._places)[0]
        if "{" not in program and not self.environment and which(program) is None:
            remedy = f"Correct it; a relative path starts at the working directory {os.getcwd()}"
            raise UserError(f"there is no program {program!r}", where=f"{where}.command", remedy=remedy)

    @classmethod
    def from_config(cls, options: Mapping[str, Any], where: str) -> External:
        return cls(read_options(ExternalOptions, options, where), where)

    @property
    def _places(self) -> dict[str, object]:
        """What the command names that does not differ from problem to problem."""
        source = {"source": Path(self.options.source).expanduser().absolute()} if self.options.source else {}
        python = self.environment.python if self.environment else Path(sys.executable)
        return {"python": python, "tools": WRAPPERS, "threads": self.options.threads} | source

    @property
    def threads(self) -> int:
        return self.options.threads

    @property
    def chooses_rank(self) -> bool:
        return self.options.rank == CHOSEN

    def n_columns(self, rank: int) -> int:
        return self.options.most if self.chooses_rank else rank

    @property
    def fingerprint(self) -> str:
        """Digits that change with the lock of the tool's environment and with the files that the command names."""
        digest = hashlib.sha256(self.environment.digest.encode() if self.environment else b"")
        for file in self.command.files(self._places):
            if file != Path(sys.executable) and not (self.environment and file == self.environment.python):
                digest.update(file.read_bytes())
        return digest.hexdigest()[:16]

    def absent(self) -> str | None:
        return self.environment.absent() if self.environment else None

    def solver_name(self, loss: str) -> str:
        return self.options.environment or Path(self.command.words[0]).name

    def unsupported(self, loss: str) -> str | None:
        return self.absent() or (None if loss in self.options.losses else f"the tool has no {loss} loss")

    def fit(self, problems: Sequence[Problem], report: Report | None = None) -> list[Fit]:
        fits: list[Fit] = []
        for problem in problems:
            fits.append(self._fit(problem))
            if report:
                report(len(fits), len(problems), fits[-1].objective)
        return fits

    def _fit(self, problem: Problem) -> Fit:
        began = time.perf_counter()
        answer = self._answer(problem)
        signatures, exposures = self._columns(answer, self.n_columns(problem.n_signatures), problem)
        if exposures is None:
            exposures = refit(problem.loss, problem.catalogue, signatures)
        version = ", ".join(f"{name} {text}" for name, text in answer.versions.items()).encode()[:VERSION_BYTES]
        extras = {"version": np.frombuffer(version.ljust(VERSION_BYTES, b"\0"), dtype=np.uint8)}
        if self.chooses_rank:
            extras["chosen"] = np.array([answer.signatures.shape[1]])
        nothing = Trajectory(np.zeros(0, int), np.zeros(0), np.zeros(0))
        return Fit(
            signatures=signatures,
            exposures=exposures,
            objective=loss_value(problem.loss, problem.catalogue, signatures @ exposures),
            n_iter=answer.iterations,
            converged=answer.converged,
            kkt=float("nan"),
            seconds=time.perf_counter() - began,
            trajectory=nothing,
            extras=extras,
        )

    def _answer(self, problem: Problem) -> Answer:
        """Run the tool in a folder of its own, which is kept where the tool fails."""
        folder = Path(mkdtemp(prefix=f"aenmf-{self.name}-"))
        try:
            answer = self._answer_in(folder, problem)
        except UserError as error:
            kept = f"{error.remedy}. Its files are kept in {folder}"
            raise UserError(error.problem, where=error.where, remedy=kept) from error
        except BaseException:
            rmtree(folder, ignore_errors=True)
            raise
        rmtree(folder, ignore_errors=True)
        return answer

    def _answer_in(self, folder: Path, problem: Problem) -> Answer:
        names = ("catalogue", "signatures", "exposures")
        files = {name: folder / f"{name}.tsv" for name in names} | {"report": folder / "report.json"}
        scratch = folder / "scratch"
        scratch.mkdir()
        given = None if self.chooses_rank else problem.n_signatures
        numbers = {"rank": problem.n_signatures, "most": self.options.most, "loss": problem.loss}
        numbers["seed"] = problem.seed.child("external").integer()
        write_catalogue(files["catalogue"], problem.catalogue)
        words = self.command.filled(self._places | files | numbers | {"scratch": scratch})
        ended = run_tool(self.name, words, scratch, self.threads, self.options.limit_seconds)
        log.info("%s took %.1f CPU seconds and %.0f MB", self.name, ended.cpu_seconds, ended.peak_mb)
        own = files["exposures"] if self.options.exposures == OWN else None
        answer = read_answer(self.name, files["signatures"], own, files["report"], problem.catalogue, given)
        if (found := answer.signatures.shape[1]) > self.options.most and self.chooses_rank:
            remedy = "Raise most for this entry"
            raise UserError(
                f"it chose {found} signatures, more than {self.options.most}", where=self.name, remedy=remedy
            )
        return answer

    def _columns(self, answer: Answer, k: int, problem: Problem) -> tuple[np.ndarray, np.ndarray | None]:
        """So many signatures and, unless they are refitted, exposures; those beyond the tool's repeat its own."""
        found = answer.signatures.shape[1]
        signatures = np.ascontiguousarray(answer.signatures[:, np.arange(k) % found])
        if answer.exposures is None and k > found:
            own = refit(problem.loss, problem.catalogue, answer.signatures)
        elif answer.exposures is None:
            return signatures, None
        else:
            own = answer.exposures
        exposures = np.zeros((k, own.shape[1]))
        exposures[:found] = own
        return signatures, exposures


def version_of(extras: Mapping[str, np.ndarray]) -> str:
    """The versions that a tool reported with a fit, from the fit's extras; empty for all other methods."""
    kept = extras.get("version")
    return "" if kept is None else kept.astype(np.uint8).tobytes().rstrip(b"\0").decode(errors="ignore")
