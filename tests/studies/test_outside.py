"""Peers of the benchmark in environments of their own: the contract of their scripts, and what happens when one fails."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from aenmf.errors import UserError
from aenmf.figures.benchmark import OTHER_PACKAGES, seconds_to_target
from aenmf.files.checked_yaml import read_yaml
from aenmf.files.layout import to_markdown
from aenmf.files.shipped import CONFIG
from aenmf.losses import FROBENIUS, KULLBACK_LEIBLER, PAPER_LOSSES
from aenmf.methods.registry import build_method
from aenmf.problem import Problem
from aenmf.seeds import Seed
from aenmf.studies import outsideruns
from aenmf.studies.benchmark import FAILED, REACHED, STOPPING, follow, ratios, times, times_layout
from aenmf.studies.contestants import Contestant, PeerFailed, own, textbook_nmf
from aenmf.studies.outside import OUTSIDE, SCRIPTS, Outside, check_peers, interpreter
from aenmf.studies.outsideruns import outside_peers

RNG = np.random.default_rng(5)
CATALOGUE = RNG.poisson(RNG.dirichlet(0.5 * np.ones(16), 2).T @ RNG.gamma(2, 200, (2, 18))) + 1.0
CATALOGUE[::2, ::3] = 0.0  # cells without mutations, which the losses have to take

PAPERS_UPDATES = f"""
import sys
sys.path[:0] = [{str(SCRIPTS)!r}, {str(SCRIPTS.parent)!r}]
from aenmf.solvers.textbook import NMF_STEPS
from course import main

def make(catalogue, signatures, exposures):
    factors = [signatures, exposures]
    def advance(n):
        for _ in range(n):
            factors[:] = NMF_STEPS[sys.argv[2]](catalogue, *factors)
    return advance, lambda: factors

main(make)
"""
COURSE = '{"iterations": [0, 1], "seconds": [0.0, 0.1], "losses": [3.0, 2.0], "finished": true}'


def problem(loss: str) -> Problem:
    return Problem(CATALOGUE, 2, loss, Seed(0))


def peer(folder: Path, script: str) -> Contestant:
    """A peer with a script, run by this interpreter."""
    file = folder / "peer.py"
    file.write_text(script, encoding="utf-8")
    known = {"fake": Outside("Fake", "mu", PAPER_LOSSES, file)}
    [one] = outside_peers({"fake": sys.executable}, FROBENIUS, {"nmf"}, known)
    return one


def writing(course: str) -> str:
    """A script that writes a course."""
    return f"import sys, pathlib; pathlib.Path(sys.argv[1], 'course.json').write_text({course!r})"


@pytest.mark.parametrize("loss", PAPER_LOSSES)
def test_a_peer_of_its_own_environment_makes_the_same_course_from_the_same_start(tmp_path, loss):
    path = peer(tmp_path, PAPERS_UPDATES).run(problem(loss), 1, 0.05).trajectory
    here = textbook_nmf(problem(loss), 1)
    assert path.iterations[0] == 0 and len(path.iterations) > 12
    assert (np.diff(path.iterations) > 0).all() and (np.diff(path.seconds) > 0).all()
    for at, before, value in zip(path.iterations[:12], [0, *path.iterations[:11]], path.losses[:12], strict=True):
        here.advance(at - before)
        assert value == pytest.approx(here.loss(), rel=1e-9)


def test_a_course_ends_before_the_first_loss_that_is_no_number(tmp_path):
    breaking = PAPERS_UPDATES.replace(
        "for _ in range(n):", "advance.done = getattr(advance, 'done', 0) + n\n        for _ in range(n):"
    )
    breaking = breaking.replace(
        "lambda: factors", "lambda: [factor / (getattr(advance, 'done', 0) < 5) for factor in factors]"
    )
    course = peer(tmp_path, breaking).run(problem(FROBENIUS), 0, 5.0)
    assert course.trajectory.iterations.tolist() == [0, 1, 2, 3, 4] and not course.finished


def test_a_peer_reads_its_task_to_the_last_bit(tmp_path):
    """The sum of what the script reads is the sum of what it was given, and its arguments are those of the contract."""
    script = """
