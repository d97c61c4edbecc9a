"""Shared fixtures."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# As in the workflow's jobs: one thread each, because the tests themselves run side by side. Before numpy is loaded.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")


def pytest_addoption(parser):
    group = parser.getgroup("aenmf", "contract tests of a method")
    group.addoption("--method", help="check this model, module:Class, instead of the built-in ones")
    group.addoption("--option", action="append", help="an option of the method, key=value; may be repeated")
    group.addoption("--plugin-path", action="append", help="folder of the method's module; may be repeated")


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's root directory."""
    return ROOT


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The directory of the real data; tests that need it are skipped, saying so, where it is absent."""
    named = os.environ.get("AENMF_DATA_DIR")
    path = Path(named) if named else ROOT.parent / "shared" / "data"
    if not (path / "gel").is_dir():
        pytest.skip(f"no real data: neither AENMF_DATA_DIR nor {path} holds a gel/ folder")
    return path


def pytest_collection_modifyitems(items):
    """Runs of the workflow first: they are the longest, and the other tests then fill the other worker."""
    items.sort(key=lambda item: item.get_closest_marker("workflow") is None)
