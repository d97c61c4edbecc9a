"""Runs a tool for a job, and ends it with all its processes when the job, or the run that the job is part of, is gone.

Run as a script: ``supervisor.py ENDED LIMIT PROGRAM ARGUMENT …``. Its standard input is a pipe from the job, which closes however
the job ends. ENDED gets how the tool ended, as JSON. It imports nothing of the package, which would take longer than many tools.
"""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress

import psutil

INTERVAL = 0.2
"""Seconds between two looks at whether the job is still there."""
GRACE = 5.0
"""Seconds that a tool gets to end by itself once it is asked to."""
_UNIT = 1 if sys.platform == "darwin" else 1024  # bytes of ru_maxrss


def run_of() -> list[psutil.Process]:
    """The processes of Snakemake that this one descends from."""
    found = []
    for process in psutil.Process().parents():
        with suppress(psutil.Error):
            words = process.cmdline()
            if "python" in process.name() and any("snakemake" in word for word in words[:4]):
                found.append(process)
    return found


def supervise(words: list[str], limit: float) -> dict[str, object]:
    """Run a tool to its end, or to its limit in seconds (0: none), or until nobody waits for it any more."""
    above, began, why = run_of(), time.monotonic(), "ended"
    try:
        tool = subprocess.Popen(words, stdin=subprocess.DEVNULL, start_new_session=True)
    except OSError as error:
        return {"why": "not started", "error": error.strerror}
    while tool.poll() is None:
        alone = bool(select.select([sys.stdin], [], [], INTERVAL)[0])  # the job writes nothing, so this is the end
        if alone or not all(process.is_running() for process in above):
            why = "alone"
        elif limit and time.monotonic() - began > limit:
            why = "limit"
        if why != "ended":
            end(tool)
            break
    with suppress(OSError):
        os.killpg(tool.pid, signal.SIGKILL)  # what it left behind would keep the job waiting for its output
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cost = {"cpu": used.ru_utime + used.ru_stime, "memory": used.ru_maxrss * _UNIT}
    return {"why": why, "status": tool.returncode, **cost}


def end(tool: subprocess.Popen) -> None:
    """End a tool and the processes it started: first politely, then by force."""
    family = []
    with suppress(psutil.Error):
        family = psutil.Process(tool.pid).children(recursive=True)
    for number, wait in ((signal.SIGTERM, GRACE), (signal.SIGKILL, None)):
        with suppress(OSError):
            os.killpg(tool.pid, number)
        for process in family:
            with suppress(psutil.Error):
                process.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            tool.wait(wait)


if __name__ == "__main__":
    ended = supervise(sys.argv[3:], float(sys.argv[2]))
    with suppress(OSError), open(sys.argv[1], "w", encoding="utf-8") as file:  # the folder may be gone with the job
        json.dump(ended, file)
