"""Jobs import what they need only: starting takes many of them longer than their work."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

SLOW = {"matplotlib.pyplot", "scipy.optimize", "scipy.stats", "seaborn", "sklearn", "torch"}
FREE_OF = {
    "fit": SLOW | {"matplotlib", "pandas"},
    "collect": SLOW | {"matplotlib", "numpy", "pandas"},
    "figures": SLOW | {"numba"},
    "evaluate": SLOW - {"scipy.optimize"} | {"matplotlib"},  # its refits need it
    "signatures": SLOW - {"scipy.optimize"} | {"matplotlib"},
    **dict.fromkeys(
        ["consensus", "match", "order", "side_by_side", "table1", "table2"], SLOW | {"matplotlib", "numba"}
    ),
    **dict.fromkeys(
        ["table3", "table4", "table_optima", "verdicts", "report", "splits"], SLOW | {"matplotlib", "numba"}
    ),
}


@pytest.mark.parametrize("script", FREE_OF)
def test_a_job_starts_without_packages_that_are_slow_to_import(root, script):
    tree = ast.parse((root / f"workflow/scripts/{script}.py").read_text(encoding="utf-8"))
    imports = [ast.unparse(node) for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    code = "\n".join([*imports, "import sys; print(*sys.modules)"])
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "aenmf" in loaded
    assert not FREE_OF[script] & set(loaded)


@pytest.mark.parametrize("model", ["nmf", "cnmf"])
def test_a_model_is_built_without_packages_that_are_slow_to_import(model):
    solvers = {"nmf": ("hals", "ccd"), "cnmf": ("blocks", "newton")}[model]
    entry = {"model": model, "solver": dict(zip(("frobenius", "kullback-leibler"), solvers, strict=True))}
    code = (
        f"import sys; from aenmf.methods.registry import build_method; build_method('m', {entry}); print(*sys.modules)"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "numba" in loaded and not (SLOW | {"pandas", "matplotlib"}) & set(loaded)
