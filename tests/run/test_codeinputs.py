"""A rule's code inputs are what its script really imports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from aenmf.run.codeinputs import PACKAGE, code_inputs


def test_figures_do_not_depend_on_solvers_nor_solvers_on_figures(root):
    scripts = root / "workflow/scripts"
    fit = {Path(file).relative_to(PACKAGE).parts[0] for file in code_inputs(scripts / "fit.py")}
    assert "figures" not in fit and "losses.py" in fit
    for script in scripts.glob("figure_*.py"):
        parts = {Path(file).relative_to(PACKAGE).parts[0] for file in code_inputs(script)}
        assert "figures" in parts and "solvers" not in parts, script.name


@pytest.mark.parametrize(
    "module", ["aenmf.run.plan", "aenmf.files.fits", "aenmf.evaluation.fits", "aenmf.methods.cnmf"]
)
def test_static_imports_cover_what_python_loads(module):
    """Every module of the package in sys.modules after the import is listed (packages' own __init__ aside)."""
    listing = f"import sys, {module}; print(*[m.__file__ for n, m in sys.modules.items() if n.startswith('aenmf')])"
    loaded = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, check=True).stdout.split()
    source = PACKAGE.parent.joinpath(*module.split(".")).with_suffix(".py")
    listed = {*code_inputs(source), str(source)}
    # Where compiled code is kept has no part in what it computes.
    assert {file for file in loaded if not file.endswith(("__init__.py", "kernelcache.py"))} <= listed
