"""The workflow itself, run for real on config/test.yaml."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from aenmf.figures.kinds import KINDS
from aenmf.report.about import caption_of
from support.command import aenmf

pytestmark = pytest.mark.workflow


def snakemake(root: Path, directory: Path, *arguments: str, check: bool = True) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "snakemake", "--snakefile", root / "Snakefile", "--directory", directory]
    command += ["--configfile", root / "config/test.yaml", *arguments]
    environment = {key: value for key, value in os.environ.items() if key != "AENMF_DATA_DIR"}
    run = subprocess.run([str(part) for part in command], capture_output=True, text=True, env=environment)
    assert not check or run.returncode == 0, run.stdout[-4000:] + run.stderr[-8000:]
    return run


@pytest.fixture(scope="module")
def first_run(root, tmp_path_factory) -> Path:
    """Results of config/test.yaml on two cores, three splits a job."""
    directory = tmp_path_factory.mktemp("first")
    run = snakemake(root, directory, "--cores", "2")
    (directory / "said.txt").write_text(run.stdout + run.stderr, encoding="utf-8")
    return directory


def tables(directory: Path) -> dict[str, bytes]:
    folder = directory / "results/test/tables"
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def wide_tables(directory: Path) -> dict[str, bytes]:
    """The files under signatures and exposures."""
    folder = directory / "results/test"
    files = sorted(file for kind in ("signatures", "exposures") for file in (folder / kind).rglob("*.tsv"))
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


def test_tables_do_not_depend_on_cores_chunks_or_day(root, first_run, tmp_path):
    snakemake(root, tmp_path, "--cores", "1", "tables", "--config", "splits_per_job=2")
    assert tables(tmp_path) == tables(first_run)
    assert len(wide_tables(first_run)) == 2 * 3 * 2 and wide_tables(tmp_path) == wide_tables(first_run)


def test_make_run_prints_forty_lines_at_most_when_all_goes_well(root, first_run):
    """The command's own lines, as make would print them, and all that a whole run of this configuration printed."""
    command = ["make", "--dry-run", "--no-print-directory", "--assume-old=.venv/.ready", "run"]
    own = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout.splitlines()
    said = (first_run / "said.txt").read_text(encoding="utf-8").splitlines()
    assert own[-1].endswith("aenmf run --cores all")
    assert "3 splits; 18 of 18 fits converged" in said[-2] and said[-1].endswith("results/test/report.html")
    assert len(own) + len(said) <= 40
    assert not [line for line in said if len(line) > 400]


def test_every_fact_is_there_once(first_run):
    folder = first_run / "results/test/tables"
    errors = pd.read_csv(folder / "errors.csv")
    keys = ["cohort", "method", "loss", "split", "set", "measure"]
    assert not errors.duplicated(keys).any()
    assert len(errors) == 1 * 3 * 2 * 3 * 2 * 2  # cohorts, methods, losses, splits, sets, measures
    assert errors["value"].gt(0).all()
    assert len(pd.read_csv(folder / "consistency.csv")) == 3 * 2 * 3
    assert len(pd.read_csv(folder / "consensus.csv")) == 3 * 2 * 3 * 96


def test_every_fit_converged(first_run):
    fits = pd.read_csv(first_run / "results/test/tables/fits.csv")
    assert fits["converged"].all()
    assert fits["kkt"].max() < 1e-4


def test_results_have_not_drifted_from_the_reference(root, first_run, capsys):
    status = aenmf("compare", "--part", first_run / "results/test", root / "results/reference")
    assert status == 0, capsys.readouterr().out


def test_nothing_is_left_to_do(root, first_run):
    again = snakemake(root, first_run, "--cores", "1", "--dry-run")
    assert "Nothing to be done" in again.stdout + again.stderr
    # The options that every run uses, profiles/default, are where Snakemake looks for them: from other directories too.
    assert "profiles/default" in again.stdout + again.stderr


def test_a_deleted_table_is_remade_alone(root, first_run):
    (first_run / "results/test/tables/table2.csv").unlink()
    run = snakemake(root, first_run, "--cores", "1", "--dry-run")
    assert set(jobs(run.stdout + run.stderr)) == {"table2", "report"}
    before = tables(first_run)
    snakemake(root, first_run, "--cores", "1")
    assert tables(first_run).items() >= before.items()


def test_a_deleted_figure_is_remade_by_the_job_of_its_kind_alone(root, first_run):
    figures = sorted((first_run / "results/test/figures").glob("figureS2_errors_simulated_*.png"))
    assert len(figures) == 2
    figures[0].unlink()
    run = snakemake(root, first_run, "--cores", "1", "--dry-run")
    assert jobs(run.stdout + run.stderr) == {"figure_errors": 1, "report": 1}  # the page shows it
    snakemake(root, first_run, "--cores", "1")
    assert figures[0].is_file()


def test_snakemakes_own_report_holds_every_figure_and_table_with_its_caption(root, first_run, tmp_path):
    page = tmp_path / "jobs.html"
    snakemake(root, first_run, "--report", str(page))
    text = page.read_text(encoding="utf-8")
    figures = [path.name for path in (first_run / "results/test/figures").rglob("*.png")]
    assert len(figures) > 20
    assert not [name for name in (*figures, "table1.csv", "table2.csv", "verdicts.csv") if name not in text]
    kinds = ["schematic", "errors", "consistency", "pca", "profiles", "tiles", "recovered", "proof", "sparsity"]
    captions = {name: KINDS[name].caption for name in kinds}
    captions |= {name: caption_of(name) for name in ("table1", "table2", "verdicts")}
    assert not [name for name, caption in captions.items() if caption[:40] not in text]


