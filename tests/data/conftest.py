"""What several tests of data share: a stand-in for the generator that counts VCF and MAF files."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from support.generator import loaded, put_generator


@pytest.fixture
def generator(tmp_path, monkeypatch) -> Path:
    """The stand-in, with the genome GRCh37; the folder of the genome."""
    genome = put_generator(tmp_path / "site")
    for name in loaded():
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(tmp_path / "site")
    monkeypatch.delenv("SIGPROFILERMATRIXGENERATOR_VOLUME", raising=False)
    monkeypatch.chdir(tmp_path)
    yield genome
    for name in loaded():  # by monkeypatch they would come back
        del sys.modules[name]
