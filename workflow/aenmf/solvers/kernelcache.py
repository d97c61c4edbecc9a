"""Where compiled solvers are kept: in a folder named by the solvers' sources, so that edited code never meets old binaries.

Numba looks at the edited file alone: a kernel compiled into its callers would live on in their cached code. With the
sources in the folder's name any edit to any solver compiles all of them again, and going back finds the old ones again.

The process that compiles a kernel may run another copy of the functions inlined in it than one that loads it, which shows in
last bits. So a run begins with :func:`compile_all`, and every job of it loads what is there.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

SOLVERS = Path(__file__).parent
PACKAGE = SOLVERS.parent
PREFIX = "kernels-"
COMPILE = "from aenmf.methods.precompile import precompile; precompile()"
"""Text for a Python of its own: this room knows no method."""


def source_digest() -> str:
    """Twelve hexadecimal digits that stand for the text of all solvers."""
    digest = hashlib.sha256()
    for path in sorted(SOLVERS.glob("*.py")):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def cache_folder() -> Path:
    """The folder for the present sources: next to the package, or in the user's own cache where that is read-only.

    Numba loads what it finds there as pickles, so it is never a place that others can write to, such as /tmp.
    """
    name = PREFIX + source_digest()
    if os.access(PACKAGE, os.W_OK):
        return PACKAGE / "__pycache__" / name
    return user_cache_path("aenmf", appauthor=False) / name


def use_kernel_cache() -> None:
    """Point numba to :func:`cache_folder`, unless the user has chosen a folder; to be called before a kernel is defined.

    Numba reads the environment as it is imported, which whoever imports this package may have done before.
    """
    os.environ.setdefault("NUMBA_CACHE_DIR", str(cache_folder()))
    settings: Any = sys.modules.get("numba.core.config")
    if settings and not settings.CACHE_DIR:
        settings.CACHE_DIR = os.environ["NUMBA_CACHE_DIR"]


def compiled_for() -> tuple[str, str]:
    """What the solvers are compiled for, as Numba decides it: the kind of processor as LLVM calls it, and its instructions.

    NUMBA_CPU_NAME and NUMBA_CPU_FEATURES in the environment make it another kind.
    """
    from llvmlite import binding

    try:
        features = binding.get_host_cpu_features().flatten()
    except RuntimeError:  # LLVM cannot say on every system
        features = ""
    kind = os.environ.get("NUMBA_CPU_NAME") or binding.get_host_cpu_name()
    return kind, os.environ.get("NUMBA_CPU_FEATURES", features)


def complete_mark() -> Path:
    """The file that says that all solvers of the present sources have been compiled for this kind of processor."""
    kind = hashlib.sha256(" ".join(compiled_for()).encode()).hexdigest()[:8]
    return Path(os.environ.get("NUMBA_CACHE_DIR") or cache_folder()) / f"complete-{source_digest()}-{kind}"


def compile_all() -> None:
    """Compile the solvers as ``aenmf precompile`` does, in a process of its own, unless that has been done.

    Raises:
        subprocess.CalledProcessError: a solver cannot be compiled; the process has written why.
    """
    if not complete_mark().exists():
        path = os.pathsep.join(filter(None, (str(PACKAGE.parent), os.environ.get("PYTHONPATH"))))
        subprocess.run([sys.executable, "-c", COMPILE], check=True, env=os.environ | {"PYTHONPATH": path})


def remove_stale() -> list[Path]:
    """Remove the folders of earlier sources and return them."""
    folder = cache_folder()
    stale = [path for path in folder.parent.glob(f"{PREFIX}*") if path != folder]
    for path in stale:
        shutil.rmtree(path, ignore_errors=True)
    return stale
