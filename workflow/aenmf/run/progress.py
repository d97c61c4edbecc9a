"""How far a job and a whole run are: lines in the log, and every few seconds one on the terminal.

A job's line says which split it is at, the loss, and how long the rest will take if it goes on as it did::

    prostate nmf kullback-leibler: split 12 of 30, loss 169.77, 4 s, about 6 s left

Jobs run side by side and share the terminal with Snakemake, so each line is written whole, with its end, and nothing is ever
drawn over. Nothing here is seen by the fits.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from typing import TextIO

EVERY = 5.0
"""Seconds between two lines of one job on the terminal, and before its first."""
LATER = 0.2
"""The time between two lines as a share of the time so far, where that is longer: long runs say less often how far they are."""


Clock = Callable[[], float]


class Progress:
    """Says how far a job is. It is called as ``progress(done, total, loss)``, a :data:`aenmf.problem.Report`.

    Args:
        name: what is done, such as ``prostate nmf kullback-leibler``.
        unit: what is counted, such as ``split``.
        terminal: whether it is said on the terminal too.
        log: the job's log.
        stream: the terminal; standard error if None.
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
        self.name, self.unit, self.terminal, self.log, self.stream, self.clock = (
            name,
            unit,
            terminal,
            log,
            stream,
            clock,
        )
        self.began = self.said = clock()
        self.done, self.total = 0, 0

    def __call__(self, done: int, total: int, loss: float) -> None:
        """So many of all are done; the loss is that of the last one (mean per cell)."""
        self.done, self.total = done, total
        now = self.clock() - self.began
        left = f", about {duration(now / done * (total - done))} left" if done < total else ""
        text = f"{self.unit} {done} of {total}, loss {loss:.6g}, {duration(now)}{left}"
        self.log.info("%s", text)
        self._say(text)

    def at(self, iteration: int, loss: float) -> None:
        """A fit is at this iteration with this loss (mean per cell); said where a fit takes long."""
        if self.clock() - self.said < EVERY:
            return
        where = f"{self.unit} {self.done + 1} of {self.total}, " if self.total else ""
        text = f"{where}iteration {iteration}, loss {loss:.6g}, {duration(self.clock() - self.began)}"
        self.log.info("%s", text)
        self._say(text)

    def _say(self, text: str) -> None:
        now = self.clock()
        if now - self.said < max(EVERY, LATER * (self.said - self.began)):
            return
        self.said = now
        if self.terminal:
            stream = self.stream or sys.stderr
            stream.write(f"{self.name}: {text}\n")
            stream.flush()


def duration(seconds: float) -> str:
    """Seconds in the unit one would say them in: ``4 s``, ``12 min``, ``3.5 h``."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 100 * 60 else f"{seconds / 3600:.1f} h"


class RunProgress(logging.Handler):
    """Says after a job ends, every few seconds at most, how long the rest of the run will take.

    It listens to Snakemake's own records of steps done. The estimate takes the steps to come for as long as those done were;
    it is rough, as fits take longer than the tables after them.

    Args:
        stream: where to; standard error if None.
        clock: seconds.
    """

    def __init__(self, stream: TextIO | None = None, clock: Clock = time.monotonic):
        super().__init__(logging.INFO)
        self.stream, self.clock = stream, clock
        self.began = self.said = clock()

    def emit(self, record: logging.LogRecord) -> None:
        done, total = getattr(record, "done", None), getattr(record, "total", None)
        now = self.clock()
        if getattr(record, "event", None) != "progress" or not done:
            return
        if now - self.said < max(EVERY, LATER * (self.said - self.began)):
            return
        self.said = now
        stream = self.stream or sys.stderr
        rest = duration((now - self.began) / done * (total - done))
        left = f", about {rest} left" if done < total else ""
        stream.write(f"{done} of {total} steps, {duration(now - self.began)}{left}\n")
        stream.flush()
