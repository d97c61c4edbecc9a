"""What a run says on the terminal: no lines about jobs, errors last, and the answer of the pages that were written."""

from __future__ import annotations

import io
import logging
import os
from pathlib import Path

import pytest

from aenmf.run.terminal import CALM, SILENT, Calm, last_lines


@pytest.fixture
def heard(monkeypatch):
    """A logger like Snakemake's, what its terminal shows, and the filter on it."""
    monkeypatch.setenv(CALM, "")
    logger, shown, said = logging.Logger("test"), io.StringIO(), io.StringIO()
    handler = logging.StreamHandler(shown)
    handler.name = "DefaultStreamHandler"
    logger.addHandler(handler)
    return logger, shown, Calm(logger, on=True, stream=said), said


def test_lines_about_jobs_stay_off_the_terminal_and_warnings_are_shown(heard):
    logger, shown, _, _ = heard
    logger.info("Finished job 3", extra={"event": "job_finished"})
    logger.info("Building DAG of jobs...")
    logger.info("Nothing to be done (all requested files are present and up to date).")
    logger.warning("left out: a method")
    assert [line[:7] for line in shown.getvalue().splitlines()] == ["Nothing", "left ou"]


def test_an_error_of_no_job_is_said_at_the_end(heard):
    logger, shown, calm, said = heard
    calm.started()
    logger.error("the lock is lost")
    calm.failed()
    assert shown.getvalue() == "" and said.getvalue() == "\nthe lock is lost\n"


def test_errors_before_the_jobs_are_shown_and_those_of_jobs_come_last(heard, tmp_path):
    logger, shown, calm, said = heard
    logger.error("error: unknown key")
    calm.started()
    log = tmp_path / "fit.log"
    log.write_text("10:00:00 INFO split 1\n10:00:01 ERROR the file is empty\n")
    logger.error(
        "Error in rule fit", extra={"event": "job_error", "rule_msg": "fitting", "rule_name": "fit", "log": [str(log)]}
    )
    assert shown.getvalue() == "error: unknown key\n" and said.getvalue() == ""
    calm.failed()
    assert said.getvalue() == f"\nfailed: fitting\n  the file is empty\n  the whole log: {log}\n"


def test_only_pages_that_this_run_wrote_are_said(heard, tmp_path):
    _, _, calm, said = heard
    answers = {str(tmp_path / f"{name}.html"): str(tmp_path / f"{name}.txt") for name in ("old", "new")}
    for path in answers.values():
        Path(path).write_text(f"Answer of {Path(path).stem}.\n")
    os.utime(tmp_path / "old.txt", (0, 0))
    calm.succeeded(answers)
    assert said.getvalue() == f"\nAnswer of new.\n{(tmp_path / 'new.html').as_uri()}\n"


def test_a_long_error_is_cut_in_the_middle(tmp_path):
    log = tmp_path / "a.log"
    log.write_text("10:00:00 ERROR the job failed\n" + "\n".join(f"line {i}" for i in range(50)) + "\nValueError: so")
    assert last_lines(str(log)) == ["the job failed", "line 48", "line 49", "ValueError: so"]


def job_failed(logger: logging.Logger, log: Path, text: str) -> None:
    """Have a job fail whose log has this text."""
    log.write_text(text)
    logger.error(
        "Error in rule fit", extra={"event": "job_error", "rule_msg": "", "rule_name": "fit", "log": [str(log)]}
    )


def test_jobs_that_fail_for_one_reason_say_it_once(heard, tmp_path):
    logger, _, calm, said = heard
    calm.started()
    for job in range(4):
        text = f"10:00:0{job} INFO split 1\n10:00:0{job} ERROR method mine:Mine: negative in {job + 7} places\n"
        job_failed(logger, tmp_path / f"{job}.log", text)
    job_failed(logger, tmp_path / "other.log", "10:00:01 ERROR the file is empty\n")
    calm.failed()
    assert said.getvalue().count("mine:Mine") == 1 and said.getvalue().count("the file is empty") == 1
    assert "failed: fit (4 jobs; this is the first)\n  method mine:Mine: negative in 7 places\n" in said.getvalue()
    assert said.getvalue().count("the whole log") == 2


def test_a_mistake_found_when_the_run_is_planned_is_said_without_snakemakes_lines(heard):
    logger, shown, calm, said = heard
    text = 'WorkflowError in file "common.smk", line 55:\nerror: config key run: no.\n  File "common.smk", line 55'
    logger.error(text)
    assert shown.getvalue() == "error: config key run: no.\n"
    calm.started()
    logger.error(text)
    calm.failed()
    assert said.getvalue() == "\nerror: config key run: no.\n"


@pytest.mark.parametrize("text", ["", "10:00:00 INFO split 1\n", "10:00:00 ERROR mended\n10:00:01 INFO split 2\n"])
def test_a_job_that_was_killed_is_said_so(tmp_path, text):
    (tmp_path / "a.log").write_text(text)
    assert last_lines(str(tmp_path / "a.log"))[0] == SILENT
