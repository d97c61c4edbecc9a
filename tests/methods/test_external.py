"""External tools: what goes to them and comes back, mistakes of theirs, their limits, and environments that cannot be made."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from aenmf.errors import UserError
from aenmf.files.fits import load_fits, save_fits
from aenmf.losses import FROBENIUS, KULLBACK_LEIBLER, loss_value
from aenmf.methods.checked import checked_fits
from aenmf.methods.contract import CHECKS, example
from aenmf.methods.external import External, version_of
from aenmf.methods.registry import build_method
from aenmf.methods.tools import environments
from aenmf.methods.tools.environments import Environment, look, make

FAKE = Path(__file__).parents[1] / "support/fake_tool.py"
FILES = "--catalogue {catalogue} --signatures {signatures} --exposures {exposures}"
COMMAND = f"{{python}} {FAKE} {FILES} --rank {{rank}} --report {{report}}"


def external(extra: str = "", command: str = COMMAND, **options) -> External:
    method = build_method("fake", {"model": "external", "command": f"{command} {extra}", **options})
    assert isinstance(method, External)
    return method


@pytest.fixture(autouse=True)
def kept_files(tmp_path, monkeypatch):
    """Where the folders of failed tools go."""
    folder = tmp_path / "kept"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def test_a_tool_without_exposures_gets_those_that_test_patients_get():
    CHECKS["fit"](external(exposures="refit", command=COMMAND.replace("--exposures {exposures}", "")), KULLBACK_LEIBLER)


@pytest.mark.parametrize("wrong", ["order", "scale", "turned"])
def test_names_and_not_places_tell_what_is_what_and_any_scale_will_do(wrong, kept_files):
    problem = example(FROBENIUS)
    [fit], [same] = (external(extra).fit([problem]) for extra in ("", f"--wrong {wrong}"))
    assert np.allclose(fit.signatures, same.signatures) and np.allclose(fit.exposures, same.exposures)
    assert np.allclose(fit.exposures.sum(axis=0), problem.catalogue.sum(axis=0))
    assert fit.objective == loss_value(FROBENIUS, problem.catalogue, fit.signatures @ fit.exposures)
    assert not list(kept_files.iterdir()), "the files of a tool that answered are removed"


def test_a_tool_says_its_version_iterations_and_whether_it_converged(tmp_path):
    [fit] = external().fit([example(FROBENIUS)])
    assert (version_of(fit.extras), fit.n_iter, fit.converged) == ("fake 1.2", 7, False)
    save_fits(tmp_path / "fits.npz", tmp_path / "seconds.npz", [0], [fit])
    assert version_of(load_fits([tmp_path / "fits.npz"])[0].extras) == "fake 1.2"
    [silent] = external(command=COMMAND.replace("--report {report}", "")).fit([example(FROBENIUS)])
    assert (version_of(silent.extras), silent.n_iter, silent.converged) == ("", 0, True)


def test_the_command_gets_seed_loss_and_threads_and_no_shell_sees_it(tmp_path):
    log = tmp_path / "a name.json"
    extra = f"--log {shlex.quote(str(log))} {{loss}} {{seed}} {{threads}} '$(touch no) {{rank}}'"
    problem = example(FROBENIUS)
    external(extra, threads=2).fit([problem])
    loss, seed, threads, quoted = json.loads(log.read_text())
    assert (loss, threads, quoted) == (FROBENIUS, "2", "$(touch no) 3")
    assert int(seed) == problem.seed.child("external").integer() < 2**31


def test_a_tool_that_chooses_the_number_of_signatures_gives_fits_of_one_shape(tmp_path):
    command = f"{{python}} {FAKE} {FILES} --rank 2"
    method, problems = (
        external("--most {most}", command, rank="chosen", most=5),
        [example(FROBENIUS), example(FROBENIUS, 1)],
    )
    fits = checked_fits(method, problems)
    for fit, problem in zip(fits, problems, strict=True):
        assert fit.signatures.shape == (96, 5) and int(fit.extras["chosen"][0]) == 2
        assert np.array_equal(fit.signatures[:, 2:4], fit.signatures[:, :2])
        assert not fit.exposures[2:].any()
        assert np.allclose(fit.exposures.sum(axis=0), problem.catalogue.sum(axis=0))
    save_fits(tmp_path / "fits.npz", tmp_path / "seconds.npz", [0, 1], fits)
    assert int(load_fits([tmp_path / "fits.npz"])[1].extras["chosen"][0]) == 2
    with pytest.raises(UserError, match="it chose 2 signatures, more than 1.*Raise most"):
        external("", command, rank="chosen", most=1).fit(problems)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("nothing", r"signatures.tsv: the tool has not written this file"),
        ("fewer", "there are 2 signatures and not 3. Pass {rank} on"),
        ("negative", r"signatures.tsv: 1 numbers are negative, the first at 'C\[C>A\]A', 'G1'"),
        ("nan", "1 numbers are not finite"),
        ("text", "a cell is no number.*'many'"),
        ("channel", r"no channel 'A\[C>A\]A' and an unknown channel 'A\[C>A\]Z'"),
        ("patient", "exposures.tsv: there is no patient 'P00001' and an unknown patient 'Somebody'"),
        ("zero", "the signature 'G0' is zero in all channels"),
        ("twice", "the name 'G0' is there twice"),
        ("ragged", "has 3 fields and the first line 4"),
        ("shares", "times the mutations of the catalogue. Write mutations and not shares"),
        ("report", r"report.json: 'versions' is 3"),
        ("status", r"it ended with status 1: fake tool \| out of luck"),
    ],
)
def test_a_mistake_of_a_tool_names_it_the_file_and_the_remedy(wrong, said, kept_files):
    with pytest.raises(UserError, match=said) as raised:
        external(f"--wrong {wrong}").fit([example(FROBENIUS)])
    assert raised.value.where.startswith("fake")
    [folder] = kept_files.iterdir()
    assert str(folder) in raised.value.remedy and (folder / "catalogue.tsv").is_file()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"command": "tool {catalogue}"}, "command lacks {signatures}"),
        ({"command": COMMAND + " {sed}"}, "{sed}, which stands for nothing. Did you mean 'seed'"),
        ({"command": COMMAND + " 'open"}, "cannot be split"),
        ({"command": COMMAND.replace("{rank}", "3")}, "write rank: chosen"),
        ({"command": COMMAND.replace("{exposures}", "x")}, "write exposures: refit"),
        ({"command": COMMAND + " {source}"}, "option source names no folder"),
        ({"command": "no_such_tool " + COMMAND}, "no program 'no_such_tool'.*Correct it"),
        ({"command": COMMAND, "source": "no/such/folder"}, "no folder 'no/such/folder'.*from its authors"),
        ({"command": COMMAND, "environment": "../x"}, "no environment '../x'"),
        ({"command": COMMAND, "rank": "mine"}, "rank must be given or chosen"),
        ({"command": COMMAND, "losses": ["l1"]}, "losses must be among"),
        ({"command": COMMAND, "limit_seconds": 0}, "limit_seconds must be above 0"),
        ({}, "option 'command' is missing"),
    ],
)
def test_a_wrong_entry_is_refused_before_work_starts(options, said):
    with pytest.raises(UserError, match=said) as raised:
        build_method("fake", {"model": "external", **options})
    assert raised.value.where.startswith("config key methods.fake")


def test_a_tool_is_left_out_of_the_losses_it_does_not_have():
    method = external(losses=[KULLBACK_LEIBLER])
    assert method.unsupported(KULLBACK_LEIBLER) is None and "frobenius" in str(method.unsupported(FROBENIUS))


def test_a_changed_script_is_another_fingerprint(tmp_path):
    script = tmp_path / "tool.py"
    prints = []
    for text in ("print(1)", "print(2)", "print(1)"):
        script.write_text(text)
        prints.append(external(str(script)).fingerprint)
    assert prints[0] == prints[2] != prints[1]


def test_a_time_limit_ends_a_tool_with_its_children(tmp_path):
    log = tmp_path / "child"
    with pytest.raises(UserError, match="ended after 3 seconds.*Raise limit_seconds"):
        external(f"--wrong family --log {log}", limit_seconds=3).fit([example(FROBENIUS)])
    assert gone(int(log.read_text()))


JOB = """
import signal, sys; sys.path[:0] = [sys.argv[1]]
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs begin with it ignored
from aenmf.losses import FROBENIUS
from aenmf.methods.contract import example
from aenmf.methods.registry import build_method
build_method("fake", {"model": "external", "command": sys.argv[2]}).fit([example(FROBENIUS)])
"""
RUN = "import subprocess, sys; subprocess.run([sys.executable, *sys.argv[1:]])"


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_a_tool_does_not_outlive_its_job(tmp_path, how):
    job, family = at_work(tmp_path, [])
    job.send_signal(how)
    job.wait()
    assert all(gone(pid) for pid in family)


def test_a_tool_does_not_outlive_the_run_that_its_job_is_part_of(tmp_path):
    run = tmp_path / "snakemake"
    run.write_text(RUN)
    snakemake, family = at_work(tmp_path, [str(run)])
    snakemake.kill()
    snakemake.wait()
    assert all(gone(pid) for pid in family)


def at_work(folder: Path, first: list[str]) -> tuple[subprocess.Popen, list[int]]:
    """A job whose tool, which has a child, is at work; and its processes below."""
    (folder / "job.py").write_text(JOB)
    log = folder / "child"
    words = [*first, str(folder / "job.py"), str(Path(environments.__file__).parents[3])]
    job = subprocess.Popen([sys.executable, *words, f"{COMMAND} --wrong family --log {log}"], stderr=subprocess.DEVNULL)
    while not log.exists() or not log.read_text().isdigit():
        assert job.poll() is None
        time.sleep(0.1)
    family = [one.pid for one in psutil.Process(job.pid).children(recursive=True)]
    assert int(log.read_text()) in family and len(family) >= 3
    return job, family


def gone(pid: int, seconds: float = 20.0) -> bool:
    """Whether a process ends within some seconds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.1)
    return False


