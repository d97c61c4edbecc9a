"""The command line: it explains itself, is quick, completes in a shell, and answers mistakes with one line."""

from __future__ import annotations

import importlib
import os
import re
import shlex
import signal
import subprocess
import sys
import time
import tomllib
from concurrent.futures import Future
from contextlib import suppress

import click
import pytest

from aenmf import __version__
from aenmf.methods import devices, precompile
from aenmf.reference.keep import pages
from aenmf.run.cli import cli
from aenmf.solvers import kernelcache
from support.command import aenmf, put_command

COMMANDS = list(cli.commands)


def test_help_names_every_command_with_a_whole_sentence(capsys):
    assert aenmf("--help") == 0
    said = capsys.readouterr().out
    assert [name for name in COMMANDS if not re.search(rf"^  {name}  +\w.*\.$", said, re.MULTILINE)] == []
    assert "..." not in said.split("Commands:")[1]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_shows_an_example_that_it_takes(name, capsys):
    assert aenmf(name, "--help") == 0
    examples = re.findall(
        r"aenmf ([a-z-]+)( [^)\n]*)?", capsys.readouterr().out.split("\n\n", 1)[1].split("Options:")[0]
    )
    assert name in [word for word, _ in examples]
    for word, arguments in examples:
        cli.commands[word].make_context(word, shlex.split(arguments))


def named_commands(root) -> list[tuple[str, str]]:
    """What follows ``aenmf`` wherever the project's texts name a command, with the file that does."""
    files = [*pages(), root / "CHANGELOG.md", root / "Makefile", root / "Snakefile", root / "envs/Containerfile"]
    files += [
        *(root / "config").glob("*.yaml"),
        *(root / "workflow").rglob("*.py"),
        *(root / "workflow").rglob("*.smk"),
    ]
    begin = r"(?:(?:^|`|\$\(BIN\)/|RUN |\.venv/bin/)aenmf |-m aenmf\.)"
    return [
        (path.name, command)
        for path in files
        for command in re.findall(rf"{begin}([a-z][^`\n&]*)", path.read_text(encoding="utf-8"), re.MULTILINE)
        if command != "run.cli"  # another spelling of the program
    ]


def test_every_command_that_the_project_names_is_one(root):
    named = [(name, shlex.split(command)) for name, command in named_commands(root)]
    assert {"Makefile", "Containerfile", "config.yaml", "own-cohort.md", "CHANGELOG.md"} <= {name for name, _ in named}
    for name, (word, *arguments) in named:
        assert word in COMMANDS, f"{name}: aenmf {word}"
        with suppress(click.MissingParameter, click.exceptions.Exit):  # shortened to its options; --help
            cli.commands[word].make_context(word, arguments)


def test_help_loads_nothing_slow_and_compiles_nothing():
    code = """
import sys
from aenmf.run.cli import cli
for words in (["--help"], ["--version"], ["precompile", "--help"], ["completion", "zsh"]):
    cli(words, standalone_mode=False)
print("LOADED", *sys.modules)
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    loaded = set(said.split("LOADED ")[1].split())
    assert "click" in loaded and not loaded & {"numpy", "pandas", "torch", "numba", "yaml", "snakemake"}
    assert not {name for name in loaded if name.startswith("aenmf.methods")}


def test_version(capsys):
    assert aenmf("--version") == 0
    assert capsys.readouterr().out == f"aenmf {__version__}\n"


def test_an_unknown_command_suggests_the_nearest(capsys):
    assert aenmf("compar") == 2
    assert "Did you mean 'compare'?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "status"),
    [(["check", "absent.yaml"], 1), (["scaffold", "a"], 1), (["compare", "absent"], 2), (["keep", "absent"], 2)],
)
def test_a_mistake_is_one_line(arguments, status, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert aenmf(*arguments) == status
    said = capsys.readouterr()
    assert said.err.startswith("error: ") and said.err.count("\n") == 1 and not said.out


def test_an_error_of_the_program_is_not_hidden(monkeypatch):
    monkeypatch.setattr("aenmf.run.unlock.unlock", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        cli(["unlock"])


def test_an_interruption_is_quiet(monkeypatch, capsys):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("aenmf.run.unlock.unlock", interrupted)
    assert aenmf("unlock") == 130
    said = capsys.readouterr()
    assert not said.out and not said.err


def test_an_interruption_of_compiling_is_quick_and_quiet(tmp_path):
    """As at a keyboard, all processes get the signal."""
    command = [sys.executable, "-m", "aenmf.run.cli", "precompile"]
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as process:
        assert process.stdout.readline() == "compiling the solvers, once\n"
        time.sleep(3)  # in the middle of it
        os.killpg(process.pid, signal.SIGINT)
        said, _ = process.communicate(timeout=20)
    assert process.returncode == 130 and not said
    assert not list(tmp_path.glob("complete-*"))


def test_precompile_marks_that_it_is_complete(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(precompile, "remove_stale", list)
    monkeypatch.setattr(precompile, "MODELS", ("nmf",))
    monkeypatch.setattr(precompile, "ProcessPoolExecutor", Pool)
    monkeypatch.setattr(precompile, "compile_refit", lambda: None)
    monkeypatch.setattr(precompile, "compile_model", lambda model: ["hals"])
    assert aenmf("precompile") == 0
    assert "nmf: hals" in capsys.readouterr().out and kernelcache.complete_mark().exists()


class Pool:
    """A pool of processes that computes in this one."""

    def __init__(self, *_): ...

    def __enter__(self):
        return self

    def __exit__(self, *_): ...

    def submit(self, work, *arguments):
        done = Future()
        done.set_result(work(*arguments))
        return done


def test_a_run_compiles_what_the_command_compiles():
    names: dict = {}
    exec(kernelcache.COMPILE.split(";")[0], names)
    assert names["precompile"] is precompile.precompile and kernelcache.COMPILE.endswith("; precompile()")


def test_devices_of_the_benchmark_are_those_of_fits():
    [choice] = [option.type for option in cli.commands["devicebench"].params if option.name == "device"]
    assert isinstance(choice, click.Choice) and set(choice.choices) == {devices.CUDA, devices.CPU}


def test_the_installed_program_is_this_one(root):
    scripts = tomllib.loads((root / "pyproject.toml").read_text())["project"]["scripts"]
    module, function = scripts["aenmf"].split(":")
    assert list(scripts) == ["aenmf"] and callable(getattr(importlib.import_module(module), function))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_for_completion_is_printed(shell, capsys):
    assert aenmf("completion", shell) == 0
    assert f"_AENMF_COMPLETE={shell}_complete" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("typed", "offered"), [("com", "compare completion"), ("compare --p", "--part"), ("completion z", "zsh"), ("x", "")]
)
def test_bash_completes(root, tmp_path, typed, offered):
    words = ["aenmf", *typed.split()]
    script = f"""
eval "$(aenmf completion bash)"
COMP_WORDS=({" ".join(words)}); COMP_CWORD={len(words) - 1}
_aenmf_completion aenmf
echo "${{COMPREPLY[@]}}"
"""
    path = os.pathsep.join([put_command(tmp_path / "bin"), os.environ["PATH"]])
    environment = os.environ | {"PATH": path, "PYTHONPATH": str(root / "workflow")}
    run = subprocess.run(["bash", "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == offered, run.stderr
