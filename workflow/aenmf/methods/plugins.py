"""Where methods that are not part of the package are found: folders of the configuration, and installed packages."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path

from aenmf.errors import UserError

GROUP = "aenmf.methods"
"""Entry point group: an installed package declares ``name = "module:Class"`` under it, and ``model: name`` finds it."""


def use_plugin_path(folders: Sequence[str], where: str = "config key plugin_path") -> None:
    """Put folders in front of the module search path of this process and of those it starts.

    Args:
        folders: absolute, or relative to the working directory.
        where: how messages name the place.

    Raises:
        UserError: a folder does not exist, or has a file that would be imported in place of a module which others need.
    """
    for given in folders:
        if not os.path.isdir(given):
            remedy = f"Correct it; a relative path starts at the working directory {os.getcwd()}"
            raise UserError(f"there is no folder {given!r}", where=where, remedy=remedy)
        for file in sorted(Path(given).glob("*.py")):
            if _is_needed(file.stem):
                problem = f"{file.name} in {given!r} would be imported in place of the module {file.stem}"
                raise UserError(problem, where=where, remedy="Rename the file, and model with it")
    resolved = [str(Path(folder).resolve()) for folder in folders]
    sys.path[:] = resolved + [entry for entry in sys.path if entry not in resolved]
    inherited = [
        entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry and entry not in resolved
    ]
    if resolved:
        os.environ["PYTHONPATH"] = os.pathsep.join([*resolved, *inherited])


def _is_needed(name: str) -> bool:
    """Whether a module is one of Python's own, of an installed package that is in use, or this package."""
    origin = getattr(sys.modules.get(name), "__file__", None) or ""
    return name in sys.stdlib_module_names or name == "aenmf" or "site-packages" in origin


def is_plugin(kind: type) -> bool:
    """Whether a class is a user's own, and not part of this package."""
    return kind.__module__.partition(".")[0] != "aenmf"


def source_of(kind: type) -> str:
    """How messages name a user's class: ``grouped:Grouped (methods/grouped.py)``."""
    name, file = f"{kind.__module__}:{kind.__qualname__}", _file_of(kind)
    return f"{name} ({_near(file)})" if file else name


def raised(error: BaseException, kind: type) -> str:
    """What a user's class raised, and where: the last line of its own file on the way to the error, if any."""
    frames = traceback.extract_tb(error.__traceback__)
    last = next((frame for frame in reversed(frames) if frame.filename == _file_of(kind)), frames[-1])
    return f"{type(error).__name__}{f': {error}' if str(error) else ''} ({_near(last.filename)}, line {last.lineno})"


def place_in(module: str, error: BaseException) -> str:
    """The file and line of a user's module at which its import failed; empty if it was not found, or is not the cause."""
    if isinstance(error, SyntaxError):
        return f"{_near(str(error.filename))}, line {error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    stem = module.rpartition(".")[2]
    last = next((frame for frame in reversed(frames) if Path(frame.filename).stem == stem), None)
    return f"{_near(last.filename)}, line {last.lineno}" if last else ""


def _near(file: str) -> str:
    """A path as one would type it: relative below the working directory."""
    return os.path.relpath(file) if file.startswith(os.getcwd() + os.sep) else file


def _file_of(kind: type) -> str:
    return getattr(sys.modules.get(kind.__module__), "__file__", None) or ""


@cache
def installed_models() -> dict[str, str]:
    """Models of installed packages by name, as ``module:Class``."""
    return {point.name: point.value for point in entry_points(group=GROUP)}
