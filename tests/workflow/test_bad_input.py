"""Every mistake a user can make meets one message with its place and remedy, before any work, and nothing made is touched.

Most cases go through :func:`aenmf.run.preflight.check`, which the workflow calls when it is planned; a handful through the
``snakemake`` command itself, with its exit status.
"""

from __future__ import annotations

import copy
import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from aenmf.data.catalogues import Catalogue
from aenmf.data.datasets import Registry
from aenmf.data.fetch import Downloads, resolve
from aenmf.data.owncohorts import check_counts
from aenmf.errors import UserError
from aenmf.files.checked_yaml import merged
from aenmf.run.preflight import check, load_config
from support.bad_inputs import CONFIGURATION, COUNTS, FILES, YAML, catalogue, cell, own, text
from support.command import aenmf


@pytest.fixture
def place(tmp_path) -> Path:
    """A working directory with a good catalogue of an own cohort and results of an earlier run."""
    (tmp_path / "own.tsv").write_bytes(text(catalogue()))
    (tmp_path / "empty").mkdir()
    earlier = tmp_path / "results/default/tables"
    earlier.mkdir(parents=True)
    (earlier / "errors.csv").write_text("cohort,value\nmine,1\n")
    return tmp_path


def state(folder: Path) -> dict[str, tuple[str, int]]:
    """Digest and time of every file below ``results``."""
    files = (path for path in sorted((folder / "results").rglob("*")) if path.is_file())
    return {str(path): (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns) for path in files}


def configured(root: Path, over: dict[str, Any]) -> dict[str, Any]:
    return merged(yaml.safe_load((root / "config/config.yaml").read_text()), copy.deepcopy(over))


def refused(job: Callable[[], Any], expected: list[str]) -> None:
    with pytest.raises(UserError) as error:
        job()
    message = str(error.value)
    assert error.value.remedy, message
    for part in expected:
        assert part in message, message
    assert "\n" not in message.strip() and len(message) < 1000


@pytest.mark.parametrize("name", CONFIGURATION)
def test_a_bad_configuration_is_refused(root, place, monkeypatch, name):
    over, expected = CONFIGURATION[name]
    monkeypatch.chdir(place)
    before = state(place)
    refused(lambda: check(configured(root, over), place), expected)
    assert state(place) == before


@pytest.mark.parametrize("name", FILES)
def test_a_bad_catalogue_is_refused_when_the_workflow_is_planned(root, place, monkeypatch, name):
    content, expected = FILES[name]
    (place / "own.tsv").write_bytes(content)
    monkeypatch.chdir(place)
    before = state(place)
    refused(lambda: check(configured(root, own()), place), ["own.tsv", *expected])
    assert state(place) == before


@pytest.mark.parametrize(
    ("counts", "why"),
    [
        (COUNTS[:, :1] + COUNTS[:, 1:2] * [[0, 1]], "two columns"),
        (np.column_stack([COUNTS[:, :2], COUNTS[:, :2].sum(axis=1)]), "a column is the sum of two others"),
        (np.full((96, 4), 7), "whole numbers with one sum"),
        (COUNTS + 0.5, "fractions with different sums"),
        (COUNTS[:, [0] * 6], "copies, each of which is the mean of the others"),
    ],
)
def test_counts_that_look_odd_are_taken_as_they_are(tmp_path, counts, why):
    check_counts(Catalogue(tuple(f"P{i}" for i in range(counts.shape[1])), counts.astype(float)))


def test_proportions_of_two_patients_are_known_by_their_sums():
    counts = COUNTS[:, :2] / COUNTS[:, :2].sum(axis=0)
    with pytest.raises(UserError, match="sum to less than 1.5 .*: these are proportions or rates, not counts"):
        check_counts(Catalogue(("P0", "P1"), counts * [0.9, 1.4]))
    check_counts(Catalogue(("P0", "P1"), counts * [0.9, 1.6]))


@pytest.mark.parametrize("heading", ["Total", "row_sum", "Sum", "MEAN", "Row Means", "Average", "P99"])
@pytest.mark.parametrize("column", [0, 2, 5])
@pytest.mark.parametrize(
    ("summary", "what"), [(COUNTS[:, :5].sum(axis=1), "sum"), (COUNTS[:, :5].mean(axis=1), "mean")]
)
def test_a_sum_or_a_mean_of_the_patients_is_no_patient(heading, column, summary, what):
    matrix = np.insert(COUNTS[:, :5].astype(float), column, summary, axis=1)
    names = [f"P{i}" for i in range(5)]
    names.insert(column, heading)
    says = f"the column '{heading}' is the {what} of the other 5 columns, and no patient.*Remove the column"
    with pytest.raises(UserError, match=says):
        check_counts(Catalogue(tuple(names), matrix))
    matrix[3, column] += 1
    check_counts(Catalogue(tuple(names), matrix))  # no longer what its heading says


