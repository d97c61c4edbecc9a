"""Where files come from, in which order, and what happens when a transfer goes wrong."""

from __future__ import annotations

import hashlib
import io
import logging
import os
import subprocess
import sys
import tarfile
import threading
import time
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from aenmf.data.datasets import DataFile
from aenmf.data.fetch import Downloads, cache_directory, file_sha256, resolve, tree_sha256
from aenmf.errors import UserError

CONTENT = b"channel\tP1\n" * 5000
SHA = hashlib.sha256(CONTENT).hexdigest()


@dataclass
class Server:
    """A local web server that answers each request with the next of its answers, the last one for ever.

    An answer is bytes (sent with status 200), a number (an error status), ``("redirect", address)``, or
    ``("cut", bytes)``: half of the bytes are sent though all are announced; ``("unannounced", bytes)`` says no length.
    """

    answers: list = field(default_factory=list)
    asked: list = field(default_factory=list)
    url: str = ""

    def next(self):
        return self.answers[min(len(self.asked), len(self.answers)) - 1]


@pytest.fixture
def server():
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            state.asked.append(self.path)
            answer = state.next()
            kind, value = answer if isinstance(answer, tuple) else ("", answer)
            if isinstance(value, int):
                self.send_error(value)
            elif kind == "redirect":
                self.send_response(302)
                self.send_header("Location", value)
                self.end_headers()
            else:
                self.send_response(200)
                if kind != "unannounced":
                    self.send_header("Content-Length", str(len(value)))
                self.end_headers()
                self.wfile.write(value[: len(value) // 2] if kind == "cut" else value)

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        state.url = f"http://127.0.0.1:{http.server_port}/file"
        yield state
        http.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "*")
    for name in ("AENMF_DATA_DIR", "AENMF_CACHE_DIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def places(tmp_path):
    named, cache = tmp_path / "named", tmp_path / "cache"
    named.mkdir()
    return named, cache


def put(folder, content=CONTENT, name="gel/data.tsv"):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def entry(server=None, **changes) -> DataFile:
    urls = (server.url,) if server else ("https://data.invalid/data.tsv",)
    return replace(DataFile("ovary", "file", "gel/data.tsv", SHA, urls), **changes)


class Waits(list):
    """Remembers how long it was asked to sleep, without sleeping."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def quick(**changes) -> Downloads:
    return replace(Downloads(schemes=("http",), timeout=5, progress=False, sleep=Waits()), **changes)


def test_the_order_is_named_directory_cache_download(places, server, caplog):
    named, cache = places
    caplog.set_level(logging.INFO, logger="aenmf")
    server.answers = [CONTENT]
    data, options = entry(server), {"downloads": quick(), "environ": {}}
    downloaded = resolve(data, named, cache, **options)
    assert (downloaded.source, downloaded.path.read_bytes(), downloaded.sha256) == ("download", CONTENT, SHA)
    assert resolve(data, named, cache, **options).source == "cache"
    put(named)
    assert resolve(data, named, cache, **options) == replace(downloaded, path=named / "gel/data.tsv", source="data_dir")
    assert len(server.asked) == 1
    for source in ("download", "cache", "data_dir"):
        assert f"from {source} (sha256 {SHA})" in caplog.text
    assert os.listdir(cache / "gel") == ["data.tsv"]
    assert (cache / "gel/data.tsv").stat().st_mode & 0o444 == 0o444


def test_the_configuration_wins_over_the_environment(places, tmp_path):
    named, cache = places
    other = tmp_path / "other"
    put(named), put(other)
    environ = {"AENMF_DATA_DIR": str(other)}
    assert resolve(entry(), named, cache, environ=environ).path.is_relative_to(named)
    for nothing in (None, ""):
        assert resolve(entry(), nothing, cache, environ=environ).path.is_relative_to(other)


def test_a_named_directory_that_does_not_exist_is_a_mistake(places, tmp_path):
    _, cache = places
    put(cache)
    with pytest.raises(UserError, match="config key data_dir: there is no directory '.*absent'.*Correct the path"):
        resolve(entry(), tmp_path / "absent", cache, environ={})
    with pytest.raises(UserError, match="environment variable AENMF_DATA_DIR: there is no directory"):
        resolve(entry(), None, cache, environ={"AENMF_DATA_DIR": str(tmp_path / "absent")})


def test_a_wrong_file_in_the_named_directory_is_never_used_nor_passed_over(places, server):
    named, cache = places
    server.answers = [CONTENT]
    path = put(named, b"other")
    put(cache)
    with pytest.raises(UserError) as error:
        resolve(entry(server), named, cache, downloads=quick(), environ={})
    message = str(error.value)
    for part in (str(path), hashlib.sha256(b"other").hexdigest(), SHA, "Replace it", "own_cohorts"):
        assert part in message
    assert path.read_bytes() == b"other" and not server.asked


def test_a_corrupted_cache_entry_is_downloaded_again(places, server, caplog):
    named, cache = places
    server.answers = [CONTENT]
    put(cache, CONTENT[:-1])
    found = resolve(entry(server), named, cache, downloads=quick(), environ={})
    assert found.source == "download" and found.path.read_bytes() == CONTENT
    assert "It is downloaded again" in caplog.text


def test_a_corrupted_cache_entry_without_network_is_an_error_and_never_used(places, server):
    named, cache = places
    server.answers = [503]
    put(cache, CONTENT[:-1])
    with pytest.raises(UserError, match="could not be downloaded"):
        resolve(entry(server), named, cache, downloads=quick(), environ={})


FAILURES = {
    "server error": 500,
    "too many requests": 429,
    "truncated": ("cut", CONTENT),
    "wrong content": b"<html>please log in</html>",
    "empty": b"",
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_is_retried_with_growing_waits_and_then_succeeds(places, server, name, caplog):
    named, cache = places
    server.answers = [FAILURES[name], FAILURES[name], CONTENT]
    downloads = quick()
    found = resolve(entry(server), named, cache, downloads=downloads, environ={})
    assert found.path.read_bytes() == CONTENT and downloads.sleep == [1.0, 2.0]
    assert "Trying again in 2 s" in caplog.text
    assert os.listdir(cache / "gel") == ["data.tsv"]


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_that_lasts_ends_with_the_three_ways(places, server, name):
    named, cache = places
    server.answers = [FAILURES[name]]
    downloads = quick()
    with pytest.raises(UserError) as error:
        resolve(entry(server), named, cache, downloads=downloads, environ={})
    message = str(error.value)
    ways = ("(1) put it at gel/data.tsv", "data_dir", "AENMF_DATA_DIR", f"(2) put it at {cache / 'gel/data.tsv'}")
    for part in (*ways, "(3) run again with access to", server.url, SHA):
        assert part in message
    assert len(server.asked) == 4 and downloads.sleep == [1.0, 2.0, 4.0]
    assert os.listdir(cache / "gel") == []


def test_a_wrong_checksum_names_both(places, server):
    server.answers = [b"other"]
    with pytest.raises(UserError) as error:
        resolve(entry(server), None, places[1], downloads=quick(attempts=1), environ={})
    assert SHA in str(error.value) and hashlib.sha256(b"other").hexdigest() in str(error.value)


def test_what_is_not_there_is_not_asked_for_again(places, server):
    server.answers = [404]
    with pytest.raises(UserError, match="404"):
        resolve(entry(server), None, places[1], downloads=quick(), environ={})
    assert len(server.asked) == 1


def test_the_next_address_is_tried(places, server):
    server.answers = [404, CONTENT]
    data = entry(server, urls=(server.url, server.url + "2"))
    assert resolve(data, None, places[1], downloads=quick(), environ={}).source == "download"
    assert server.asked == ["/file", "/file2"]


def test_without_network(places):
    data = entry(urls=("http://127.0.0.1:9/nothing-listens-here",))
    with pytest.raises(UserError, match="no connection to 127.0.0.1:9.*three ways"):
        resolve(data, None, places[1], downloads=quick(), environ={})


def test_only_https_is_used_by_default(places, server):
    server.answers = [CONTENT]
    with pytest.raises(UserError, match="only https is used"):
        resolve(entry(server), None, places[1], downloads=Downloads(sleep=Waits()), environ={})
    assert not server.asked


def test_a_redirect_away_from_the_allowed_schemes_is_not_followed(places, server):
    server.answers = [("redirect", "ftp://127.0.0.1/file"), CONTENT]
    with pytest.raises(UserError, match="ftp://127.0.0.1/file is refused"):
        resolve(entry(server), None, places[1], downloads=quick(), environ={})
    server.answers = [("redirect", "/elsewhere"), CONTENT]
    server.asked.clear()
    assert resolve(entry(server), None, places[1], downloads=quick(), environ={}).source == "download"
    assert server.asked == ["/file", "/elsewhere"]


def test_a_cache_that_cannot_be_written(tmp_path, server):
    server.answers = [CONTENT]
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(UserError, match="cache cannot be written.*AENMF_CACHE_DIR"):
        resolve(entry(server), None, tmp_path / "cache", downloads=quick(), environ={})


def test_a_progress_bar_is_drawn_on_a_terminal_only(places, server, capsys, monkeypatch):
    server.answers = [CONTENT]
    resolve(entry(server), None, places[1], downloads=quick(progress=True), environ={})
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    resolve(entry(server), None, places[1] / "2", downloads=quick(progress=True), environ={})
    assert "ovary: 100%" in capsys.readouterr().err
    server.answers = [("unannounced", CONTENT)]
    assert resolve(entry(server), None, places[1] / "3", downloads=quick(progress=True), environ={}).sha256 == SHA


def test_parallel_jobs_may_fetch_the_same_file(places, server):
    server.answers = [CONTENT]
    found = []

    def job():
        found.append(resolve(entry(server), None, places[1], downloads=quick(), environ={}).path.read_bytes())

    jobs = [threading.Thread(target=job) for _ in range(6)]
    for thread in jobs:
        thread.start()
    for thread in jobs:
        thread.join()
    assert found == [CONTENT] * 6 and os.listdir(places[1] / "gel") == ["data.tsv"]


def test_cache_directory(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    environ = {"AENMF_CACHE_DIR": "/a", "XDG_CACHE_HOME": "/x"}
    assert str(cache_directory("/c", environ)) == "/c"
    assert str(cache_directory(None, environ)) == "/a"
    for base in ("", "relative", str(tmp_path / "x")):
        monkeypatch.setenv("XDG_CACHE_HOME", base)
        expected = tmp_path / "x/aenmf" if base.startswith("/") else tmp_path / ".cache/aenmf"
        assert cache_directory(None, {}) == expected


FILES = {"Ovary/a.csv": b"1", "Ovary/b.csv": b"2", "Uterus/a.csv": b"3"}
TREE = tree_sha256({name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()})


def archive(files: dict[str, bytes], extra: tarfile.TarInfo | None = None) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
        if extra:
            tar.addfile(extra)
    return buffer.getvalue()


GOOD = archive(
    {f"repo-123/generated_data/{name}": content for name, content in FILES.items()} | {"repo-123/code.py": b"x"}
)


def folder_entry(server) -> DataFile:
    return DataFile("published", "archive", "published", TREE, (server.url,), member="generated_data")


def test_an_archive_becomes_a_checked_folder(places, server):
    named, cache = places
    server.answers = [("cut", GOOD), GOOD[:-20], GOOD]
    downloads = quick()
    found = resolve(folder_entry(server), None, cache, downloads=downloads, environ={})
    assert found.source == "download" and found.sha256 == TREE and len(downloads.sleep) == 2
    assert {p.relative_to(found.path).as_posix(): p.read_bytes() for p in found.path.rglob("*.csv")} == FILES
    assert os.listdir(cache) == ["published"]
    assert resolve(folder_entry(server), None, cache, downloads=downloads, environ={}).source == "cache"
    (found.path / "Ovary/.DS_Store").write_text("a file manager was here")
    assert resolve(folder_entry(server), None, cache, downloads=downloads, environ={}).source == "cache"
    (found.path / "Ovary/a.csv").write_text("changed")
    assert resolve(folder_entry(server), None, cache, downloads=downloads, environ={}).source == "download"
    assert (found.path / "Ovary/a.csv").read_bytes() == b"1"
    for name, content in FILES.items():
        put(named, content, f"published/{name}")
    assert resolve(folder_entry(server), named, cache, downloads=downloads, environ={}).source == "data_dir"


def link(name: str, target: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = tarfile.SYMTYPE, target
    return info


BAD_ARCHIVES = {
    "path out": (archive({"repo/../../evil": b"x"}), "unsafe path"),
    "absolute path": (archive({"/etc/evil": b"x"}), "unsafe path"),
    "other content": (archive({"repo/generated_data/a": b"x"}), "is expected"),
    "link for a file": (
        archive(
            {f"r/generated_data/{n}": c for n, c in FILES.items() if n != "Ovary/a.csv"},
            link("r/generated_data/Ovary/a.csv", "/etc/passwd"),
        ),
        "is expected",
    ),
    "no archive": (b"<html>", "could not be downloaded"),
}


@pytest.mark.parametrize("name", BAD_ARCHIVES)
def test_a_bad_archive_leaves_nothing_behind(places, server, name):
    content, says = BAD_ARCHIVES[name]
    server.answers = [content]
    with pytest.raises(UserError, match=says):
        resolve(folder_entry(server), None, places[1], downloads=quick(attempts=1), environ={})
    assert os.listdir(places[1]) == []


def test_an_archive_that_unpacks_to_too_much(places, server, monkeypatch):
    monkeypatch.setattr("aenmf.data.fetch.MAX_UNPACKED", 2)
    server.answers = [GOOD]
    with pytest.raises(UserError, match="more than 2 bytes"):
        resolve(folder_entry(server), None, places[1], downloads=quick(attempts=1), environ={})


def test_tree_checksum_is_that_of_sha256sum(tmp_path):
    for name, content in FILES.items():
        put(tmp_path, content, name)
    command = "find . -type f -printf '%P\\n' | LC_ALL=C sort | xargs sha256sum | sha256sum"
    listed = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert listed.split()[0] == TREE
    assert file_sha256(tmp_path / "Ovary/a.csv") == hashlib.sha256(b"1").hexdigest()


READ_ALL_THE_TIME = """
import sys, time
from pathlib import Path
from test_fetch import *
url, cache, rounds, begin = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
data = folder_entry(Server(url=url))
for number in range(rounds):
    time.sleep(max(0.0, begin + 0.4 * number - time.time()))  # all processes begin a round together
    place = cache / str(number)
    found = resolve(data, None, place, downloads=quick(attempts=1), environ={})
    for _ in range(20):
        read = {p.relative_to(found.path).as_posix(): p.read_bytes() for p in found.path.rglob("*.csv")}
        assert read == FILES, read
"""


@pytest.mark.parametrize("before", ["nothing", "a broken folder", "a file"])
def test_processes_that_share_a_cache_never_see_a_part_of_an_archive(places, server, before):
    server.answers, cache, rounds = [GOOD], places[1], 5
    for number in range(rounds):
        (cache / str(number)).mkdir(parents=True)
        if before == "a broken folder":
            put(cache / str(number), b"x", "published/Ovary/a.csv")
        elif before == "a file":
            put(cache / str(number), b"x", "published")
    path = os.pathsep.join([*sys.path, os.path.dirname(__file__)])
    command = [sys.executable, "-c", READ_ALL_THE_TIME, server.url, str(cache), str(rounds), str(time.time() + 6)]
    environment = os.environ | {"PYTHONPATH": path, "NO_PROXY": "*"}
    jobs = [subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) for _ in range(8)]
    said = [job.communicate()[1] for job in jobs]
    assert [job.returncode for job in jobs] == [0] * 8, said
    for number in range(rounds):
        assert os.listdir(cache / str(number)) == ["published"]
        assert (cache / str(number) / "published/Ovary/a.csv").read_bytes() == b"1"
