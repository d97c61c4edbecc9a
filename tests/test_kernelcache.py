"""Compiled solvers of other sources are never used: an edit to any solver changes the cache's folder."""

from __future__ import annotations

import os
import subprocess
import sys

from aenmf import kernelcache
from aenmf.runinfo import run_info


def copied_package(tmp_path, monkeypatch):
    (tmp_path / "solvers").mkdir()
    (tmp_path / "solvers/a.py").write_text("x = 1\n")
    monkeypatch.setattr(kernelcache, "PACKAGE", tmp_path)
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


def test_run_info_names_versions_and_not_the_place_of_the_data():
    facts = run_info({"run": "x", "seed": 1, "data_dir": "/secret/place"}, cores=2)
    assert facts["config"] == {"run": "x", "seed": 1}
    assert "/secret" not in str(facts)
    assert facts["packages"]["numpy"] and facts["cores"] == 2