LOCK = "# python: {version}\nempty-but-for-this==1.0 \\\n    --hash=sha256:{zeros}\n"


@pytest.fixture
def locks(tmp_path, monkeypatch):
    """A folder of locks, one of an environment whose package does not exist, and no network to look for it."""
    folder = tmp_path / "locks"
    folder.mkdir()
    version = ".".join(map(str, sys.version_info[:2]))
    (folder / "broken.txt").write_text(LOCK.format(version=version, zeros="0" * 64))
    (folder / "old.txt").write_text(LOCK.format(version="2.6", zeros="0" * 64))
    (folder / "plain.txt").write_text(f"# python: {version}\n")
    monkeypatch.setattr(environments, "LOCKS", folder)
    monkeypatch.setenv("AENMF_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    return folder


def test_an_environment_is_made_once_and_runs_the_tool(locks):
    environment = Environment("plain")
    make(environment)
    began = environment.python.stat().st_mtime
    make(environment)
    assert environment.python.stat().st_mtime == began and environment.absent() is None
    method = external(environment="plain")
    [fit] = method.fit([example(FROBENIUS)])
    assert fit.signatures.shape == (96, 3) and method.solver_name(FROBENIUS) == "plain"


def test_another_lock_is_another_environment(locks):
    before, print_before = Environment("plain").folder, external(environment="plain").fingerprint
    (locks / "plain.txt").write_text((locks / "plain.txt").read_text() + "# changed\n")
    assert Environment("plain").folder != before and external(environment="plain").fingerprint != print_before


def test_an_environment_for_another_python_is_left_out_with_the_reason(locks):
    method = external(environment="old")
    assert method.absent() is None
    look([Environment("old")])
    assert "needs Python 2.6" in str(method.absent()) and method.unsupported(FROBENIUS) == method.absent()


def test_an_environment_that_cannot_be_made_is_left_out_of_the_next_run(locks):
    environment = Environment("broken")
    look([environment])
    assert environment.absent() is None, "nothing is known against it yet"
    with pytest.raises(UserError, match="environment of broken: pip failed.*the tool is then left out"):
        make(environment)
    assert environment.absent() is None, "the plan of the run that tried stays as it was"
    look([environment])
    assert "empty-but-for-this" in str(environment.absent()) and "tools tries again" in str(environment.absent())
    (locks / "broken.txt").write_text((locks / "plain.txt").read_text())
    look([environment])
    assert environment.absent() is None


def test_without_a_network_an_environment_is_left_out_before_work_starts(locks, monkeypatch):
    monkeypatch.setattr(environments, "PROBE", "empty-but-for-this")
    look([Environment("broken")])
    assert "its packages cannot be downloaded here" in str(Environment("broken").absent())


def test_the_shipped_locks_pin_every_package_by_hash(root):
    for name in environments.shipped():
        environment = Environment(name)
        text = environment.lock.read_text(encoding="utf-8")
        assert environment.python_version == "3.11" and environments.PROBE in environment.pins
        assert len(environment.pins) > 20 and not any(package.startswith("nvidia") for package in environment.pins)
        for package in environment.pins:
            assert "--hash=sha256:" in environment.part_of_lock(package), package
        assert "http://" not in text


@pytest.mark.parametrize("entry", ["salamander_klnmf"])
def test_a_shipped_tool_answers(entry, root):
    """The real tool, where its environment has been made; the others differ in their time only (docs/external-tools.md)."""
    from aenmf.run.preflight import load_config

    config = load_config([])["methods"][entry]
    if not Environment(config["environment"]).ready.is_file():
        pytest.skip(f"the environment of {config['environment']} has not been made: snakemake --cores 1 tools")
    problem = example(KULLBACK_LEIBLER)
    [fit] = checked_fits(build_method(entry, config), [problem])
    assert "salamander-learn" in version_of(fit.extras)
    assert np.allclose((fit.signatures @ fit.exposures).sum(), problem.catalogue.sum(), rtol=1e-3)


def test_no_variable_of_this_environment_reaches_a_tool(monkeypatch, tmp_path):
    from aenmf.methods.tools.running import environment

    monkeypatch.setenv("PYTHONPATH", "here")
    seen = environment(2, tmp_path)
    assert "PYTHONPATH" not in seen and seen["OMP_NUM_THREADS"] == "2" and seen["PATH"] == os.environ["PATH"]
