"""Where a data file comes from: the user's directory, the local cache, or a checksummed download; never anything else.

1. The directory the user names, with ``data_dir`` in the configuration or else the environment variable AENMF_DATA_DIR.
2. The cache: AENMF_CACHE_DIR, or else ``aenmf`` in XDG_CACHE_HOME (~/.cache).
3. A download over https into the cache.

Whatever the source, the SHA-256 in the registry decides whether the file is used.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import logging
import os
import tarfile
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urljoin, urlsplit

from platformdirs import user_cache_path

from aenmf.data.entries import DataFile
from aenmf.errors import UserError

log = logging.getLogger(__name__)

NOT_NEEDED = {
    "signal": "Own cohorts do without it: leave out organ, or set references: [cosmic]. ",
    "pcawg": "Own cohorts do without it: leave out pcawg. ",
}
"""How a run avoids a data set that it cannot fetch."""

MAX_UNPACKED = 500_000_000
"""Bytes beyond which an archive is refused; the largest one known here has 16 million."""


class _RefusedAddressError(ValueError):
    """An address, or a redirect to one, that is not https."""


@dataclass(frozen=True)
class Resolved:
    """A file that may be used.

    Attributes:
        path: the file, or for an archive the folder.
        source: ``data_dir``, ``cache``, ``download``, ``package`` or ``own``.
        sha256: checksum of what is there.
    """

    path: Path
    source: str
    sha256: str


@dataclass(frozen=True)
class Downloads:
    """How downloads behave; the defaults are for users, the rest for tests.

    Attributes:
        attempts: how often an address is tried.
        first_wait: seconds before the second attempt; doubled each time.
        timeout: seconds of silence after which a transfer has failed.
        schemes: what an address may begin with, redirects included.
        progress: whether a progress bar is drawn (on a terminal only).
        sleep: how to wait.
    """

    attempts: int = 4
    first_wait: float = 1.0
    timeout: float = 30.0
    schemes: tuple[str, ...] = ("https",)
    progress: bool = True
    sleep: Callable[[float], None] = time.sleep


def resolve(
    data: DataFile,
    data_dir: str | Path | None = None,
    cache_dir: str | Path | None = None,
    *,
    downloads: Downloads | None = None,
    environ: Mapping[str, str] | None = None,
) -> Resolved:
    """Find a data file, check its SHA-256, and log where it came from.

    Args:
        data: the registry's entry.
        data_dir: the configuration's ``data_dir``; empty or None falls back to AENMF_DATA_DIR.
        cache_dir: the cache; empty or None means AENMF_CACHE_DIR or XDG_CACHE_HOME/aenmf.
        downloads: how to download.
        environ: the environment; None is the process's own.

    Raises:
        UserError: the named directory does not exist; a file has another SHA-256 than expected; the package is not
            installed; or the file is nowhere, with the three ways to supply it.
    """
    environ = os.environ if environ is None else environ
    if data.kind == "own":
        found = _verified(data, Path(data.path), "own", "Correct the path", "Correct sha256, or remove the key")
    elif data.kind == "package":
        found = _in_package(data)
    else:
        nearby = find_nearby(data, data_dir, cache_dir, environ)
        found = nearby or _download(data, cache_directory(cache_dir, environ), downloads or Downloads())
    log.info("%s: %s, from %s (sha256 %s)", data.name, found.path, found.source, found.sha256)
    return found


def find_nearby(
    data: DataFile,
    data_dir: str | Path | None = None,
    cache_dir: str | Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> Resolved | None:
    """A data file that needs no download, its SHA-256 checked; None if it would be downloaded.

    Raises:
        UserError: as :func:`resolve`.
    """
    if data.kind in ("own", "package"):
        return resolve(data)
    environ = os.environ if environ is None else environ
    return _in_data_dir(data, data_dir, environ) or _in_cache(data, cache_directory(cache_dir, environ))


def cache_directory(cache_dir: str | Path | None = None, environ: Mapping[str, str] | None = None) -> Path:
    """The cache directory: as given, or AENMF_CACHE_DIR, or the system's place for caches (XDG_CACHE_HOME, ~/.cache)."""
    environ = os.environ if environ is None else environ
    if cache_dir or environ.get("AENMF_CACHE_DIR"):
        return Path(os.path.expanduser(cache_dir or environ["AENMF_CACHE_DIR"]))
    return user_cache_path("aenmf", appauthor=False)


