"""How far a job and a whole run are: lines in the log, and ever more rarely one on the terminal.

A job is heard on the terminal only if it is long. Its line says which split it is at, the loss, and how long the rest will
take if it goes on as it did::

    prostate nmf kullback-leibler: split 12 of 30, loss 169.77, 4 s, about 6 s left

Jobs run side by side and share the terminal with Snakemake, so each line is written whole, with its end, and nothing is ever
drawn over. Nothing here is seen by the fits.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TextIO

IN_LOG = 5.0
"""Seconds between two lines of one fit in the log of its job."""
Clock = Callable[[], float]


@dataclass
class Pace:
    """When to say something on the terminal: the longer it takes, the more rarely, but within ``most`` seconds.

    Attributes:
        first: seconds before the first line, and the least between two.
        share: the time between two lines as a share of the time so far.
        most: the longest time between two lines.
    """

    first: float
    share: float
    most: float = 1800.0
    said: float = 0.0

    def due(self, now: float) -> bool:
        """Whether a line is due ``now`` seconds after the beginning; it is then taken as said."""
        if now - self.said < min(max(self.first, self.share * self.said), self.most):
            return False
        self.said = now
        return True


def of_job() -> Pace:
    """The first line of a job after a minute, and then after twice the time."""
    return Pace(first=60.0, share=1.0)


def of_run() -> Pace:
    """The first line of a run after ten seconds, and then after half as long again."""
    return Pace(first=10.0, share=0.5)


class Progress:
    """Says how far a job is. It is called as ``progress(done, total, loss)``, a :data:`aenmf.problem.Report`.

    Args:
        name: what is done, such as ``prostate nmf kullback-leibler``.
        unit: what is counted, such as ``split``.
        terminal: whether it is said on the terminal too.
        log: the job's log.
        stream: the terminal; standard error, as it is now, if None.
        clock: seconds.
    """

    def __init__(
        self,
        name: str,
        unit: str = "split",
        *,
        terminal: bool,
        log: logging.Logger,
        stream: TextIO | None = None,
        clock: Clock = time.monotonic,
    ):
        self.name, self.unit, self.terminal, self.log, self.clock = name, unit, terminal, log, clock
        self.stream = stream or sys.stderr
        self.pace, self.began = of_job(), clock()
        self.logged = self.began
        self.done, self.total = 0, 0

    def __call__(self, done: int, total: int, loss: float) -> None:
        """So many of all are done; the loss is that of the last one (mean per cell)."""
        self.done, self.total = done, total
        now = self.clock() - self.began
        left = f", about {duration(now / done * (total - done))} left" if done < total else ""
        text = f"{self.unit} {done} of {total}, loss {loss:.6g}, {duration(now)}{left}"
        self._say(text)

    def at(self, iteration: int, loss: float) -> None:
        """A fit is at this iteration with this loss (mean per cell); said where a fit takes long."""
        if self.clock() - self.logged < IN_LOG:
            return
        where = f"{self.unit} {self.done + 1} of {self.total}, " if self.total else ""
        self._say(f"{where}iteration {iteration}, loss {loss:.6g}, {duration(self.clock() - self.began)}")

    def _say(self, text: str) -> None:
        self.logged = self.clock()
        self.log.info("%s", text)
        if self.pace.due(self.logged - self.began) and self.terminal:
            self.stream.write(f"{self.name}: {text}\n")
            self.stream.flush()


def duration(seconds: float) -> str:
    """Seconds in the unit one would say them in: ``4 s``, ``12 min``, ``3.5 h``."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 100 * 60 else f"{seconds / 3600:.1f} h"


class RunProgress(logging.Handler):
    """Says after a job ends, ever more rarely, how long the rest of the run will take.

    It listens to Snakemake's own records of steps done. The estimate takes the steps to come for as long as those done were;
    it is rough, as fits take longer than the tables after them.

    Args:
        stream: where to; standard error if None.
        clock: seconds.
    """

    def __init__(self, stream: TextIO | None = None, clock: Clock = time.monotonic):
        super().__init__(logging.INFO)
        self.stream, self.clock = stream, clock
        self.pace, self.began = of_run(), clock()

    def emit(self, record: logging.LogRecord) -> None:
        done, total = getattr(record, "done", None), getattr(record, "total", None)
        if getattr(record, "event", None) != "progress" or not done:
            return
        now = self.clock() - self.began
        if not self.pace.due(now):
            return
        stream = self.stream or sys.stderr
        left = f", about {duration(now / done * (total - done))} left" if done < total else ""
        stream.write(f"{done} of {total} steps, {duration(now)}{left}\n")
        stream.flush()
