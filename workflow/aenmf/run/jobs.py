"""What every job of the workflow does around its own work: one thread for linear algebra, a log, readable errors."""

from __future__ import annotations

import gc
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from threadpoolctl import threadpool_limits

from aenmf.errors import UserError
from aenmf.files.atomic import no_room


@contextmanager
def job(log_path: str) -> Iterator[logging.Logger]:
    """Run a job's body: log to ``log_path`` (warnings to the terminal too); a user's mistake ends it with one message.

    Linear algebra is held to one thread: jobs are what runs in parallel, and sums then come out the same on any number
    of cores. On a full disk the log may be lost, and the message on the terminal is the only one.

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
    try:
        with threadpool_limits(1):
            yield log
    except UserError as error:
        log.error("%s", error)
        sys.exit(1)
    except Exception as error:
        if mistake := no_room(error) if isinstance(error, OSError) else None:
            log.error("%s", mistake)
            sys.exit(1)
        log.exception("the job failed")
        raise
    finally:
        for handler in handlers:
            with suppress(OSError):
                handler.close()
            log.removeHandler(handler)
        gc.freeze()
