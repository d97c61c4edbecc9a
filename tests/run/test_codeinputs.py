"""A rule's code inputs are what its script really imports."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from aenmf.figures.kinds import KINDS
from aenmf.methods.registry import model_class
from aenmf.run.codeinputs import PACKAGE, code_inputs, digest_of


def test_fits_do_not_depend_on_figures(root):
    fit = {Path(file).relative_to(PACKAGE).parts[0] for file in code_inputs(root / "workflow/scripts/fit.py")}
    assert "figures" not in fit and "losses.py" in fit


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_figure_depends_on_its_own_drawing_code_and_no_solver(root, kind):
    script, source = code_inputs(root / "workflow/scripts/figures.py"), str(kind.source)
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


OWN_SOLVERS = {
    "nmf": ("nmf_", "batch_nmf"),
    "cnmf": ("convex_", "textbook_convex", "batch_convex"),
    "aenmf": (
        "ae_adam",
        "ae_channels",
        "ae_varpro",
        "batch_adam",
    ),  # not ae_decoder: starts of all models use its exposures
}


@pytest.mark.parametrize("model", OWN_SOLVERS)
def test_a_models_fits_depend_on_no_solver_of_another_model(root, model):
    source = Path(inspect.getfile(model_class(model)))
    names = {Path(file).name for file in [*code_inputs(root / "workflow/scripts/fit.py"), *code_inputs(source)]}
    assert any(name.startswith(OWN_SOLVERS[model]) for name in names)
    for other, solvers in OWN_SOLVERS.items():
        assert other == model or not {name for name in names if name.startswith(solvers)}


def digest(tmp_path: Path, text: str) -> str:
    path = tmp_path / f"{len(list(tmp_path.iterdir()))}" / "module.py"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    return digest_of(frozenset([str(path)]))


CODE = """
def area(x, y=2):
    return x * y
"""


@pytest.mark.parametrize(
    "same",
    [
        CODE + "# a comment",
        '"""A docstring."""\n' + CODE,
        CODE.replace("    return", '    """The area."""\n    return'),
        CODE.replace("x, y=2", "\n    x,\n    y=2,\n"),
        CODE + '"""What it limits."""\n',
    ],
)
def test_comments_docstrings_and_line_breaks_do_not_count(tmp_path, same):
    assert digest(tmp_path, same) == digest(tmp_path, CODE)


@pytest.mark.parametrize(
    "other", [CODE.replace("2", "3"), CODE.replace("*", "+"), CODE.replace("y", "z"), CODE + "LABEL = 'area'\n"]
)
def test_numbers_operators_names_and_texts_count(tmp_path, other):
    assert digest(tmp_path, other) != digest(tmp_path, CODE)


def test_files_that_are_not_python_count_by_their_bytes(tmp_path):
    page = tmp_path / "page.html"
    page.write_text("<p># one</p>")
    before = digest_of(frozenset([str(page)]))
    digest_of.cache_clear()
    page.write_text("<p># two</p>")
    assert digest_of(frozenset([str(page)])) != before