import json, sys
from pathlib import Path
folder, loss, rank, seconds, start = sys.argv[1:]
read = lambda name: [list(map(float, line.split("\\t"))) for line in Path(folder, name + ".tsv").read_text().splitlines()]
sizes = [[len(read(name)), len(read(name)[0])] for name in ("catalogue", "signatures", "exposures")]
first = read("exposures")[0][0]
task = [loss, rank, float(seconds), start, sizes]
assert task == ["frobenius", "2", 7.5, "3", [[16, 18], [16, 2], [2, 18]]], task
course = {"iterations": [0], "seconds": [0], "losses": [first], "finished": False}
Path(folder, "course.json").write_text(json.dumps(course))
"""
    course = peer(tmp_path, script).run(problem(FROBENIUS), 3, 7.5)
    assert course.trajectory.losses[0] == problem(FROBENIUS).start(3).exposures[0, 0]


def test_what_lies_beyond_the_seconds_is_cut(tmp_path):
    course = peer(tmp_path, writing(COURSE)).run(problem(FROBENIUS), 0, 0.05)
    assert course.trajectory.losses.tolist() == [3.0] and not course.finished


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("import sys; sys.exit('no module named salamander')", "no module named salamander"),
        ("raise SystemExit(3)", "it ended with status 3"),
        ("pass", "it wrote no course"),
        (writing("[1, 2"), "its course cannot be read"),
        (writing("{}"), "'iterations'"),
        (writing(COURSE.replace("[0, 1]", "[0]")), "differ in length"),
        (writing(COURSE.replace("2.0", "NaN")), "not finite"),
        (writing(COURSE.replace("0.1", "-0.1")), "backwards"),
        ("import time; time.sleep(60)", "it was ended after 1 seconds"),
    ],
)
def test_a_peer_that_fails_says_why(tmp_path, monkeypatch, script, said):
    if "sleep" in script:
        monkeypatch.setattr(outsideruns, "LIMIT_FACTOR", 0)
        monkeypatch.setattr(outsideruns, "LIMIT_SECONDS", 1)
    with pytest.raises(PeerFailed, match=said):
        peer(tmp_path, script).run(problem(FROBENIUS), 0, 1.0)


def test_an_interpreter_that_has_gone_is_a_failure_of_the_peer():
    [one] = outside_peers({"rcppml": "/no/such/Rscript"}, FROBENIUS, {"nmf"})
    with pytest.raises(PeerFailed, match="/no/such/Rscript"):
        one.run(problem(FROBENIUS), 0, 1.0)


def test_the_benchmark_goes_on_after_a_failure(tmp_path):
    ours = own("nmf", build_method("nmf", {"model": "nmf", "solver": "hals"}), FROBENIUS)
    heard: list[str] = []
    failing = peer(tmp_path, "import sys; sys.exit('it lacks a library')")
    courses = follow(problem(FROBENIUS), [failing, ours], starts=2, budget=0.2, report=heard.append)
    assert "Fake (mu) failed: it lacks a library" in heard
    found = times(courses.assign(cohort="toy", split=0, loss=FROBENIUS, digest="d"), 1e-4, {})
    by_method = found.set_index("method")
    assert by_method["outcome"].to_dict() == {"Fake": FAILED, "nmf": REACHED}
    assert by_method.loc["Fake", "failure"] == "it lacks a library" and np.isnan(by_method.loc["Fake", "gap"])
    assert by_method.loc["nmf", "best_by"] == "nmf (hals)"
    assert ratios(found, empty_stopping()).empty
    shown = to_markdown(times_layout(found, {}, 1e-4, 0.2, 2))
    assert "1 failed" in shown and "Fake failed 1 times: it lacks a library." in shown
    figure = seconds_to_target(
        found, loss=FROBENIUS, models={"nmf": "nmf"}, titles={}, cohorts={"toy": "Toy"}, within=1e-4
    )
    texts = [text.get_text() for axis in figure.axes for text in axis.texts]
    assert any("nmf" in text for text in texts) and not any("Fake" in text or "nan" in text for text in texts)


def empty_stopping():
    import pandas as pd

    return pd.DataFrame(columns=["cohort", "split", "loss", *STOPPING])


def test_a_peer_is_run_by_the_environment_of_its_tool_once_that_is_made(tmp_path, monkeypatch):
    monkeypatch.setenv("AENMF_CACHE_DIR", str(tmp_path))
    default = read_yaml(CONFIG / "config.yaml")
    default["benchmark"]["peers"]["salamander"] = "environment"
    with pytest.raises(UserError, match="has not been made. Make it: snakemake --cores 1 tools"):
        check_peers(default)
    python = Path(interpreter("salamander", "environment"))
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    check_peers(default)
    assert interpreter("rcppml", "Rscript") == "Rscript"
    with pytest.raises(UserError, match="there is no environment 'rcppml'"):
        interpreter("rcppml", "environment")


def test_peers_take_part_for_their_losses_and_for_nmf_only():
    commands = dict.fromkeys(OUTSIDE, sys.executable)
    assert [one.method for one in outside_peers(commands, FROBENIUS, {"nmf", "cnmf"})] == ["RcppML"]
    assert [one.method for one in outside_peers(commands, KULLBACK_LEIBLER, {"nmf"})] == [
        "salamander",
        "SigProfilerExtractor",
    ]
    assert not outside_peers(commands, FROBENIUS, {"cnmf"})
    assert not outside_peers({}, FROBENIUS, {"nmf"})


def test_every_peer_has_a_script_a_key_and_a_colour():
    assert all(one.script.is_file() for one in OUTSIDE.values())
    assert {one.title for one in OUTSIDE.values()} < set(OTHER_PACKAGES)
    default = read_yaml(CONFIG / "config.yaml")
    assert default["benchmark"]["peers"] == dict.fromkeys(OUTSIDE)
    check_peers(default)
