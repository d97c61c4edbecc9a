"""Where methods that are not part of the package are found: folders of the configuration, and installed packages."""

from __future__ import annotations

import os
import sys
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
        UserError: a folder does not exist.
    """
    resolved = [str(Path(folder).resolve()) for folder in folders]
    for given, folder in zip(folders, resolved, strict=True):
        if not Path(folder).is_dir():
            remedy = f"Correct it; a relative path starts at the working directory {os.getcwd()}"
            raise UserError(f"there is no folder {given!r}", where=where, remedy=remedy)
    sys.path[:] = resolved + [entry for entry in sys.path if entry not in resolved]
    inherited = [
        entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry and entry not in resolved
    ]
    if resolved:
        os.environ["PYTHONPATH"] = os.pathsep.join([*resolved, *inherited])


@cache
def installed_models() -> dict[str, str]:
    """Models of installed packages by name, as ``module:Class``."""
    return {point.name: point.value for point in entry_points(group=GROUP)}
