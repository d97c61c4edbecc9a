"""Files that are either there in full or not there at all.

A job killed half-way must not leave half a file that the next run takes for a whole one. So everything is written under
another name in the same directory, forced to the disk, and moved into place in one step.
"""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from aenmf.errors import UserError

_REMEDIES = {
    errno.ENOSPC: "Free some disk space and run again",
    errno.EDQUOT: "Free some of your disk quota and run again",
    errno.EFBIG: "Raise the limit on the size of files (ulimit -f) and run again",
    errno.EROFS: "Write to another directory",
    errno.EACCES: "Give yourself the right to write there, or write to another directory",
    errno.EPERM: "Give yourself the right to write there, or write to another directory",
    errno.ENOTDIR: "There is a file where a directory is needed; move it away",
    errno.EEXIST: "There is a file where a directory is needed; move it away",
    errno.ENAMETOOLONG: "Choose a shorter name",
    errno.EISDIR: "There is a directory where the file is to go; move it away",
}


def no_room(error: OSError, where: str = "") -> UserError | None:
    """What to say of an error that comes from a full disk, a quota or a limit on sizes; None for any other."""
    if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return None
    problem = f"the file cannot be written ({os.strerror(error.errno)})"
    return UserError(problem, where=where or str(error.filename or "disk"), remedy=_REMEDIES[error.errno])


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path next to ``path``; what was written there becomes ``path`` when the block ends well.

    The temporary name keeps the suffix, for writers that choose a format by it, and is hidden. If the block raises, the
    temporary file is removed and ``path`` stays as it was. Missing parent directories are created.

    Raises:
        UserError: the disk is full, or the place cannot be written.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.stem}.{secrets.token_hex(6)}{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        with open(temporary, "rb") as written:
            os.fsync(written.fileno())
        os.replace(temporary, path)
    except OSError as error:
        # An error about some other file, raised by the caller's block, is none of our business.
        ours = error.filename is None or Path(error.filename) in (temporary, path, *path.parents)
        if ours and error.errno in _REMEDIES:
            problem = f"the file cannot be written ({os.strerror(error.errno)})"
            raise UserError(problem, where=str(path), remedy=_REMEDIES[error.errno]) from error
        raise
    finally:
        with suppress(OSError):
            temporary.unlink()


@contextmanager
def atomic_write(path: str | Path, mode: str = "w") -> Iterator[IO[Any]]:
    """Open ``path`` for writing (``mode`` "w" or "wb") such that it appears in full or not at all.

    Text is UTF-8 with ``\\n`` line ends on every system, so that the same content is the same bytes.

    Raises:
        UserError: as :func:`atomic_path`.
    """
    if mode not in ("w", "wb"):
        raise ValueError(f"mode is 'w' or 'wb', not {mode!r}")
    text = mode == "w"
    with (
        atomic_path(path) as temporary,
        open(temporary, mode, encoding="utf-8" if text else None, newline="\n" if text else None) as file,
    ):
        yield file