def test_sums_and_means_are_found_next_to_each_other_rounded_and_of_few_or_empty_patients():
    patients = COUNTS[:, :2].astype(float)
    both = np.column_stack([patients, patients.sum(axis=1), np.round(patients.mean(axis=1))])
    with pytest.raises(UserError, match="'Total' is the sum of the other 2 columns"):
        check_counts(Catalogue(("P0", "P1", "Total", "Mean"), both))
    with pytest.raises(UserError, match="'Mean' is the mean of the other 2 columns"):
        check_counts(Catalogue(("P0", "P1", "Mean"), both[:, [0, 1, 3]]))
    with_empty = np.column_stack([patients, patients.sum(axis=1) / 3])
    with pytest.raises(UserError, match="'Average' is the mean"):
        check_counts(Catalogue(("P0", "P1", "Average"), with_empty, dropped=("P2",)))


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("Median", np.median(COUNTS, axis=1)),
        ("MAX", COUNTS.max(axis=1)),
        ("min", COUNTS.min(axis=1)),
        ("S.D.", COUNTS.std(axis=1, ddof=1).round(2)),
    ],
)
def test_a_column_of_another_statistic_is_no_patient_if_its_heading_says_so(heading, column):
    matrix = np.column_stack([COUNTS, column]).astype(float)
    names = tuple(f"P{i}" for i in range(COUNTS.shape[1]))
    with pytest.raises(UserError, match=f"the column '{heading}' is the .* of the other 12 columns.*Remove the column"):
        check_counts(Catalogue((*names, heading), matrix))
    check_counts(Catalogue((*names, "P12"), matrix))
    matrix[5, 12] += 1
    check_counts(Catalogue((*names, heading), matrix))


def test_counts_beyond_any_genome_are_refused():
    check_counts(Catalogue(tuple("abcdefghijkl"), COUNTS * 1e6))
    with pytest.raises(UserError, match="counts up to .* more than any genome"):
        check_counts(Catalogue(tuple("abcdefghijkl"), COUNTS * 1e300))


def test_a_pipe_is_refused_and_not_waited_for(root, place, monkeypatch):
    monkeypatch.chdir(place)
    (place / "own.tsv").unlink()
    os.mkfifo(place / "own.tsv")
    refused(lambda: check(configured(root, own()), place), ["'own.tsv' is a pipe or a device", "Save the catalogue"])


def test_there_are_at_least_sixty_bad_inputs():
    assert len(CONFIGURATION) + len(FILES) >= 60


def test_the_good_inputs_behind_the_bad_ones_pass(root, place, monkeypatch):
    monkeypatch.chdir(place)
    registry, plan = check(configured(root, own(ranks=[2, 5])), place)
    assert plan.criteria_ranges == {"mine": (2, 5)} and plan.criteria_chunks == {"mine": ("02-05",)}
    assert plan.rank_ranges == {}
    assert registry.cohorts["mine"].data.path == "own.tsv"
    assert check(configured(root, {}), place)[1].rank_ranges == {}


@pytest.mark.parametrize("name", YAML)
def test_a_file_that_is_no_configuration_is_refused(root, tmp_path, capsys, name):
    content, expected = YAML[name]
    path = tmp_path / "mine.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    refused(lambda: load_config([path]), ["mine.yaml", *expected])
    assert aenmf("check", path) == 1
    assert capsys.readouterr().err.startswith("error: ")


def test_an_absent_configuration_is_refused(root, tmp_path):
    refused(lambda: load_config([tmp_path / "x.yaml"]), ["x.yaml", "cannot be read", "Check the path"])


def test_a_corrupted_cache_file_is_never_used_and_named(root, tmp_path, caplog):
    data = Registry.load(root / "config/cohorts.tsv", root / "config/references.tsv").cohorts["ovary"].data
    (tmp_path / data.path).parent.mkdir(parents=True)
    (tmp_path / data.path).write_text("broken")
    offline = Downloads(schemes=(), progress=False)
    refused(
        lambda: resolve(data, cache_dir=tmp_path, downloads=offline, environ={}),
        ["three ways", "(1)", "data_dir", "AENMF_DATA_DIR", "(2)", "(3)", data.sha256],
    )
    assert data.path in caplog.text and "is not the data set" in caplog.text


