"""Which of the project's files a script runs, so that a rule can depend on their meaning and an edit re-makes its outputs.

A rule holds a digest rather than the files: a touched file re-makes nothing, and neither does a changed comment, docstring or
line break, as the digest is of the code's syntax tree. Of a user's own method these files are its own and the modules in the
same folder that it imports.
"""

from __future__ import annotations

import ast
import hashlib
import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from aenmf.files.checked_yaml import read_yaml
from aenmf.files.shipped import PACKAGE

NAME = PACKAGE.name


@cache
def imported_files(path: Path) -> frozenset[Path]:
    """The package's files that a Python file imports directly, at any depth of its own code, and the file's neighbours."""
    found: set[Path] = set()
    # The project's own files import by full names; installed packages change with the environment, not by hand.
    neighbours = not path.is_relative_to(PACKAGE.parent) and "site-packages" not in path.parts

    def files_of(parts: list[str], level: int) -> list[Path]:
        if level:
            base = path.parents[level - 1].joinpath(*parts)
        elif parts[0] == NAME:
            base = PACKAGE.joinpath(*parts[1:])
        elif neighbours:
            base = path.parent.joinpath(*parts)
        else:
            return []
        return [file for file in (base.with_suffix(".py"), base / "__init__.py") if file.is_file()]

    for node in _parsed(path)[0]:
        if isinstance(node, ast.Import):
            for alias in node.names:
                found.update(files_of(alias.name.split("."), 0))
        elif node.module or node.level:
            start = node.module.split(".") if node.module else []
            modules = [file for alias in node.names for file in files_of([*start, alias.name], node.level)]
            package = files_of(start, node.level) if start or node.level else []
            # What the package itself does when a module of it is imported counts too, but for ours: it starts numba's cache.
            found.update([*modules, *(file for file in package if not modules or file != PACKAGE / "__init__.py")])
    return frozenset(found)


@cache
def code_inputs(script: str | Path) -> list[str]:
    """All files of the package that a script depends on, the script itself excluded, sorted.

    Imports are followed statically through the package, those inside functions included.
    """
    seen: set[Path] = set()
    open_files = [Path(script)]
    while open_files:
        for file in imported_files(open_files.pop()):
            if file not in seen:
                seen.add(file)
                open_files.append(file)
    return sorted(str(file) for file in seen)


@cache
def digest_of(files: frozenset[str]) -> str:
    """Sixteen hexadecimal digits for the names and the meaning of files: code, YAML, or else their bytes."""
    digest = hashlib.sha256()
    for file in map(Path, sorted(files)):
        digest.update(file.name.encode() + b"\0" + MEANINGS.get(file.suffix, Path.read_bytes)(file) + b"\0")
    return digest.hexdigest()[:16]


def meaning(path: Path) -> bytes:
    """A Python file's syntax tree as text, without what changes no result: places, comments, and docstrings."""
    return _parsed(path)[1]


@cache
def _parsed(path: Path) -> tuple[list[ast.Import | ast.ImportFrom], bytes]:
    """A Python file's imports, and its :func:`meaning`: every run reads the whole package, and each file once."""
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    statements = [tree, *_statements(tree)]
    for node in statements:
        for lines in _blocks(node):
            lines[:] = [line for line in lines if not _text_alone(line)]
    return [node for node in statements if isinstance(node, ast.Import | ast.ImportFrom)], ast.dump(tree).encode()


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """All statements in a module or statement; what :func:`ast.walk` would find too, but not the many parts of expressions."""
    for lines in _blocks(node):
        for line in lines:
            yield line
            yield from _statements(line)


def _blocks(node: ast.AST) -> list[list[ast.AST]]:
    """The blocks of statements, of cases, and of handlers of exceptions, directly in a module or statement."""
    parts = (getattr(node, name, None) for name in ("body", "orelse", "finalbody", "handlers", "cases"))
    return [part for part in parts if isinstance(part, list)]


def _text_alone(node: ast.AST) -> bool:
    """Whether a statement is nothing but a text: a docstring, or one below a constant."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _values(path: Path) -> bytes:
    return repr(read_yaml(path)).encode()


MEANINGS: dict[str, Callable[[Path], bytes]] = {".py": meaning, ".yaml": _values}


def share_package_path() -> None:
    """Let the processes this one starts import the package, whether or not it is installed in their environment."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(PACKAGE.parent), *([before] if before else [])])
