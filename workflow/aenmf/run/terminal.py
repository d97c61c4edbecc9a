"""A calm terminal: progress, the answer and errors, while everything that Snakemake says of its jobs goes to its log file.

Snakemake names the inputs, outputs and reasons of every job, hundreds of lines for a run. Its log file keeps them all.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

CHATTER = frozenset(
    [
        "run_info",
        "resources_info",
        "job_info",
        "job_started",
        "job_finished",
        "shellcmd",
        "progress",
        "group_info",
        "workflow_started",
    ]
)
"""Snakemake's events that are left to its log file."""
NOTHING = "Nothing to be done"
"""What Snakemake says where all is there."""
CALM = "AENMF_CALM"
"""The environment variable that says to jobs that their errors are repeated at the end of the run."""
SILENT = "its process ended without an error: it was killed, ran out of memory, or crashed in compiled code"
"""What is said of a failed job whose log ends as if all were well."""
LAST_LINES = 3
"""Lines of a failed job's own log that are repeated at the end."""
_NUMBER = re.compile(r"\d+")
_PREFIX = re.compile(r"^\d\d:\d\d:\d\d ERROR ")
_WELL = re.compile(r"^\d\d:\d\d:\d\d (INFO|WARNING) ")


class Calm(logging.Filter):
    """Keeps Snakemake's own lines off the terminal, remembers errors, and says how the run ended.

    Args:
        logger: Snakemake's.
        on: whether to; if not, the terminal is left as it is.
        stream: where to; standard error if None.
    """

    def __init__(self, logger: logging.Logger, *, on: bool, stream: TextIO | None = None):
        super().__init__()
        self.on, self.stream = on, stream
        self.failures: list[tuple[str, list[str]]] = []
        self.errors: list[str] = []
        self.running, self.began = False, time.time()
        if on:
            for handler in logger.handlers:
                if handler.name == "DefaultStreamHandler":
                    handler.addFilter(self)

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is for the terminal: a warning or, before or after the jobs, an error."""
        event = getattr(record, "event", None)
        name = str(getattr(event, "value", event) or "").lower()
        if name == "job_error":
            self.failures.append((str(getattr(record, "rule_msg", "") or record.rule_name), list(record.log or [])))  # type: ignore[attr-defined]
        if name in CHATTER or name == "job_error":
            return False
        if record.levelno < logging.WARNING:
            return record.getMessage().startswith(NOTHING)
        if record.levelno >= logging.ERROR:
            record.msg, record.args = own_message(record.getMessage()), None
        if self.running and record.levelno >= logging.ERROR:
            self.errors.append(record.msg)
            return False
        return True

    def started(self) -> None:
        """The run begins: from here on, errors of jobs come last."""
        self.running = True
        if self.on:
            os.environ[CALM] = "1"

    def succeeded(self, answers: Mapping[str, str]) -> None:
        """Say the answer of every page that this run has written, and the page's address."""
        if not self.on:
            return
        for page, answer in answers.items():
            if Path(answer).is_file() and Path(answer).stat().st_mtime >= self.began:
                self._say(f"\n{Path(answer).read_text(encoding='utf-8')}{Path(page).resolve().as_uri()}\n")

    def failed(self) -> None:
        """Say which jobs failed and why, last and alone: once what several jobs say alike."""
        if not self.on:
            return
        if not self.failures:  # not a job, but Snakemake itself
            self._say("".join(f"\n{error}\n" for error in self.errors))
        for what, jobs in alike(self.failures).items():
            logs, lines = jobs[0]
            more = f" ({len(jobs)} jobs; this is the first)" if len(jobs) > 1 else ""
            self._say(f"\nfailed: {what[0]}{more}\n" + "".join(f"  {line}\n" for line in lines))
            self._say("".join(f"  the whole log: {log}\n" for log in logs))

    def _say(self, text: str) -> None:
        stream: Any = self.stream or sys.stderr
        stream.write(text)
        stream.flush()


def last_lines(path: str) -> list[str]:
    """What a failed job's log says of its end: all from its last error on, or its last lines where there is none."""
    file = Path(path)
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines() if file.is_file() else []
    if not lines or _WELL.match(lines[-1]):
        return [SILENT, *lines[-LAST_LINES:]]
    errors = [place for place, line in enumerate(lines) if _PREFIX.match(line)]
    shown = lines[errors[-1] :] if errors else lines[-LAST_LINES:]
    shown = shown if len(shown) <= 2 * LAST_LINES else [shown[0], *shown[-LAST_LINES:]]
    return [_PREFIX.sub("", line) for line in shown]


Reason = tuple[list[str], list[str]]
"""The logs of a failed job, and the lines of them that say why it failed."""


def alike(failures: Sequence[tuple[str, list[str]]]) -> dict[tuple[str, str], list[Reason]]:
    """Failed jobs by their rule and by what they say, in which numbers do not count: each has its own split and sizes."""
    found: dict[tuple[str, str], list[Reason]] = {}
    for what, logs in failures:
        lines = [line for log in logs for line in last_lines(log)]
        found.setdefault((what, _NUMBER.sub("", "\n".join(lines))), []).append((logs, lines))
    return found


def own_message(text: str) -> str:
    """The line of this project's own in an error of Snakemake's, which adds where its rules raised it; else the whole."""
    return next((line for line in text.splitlines() if line.startswith("error: ")), text)
