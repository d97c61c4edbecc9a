"""The command of an external tool: a template of words, in which names in braces stand for files and numbers."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aenmf.errors import did_you_mean
from aenmf.files.shipped import PACKAGE

WRAPPERS = PACKAGE.parent / "tools"
"""The folder with the scripts that call the tools which are shipped as entries."""
NAMES = {
    "catalogue": "the file with the counts",
    "signatures": "the file that the tool writes its signatures to",
    "exposures": "the file that the tool writes its exposures to",
    "report": "the file that the tool may write its versions to",
    "rank": "the number of signatures",
    "most": "the largest number of signatures that is taken of a tool that chooses it",
    "loss": "frobenius or kullback-leibler",
    "seed": "a whole number below 2147483648",
    "threads": "processors that the tool may use",
    "scratch": "an empty folder, which is removed when the tool has ended",
    "python": "the interpreter of the tool's environment, or else the project's own",
    "tools": "the folder with the scripts of the shipped entries",
    "source": "the folder that the option source names",
}
"""What may be in braces, and what it stands for."""
REQUIRED = ("catalogue", "signatures")
_BRACES = re.compile(r"\{(\w*)\}")


@dataclass(frozen=True)
class Command:
    """A command as it is configured.

    Attributes:
        words: program and arguments; no shell sees them.
    """

    words: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Command:
        """Split a template into words as a shell would.

        Raises:
            ValueError: a quote is not closed, a name in braces is unknown, or one that is needed is missing.
        """
        try:
            words = tuple(shlex.split(text))
        except ValueError as error:
            raise ValueError(f"command cannot be split into words ({str(error).lower()})") from error
        command = cls(words)
        for name in command.names:
            if name not in NAMES:
                raise ValueError(f"command has {{{name}}}, which stands for nothing. {did_you_mean(name, NAMES)}")
        if missing := [name for name in REQUIRED if name not in command.names]:
            raise ValueError(f"command lacks {{{missing[0]}}}, {NAMES[missing[0]]}")
        return command

    @property
    def names(self) -> set[str]:
        """The names in braces."""
        return {name for word in self.words for name in _BRACES.findall(word)}

    def filled(self, values: Mapping[str, object]) -> list[str]:
        """The words with the values of all names; names without a value stay."""
        return [_BRACES.sub(lambda name: str(values.get(name[1], name[0])), word) for word in self.words]

    def files(self, values: Mapping[str, object]) -> list[Path]:
        """The files that the command names, such as the tool's script; folders and programs on the PATH are none."""
        paths = [Path(word) for word in self.filled(values)]
        return [path for path in paths if path.is_file()]
