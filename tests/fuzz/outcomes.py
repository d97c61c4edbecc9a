"""Running one case: was it accepted, refused with a message, ended by a traceback, hung, or read wrongly?"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aenmf.errors import UserError

KINDS = ("accepted", "refused", "traceback", "hang", "wrong")
LIMIT = 10.0
"""Seconds of the processor that a case may take; the slowest honest one takes one."""


class Hang(BaseException):
    """The time of a case is over; no handler of exceptions may take it for one of its own."""


@dataclass
class Tally:
    """How many cases ended in which way, and the contents of those that should not have.

    Attributes:
        name: what was tried.
        folder: where the files of failed cases are kept.
    """

    name: str
    folder: Path
    counts: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def add(self, case: str, kind: str, detail: str, content: bytes) -> None:
        """Count a case; keep it if it failed."""
        self.counts[kind] += 1
        if kind in ("accepted", "refused"):
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        kept = self.folder / f"{self.name}-{case}"
        kept.write_bytes(content)
        self.failures.append(f"{kind}: {kept}\n{detail}")

    def __str__(self) -> str:
        return f"{self.name}: {sum(self.counts.values())} cases, " + ", ".join(
            f"{self.counts[kind]} {kind}" for kind in KINDS
        )


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise :class:`Hang` after so many seconds of the processor: those of the clock depend on what else runs."""

    def over(*_: Any) -> None:
        raise Hang

    before = signal.signal(signal.SIGPROF, over)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def outcome(read: Callable[[], Any], differs: Callable[[Any], str], seconds: float = LIMIT) -> tuple[str, str]:
    """What becomes of a case: one of ``KINDS``, and what there is to say about it.

    Args:
        read: what a user would have done with the input.
        differs: what is wrong with the result of ``read``, judged without it; empty if nothing is.
        seconds: the time it may take.
    """
    path, environment = list(sys.path), dict(os.environ)
    try:
        with limited(seconds):
            wrong = differs(read())
    except UserError as error:
        said = str(error)
        good = error.remedy and "\n" not in said and len(said) < 3100
        return ("refused", said) if good else ("traceback", f"no message with a remedy in one line: {said[:2000]!r}")
    except Hang:
        return "hang", f"more than {seconds} seconds of the processor"
    except Exception:
        return "traceback", traceback.format_exc()
    finally:
        sys.path[:] = path
        os.environ.clear()
        os.environ.update(environment)
    return ("wrong", wrong) if wrong else ("accepted", "")
