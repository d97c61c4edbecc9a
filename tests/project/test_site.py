"""The documentation's site: it has every page, and builds without a warning where its packages are installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec

import pytest

from aenmf.reference.keep import pages


def test_the_site_lists_every_page_once(root):
    listed = re.findall(
        r"([\w-]+\.md)$", (root / "mkdocs.yml").read_text(encoding="utf-8").split("nav:\n")[-1], re.MULTILINE
    )
    assert sorted(listed) == sorted(page.name for page in pages()[1:])


@pytest.mark.skipif(
    not find_spec("mkdocs"), reason="mkdocs is not installed; make docs installs it and builds the site"
)
def test_the_site_builds_without_warnings_and_shows_the_api_and_the_reference(root, tmp_path):
    site = tmp_path / "site"
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(site)]
    quiet = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    run = subprocess.run(command, cwd=root, env=quiet, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr[-3000:]
    assert "aenmf.estimators.NMF" in (site / "api/index.html").read_text(encoding="utf-8")
    assert "reference/figures/figure4_consistency_mse.png" in (site / "results/index.html").read_text(encoding="utf-8")
    assert (site / "reference/figures/figure4_consistency_mse.png").is_file()
    assert "Findings" in (site / "search/search_index.json").read_text(encoding="utf-8")


def test_a_link_to_a_missing_page_fails_the_build(root, tmp_path):
    pytest.importorskip("mkdocs")
    for name in ("docs", "workflow/aenmf", "results/reference"):
        shutil.copytree(root / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("mkdocs.yml", "README.md"):
        shutil.copy2(root / name, tmp_path)
    with (tmp_path / "docs/faq.md").open("a", encoding="utf-8") as page:
        page.write("\n[nowhere](nowhere.md)\n")
    run = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict"], cwd=tmp_path, capture_output=True, text=True
    )
    assert run.returncode != 0 and "nowhere.md" in run.stderr
