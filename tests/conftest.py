"""Shared fixtures."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


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
