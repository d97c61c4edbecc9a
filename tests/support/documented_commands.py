"""Commands found in the documentation, and a process that tries many of them for the price of one start.

Run as a script, it reads a JSON list of commands and writes a JSON list of [commands, status, output], one per trial. Snakemake
and the package are imported once; every trial then gets a fork of its own, so that none sees what another did.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
PROGRAMS = ("make", "snakemake", "aenmf", "python", "pytest", "pip", "conda")


def program(command: str) -> str:
    """The program that a command starts, without the environment's folder; empty where it starts none of ours."""
    first = command.split(" ")[0].removeprefix(".venv/bin/")
    return first if first in PROGRAMS else ""


def blocks(page: str) -> Iterator[tuple[str, str]]:
    """Language and text of every fenced block of a page."""
    yield from FENCE.findall(page)


def commands(block: str) -> list[str]:
    """The lines of a block without their comments."""
    return [line.split("  #")[0].strip() for line in block.splitlines() if line.strip()]


def inline_commands(page: str) -> list[str]:
    """Commands with arguments in the running text and in tables of a page."""
    return [span for span in INLINE.findall(FENCE.sub("", page)) if program(span) and " " in span]


def trials(found: Iterable[str]) -> dict[tuple[str, ...], list[str]]:
    """What is tried instead of commands, and which commands each trial stands for.

    make and Snakemake, also as ``aenmf run``, are run dry, other commands of aenmf for real. Snakemake commands that differ
    in their targets only are one trial with all their targets.
    """
    together: dict[tuple[str, ...], list[str]] = {}
    targets: dict[tuple[str, ...], list[str]] = {}
    for command in found:
        words = shlex.split(command)
        kind = program(command)
        if kind == "snakemake" or words[1:2] == ["run"]:  # aenmf run becomes snakemake with the same arguments
            wanted, options = targets_and_options(words[1 if kind == "snakemake" else 2 :])
            targets.setdefault(options, []).extend(wanted or ["all"])
            together.setdefault(options, []).append(command)
        elif kind == "make":
            together.setdefault(("make", "--dry-run", *words[1:]), []).append(command)
        elif kind == "aenmf":
            together.setdefault(("aenmf", *words[1:]), []).append(command)
        else:
            raise ValueError(f"no way is known to try: {command}")
    return {
        ("snakemake", *dict.fromkeys(targets[key]), *key, "--dry-run", "--quiet") if key in targets else key: listed
        for key, listed in together.items()
    }


def targets_and_options(words: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """The targets of a Snakemake command, and its options without the number of cores and --dry-run."""
    targets, options, option = [], [], ""
    for word in words:
        if word.startswith("--"):
            option = word
            options += [word] if word not in ("--cores", "--dry-run") else []
        elif option == "--cores" or (option and option != "--dry-run"):
            options += [word] if option != "--cores" else []
            option = option if option == "--config" else ""
        else:
            targets.append(word)
    return targets, tuple(options)


def start(words: list[str]) -> int:
    """Run a trial in this process; returns or exits with its status."""
    if words[0] == "make":
        os.execvp("make", words)
    if words[0] == "aenmf":
        from aenmf.run.cli import cli

        cli(words[1:], prog_name="aenmf")
    from snakemake.cli import main

    sys.argv = words
    main(words[1:])
    return 0


def warm_up() -> None:
    """Import what every trial needs, and read the code that the rules depend on."""
    import snakemake.report  # noqa: F401
    from snakemake.cli import get_argument_parser

    from aenmf.methods.registry import MODELS, model_class
    from aenmf.run.codeinputs import code_inputs

    get_argument_parser()
    for model in MODELS:
        model_class(model)
    for script in Path("workflow/scripts").glob("*.py"):
        code_inputs(script.absolute())


def tried(words: list[str]) -> tuple[int, str]:
    """Status and output of a trial in a fork."""
    with tempfile.TemporaryFile() as output:
        child = os.fork()
        if child == 0:
            status = 1
            try:
                os.dup2(output.fileno(), 1)
                os.dup2(output.fileno(), 2)
                status = start(words)
            except SystemExit as end:
                status = end.code if isinstance(end.code, int) else int(end.code is not None)
            except BaseException as error:
                print(repr(error), file=sys.stderr)
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(status)
        _, status = os.waitpid(child, 0)
        output.seek(0)
        return os.waitstatus_to_exitcode(status), output.read().decode("utf-8", "replace")


if __name__ == "__main__":
    warm_up()
    print(json.dumps([[listed, *tried(list(words))] for words, listed in trials(json.load(sys.stdin)).items()]))
