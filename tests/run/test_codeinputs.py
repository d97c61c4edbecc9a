"""A rule's code inputs are what its script really imports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from aenmf.figures.kinds import KINDS
from aenmf.run.codeinputs import PACKAGE, code_inputs


def test_fits_do_not_depend_on_figures(root):
    fit = {Path(file).relative_to(PACKAGE).parts[0] for file in code_inputs(root / "workflow/scripts/fit.py")}
    assert "figures" not in fit and "losses.py" in fit


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_figure_depends_on_its_own_drawing_code_and_no_solver(root, kind):
    script, source = code_inputs(root / "workflow/scripts/figure.py"), str(kind.source)
    files = {*script, *code_inputs(kind.source), source}
    assert source not in script  # else every kind would depend on it
    assert not {"solvers", "methods", "studies"} & {Path(file).relative_to(PACKAGE).parts[0] for file in files}
    assert str(PACKAGE / "figures/style.py") in files and str(PACKAGE / "figures/kinds.py") not in files


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
