"""The rooms of the package and their directions, as import-linter's contracts in pyproject.toml state them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"
LOOSE = {"__init__", "channels", "errors", "estimators", "formats", "losses", "problem", "seeds"}


def test_few_modules_are_loose_and_every_room_has_a_floor(root):
    package = root / "workflow/aenmf"
    assert {path.stem for path in package.glob("*.py")} == LOOSE and len(LOOSE) <= 8
    contracts = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    floors = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    named = {room for floor in floors for room in floor.split(" | ")}
    rooms = {path.parent.name for path in package.glob("*/__init__.py")}
    assert named == rooms | LOOSE - {"__init__"}


def test_the_page_of_the_structure_names_every_room_and_files_that_exist(root):
    page = (root / "docs/structure.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in page.splitlines() if line.startswith("| ")]
    rooms = {path.parent.name for path in (root / "workflow/aenmf").glob("*/__init__.py")}
    assert {name.strip("`/") for name, *rest in rows if len(rest) == 1 and name.startswith("`")} == rooms
    named = re.findall(r"`([\w./]+[/.][\w./]*)`", page)
    places = [root, root / "workflow", root / "workflow/aenmf"]
    assert not [path for path in named if not any((place / path).exists() for place in places)]
    counted = [(int(count), files) for _, count, *files in rows if count.isdigit()]
    assert len(counted) == 7
    for count, [files] in counted:
        assert len(re.findall(r"`[\w./]+\.\w+`|\]\(", files)) == count, files


def lint(project: Path) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", LINT, "--no-cache", str(project / "pyproject.toml")]
    environment = {"PYTHONPATH": str(project / "workflow"), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    return subprocess.run(command, capture_output=True, text=True, cwd=project, env=environment)


@pytest.fixture(scope="module")
def project(root, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    shutil.copytree(root / "workflow", folder / "workflow", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(root / "pyproject.toml", folder)
    return folder


def test_imports_go_down_only(project):
    assert lint(project).returncode == 0, lint(project).stdout


@pytest.mark.parametrize(
    ("module", "planted"),
    [
        ("solvers/kkt.py", "from aenmf.methods.base import Method"),
        ("data/splits.py", "from aenmf.evaluation.fits import recovery"),
        ("figures/style.py", "from aenmf.solvers.kkt import kkt_nmf"),
        ("errors.py", "from aenmf.losses import PAPER_LOSSES"),
        ("report/page.py", "from aenmf.run.plan import Plan"),
    ],
)
def test_a_planted_import_from_above_is_found(project, module, planted):
    path = project / "workflow/aenmf" / module
    text = path.read_text(encoding="utf-8")
    path.write_text(text + f"\n\ndef planted():\n    {planted}\n", encoding="utf-8")
    try:
        found = lint(project)
    finally:
        path.write_text(text, encoding="utf-8")
    assert found.returncode == 1
    assert f"aenmf.{module.removesuffix('.py').replace('/', '.')}" in found.stdout