@pytest.mark.parametrize(("name", "remedy"), [("signal", "references: [cosmic]"), ("pcawg", "leave out pcawg")])
def test_data_that_cannot_be_fetched_come_with_a_way_to_do_without(root, tmp_path, name, remedy):
    data = Registry.load(root / "config/cohorts.tsv", root / "config/references.tsv").references[name].data
    offline = Downloads(schemes=(), progress=False)
    with pytest.raises(UserError, match="do without it.*three ways") as error:
        resolve(data, cache_dir=tmp_path, downloads=offline, environ={})
    assert remedy in error.value.remedy


def test_a_wrong_data_file_is_refused_when_the_workflow_is_planned(root, tmp_path):
    (tmp_path / "gel").mkdir()
    (tmp_path / "gel/catalogues_Ovary_SBS.tsv").write_text("broken")
    config = configured(root, {"cohorts": ["ovary"], "data_dir": str(tmp_path)})
    refused(lambda: check(config, tmp_path), ["catalogues_Ovary_SBS.tsv", "is expected", "Replace it"])


def test_an_unknown_organ_and_cancer_type_are_refused_where_the_data_are(root, place, data_dir, monkeypatch):
    monkeypatch.chdir(place)
    for key, value, says in (("organ", "Ovry", "Did you mean 'Ovary'"), ("pcawg", "Ovary", "no cancer type")):
        config = configured(root, own(**{key: value}) | {"data_dir": str(data_dir)})
        refused(lambda config=config: check(config, place), [f"own_cohorts.mine.{key}", says])


def test_results_that_cannot_be_written_are_refused(root, tmp_path, monkeypatch):
    (tmp_path / "results").write_text("")
    refused(lambda: check(configured(root, {}), tmp_path), ["results", "there is a file", "Move it away"])
    (tmp_path / "results").unlink()
    (tmp_path / "results/default/tables").mkdir(parents=True)
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).name != "tables")
    refused(lambda: check(configured(root, {}), tmp_path), ["tables", "cannot be written", "the right to write"])
    monkeypatch.undo()
    monkeypatch.setattr("aenmf.run.preflight.LEAST_SPACE", 1e18)
    refused(lambda: check(configured(root, {}), tmp_path), ["the disk is full", "Free some disk space"])


COMMANDS = {
    "unknown key": ([], "n_split: 3\n", ["unknown key 'n_split'", "Did you mean 'n_splits'"]),
    "wrong type": ([], "run: mine\nn_splits: thirty\n", ["my.yaml, line 2, config key n_splits: 'thirty' is text"]),
    "solver": (
        [],
        "methods: {nmf: {solver: hal}}\n",
        ["my.yaml, line 1, config key methods.nmf.solver", "Did you mean 'hals'"],
    ),
    "own file": (
        [],
        "run: own\ncohorts: [mine]\nown_cohorts: {mine: {file: own.tsv, rank: 3}}\n",
        ["own.tsv, row 6", "negative value -2"],
    ),
    "nothing to match to": (
        [],
        "run: own\ncohorts: [mine]\nown_cohorts: {mine: {file: own.tsv, rank: 3}}\nreferences: []\n",
        ["config key references", "the signatures of mine would be matched to none", "Add cosmic"],
    ),
    "octal": ([], "run: mine\nn_splits: 010\n", ["my.yaml, line 2, column 11", "'010' is read as 8", "Write 10 or 8"]),
    "command line": (["--config", "run=../out"], "seed: 1\n", ["command line (--config), config key run: '../out'"]),
    "results": ([], "run: mine\n", ["results/mine", "there is a file", "Move it away"]),
}


@pytest.mark.workflow
@pytest.mark.parametrize("name", COMMANDS)
def test_the_command_ends_with_one_message_and_status_1(root, place, name):
    arguments, content, expected = COMMANDS[name]
    (place / "own.tsv").write_bytes(cell(5, 3, "-2"))
    (place / "results/mine").write_text("in the way")
    (place / "my.yaml").write_text(content)
    before = state(place)
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(root / "Snakefile"), "--directory", str(place)]
    command += ["--cores", "1", "--configfile", str(place / "my.yaml"), *arguments]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    said = run.stdout + run.stderr
    assert run.returncode == 1, said
    assert all(part in said for part in expected), said
    assert said.count("error: ") == 1 and "Traceback" not in said, said
    assert state(place) == before
