"""A wheel brings everything that the commands need without a checkout."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def installed(root, tmp_path_factory) -> Path:
    """A folder with the package from a wheel of the project, and nothing else."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", folder, root], check=True)
    (wheel,) = folder.glob("aenmf-*.whl")
    subprocess.run([*pip, "install", "--no-deps", "--no-index", "--target", folder / "site", wheel], check=True)
    return folder / "site"


def aenmf(installed: Path, directory: Path, *arguments: str) -> subprocess.CompletedProcess:
    environment = os.environ | {"PYTHONPATH": str(installed), "AENMF_DATA_DIR": ""}
    command = [sys.executable, installed / "bin/aenmf", *arguments]
    return subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True)


def test_a_configuration_in_an_empty_folder_is_checked(installed, tmp_path):
    (tmp_path / "mine.yaml").write_text("run: mine\nn_splits: 2\ncompare: [nmf]\n")
    run = aenmf(installed, tmp_path, "check", "mine.yaml")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "results/mine" in run.stdout and "2 splits" in run.stdout
    (tmp_path / "mine.yaml").write_text("run: mine\nn_split: 2\n")
    run = aenmf(installed, tmp_path, "check", "mine.yaml")
    assert run.returncode == 1 and "Did you mean 'n_splits'" in run.stderr


def test_it_is_the_wheel_that_answers(installed, tmp_path):
    where = "import aenmf, aenmf.files.shipped as s; print(aenmf.__file__, s.CONFIG)"
    environment = os.environ | {"PYTHONPATH": str(installed)}
    asked = subprocess.run([sys.executable, "-c", where], env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert all(path.startswith(str(installed)) for path in asked.stdout.split()), asked.stdout


def test_the_wheel_holds_what_lies_next_to_the_code(root, installed):
    package = root / "workflow/aenmf"
    beside = [
        path.relative_to(package)
        for path in package.rglob("*")
        if path.suffix in (".yaml", ".rst", ".md", ".html", ".tsv")
    ]
    beside += [Path("config") / path.name for path in (root / "config").iterdir()]
    assert len(beside) > 20 and not [path for path in beside if not (installed / "aenmf" / path).is_file()]


def test_what_needs_a_checkout_says_so(installed, tmp_path):
    run = aenmf(installed, tmp_path, "configdocs")
    assert run.returncode == 1 and "checkout" in run.stderr and "Traceback" not in run.stderr
