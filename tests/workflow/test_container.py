"""The container's recipe, read and not built: its base image is pinned, what it copies exists, its steps are the Makefile's."""

from __future__ import annotations

import json
import re
import shlex
from fnmatch import fnmatch
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

LEFT_TO_THE_RECIPE = {"--no-cache-dir"}


def instructions(text: str) -> list[tuple[str, str]]:
    """The instructions of a recipe as (word, arguments), comments left out and continued lines joined."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    found = [line.split(None, 1) for line in joined.splitlines()]
    return [(word.upper(), arguments) for word, arguments in found]


@pytest.fixture(scope="module")
def recipe(root: Path) -> list[tuple[str, str]]:
    return instructions((root / "envs/Containerfile").read_text(encoding="utf-8"))


def arguments_of(recipe: list[tuple[str, str]], word: str) -> list[str]:
    return [arguments for name, arguments in recipe if name == word]


def steps(commands: list[str]) -> list[list[str]]:
    """The commands of Python and of the project, as words; options of the recipe alone are left out."""
    words = [shlex.split(part) for command in commands for part in command.split("&&")]
    return [[w for w in line if w not in LEFT_TO_THE_RECIPE] for line in words if line[0] in ("python", "aenmf")]


def test_base_image_is_a_tag_of_a_python_the_project_supports(root, recipe):
    bases = arguments_of(recipe, "FROM")
    assert len(bases) == 1
    tag = re.fullmatch(r"docker\.io/library/python:(\d+\.\d+)-slim-bookworm", bases[0])
    assert tag, bases
    required = re.search(r'requires-python = "(.+)"', (root / "pyproject.toml").read_text(encoding="utf-8"))
    assert tag[1] in SpecifierSet(required[1])


def test_everything_copied_exists_and_is_not_ignored(root, recipe):
    lines = (root / ".dockerignore").read_text(encoding="utf-8").splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]
    copied = [word for arguments in arguments_of(recipe, "COPY") for word in shlex.split(arguments)[:-1]]
    assert {"envs/lock.txt", "pyproject.toml", "Snakefile", "config", "workflow", "README.md"} <= set(copied)
    for source in copied:
        assert (root / source).exists(), source
        ignored = False
        for pattern in patterns:  # the last one that matches counts
            if fnmatch(source, pattern.removeprefix("!")):
                ignored = not pattern.startswith("!")
        assert not ignored, source


def test_everything_the_snakefile_reads_is_copied(root, recipe):
    copied = {shlex.split(arguments)[0] for arguments in arguments_of(recipe, "COPY")}
    text = (root / "Snakefile").read_text(encoding="utf-8")
    read = re.findall(r'"((?:workflow|config)/[\w./]+)"', text)
    assert read and {name.split("/")[0] for name in read} <= copied


def test_steps_are_those_of_the_makefile(root, recipe):
    text = (root / "Makefile").read_text(encoding="utf-8")
    rule = re.search(r"^\$\(READY\):.*?\n((?:\t.*\n|  .*\n)+)", text, re.MULTILINE)
    commands = [line.strip().removeprefix("@") for line in rule[1].splitlines() if line.startswith("\t")]
    made = [command for command in commands if command.startswith("$(BIN)/")]
    expected = steps([line.replace("$(BIN)/", "") for line in made])
    assert len(expected) == 3  # the locked packages, the project, its compiled solvers
    assert steps(arguments_of(recipe, "RUN")) == expected


def test_the_lock_is_installed_before_the_project_is_copied(recipe):
    words = [f"{word} {arguments}" for word, arguments in recipe]
    locked = next(i for i, line in enumerate(words) if "-r envs/lock.txt" in line)
    assert locked < words.index("COPY workflow workflow")


def test_it_starts_snakemake(recipe):
    assert [json.loads(line) for line in arguments_of(recipe, "ENTRYPOINT")] == [["snakemake"]]
    assert [json.loads(line) for line in arguments_of(recipe, "CMD")] == [["--cores", "all"]]
