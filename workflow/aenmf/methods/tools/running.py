"""Running an external tool: its output goes to the log, its limits are kept, and it does not outlive the job."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aenmf.errors import UserError
from aenmf.methods.tools import supervisor

log = logging.getLogger(__name__)

THREADS = (
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"),
    *("NUMBA_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"),
)
NOT_PASSED_ON = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
"""Variables of this project's own environment, which would reach into the tool's."""
LINES, LENGTH = 5000, 500
"""Lines of a tool's output that are kept in the log, and letters of each: some draw progress bars."""
LAST = 5
"""Lines of it that a message quotes."""


@dataclass(frozen=True)
class Ended:
    """How a tool ended.

    Attributes:
        cpu_seconds: of it and the processes it waited for.
        peak_mb: the largest resident memory of any of them, in MB (10⁶ bytes).
    """

    cpu_seconds: float
    peak_mb: float


def run_tool(tool: str, words: Sequence[str], folder: Path, threads: int, limit: float | None = None) -> Ended:
    """Run a tool to its end.

    Args:
        tool: how messages name it.
        words: program and arguments.
        folder: where it may leave temporary files, and this function the note of how it ended.
        threads: how many it may use.
        limit: seconds after which it is ended; None waits.

    Raises:
        UserError: it cannot be started, ends with a status other than 0, or is ended at its limit.
    """
    note = folder / "ended.json"
    alone = [sys.executable, "-I", supervisor.__file__, str(note), str(limit or 0)]
    last: deque[str] = deque(maxlen=LAST)
    with subprocess.Popen(
        [*alone, *words],
        stdin=subprocess.PIPE,  # closes when this process ends, however it ends
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment(threads, folder),
        start_new_session=True,  # an interrupt at the terminal reaches this process, and through it the tool
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as process:
        assert process.stdout is not None
        for number, line in enumerate(filter(None, map(str.rstrip, process.stdout))):
            last.append(line[-LENGTH:])
            if number < LINES:
                log.info("%s: %s", tool, line[-LENGTH:])
            elif number == LINES:
                log.info("%s: what it prints from here on is left out", tool)
    return _judged(tool, note, list(last), limit)


def environment(threads: int, folder: Path) -> dict[str, str]:
    """The variables that a tool sees: not those of this project's environment, and its own threads and temporary folder."""
    inherited = {name: value for name, value in os.environ.items() if name not in NOT_PASSED_ON}
    own = {"MPLBACKEND": "Agg", "PYTHONHASHSEED": "0", "PYTHONUNBUFFERED": "1", "TMPDIR": str(folder)}
    return inherited | dict.fromkeys(THREADS, str(threads)) | own


def _judged(tool: str, note: Path, last: list[str], limit: float | None) -> Ended:
    """What a note of the supervisor says: the costs, or the mistake that it reports."""
    try:
        ended = json.loads(note.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        ended = {"why": "lost"}
    said = f": {' | '.join(last)}" if last else ", and printed nothing"
    if ended["why"] == "not started":
        raise UserError(f"it cannot be started ({ended['error']})", where=tool, remedy="Correct the entry's command")
    if ended["why"] == "limit":
        remedy = "Raise limit_seconds of this entry, or give the tool less to do"
        raise UserError(f"it was ended after {limit:g} seconds{said}", where=tool, remedy=remedy)
    if ended["why"] != "ended":
        raise UserError("it was ended from outside", where=tool, remedy="Run again")
    if status := ended["status"]:
        how = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
        remedy = "The job's log has what it printed; try the command by hand"
        raise UserError(f"it {how}{said}", where=tool, remedy=remedy)
    return Ended(ended["cpu"], ended["memory"] / 1e6)