@pytest.fixture
def project(root, tmp_path) -> Path:
    """A copy of the project whose modules a test may edit."""
    for name in ("workflow", "config", "envs"):
        shutil.copytree(root / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(root / "Snakefile", tmp_path)
    return tmp_path


def planned(project: Path, directory: Path, monkeypatch) -> Counter[str]:
    """How many jobs of each rule a copy of the project would run over finished results."""
    monkeypatch.setenv("PYTHONPATH", str(project / "workflow"))
    run = snakemake(project, directory, "--cores", "1", "--dry-run")
    return jobs(run.stdout + run.stderr)


def another_number(path: Path, name: str) -> None:
    """Change the number that a module gives a name."""
    text, changed = re.subn(rf"^({name} = )(.+)$", r"\1(\2) * 2", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert changed == 1, f"{path} gives {name} no value"
    path.write_text(text, encoding="utf-8")


def test_a_comment_or_a_docstring_in_any_file_remakes_nothing(project, first_run, monkeypatch):
    before = planned(project, first_run, monkeypatch)
    # The claims of the copy are another file, and it has no published errors.
    assert set(before) <= {"verdicts", "verdicts_of_comparison", "ratios", "figure_ratios", "report"}
    edited = list((project / "workflow").rglob("*.py"))
    assert len(edited) > 150
    for path in edited:
        text = path.read_text(encoding="utf-8")
        path.write_text(text + '\n# A comment.\n"""A text."""\n', encoding="utf-8")
    assert planned(project, first_run, monkeypatch) == before


def test_an_edited_plotting_module_remakes_figures_only(project, first_run, monkeypatch):
    before = planned(project, first_run, monkeypatch)
    another_number(project / "workflow/aenmf/figures/style.py", "SMALLEST")
    again = planned(project, first_run, monkeypatch) - before
    assert again and all(rule.startswith("figure_") or rule == "report" for rule in again), again
    assert {"figure_errors", "figure_pca", "figure_profiles", "figure_schematic"} <= set(again)


def test_an_edited_drawing_remakes_its_own_kind_only(project, first_run, monkeypatch):
    before = planned(project, first_run, monkeypatch)
    pca = project / "workflow/aenmf/figures/pca.py"
    pca.write_text(pca.read_text(encoding="utf-8") + "\nEDITED = True\n", encoding="utf-8")
    assert set(planned(project, first_run, monkeypatch) - before) - {"report"} == {"figure_pca"}


def test_a_reworded_caption_draws_no_figure(project, first_run, monkeypatch):
    before = planned(project, first_run, monkeypatch)
    kinds = project / "workflow/aenmf/figures/kinds.py"
    text = kinds.read_text(encoding="utf-8")
    kinds.write_text(text.replace("Mean error over the cells", "The mean error over the cells"), encoding="utf-8")
    assert kinds.read_text(encoding="utf-8") != text
    assert set(planned(project, first_run, monkeypatch) - before) <= {"report"}


@pytest.mark.parametrize(
    ("solver", "name"),
    [("nmf_ccd", "WARM_UP"), ("convex_newton", "HALVINGS"), ("ae_varpro", "DECODER_STEPS")],
)
def test_an_edited_solver_refits_its_model_only(project, first_run, monkeypatch, solver, name):
    another_number(project / f"workflow/aenmf/solvers/{solver}.py", name)
    again = planned(project, first_run, monkeypatch)
    assert again["fit"] == 2 and again["evaluate"] == 1  # one model under either loss
    assert not {"simulate", "splits", "reference"} & set(again)


def jobs(plan: str) -> Counter[str]:
    """The rules a dry run would run and how often, from its table of job counts."""
    table = {rule: int(count) for rule, count in re.findall(r"^(\w+) +(\d+)$", plan, flags=re.MULTILINE)}
    return Counter({rule: count for rule, count in table.items() if rule not in ("all", "total")})


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ("n_split=3", ["unknown key 'n_split'", "Did you mean 'n_splits'"]),
        ("cohorts=[scenario9]", ["unknown cohort 'scenario9'", "Did you mean 'scenario8'"]),
        ("compare=[nmff]", ["unknown method entry 'nmff'"]),
        ("run=../out", ["config key run"]),
    ],
)
def test_mistakes_end_with_one_message_before_any_work(root, tmp_path, config, expected):
    run = snakemake(root, tmp_path, "--cores", "1", "--config", config, check=False)
    said = run.stdout + run.stderr
    assert run.returncode != 0
    assert all(part in said for part in expected), said
    assert "Traceback" not in said
    assert not (tmp_path / "results").exists()


def test_a_bad_catalogue_stops_the_run_with_its_place(root, tmp_path):
    bad = tmp_path / "mine.csv"
    bad.write_text("Type,a,b\nA[C>A]A,1,-2\n")
    own = tmp_path / "mine.yaml"
    own.write_text(f"cohorts: [mine]\nown_cohorts: {{mine: {{file: {bad}, rank: 1}}}}\n")
    run = snakemake(root, tmp_path, str(own), "--cores", "1", check=False)
    said = run.stdout + run.stderr
    assert run.returncode != 0
    assert str(bad) in said and ("missing" in said or "negative" in said), said
    assert not (tmp_path / "results/test/fits").exists()


def test_missing_data_names_the_three_ways_to_supply_it(root, tmp_path, monkeypatch):
    monkeypatch.setenv("AENMF_CACHE_DIR", str(tmp_path / "cache"))
    empty = tmp_path / "data"
    empty.mkdir()
    run = snakemake(root, tmp_path, "--cores", "1", "--config", "cohorts=[ovary]", f"data_dir={empty}", check=False)
    said = run.stdout + run.stderr
    assert run.returncode != 0
    assert "data_dir" in said and "AENMF_DATA_DIR" in said and "download" in said, said
