"""What every job of the workflow does around its own work: one thread for linear algebra, a log, readable errors."""

from __future__ import annotations

import gc
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn

from threadpoolctl import threadpool_limits

from aenmf.errors import UserError
from aenmf.files.atomic import no_room
from aenmf.run.terminal import CALM


@contextmanager
def job(log_path: str) -> Iterator[logging.Logger]:
    """Run a job's body: log to ``log_path`` (warnings to the terminal too); a user's mistake ends it with one message.

    Linear algebra is held to one thread: jobs are what runs in parallel, and sums then come out the same on any number
    of cores. Below a calm terminal, which repeats the end of a failed job's log once all jobs have ended, the message is left to
    the log. On a full disk the log may be lost, and the message goes to the terminal at once.

    What has been imported stays to the end, and so does what is left at the end: the garbage collector then skips it, as its
    searches through all of it would take a tenth of the time of a short job.
    """
    gc.freeze()
    logging.raiseExceptions = False  # a line that cannot be written is no reason for a traceback
    log = logging.getLogger("aenmf")
    log.setLevel(logging.INFO)
    terminal = logging.StreamHandler(sys.stderr)
    terminal.setLevel(logging.WARNING)
    handlers: list[logging.Handler] = [logging.FileHandler(log_path, mode="w", encoding="utf-8", delay=True), terminal]
    for handler in handlers:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S"))
        log.addHandler(handler)
    calm, log.propagate = CALM in os.environ, False  # a user's method may have given the root logger a handler
    if calm:
        terminal.addFilter(lambda record: record.levelno < logging.ERROR)
    try:
        with threadpool_limits(1):
            yield log
    except UserError as error:
        _end(log, error, log_path if calm else None)
    except Exception as error:
        if mistake := no_room(error) if isinstance(error, OSError) else None:
            _end(log, mistake, log_path if calm else None)
        log.exception("the job failed")
        if calm:
            sys.exit(1)
        raise
    finally:
        log.propagate = True
        for handler in handlers:
            with suppress(OSError):
                handler.close()
            log.removeHandler(handler)
        gc.freeze()


def _end(log: logging.Logger, error: UserError, log_path: str | None) -> NoReturn:
    """End a job with one message: in its log and, where that has not kept it, on the terminal."""
    log.error("%s", error)
    kept = Path(log_path or "")
    if log_path and not (kept.is_file() and str(error) in kept.read_text(encoding="utf-8", errors="replace")):
        sys.stderr.write(f"{error}\n")
    sys.exit(1)
