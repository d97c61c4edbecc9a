"""The command line in the tests' own process."""

from __future__ import annotations

import pytest

from aenmf.run.cli import cli


def aenmf(*arguments: object) -> int:
    """The exit status of ``aenmf ARGUMENTS``; what it prints is for capsys."""
    with pytest.raises(SystemExit) as ended:
        cli([str(word) for word in arguments], prog_name="aenmf")
    assert isinstance(ended.value.code, int)
    return ended.value.code
