"""What a job and a run say on the way, with a clock that the tests turn."""

from __future__ import annotations

import io
import logging

import numpy as np
import pytest

from aenmf.losses import FROBENIUS
from aenmf.methods.contract import example
from aenmf.methods.nmf import NMF
from aenmf.run.progress import Pace, Progress, RunProgress, duration, of_job, of_run
from aenmf.solvers.listening import at_iteration, told


class Clock:
    """Seconds that pass when told to."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def progress_of(clock: Clock, terminal: bool = True) -> tuple[Progress, io.StringIO]:
    stream = io.StringIO()
    log = logging.getLogger("aenmf.test")
    log.setLevel(logging.INFO)
    return Progress("prostate nmf frobenius", terminal=terminal, log=log, stream=stream, clock=clock), stream


def said_within(pace: Pace, seconds: int) -> list[int]:
    """The seconds at which something that could be said every second is said."""
    return [now for now in range(1, seconds + 1) if pace.due(now)]


def test_a_job_is_heard_after_a_minute_and_then_after_twice_the_time():
    assert said_within(of_job(), 600) == [60, 120, 240, 480]


def test_long_runs_are_heard_at_least_twice_an_hour():
    for pace in (of_job(), of_run()):
        heard = said_within(pace, 24 * 3600)
        assert max(later - earlier for earlier, later in zip(heard, heard[1:], strict=False)) <= 1800


@pytest.mark.parametrize("cores", [1, 2, 4])
def test_five_minutes_on_a_slow_machine_take_thirty_lines_at_most(cores):
    longest = 300 * cores // 60  # jobs of a minute each, after which the first line comes
    assert len(said_within(of_run(), 300)) + longest * len(said_within(of_job(), 60)) <= 30


def test_a_line_has_splits_loss_time_and_what_is_left(clock, caplog):
    progress, stream = progress_of(clock)
    clock.pass_by(60)
    progress(3, 9, 169.7654)
    assert stream.getvalue() == "prostate nmf frobenius: split 3 of 9, loss 169.765, 60 s, about 2 min left\n"
    assert caplog.messages == ["split 3 of 9, loss 169.765, 60 s, about 2 min left"]
    clock.pass_by(120)
    progress(9, 9, 1.5)
    assert stream.getvalue().endswith("split 9 of 9, loss 1.5, 3 min\n")


def test_the_terminal_hears_a_job_rarely_and_the_log_hears_everything(clock, caplog):
    progress, stream = progress_of(clock)
    for done in range(1, 151):
        clock.pass_by(1)
        progress(done, 150, 1.0)
    lines = stream.getvalue().splitlines()
    assert len(caplog.messages) == 150
    assert [line.partition(",")[0] for line in lines] == [
        f"prostate nmf frobenius: split {done} of 150" for done in (60, 120)
    ]


def test_a_job_of_less_than_a_minute_says_nothing_on_the_terminal(clock):
    progress, stream = progress_of(clock)
    for done in (1, 2, 3):
        clock.pass_by(15)
        progress(done, 3, 1.0)
        progress.at(done, 1.0)
    assert stream.getvalue() == ""


def test_it_is_off_on_request_and_stays_in_the_log(clock, caplog):
    progress, stream = progress_of(clock, terminal=False)
    clock.pass_by(60)
    progress(1, 2, 1.0)
    progress.at(700, 0.5)
    assert stream.getvalue() == "" and len(caplog.messages) == 1
    clock.pass_by(60)
    progress.at(800, 0.5)
    assert stream.getvalue() == "" and len(caplog.messages) == 2


def test_a_long_fit_says_its_iteration_and_loss(clock, caplog):
    progress, stream = progress_of(clock)
    at_iteration(10, 1.0)  # outside of a job: nobody listens
    with told(progress, 4):
        for iteration in (10, 20, 30):
            clock.pass_by(30)
            at_iteration(iteration, 2.5)
        progress(1, 4, 2.25)
        clock.pass_by(100)
        at_iteration(40, 1.25)
    clock.pass_by(100)
    at_iteration(50, 1.0)
    lines = stream.getvalue().splitlines()
    assert [line.split(": ")[1] for line in lines] == [
        "split 1 of 4, iteration 20, loss 2.5, 60 s",
        "split 2 of 4, iteration 40, loss 1.25, 3 min",
    ]
    assert len(caplog.messages) == 5


def test_results_are_the_same_with_and_without(clock):
    method, problem = NMF("mu", {"max_iter": 40}), example(FROBENIUS)
    progress, _ = progress_of(clock)
    heard: list[int] = []
    progress.at = lambda iteration, loss: heard.append(iteration)
    with told(progress, 1):
        one = method.fit([problem], progress)[0]
    other = method.fit([problem])[0]
    assert heard and heard[-1] == 40
    assert np.array_equal(one.signatures, other.signatures) and np.array_equal(one.exposures, other.exposures)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0 s"), (99, "99 s"), (100, "2 min"), (5900, "98 min"), (7200, "2.0 h"), (36000, "10.0 h")],
)
def test_durations_are_said_in_one_unit(seconds, text):
    assert duration(seconds) == text


def snakemake_record(**more) -> logging.LogRecord:
    record = logging.LogRecord("snakemake.logging", logging.INFO, "", 0, None, (), None)
    vars(record).update(more)
    return record


def test_the_run_says_how_long_the_rest_takes(clock):
    from snakemake_interface_logger_plugins.common import LogEvent

    stream = io.StringIO()
    handler = RunProgress(stream, clock)
    for done in range(1, 21):
        clock.pass_by(2)
        handler.handle(snakemake_record(event=LogEvent.PROGRESS, done=done, total=40))
        handler.handle(snakemake_record(event=LogEvent.JOB_FINISHED))
    lines = stream.getvalue().splitlines()
    assert lines == [
        "5 of 40 steps, 10 s, about 70 s left",
        "10 of 40 steps, 20 s, about 60 s left",
        "15 of 40 steps, 30 s, about 50 s left",
    ]
    clock.pass_by(20)
    handler.handle(snakemake_record(event=LogEvent.PROGRESS, done=40, total=40))
    assert stream.getvalue().endswith("\n40 of 40 steps, 60 s\n")
