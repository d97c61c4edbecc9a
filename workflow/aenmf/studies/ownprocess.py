"""Running one piece of work in a process of its own: its peak memory, and a time limit that really ends it."""

from __future__ import annotations

import multiprocessing
import resource
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024  # bytes


@dataclass(frozen=True)
class Measured:
    """What a process of its own brought back.

    Attributes:
        value: what the function returned; None if it was ended.
        peak_mb: largest resident memory during the call above that at its beginning, in MB (10⁶ bytes); nan if ended.
        in_time: whether it ended by itself within the limit.
    """

    value: Any
    peak_mb: float
    in_time: bool


def in_own_process(
    function: Callable[..., Any], *arguments: Any, limit: float | None = None, before: Callable[[], Any] | None = None
) -> Measured:
    """Call ``function(*arguments)`` in a fork of this interpreter, with everything imported and compiled code loaded.

    The fork begins with this interpreter's memory, so that what it needs more is what the function needs. Only the
    result travels between the processes; anything large a function needs it should make or read itself, or it counts
    as part of the interpreter.

    Args:
        function: any callable; an exception in it is raised here, with its text.
        limit: seconds after which the process is ended; None waits.
        before: called in the process before memory is measured. A fork maps files such as libraries again when it first
            uses them; a small case of what the function does brings them in.
    """
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_call, args=(sender, function, arguments, before), daemon=True)
    process.start()
    sender.close()
    try:
        if not receiver.poll(limit):
            process.kill()
            return Measured(None, float("nan"), False)
        try:
            failed, value, peak = receiver.recv()
        except EOFError as error:
            process.join()
            raise RuntimeError(f"the process ended with status {process.exitcode} (out of memory?)") from error
    finally:
        process.join()
        receiver.close()
    if failed:
        raise RuntimeError(value)
    return Measured(value, peak, True)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _MAXRSS_UNIT / 1e6


def _call(sender: Any, function: Callable[..., Any], arguments: tuple, before: Callable[[], Any] | None) -> None:
    try:
        if before:
            before()
        interpreter = _peak()
        value = function(*arguments)
        sender.send((False, value, _peak() - interpreter))
    except BaseException:
        sender.send((True, traceback.format_exc(), 0.0))
    finally:
        sender.close()
