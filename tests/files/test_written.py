"""A mistake in a configuration names the file and the line in which the value was written, or the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from aenmf.errors import UnknownOption, UserError
from aenmf.files.written import Written
from support.command import aenmf

FIRST = """run: mine
methods:
  nmf:
    solver: mu
    tol: 1e-5
  common: &common {max_iter: 10}
  other:
    <<: *common
    title: Other
compare: [nmf, other]
cohorts:
  - sim
  - [ovary]
"""
SECOND = """# laid over the first

methods:
  nmf: {restarts: 5}
"run": other
"""


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "first.yaml").write_text(FIRST)
    (tmp_path / "second.yaml").write_text(SECOND)
    (tmp_path / "empty.yaml").write_text("# nothing\n")
    return tmp_path


@pytest.mark.parametrize(
    ("key", "problem", "where"),
    [
        ("run", "x", "second.yaml, line 5"),
        ("methods.nmf.solver", "x", "first.yaml, line 4"),
        ("methods.nmf.restarts", "x", "second.yaml, line 4"),
        ("methods.nmf", "x", "second.yaml, line 4"),
        ("methods.nmf", "tol must be a number", "first.yaml, line 5"),
        ("methods.nmf", "unknown option 'solver'", "first.yaml, line 4"),
        ("methods.nmf.device", "x", "second.yaml, line 4"),
        ("methods.other.max_iter", "x", "first.yaml, line 6"),
        ("methods.nmfs.tol", "x", "second.yaml, line 3"),
        ("compare", "unknown method entry 'other'", "first.yaml, line 10"),
        ("cohorts", "'sim' is not among this run's cohorts", "first.yaml, line 12"),
        ("cohorts.1.0", "x", "first.yaml, line 13"),
        ("(top level)", "unknown key 'compare'", "first.yaml, line 10"),
        ("n_splits", "x", "command line (--config)"),
    ],
)
def test_the_last_place_that_gives_a_value_is_named(place, key, problem, where):
    written = Written(["first.yaml", place / "second.yaml", "empty.yaml"], {"n_splits": "many", "seed": [1]})
    said = written.placed(UnknownOption(problem, where=f"config key {key}", remedy="y"))
    assert isinstance(said, UnknownOption) and (said.problem, said.remedy) == (problem, "y")
    assert said.where == f"{where}, config key {key}"


def test_the_first_of_two_keys_is_looked_up(place):
    said = Written(["first.yaml"]).placed(UserError("x", where="config keys cohorts, compare"))
    assert said.where == "first.yaml, line 11, config keys cohorts, compare"


@pytest.mark.parametrize("where", ["", "own.tsv, row 3", "config key seed", "config key (top level)"])
def test_other_mistakes_stay_as_they_are(place, where):
    error = UserError("x", where=where)
    assert Written(["first.yaml"]).placed(error) is error
    assert Written().placed(error) is error


def test_a_file_elsewhere_is_named_by_its_whole_path(place, monkeypatch):
    (place / "below").mkdir()
    monkeypatch.chdir(place / "below")
    said = Written([place / "first.yaml"]).placed(UserError("x", where="config key run"))
    assert said.where == f"{place / 'first.yaml'}, line 1, config key run"


def test_the_command_names_the_file_of_a_misspelt_key(place, capsys):
    (place / "typo.yaml").write_text("run: mine\nn_split: 3\n")
    (place / "more.yaml").write_text("run: other\n")
    assert aenmf("check", "typo.yaml", "more.yaml") == 1
    assert "error: typo.yaml, line 2, config key (top level): unknown key 'n_split'" in capsys.readouterr().err


def test_a_value_that_takes_the_place_of_a_list_is_the_mistake_whatever_the_list_holds(place, capsys):
    (place / "scalar.yaml").write_text("run: mine\nlosses: frobenius\n")  # one of those in the shipped list
    assert aenmf("check", "scalar.yaml") == 1
    said = capsys.readouterr().err
    assert "scalar.yaml, line 2, config key losses: 'frobenius' is text" in said
    assert said.rstrip().endswith("Write [frobenius].")


def test_of_two_values_that_contradict_each_other_the_users_is_named(place, capsys):
    (place / "one.yaml").write_text("rank_selection: {cohorts: [scenario8], highest: 1}\n")
    assert aenmf("check", "one.yaml") == 1
    assert "one.yaml, line 1, config key rank_selection: highest (1) is below lowest" in capsys.readouterr().err
