"""The command line ``aenmf`` as the tests use it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from aenmf.run.cli import cli


def aenmf(*arguments: object) -> int:
    """The exit status of ``aenmf ARGUMENTS`` in this process; what it prints is for capsys."""
    with pytest.raises(SystemExit) as ended:
        cli([str(word) for word in arguments], prog_name="aenmf")
    assert isinstance(ended.value.code, int)
    return ended.value.code


def put_command(folder: Path) -> str:
    """Put a program ``aenmf`` of the code under test into a folder, for shells; returns what to add to PATH."""
    folder.mkdir()
    (folder / "aenmf").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m aenmf.run.cli "$@"\n')
    (folder / "aenmf").chmod(0o755)
    return str(folder)
