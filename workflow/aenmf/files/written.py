"""Where the values of a configuration were written: the file and the line, or the command line, behind the key of a message."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from aenmf.errors import UserError
from aenmf.files.checked_yaml import TOP_LEVEL, compose_yaml

KEY = re.compile(r"config keys? ([^,]+)")
COMMAND_LINE = "command line (--config)"
MERGE = "tag:yaml.org,2002:merge"


@dataclass(frozen=True)
class Written:
    """What a configuration was read from.

    Attributes:
        files: its files, in the order in which one is laid over another.
        given: what the command line lays over them.
    """

    files: Sequence[str | Path] = ()
    given: Mapping[str, Any] = field(default_factory=dict)

    def placed(self, error: UserError) -> UserError:
        """The same mistake; one in a value of the configuration also says where that was written."""
        key = KEY.fullmatch(error.where.partition(", ")[0])
        place = self._place("" if key[1] == TOP_LEVEL else key[1], error.problem) if key else ""
        if not place:
            return error
        return type(error)(error.problem, where=f"{place}, {error.where}", remedy=error.remedy)

    def _place(self, key: str, problem: str) -> str:
        """The last place that gives the key, or most of it; one that also gives what the problem names goes first."""
        best, place = (len(key), 1), ""
        for name, top in self._layers():
            (line, node), left = _follow(top, key)
            named = _named(node, problem) if not left else None
            found = (left, 0 if named else 1)
            replaced = not left and not isinstance(node, yaml.MappingNode)  # mappings are merged, all else is laid over
            if replaced or ((left < len(key) or named) and found <= best):
                best, place = found, f"{name}, line {named or line}" if name != COMMAND_LINE else name
        return place

    def _layers(self) -> Iterator[tuple[str, yaml.Node]]:
        for file in self.files:
            if node := compose_yaml(file):
                yield _shown(file), node
        if self.given:
            yield COMMAND_LINE, yaml.compose(yaml.dump(dict(self.given)))


def _shown(file: str | Path) -> str:
    """A file as one would name it from the working directory."""
    path = Path(os.path.abspath(file))
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(file)


def _children(node: yaml.Node) -> dict[str, tuple[int, yaml.Node]]:
    """The keys of a mapping, or the positions of a list, with the line of each and what it holds."""
    found: dict[str, tuple[int, yaml.Node]] = {}
    if isinstance(node, yaml.SequenceNode):
        return {str(place): (part.start_mark.line + 1, part) for place, part in enumerate(node.value)}
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        if key.tag != MERGE:
            found[str(key.value)] = (key.start_mark.line + 1, value)
            continue
        for part in value.value if isinstance(value, yaml.SequenceNode) else [value]:
            found = _children(part) | found
    return found


def _follow(node: yaml.Node, key: str, line: int = 1) -> tuple[tuple[int, yaml.Node], int]:
    """The line and the value of a key such as ``methods.nmf.tol``, as far as it is given; and how many letters were left."""
    for name, (below_line, below) in _children(node).items() if key else ():
        if key == name or key.startswith(f"{name}."):
            return _follow(below, key[len(name) + 1 :], below_line)
    return (line, node), len(key)


def _named(node: yaml.Node, problem: str) -> int | None:
    """The line of the key, or of the item, of a value that a problem names first."""
    in_list = isinstance(node, yaml.SequenceNode)
    found = []
    for name, (line, part) in _children(node).items():
        word = repr(part.value) if in_list else re.escape(name)
        word = re.escape(word) if in_list else rf"(?<![\w.]){word}(?!\w)"
        if one := re.search(word, problem):
            found.append((one.start(), line))
    return min(found)[1] if found else None
