"""What a run was: configuration, code, versions and machine, written when it starts."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from aenmf.files.shipped import PACKAGE
from aenmf.files.tables import write_json
from aenmf.methods.devices import any_gpu, gpu_name
from aenmf.solvers.kernelcache import compiled_for

PACKAGES = (
    *("numpy", "scipy", "numba", "pandas", "scikit-learn", "kmedoids", "torch"),
    *("SigProfilerAssignment", "matplotlib", "snakemake"),
)


def code_version() -> dict[str, Any]:
    """The commit of the code and whether files differ from it; both None outside a git checkout."""

    def git(*arguments: str) -> str | None:
        try:
            asked = subprocess.run(["git", *arguments], cwd=PACKAGE, capture_output=True, text=True, check=False)
        except OSError:
            return None
        return asked.stdout.strip() if asked.returncode == 0 else None

    changed = git("status", "--porcelain", "--untracked-files=no")
    return {"commit": git("rev-parse", "HEAD"), "edited": None if changed is None else bool(changed)}


def processor() -> str:
    """The processor's name as the system gives it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def scored_by() -> dict[str, str | None]:
    """What a result file says of what made it besides the version: the commit and, as its seconds depend on it, the processor."""
    return {"commit": code_version()["commit"], "processor": f"{processor()}, {compiled_for()[0]}"}


def run_info(config: Mapping[str, Any], cores: int) -> dict[str, Any]:
    """The facts of a run. The user's data directory is left out: it says where, not what."""
    return {
        **code_version(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
        "processor": processor(),
        "compiled_for": compiled_for()[0],
        "processors": os.cpu_count(),
        "cores": cores,
        "gpu": gpu_name() if any_gpu(config) else None,
        "config": {key: value for key, value in config.items() if key != "data_dir"},
    }


def write_run_info(path: str | Path, config: Mapping[str, Any], cores: int) -> None:
    """Write :func:`run_info` as JSON."""
    write_json(path, run_info(config, cores))
