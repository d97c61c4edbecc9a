"""Compiled solvers of other sources are never used: an edit to any solver changes the cache's folder."""

from __future__ import annotations

import ast
import os
import subprocess
import sys

import pytest

from aenmf.run.runinfo import run_info
from aenmf.solvers import kernelcache


def copied_package(tmp_path, monkeypatch):
    (tmp_path / "solvers").mkdir()
    (tmp_path / "solvers/a.py").write_text("x = 1\n")
    monkeypatch.setattr(kernelcache, "PACKAGE", tmp_path)
    monkeypatch.setattr(kernelcache, "SOLVERS", tmp_path / "solvers")
    return tmp_path


def test_an_edit_to_any_solver_changes_the_folder_and_back(tmp_path, monkeypatch):
    package = copied_package(tmp_path, monkeypatch)
    before = kernelcache.cache_folder()
    (package / "solvers/a.py").write_text("x = 2\n")
    assert kernelcache.cache_folder() != before
    (package / "solvers/a.py").write_text("x = 1\n")
    assert kernelcache.cache_folder() == before


def test_a_renamed_solver_changes_the_folder(tmp_path, monkeypatch):
    package = copied_package(tmp_path, monkeypatch)
    before = kernelcache.cache_folder()
    (package / "solvers/a.py").rename(package / "solvers/b.py")
    assert kernelcache.cache_folder() != before


def test_only_stale_folders_are_removed(tmp_path, monkeypatch):
    copied_package(tmp_path, monkeypatch)
    present = kernelcache.cache_folder()
    stale = present.with_name(f"{kernelcache.PREFIX}000000000000")
    other = present.with_name("other")
    for folder in (present, stale, other):
        folder.mkdir(parents=True)
    assert kernelcache.remove_stale() == [stale]
    assert present.is_dir() and other.is_dir() and not stale.exists()


def test_a_folder_the_user_chose_is_kept_and_ours_is_the_default():
    ask = "import aenmf, os; print(os.environ['NUMBA_CACHE_DIR'])"
    free = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    for environment, expected in ((free, str(kernelcache.cache_folder())), (free | {"NUMBA_CACHE_DIR": "/x"}, "/x")):
        run = subprocess.run([sys.executable, "-c", ask], env=environment, capture_output=True, text=True, check=True)
        assert run.stdout.strip() == expected


KERNEL = """
import sys
{first}
import aenmf
import numpy as np
from aenmf.solvers.nnqp import nonnegative_quadratic
nonnegative_quadratic(np.eye(2), np.ones(2), np.zeros(2))
print(nonnegative_quadratic.stats.cache_path, sum(nonnegative_quadratic.stats.cache_misses.values()))
"""


def test_kernels_are_compiled_once_whatever_is_imported_first(tmp_path):
    free = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}

    def kernel(first):
        command = [sys.executable, "-c", KERNEL.format(first=first)]
        return subprocess.run(command, env=free, capture_output=True, text=True, check=True).stdout.split()

    folder, _ = kernel("")
    assert folder.startswith(str(kernelcache.cache_folder()))
    assert kernel("import numba") == kernel("from numba import njit") == [folder, "0"]
    chosen = str(tmp_path / "chosen")
    assert kernel(f"import numba; numba.config.CACHE_DIR = {chosen!r}")[0].startswith(chosen)


def test_run_info_names_versions_and_not_the_place_of_the_data():
    facts = run_info({"run": "x", "seed": 1, "data_dir": "/secret/place"}, cores=2)
    assert facts["config"] == {"run": "x", "seed": 1}
    assert "/secret" not in str(facts)
    assert facts["packages"]["numpy"] and facts["cores"] == 2


def kernels(root):
    """Every use of numba's decorator in the package: (file and line, names of its keywords)."""
    for path in sorted((root / "workflow/aenmf").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Name) and node.id in ("jit", "njit", "vectorize", "guvectorize"):
                yield f"{path.name}:{node.lineno}", node
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "njit":
                yield f"{path.name}:{node.lineno}", node


def test_kernels_state_their_arithmetic(root):
    """Numba hands a caller's fastmath and error_model down to kernels that state none, and keeps whichever came first."""
    named = [place for place, node in kernels(root) if isinstance(node, ast.Name)]
    stated = {place: {k.arg for k in node.keywords} for place, node in kernels(root) if isinstance(node, ast.Call)}
    assert len(stated) > 50 and sorted(named) == sorted(stated)
    assert {place for place, keys in stated.items() if not keys >= {"cache", "fastmath", "error_model"}} == set()


CALLED_BY = """
import sys
import numpy as np
from aenmf.solvers.nnqp import nonnegative_quadratic
from aenmf.solvers.nmf_anderson import extrapolate, new_memory

def quadratic():
    nonnegative_quadratic(np.eye(2), np.ones(2), np.zeros(2))

def jump():
    extrapolate(new_memory(3, 2), np.ones(3), np.zeros(3), np.ones(3), np.empty(3))

for name in sys.argv[1:]:
    globals()[name]()
rng = np.random.default_rng(0)
memory, x, sums = new_memory(40, 8), rng.random(40), []
for _ in range(30):
    g, out = 0.9 * x + 0.1 * np.sin(3 * x), np.empty(40)
    extrapolate(memory, x, g, np.ones(40), out)
    x = np.clip(out, 0.0, 2.0)
    sums.append(x.sum().hex())
print(sums)
"""


def test_results_do_not_depend_on_which_caller_compiled_a_kernel(tmp_path):
    outputs = []
    for number, names in enumerate((("quadratic", "jump"), ("jump", "quadratic"))):
        environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / str(number))}
        command = [sys.executable, "-c", CALLED_BY, *names]
        outputs.append(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)
    assert outputs[0] == outputs[1]


def test_all_is_compiled_in_another_process_and_once(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    asked = []

    def compiled(command, **_):
        asked.append(command)
        kernelcache.complete_mark().touch()

    monkeypatch.setattr(kernelcache.subprocess, "run", compiled)
    kernelcache.compile_all()
    kernelcache.compile_all()
    assert asked == [[sys.executable, "-c", kernelcache.COMPILE]]


def test_the_mark_of_other_sources_does_not_count(tmp_path, monkeypatch):
    package = copied_package(tmp_path, monkeypatch)
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    before = kernelcache.complete_mark()
    (package / "solvers/a.py").write_text("x = 2\n")
    assert kernelcache.complete_mark() != before


@pytest.mark.parametrize("variable", ["NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES"])
def test_the_mark_of_another_processor_does_not_count(variable, tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    before = kernelcache.complete_mark()
    monkeypatch.setenv(variable, "generic")
    assert kernelcache.complete_mark() != before
    assert "generic" in kernelcache.compiled_for()


def test_what_solvers_are_compiled_for_is_what_numba_says(monkeypatch):
    from numba.core.codegen import JITCPUCodegen

    monkeypatch.delenv("NUMBA_CPU_NAME", raising=False)
    monkeypatch.delenv("NUMBA_CPU_FEATURES", raising=False)
    _, kind, instructions = JITCPUCodegen("test").magic_tuple()
    assert kernelcache.compiled_for() == (kind, instructions)
