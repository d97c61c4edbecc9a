"""``aenmf run``: a configuration that Snakemake cannot read is one line, and everything else is handed on as it is."""

from __future__ import annotations

import sys

import pytest

from support.command import aenmf

BROKEN = {
    "no date": ("run: 2025-02-30\n", ["mine.yaml, line 1, column 6", "'2025-02-30' is read as a date", "in quotes"]),
    "itself": ("methods:\n  nmf: &a\n    b: *a\n", ["mine.yaml, line 3, column 8", "an alias contains itself"]),
    "list as key": ("? [a, b]\n: 1\n", ["mine.yaml, line 1, column 3", "a key is a list or a mapping", "plain text"]),
    "list": ("- a\n", ["mine.yaml: the file holds a list and no keys"]),
}


@pytest.fixture
def started(monkeypatch) -> list[list[str]]:
    """The commands that this process would have become."""
    commands: list[list[str]] = []
    monkeypatch.setattr("os.execv", lambda _, command: commands.append(command))
    return commands


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize(
    "words", [["--configfile", "good.yaml", "mine.yaml", "--cores", "1"], ["tables", "--configfile=mine.yaml", "-n"]]
)
def test_a_broken_configuration_is_one_line_and_nothing_starts(tmp_path, monkeypatch, capsys, started, name, words):
    content, expected = BROKEN[name]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.yaml").write_text("run: mine\n")
    (tmp_path / "mine.yaml").write_text(content)
    assert aenmf("run", *words) == 1 and not started
    said = capsys.readouterr()
    assert said.err.startswith("error: ") and said.err.count("\n") == 1 and not said.out
    assert all(part in said.err for part in expected), said.err


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--cores", "2"],
        ["tables", "-n", "--config", "run=ten", "--configfile", "good.yaml", "--quiet", "--", "figures"],
    ],
)
def test_all_arguments_reach_snakemake_as_they_are(tmp_path, monkeypatch, started, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.yaml").write_text("run: mine\n")
    assert aenmf("run", *words) == 0
    assert started == [[sys.executable, "-m", "snakemake", *words]]
