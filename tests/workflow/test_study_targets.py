"""The named targets of the studies plan the jobs they should; the studies themselves are tested without the workflow."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

pytestmark = pytest.mark.workflow

STUDIES = """
scaling: {methods: [nmf, cnmf_textbook], losses: [frobenius]}
benchmark: {splits: 2, peers: {rcppml: sh}}
convergence: {cohorts: [scenario8], precision: aenmf_published}
theorem: {cohorts: [scenario8]}
optima: {cohorts: [scenario8], methods: [nmf, cnmf]}
robustness: {cohorts: [scenario8], methods: [nmf, cnmf], splits: 2}
"""


def plan(root, directory, *arguments: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "snakemake", "--snakefile", root / "Snakefile", "--directory", directory, "-n"]
    command += ["--cores", "2", *arguments]
    run = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    return run.returncode, run.stdout + run.stderr


def test_studies_plan_their_jobs(root, tmp_path):
    file = tmp_path / "studies.yaml"
    file.write_text(STUDIES)
    over = ("--configfile", str(root / "config/test.yaml"), str(file))
    status, said = plan(root, tmp_path, "scaling", "benchmark", "convergence_report", "optima", *over)
    assert status == 0, said
    jobs = {name: int(n) for name, n in re.findall(r"^(\w+) +(\d+)$", said, flags=re.MULTILINE)}
    expected = {"scaling_times": 2, "figure_scaling": 1, "benchmark_courses": 4, "figure_benchmark": 1}
    expected |= {"precision": 2, "figure_precision": 1, "optima_tries": 4, "optima_tables": 1, "figure_luck": 1}
    assert expected.items() <= jobs.items()
    assert "all" not in jobs and "best_known" not in jobs
    assert jobs["evaluate"] == 1 and "table2" not in jobs  # of the comparison, the fits that luck is measured by
    status, said = plan(root, tmp_path, "robustness", *over)
    assert status == 0, said
    jobs = {name: int(n) for name, n in re.findall(r"^(\w+) +(\d+)$", said, flags=re.MULTILINE)}
    assert (jobs["robustness_errors"], jobs["robustness_table"], jobs["figure_robustness"]) == (4, 1, 1)
    assert "fit" not in jobs  # the study makes its own
    status, said = plan(root, tmp_path, "best_known", *over)
    assert status == 0, said
    assert "optima_tries  " in said and "figure_luck" not in said


@pytest.mark.parametrize(
    ("change", "checks", "conditions"),
    [
        ("{theorem: {cohorts: [scenario8]}}", 1, 1),
        ("{}", 1, 0),
        ("{compare: [nmf, aenmf]}", 0, 0),
        ("{compare: [cnmf, aenmf], losses: [frobenius]}", 1, 0),
    ],
)
def test_the_theorem_is_checked_where_both_models_are_compared(root, tmp_path, change, checks, conditions):
    file = tmp_path / "change.yaml"
    file.write_text(change)
    status, said = plan(root, tmp_path, "all", "theorem", "--configfile", str(root / "config/test.yaml"), str(file))
    assert status == 0, said
    jobs = {name: int(n) for name, n in re.findall(r"^(\w+) +(\d+)$", said, flags=re.MULTILINE)}
    assert (jobs.get("theorem_checks", 0), jobs.get("theorem_table", 0)) == (checks, checks)
    assert (jobs.get("theorem_conditions", 0), jobs.get("figure_conditions", 0)) == (
        conditions,
        conditions,
    )


def test_an_own_cohort_is_run_without_what_is_the_papers(root, tmp_path):
    file = tmp_path / "own.yaml"
    catalogue = root / "docs/example/catalogue.tsv"
    file.write_text(f"{{cohorts: [mine], own_cohorts: {{mine: {{file: {catalogue}, rank: 3, ranks: [2, 4]}}}}}}")
    over = ("--configfile", str(root / "config/test.yaml"), str(file))
    for target, there in (("all", True), ("ranks", False)):
        status, said = plan(root, tmp_path, target, *over)
        assert status == 0, said
        jobs = {name: int(n) for name, n in re.findall(r"^(\w+) +(\d+)$", said, flags=re.MULTILINE)}
        assert not {"verdicts", "proof_of_concept", "figure_schematic", "figure_proof"} & set(jobs)
        assert (jobs["rank_criterion"], jobs["rank_criteria_table"], jobs["figure_rank_criteria"]) == (1, 1, 1)
        assert not {"rank_errors", "figure_rank"} & set(jobs)  # the paper's study
        assert ("signatures" in jobs) == ("report" in jobs) == ("fit" in jobs) == there


@pytest.mark.parametrize("target", ["pcawg", "forest"])
def test_across_cancers_plans_what_the_errors_need(root, tmp_path, data_dir, target):
    file = root / "config/pcawg.yaml"
    status, said = plan(root, tmp_path, target, "--configfile", str(file), "--config", f"data_dir={data_dir}")
    assert status == 0, said
    jobs = {name: int(n) for name, n in re.findall(r"^(\w+) +(\d+)$", said, flags=re.MULTILINE)}
    expected = {"catalogue": 22, "splits": 22, "fit": 22 * 3 * 2, "evaluate": 22, "collect": 2}
    assert jobs.pop("total") == sum(jobs.values())
    assert jobs == expected | {"forest_tables": 1, "figure_forest": 1, target: 1}


def test_a_mean_over_cancers_needs_three(root, tmp_path):
    status, said = plan(root, tmp_path, "forest", "--configfile", str(root / "config/test.yaml"))
    assert status != 0 and "needs 3 cohorts of patients" in said and "config keys cohorts, compare" in said, said


@pytest.mark.parametrize("name", ["wrong.json", "wrong.YAML", "wrong.cfg"])
def test_a_key_given_twice_is_refused_whatever_the_file_is_called(root, tmp_path, name):
    (tmp_path / name).write_text('{"n_splits": 3, "n_splits": 7}')
    status, found = plan(root, tmp_path, "--configfile", str(tmp_path / name))
    assert status != 0 and "the key 'n_splits' is given twice" in found, found


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("{scaling: {methods: [nmff]}}", ["scaling.methods", "Did you mean 'nmf'"]),
        ("{benchmark: {cohorts: [uterus]}}", ["benchmark.cohorts", "uterus"]),
        ("{benchmark: {within: 0}}", ["benchmark.within"]),
        ("{benchmark: {peers: {rcppml: no/Rscript}}}", ["benchmark.peers.rcppml", "'no/Rscript'", "null"]),
        ("{theorem: {cohorts: [scenario8]}, compare: [nmf, aenmf]}", ["theorem.cohorts", "cnmf", "compare"]),
        ("n_splits: 3\nn_splits: 7\n", ["wrong.yaml, line 2", "'n_splits'", "twice"]),
    ],
)
def test_mistakes_are_one_message(root, tmp_path, change, said):
    file = tmp_path / "wrong.yaml"
    file.write_text(change)
    status, found = plan(root, tmp_path, "--configfile", str(file))
    assert status != 0 and all(part in found for part in said) and "Traceback" not in found, found
