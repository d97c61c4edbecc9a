"""The lock, the conda environment and pyproject.toml say the same."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

CONDA_NAMES = {"torch": "pytorch-cpu"}


def normalise(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.fixture(scope="module")
def direct(root: Path) -> dict[str, Requirement]:
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    listed = project["dependencies"] + project["optional-dependencies"]["dev"]
    return {normalise(Requirement(line).name): Requirement(line) for line in listed}


@pytest.fixture(scope="module")
def lock(root: Path) -> dict[str, str]:
    lines = (root / "envs/lock.txt").read_text().splitlines()
    pins = [line.split("==") for line in lines if line and not line.startswith("#")]
    assert all(len(pin) == 2 for pin in pins), "every line of the lock is name==version"
    return {normalise(name): version for name, version in pins}


@pytest.fixture(scope="module")
def conda(root: Path) -> dict[str, str]:
    listed = yaml.safe_load((root / "envs/environment.yaml").read_text())["dependencies"]
    from_pip = next(entry["pip"] for entry in listed if isinstance(entry, dict))
    pins = [entry.split("=") for entry in listed if isinstance(entry, str) and entry != "pip"]
    pins += [entry.split("==") for entry in from_pip]
    return {normalise(name): version for name, version in pins}


def test_every_direct_dependency_is_locked_within_its_range(direct, lock):
    for name, requirement in direct.items():
        assert name in lock, f"{name} is in pyproject.toml and not in envs/lock.txt"
        assert requirement.specifier.contains(lock[name]), f"{name}: the lock has {lock[name]}, asked is {requirement}"


def test_conda_environment_has_the_locked_versions(direct, lock, conda):
    expected = {normalise(CONDA_NAMES.get(name, name)): lock[name] for name in direct}
    assert {name: version for name, version in conda.items() if name not in ("python", "pip")} == expected


def test_torch_is_pinned(direct, lock):
    assert str(direct["torch"].specifier) == "==2.13.0"
    assert lock["torch"] == "2.13.0"


def test_the_documentation_gives_each_direct_dependency_a_line_with_its_licence(root, direct):
    page = (root / "docs/dependencies.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    described = {normalise(row.split("`")[1]): [cell.strip() for cell in row.strip("|").split("|")] for row in rows}
    for name in direct:
        assert name in described, f"docs/dependencies.md has no line for {name}"
        assert len(described[name]) >= 3 and all(described[name][:3]), f"{name}: package, licence and reason"


def test_the_sites_packages_are_locked_described_and_apart_from_the_lock(root, lock):
    extra = tomllib.loads((root / "pyproject.toml").read_text())["project"]["optional-dependencies"]["docs"]
    lines = (root / "envs/docs.txt").read_text().splitlines()
    pins = {normalise(name): version for name, version in (line.split("==") for line in lines if "==" in line)}
    page = (root / "docs/dependencies.md").read_text(encoding="utf-8")
    for requirement in map(Requirement, extra):
        assert requirement.specifier.contains(pins[normalise(requirement.name)])
        assert f"| `{requirement.name}` |" in page
    assert not set(pins) & set(lock), "envs/lock.txt pins them already"


def test_the_lock_installs_what_runs_here(lock):
    from importlib.metadata import PackageNotFoundError, version

    for name, pinned in lock.items():
        try:
            installed = version(name)
        except PackageNotFoundError:
            pytest.fail(f"{name} is locked and not installed; run make setup")
        assert installed.split("+")[0] == pinned
