"""After a killed run: its lock and half-written files are removed, unless something is still at work."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

import psutil
import pytest

from aenmf.errors import UserError
from aenmf.run.unlock import HOLDER, Holder, hold, holder_of, is_of_run, may_be_alive, myself, release, unlock
from support.command import aenmf


@pytest.fixture
def killed(tmp_path):
    """What a killed run leaves."""
    (tmp_path / ".snakemake/locks").mkdir(parents=True)
    (tmp_path / ".snakemake/locks/0.input.lock").write_text("a\n")
    (tmp_path / ".snakemake/locks/0.output.lock").write_text("b\n")
    tables = tmp_path / "results/default/tables"
    tables.mkdir(parents=True)
    (tables / "errors.csv").write_text("kept")
    (tables / ".errors.0123456789ab.csv").write_text("half")
    (tables / ".keep").write_text("kept")
    return tmp_path


def test_the_lock_and_half_written_files_are_removed(killed, capsys):
    assert aenmf("unlock", killed) == 0
    assert "2 locks and 1 half-written files removed" in capsys.readouterr().out
    assert sorted(path.name for path in killed.rglob("*") if path.is_file()) == [".keep", "errors.csv"]
    assert aenmf("unlock", killed) == 0 and not capsys.readouterr().out
    assert unlock(killed / "results") == (0, 0)


SLEEP = "import sys; sys.stdin.read()"


@contextmanager
def at_work(directory: Path, *command: str) -> Iterator[subprocess.Popen]:
    """A process that works in a directory until the block ends."""
    with subprocess.Popen([sys.executable, *command], cwd=directory, stdin=subprocess.PIPE) as process:
        yield process
        process.stdin.close()


def script(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(SLEEP)
    return str(path)


@pytest.mark.parametrize("name", ["bin/snakemake", ".snakemake/scripts/tmp1.fit.py"])
def test_a_run_or_job_at_work_is_left_alone(killed, capsys, name):
    with at_work(killed, "-u", script(killed / name), "all") as process:
        with pytest.raises(UserError, match=rf"still at work .process {process.pid}.*Wait for it to end"):
            unlock(killed)
        assert aenmf("unlock", killed, "--wait", "0") == 1 and "error: " in capsys.readouterr().err
        assert aenmf("unlock", killed, "--wait", "0.2") == 1
        assert f"process {process.pid} is at work in {killed}; waiting" in capsys.readouterr().out
        with pytest.raises(UserError):
            unlock(killed, force=True)
        assert (killed / ".snakemake/locks/0.input.lock").exists()
    assert unlock(killed) == (2, 1)


def test_who_only_reads_about_a_run_does_not_count(killed):
    log = killed / ".snakemake/log/2025.snakemake.log"
    script(log)
    with (
        subprocess.Popen(["tail", "-f", log], cwd=killed, stdout=subprocess.DEVNULL) as tail,
        at_work(killed, script(killed / "editor.py"), str(log)),
        at_work(killed, "-c", SLEEP + "  # snakemake"),
    ):
        assert unlock(killed) == (2, 1)
        tail.terminate()


@pytest.mark.parametrize(
    ("command", "of_run"),
    [
        (["python", "-m", "snakemake", "--cores", "2"], True),
        (["/x/bin/python3.11", "-X", "dev", "-u", "/x/bin/snakemake", "all"], True),
        (["python", "/d/.snakemake/scripts/tmpab.fit.py"], True),
        (["python", "-m", "aenmf.run.cli", "unlock", "snakemake"], False),
        (["vim", ".snakemake/scripts/tmpab.fit.py"], False),
        (["less", "snakemake"], False),
        (["python", "tests/snakemake_test.py"], False),
        (["python"], False),
        ([], False),
    ],
)
def test_a_run_is_known_by_what_python_runs(command, of_run):
    assert is_of_run(command) is of_run


FOREIGN = Holder("elsewhere", 4711, 1.0, "ada")


def held(directory: Path, holder: Holder) -> Path:
    (directory / HOLDER).write_text(json.dumps(asdict(holder)))
    return directory


def test_a_lock_of_another_machine_is_kept_unless_forced(killed, capsys):
    held(killed, FOREIGN)
    assert aenmf("unlock", killed) == 1
    said = capsys.readouterr().err
    for part in ("process 4711 of user ada on elsewhere", "may be at work", "Look there", "--force"):
        assert part in said
    assert len(list((killed / ".snakemake/locks").iterdir())) == 2
    assert aenmf("unlock", killed, "--force") == 0
    assert "2 locks and 1 half-written files removed" in capsys.readouterr().out
    assert not (killed / HOLDER).exists()


def test_on_this_machine_a_lock_is_kept_while_its_process_lives(killed, monkeypatch):
    alive = replace(myself(), user="ada")
    with pytest.raises(UserError, match=f"process {alive.pid} of user ada"):
        unlock(held(killed, alive))
    hidden = psutil.AccessDenied(alive.pid)
    monkeypatch.setattr(psutil.Process, "create_time", lambda self: (_ for _ in ()).throw(hidden))
    assert may_be_alive(alive)
    monkeypatch.undo()
    assert unlock(held(killed, replace(alive, began=alive.began - 60))) == (2, 1)  # another process with its id


def test_a_lock_of_a_dead_process_or_of_nobody_is_removed(killed):
    with at_work(killed, "-c", SLEEP) as process:
        began = psutil.Process(process.pid).create_time()
    assert unlock(held(killed, replace(myself(), pid=process.pid, began=began))) == (2, 1)
    (killed / HOLDER).write_text("{")
    assert unlock(killed) == (0, 0)
    assert unlock(held(killed, FOREIGN)) == (0, 0)  # without a lock nobody runs


def test_a_run_says_who_it_is_until_it_ends(tmp_path):
    hold(tmp_path)
    assert holder_of(tmp_path) == myself() and myself().pid == os.getpid()
    release(tmp_path)
    assert not (tmp_path / HOLDER).exists()
    release(tmp_path)
    release(held(tmp_path, FOREIGN))
    assert holder_of(tmp_path) == FOREIGN
