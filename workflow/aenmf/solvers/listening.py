"""Who listens to the solvers: how far a fit is, said after every stretch of iterations to whoever wants to know."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol


class Listener(Protocol):
    """Hears how far a job's fits are; :class:`aenmf.run.progress.Progress` is one."""

    total: int

    def at(self, iteration: int, loss: float) -> None:
        """A fit is at this iteration with this loss (mean per cell)."""


_current: ContextVar[Listener | None] = ContextVar("listener of this job", default=None)


@contextmanager
def told(listener: Listener, total: int = 0) -> Iterator[None]:
    """Let ``listener`` hear of the solvers' iterations within, of so many fits; 0 if the fits are not counted."""
    listener.total = total
    token = _current.set(listener)
    try:
        yield
    finally:
        _current.reset(token)


def at_iteration(iteration: int, loss: float) -> None:
    """Called by the solvers after every stretch of iterations."""
    listener = _current.get()
    if listener is not None:
        listener.at(iteration, loss)