def file_sha256(path: str | Path) -> str:
    """SHA-256 of a file, as ``sha256sum`` prints it."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def tree_sha256(files: Mapping[str, str]) -> str:
    """SHA-256 of a folder, from its files' relative paths and theirs: that of ``sha256sum``'s list, sorted by path.

    In a shell: ``find . -type f -printf '%P\\n' | LC_ALL=C sort | xargs sha256sum | sha256sum``. Packing, dates and
    rights play no part, so an archive that its host compresses again keeps it.
    """
    lines = "".join(f"{files[path]}  {path}\n" for path in sorted(files, key=os.fsencode))
    return hashlib.sha256(lines.encode()).hexdigest()


def _sha256(path: Path) -> str:
    if not path.is_dir():
        return file_sha256(path)
    files = [file for file in path.rglob("*") if file.is_file() and not file.name.startswith(".")]
    return tree_sha256({file.relative_to(path).as_posix(): file_sha256(file) for file in files})


def _verified(data: DataFile, path: Path, source: str, if_missing: str, if_other: str) -> Resolved:
    """The file at a path that must hold it."""
    if not path.exists():
        raise UserError("there is no such file", where=str(path), remedy=if_missing)
    try:
        found = _sha256(path)
    except OSError as error:
        raise UserError(f"the file cannot be read ({error.strerror})", where=str(path), remedy=if_missing) from error
    if data.sha256 and found != data.sha256:
        problem = f"the sha256 is {found}, but {data.sha256} is expected: this is not the data set {data.name!r}"
        raise UserError(problem, where=str(path), remedy=if_other)
    return Resolved(path, source, found)


def _in_data_dir(data: DataFile, data_dir: str | Path | None, environ: Mapping[str, str]) -> Resolved | None:
    where = "config key data_dir" if data_dir else "environment variable AENMF_DATA_DIR"
    named = data_dir or environ.get("AENMF_DATA_DIR")
    if not named:
        return None
    directory = Path(os.path.expanduser(named))
    if not directory.is_dir():
        raise UserError(
            f"there is no directory {str(named)!r}", where=where, remedy="Correct the path, or leave it empty"
        )
    path = directory / data.path
    if not path.exists():
        log.info("%s: not in %s (no %s)", data.name, directory, data.path)
        return None
    remedy = f"Replace it by the original{_from(data)}, or remove it; data of your own belong in own_cohorts"
    return _verified(data, path, "data_dir", "Check its rights", remedy)


def _in_cache(data: DataFile, cache: Path) -> Resolved | None:
    path = cache / data.path
    if not path.exists():
        return None
    try:
        return _verified(data, path, "cache", "", "")
    except UserError as error:
        log.warning("%s. It is downloaded again.", str(error).rstrip(". "))
        return None


def _in_package(data: DataFile) -> Resolved:
    # find_spec locates a top-level package without running any of its code.
    spec = importlib.util.find_spec(data.package)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    if not folders:
        remedy = f"Install the project's pinned environment, or: pip install {data.package}"
        raise UserError(f"the Python package {data.package} is not installed", where=data.name, remedy=remedy)
    remedy = f"Install the version of {data.package} that the project pins"
    return _verified(data, Path(folders[0]) / data.path, "package", remedy, remedy)


def _from(data: DataFile) -> str:
    return f" from {' or '.join(data.urls)}" if data.urls else ""


def _download(data: DataFile, cache: Path, downloads: Downloads) -> Resolved:
    import requests

    target, reasons = cache / data.path, []
    for url in data.urls:
        for attempt in range(1, downloads.attempts + 1):
            try:
                log.info("%s: downloading %s (attempt %d of %d)", data.name, url, attempt, downloads.attempts)
                _attempt(data, url, target, downloads)
                return Resolved(target, "download", data.sha256)
            except (requests.RequestException, ValueError, tarfile.TarError, EOFError, zlib.error) as error:
                reason = f"{url}: {_reason(error, url)}"
                if _is_final(error) or attempt == downloads.attempts:
                    break
                wait = downloads.first_wait * 2 ** (attempt - 1)
                log.warning("%s. Trying again in %g s.", reason, wait)
                downloads.sleep(wait)
            except OSError as error:
                remedy = "Choose a cache directory you can write to, with AENMF_CACHE_DIR, or make room there"
                raise UserError(
                    f"the cache cannot be written ({error.strerror or error})", where=str(cache), remedy=remedy
                ) from error
        reasons.append(reason)
    what = "folder" if data.kind == "archive" else "file"
    raise UserError(
        f"the {what} is in no data directory and not in the cache, and it could not be downloaded"
        + (f" ({'; '.join(reasons)})" if reasons else ""),
        where=data.path,
        remedy=f"{NOT_NEEDED.get(data.name, '')}"
        f"Supply it in one of three ways: (1) put it at {data.path} in a directory and name that directory with "
        f"data_dir in the configuration or with the environment variable AENMF_DATA_DIR; (2) put it at {target}; "
        f"(3) run again with access to {' or '.join(data.urls) or 'the network'}. Its sha256 must be {data.sha256}",
    )


def _attempt(data: DataFile, url: str, target: Path, downloads: Downloads) -> None:
    """One download, checked, and moved to ``target`` in one step."""
    import pooch
    from tqdm import tqdm

    def check_redirect(response: Any, *args: Any, **kwargs: Any) -> None:
        if response.is_redirect:
            _check_scheme(urljoin(response.url, response.headers["location"]), downloads)

    _check_scheme(url, downloads)
    pooch.get_logger().setLevel("WARNING")  # what it would say is in our own log
    # total=1 until the size is known: a bar without a total has no truth value, and pooch asks for one.
    with tqdm(total=1, desc=data.name, unit="B", unit_scale=True, disable=None if downloads.progress else True) as bar:
        hooks = {"response": check_redirect}
        transfer = pooch.HTTPDownloader(progressbar=bar, chunk_size=8192, timeout=downloads.timeout, hooks=hooks)
        target.parent.mkdir(parents=True, exist_ok=True)
        if data.kind != "archive":
            pooch.retrieve(url, f"sha256:{data.sha256}", fname=target.name, path=target.parent, downloader=transfer)
            target.chmod(0o644)  # pooch leaves it readable by its owner alone
            return
        with TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as scratch:
            archive = pooch.retrieve(url, None, fname="archive", path=scratch, downloader=transfer)
            files = _members(Path(archive), data.member)
            found = tree_sha256({name: hashlib.sha256(content).hexdigest() for name, content in files.items()})
            if found != data.sha256:
                raise ValueError(f"the folder {data.member!r} has sha256 {found}, but {data.sha256} is expected")
            _put_folder(files, Path(scratch) / "folder", target, data.sha256)


def _members(archive: Path, folder: str) -> dict[str, bytes]:
    """The regular files of one folder of a tar archive, by path below it; hidden files, links and devices are left out.

    Raises:
        ValueError: a path leads out of the archive, or the files are larger than anything expected here.
    """
    below, files, total = PurePosixPath(folder).parts, {}, 0
    with tarfile.open(archive, mode="r:*") as tar:
        for member in tar:
            parts = PurePosixPath(member.name).parts
            if ".." in parts or member.name.startswith("/"):
                raise ValueError(f"the archive holds the unsafe path {member.name!r}")
            inside = parts[1 : 1 + len(below)] == below and len(parts) > 1 + len(below)
            if not member.isfile() or not inside or parts[-1].startswith("."):
                continue
            total += member.size
            if total > MAX_UNPACKED:
                raise ValueError(f"the archive unpacks to more than {MAX_UNPACKED} bytes")
            content = tar.extractfile(member)
            files["/".join(parts[1 + len(below) :])] = content.read() if content else b""
    return files


def _put_folder(files: Mapping[str, bytes], scratch: Path, target: Path, sha256: str) -> None:
    """Write a folder next to its place and move it there in one step, so that nobody ever sees a part of it."""
    for name, content in files.items():
        path = scratch / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    with _alone_in(target.parent):
        if target.exists() and _sha256(target) != sha256:
            os.rename(target, scratch.with_name("replaced"))
        try:
            os.rename(scratch, target)
        except OSError:  # another process was faster; its folder, which may be in use, stays
            if not target.is_dir() or _sha256(target) != sha256:
                raise


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Let one process after the other replace what is in a folder, where the file system has locks."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _check_scheme(address: str, downloads: Downloads) -> None:
    if urlsplit(address).scheme not in downloads.schemes:
        raise _RefusedAddressError(f"{address} is refused: only {', '.join(downloads.schemes)} is used")


def _is_final(error: Exception) -> bool:
    """Whether another attempt at the same address is useless."""
    status = getattr(getattr(error, "response", None), "status_code", 0)
    return isinstance(error, _RefusedAddressError) or (400 <= status < 500 and status not in (408, 429))


def _reason(error: Exception, url: str) -> str:
    """What went wrong; where the network itself did, without the library's chain of causes."""
    import requests

    if isinstance(error, requests.Timeout):
        return f"{urlsplit(url).netloc} does not answer"
    if type(error) is requests.ConnectionError:
        return f"no connection to {urlsplit(url).netloc}"
    return str(error)
