"""``aenmf score``: files as tools write them, what is refused, and the files of scores."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from aenmf.channels import CHANNELS
from aenmf.errors import UserError
from aenmf.evaluation.results import read_results, results_table
from aenmf.evaluation.scores import SCORES
from support.command import aenmf
from support.documented_commands import blocks

NAMES = ["SBS96A", "SBS96B", "SBS96C"]


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Truth and answer of a small cohort, in this project's layout; the answer is the truth under other names."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(3)
    signatures = pd.DataFrame(
        rng.dirichlet(np.full(96, 0.2), 3).T, index=pd.Index(CHANNELS, name="Type"), columns=NAMES
    )
    patients = [f"P{i}" for i in range(6)]
    exposures = pd.DataFrame(rng.integers(0, 900, (3, 6)), index=pd.Index(NAMES, name="Samples"), columns=patients)
    signatures.set_axis(["X", "Y", "Z"], axis=1).to_csv("true_s.tsv", sep="\t")
    exposures.set_axis(["X", "Y", "Z"], axis=0).to_csv("true_e.tsv", sep="\t")
    signatures.to_csv("s.tsv", sep="\t")
    exposures.to_csv("e.tsv", sep="\t")
    return signatures, exposures


TRUTH = ["--truth-signatures", "true_s.tsv", "--truth-exposures", "true_e.tsv"]
OWN = ["--signatures", "s.tsv", "--exposures", "e.tsv"]


def shown(capsys) -> dict[str, str]:
    """The scores that were printed, by title."""
    lines = [re.split(r"  +", line) for line in capsys.readouterr().out.splitlines() if "  " in line]
    return {row[0]: row[1] for row in lines}


def test_the_truth_under_other_names_is_perfect(files, capsys):
    assert aenmf("score", *OWN, *TRUTH) == 0
    said = shown(capsys)
    assert (said["F1"], said["Composite"], said["Manhattan"], said["K − true K"]) == (
        "1.000",
        "3.000",
        "0.000",
        "0.000",
    )
    assert said["X"] == "SBS96A"


def by_patient(signatures, exposures):
    exposures.T.to_csv("e.tsv", sep="\t", index_label="Samples")


def numbered(signatures, exposures):
    exposures.T.reset_index(drop=True).to_csv("e.tsv")


def as_r_writes(signatures, exposures):
    exposures.iloc[::-1, ::-1].to_csv("e.tsv", sep="\t")
    Path("e.tsv").write_text(Path("e.tsv").read_text().removeprefix("Samples\t"))


def in_percent(signatures, exposures):
    """Signatures that sum to 100, and exposures to these."""
    (100 * signatures.iloc[::-1, ::-1]).to_csv("s.tsv", sep=",", index_label="MutationType")
    (exposures / 100).to_csv("e.tsv", sep=";")


@pytest.mark.parametrize("write", [by_patient, numbered, as_r_writes, in_percent])
def test_layouts_of_other_tools_score_the_same(files, capsys, write):
    write(*files)
    assert aenmf("score", *OWN, *TRUTH) == 0
    said = shown(capsys)
    assert (said["F1"], said["Manhattan"], said["Presence F1"]) == ("1.000", "0.000", "1.000")


def test_signatures_alone_have_their_scores_alone(files, capsys):
    assert aenmf("score", "--signatures", "s.tsv", "--truth-signatures", "true_s.tsv") == 0
    said = shown(capsys)
    assert said["F1"] == "1.000" and "Manhattan" not in said


def edit(old: str, new: str):
    def write(signatures, exposures):
        text = Path("e.tsv").read_text()
        assert old in text
        Path("e.tsv").write_text(text.replace(old, new, 1))

    return write


MISTAKES = [
    (edit("SBS96B", "SBS96D"), "no exposures to SBS96B"),
    (edit("P3", "P9"), "patients P3 are missing"),
    (edit("P3", "P2"), "patients P3 are missing"),
    (edit("SBS96A\t", "SBS96A\t-"), "is not a number of mutations"),
    (edit("SBS96A\t", "SBS96A\tx"), "row 2 (SBS96A), column 'P0'"),
    (lambda s, e: (e / 1e4).to_csv("e.tsv", sep="\t"), "shares"),
    (lambda s, e: e.iloc[:, :5].T.reset_index(drop=True).to_csv("e.tsv"), "numbered, 5 in all"),
    (lambda s, e: Path("e.tsv").write_text(""), "this is not a table"),
    (lambda s, e: s.iloc[:90].to_csv("s.tsv", sep="\t"), "missing"),
    (lambda s, e: s.assign(SBS96A=0).to_csv("s.tsv", sep="\t"), "zero in all channels"),
]


@pytest.mark.parametrize(("write", "said"), MISTAKES)
def test_mistakes_in_files_are_one_line_with_the_place(files, capsys, write, said):
    write(*files)
    assert aenmf("score", *OWN, *TRUTH) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ") and re.search(said.replace("(", r"\(").replace(")", r"\)"), line), line


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (OWN, "--cohort"),
        ([*OWN, "--cohort", "scenario9"], "Did you mean 'scenario8'"),
        (TRUTH, "--signatures"),
        ([*OWN, "--exposures", "e.tsv", *TRUTH], "1 files of signatures and 2 of exposures"),
        ([*OWN, *TRUTH[:2]], "--truth-exposures"),
        (["--signatures", "none.tsv", *TRUTH], "none.tsv"),
        (["--signatures", "s.tsv", "--exposures", "none.tsv", *TRUTH], "none.tsv"),
        (["--check", "none.json"], "none.json"),
    ],
)
def test_wrong_options_are_one_line(files, capsys, words, said):
    assert aenmf("score", *words) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert said in line


def test_scores_are_written_checked_and_read_as_one_table(files, capsys):
    files[0].iloc[:, :2].to_csv("s2.tsv", sep="\t")
    files[1].iloc[:2].to_csv("e2.tsv", sep="\t")
    more = ["--signatures", "s2.tsv", "--exposures", "e2.tsv"]
    assert aenmf("score", *OWN, *more, *TRUTH, "--json", "scores/a.json", "--name", "My method (v2)") == 0
    assert aenmf("score", "--check", "scores/a.json") == 0
    assert "in order" in capsys.readouterr().out
    table = results_table(read_results("scores")).set_index(["score", "seed"])["value"]
    assert table["f1", 1] == 1 and table["f1", 2] == pytest.approx(4 / 5) and table["k_error", 2] == -1
    assert table.xs("consistency", level="score").tolist() == pytest.approx([2 / 3])


def changed(**keys):
    def change(content):
        content["seeds"][0]["scores"].update(keys)

    return change


def renamed(content):
    content["seeds"][0]["scores"]["f2"] = 0.5


def without(content):
    del content["seeds"][0]["scores"]["manhattan"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (changed(f1=0.5), "f1 is 0.5, and 1 follows"),
        (changed(misassigned=1.5), "outside 0 to 1"),
        (changed(ppv="1"), "a number"),
        (renamed, "unknown score 'f2'"),
        (without, "'manhattan' is missing"),
        (lambda content: content.update(benchmark_version=2), "version 2"),
        (lambda content: content["seeds"].append(content["seeds"][0]), "twice"),
        (lambda content: content.pop("cohort"), "'cohort' is missing"),
        (lambda content: content["cohort"].update(sha256="x"), "sha256"),
    ],
)
def test_scores_that_were_tampered_with_are_refused(files, capsys, change, said):
    assert aenmf("score", *OWN, *TRUTH, "--json", "a.json") == 0
    content = json.loads(Path("a.json").read_text())
    change(content)
    Path("a.json").write_text(json.dumps(content))
    capsys.readouterr()
    assert aenmf("score", "--check", "a.json") == 1
    [line] = capsys.readouterr().err.splitlines()
    assert "a.json" in line and said in line, line


def test_two_results_of_one_cohort_have_the_same_data(files):
    for name in ("a", "b"):
        assert aenmf("score", *OWN, *TRUTH, "--json", f"{name}.json", "--name", name) == 0
    assert len(read_results(".")) == 2
    content = json.loads(Path("b.json").read_text())
    for key, value, said in (("sha256", "0" * 64, "other data"), ("name", None, "same method")):
        other = json.loads(json.dumps(content))
        if value:
            other["cohort"][key] = value
        else:
            other["method"]["name"] = "a"
        Path("b.json").write_text(json.dumps(other))
        with pytest.raises(UserError, match=said):
            read_results(".")


def test_results_that_others_submitted_join_those_of_a_run(files):
    for folder, name in (("run", "a"), ("submissions", "b")):
        Path(folder).mkdir()
        assert aenmf("score", *OWN, *TRUTH, "--json", f"{folder}/{name}.json", "--name", name) == 0
    assert [content["method"]["name"] for content in read_results("run", ["submissions/b.json"])] == ["a", "b"]
    with pytest.raises(UserError, match="same method"):
        read_results("run", ["run/a.json"])


def test_the_example_of_the_page_prints_what_the_page_shows(root, monkeypatch, capsys):
    page = (root / "docs/scoring.md").read_text(encoding="utf-8")
    command, block = next(blocks(page))[1], [text for _, text in blocks(page)][1]
    monkeypatch.chdir(root)
    assert aenmf(*command.split()[1:]) == 0
    said = capsys.readouterr().out
    assert said.startswith(block.removesuffix("…\n"))
    assert "Manhattan            0.074" in said


def test_the_page_says_of_every_score_what_its_declaration_says(root):
    page = (root / "docs/scoring.md").read_text(encoding="utf-8")
    for score in SCORES.values():
        assert f"| {score.title} | `{score.name}` | {score.description} | " in page
        assert re.search(rf"`{score.name}` .* {score.best} \| {re.escape(score.reference)} \|", page)


def test_counts_that_are_given_as_signatures_are_scaled_and_the_user_is_warned(files, capsys):
    signatures, _ = files
    (500 * signatures).to_csv("s.tsv", sep="\t")
    assert aenmf("score", "--signatures", "s.tsv", "--truth-signatures", "true_s.tsv") == 0
    said = capsys.readouterr().out
    assert "Warning: s.tsv: the columns sum to 500.0 to 500.0, and are scaled to sum 1" in said
    signatures.to_csv("s.tsv", sep="\t")
    assert aenmf("score", "--signatures", "s.tsv", "--truth-signatures", "true_s.tsv") == 0
    assert "Warning" not in capsys.readouterr().out
