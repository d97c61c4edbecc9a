"""Result files: every one that is kept or submitted is in order and of the published cohort."""

from __future__ import annotations

import pandas as pd
import pytest

from aenmf.errors import UserError
from aenmf.evaluation.results import (
    BENCHMARK_VERSION,
    autoencoders,
    file_name,
    protocol_title,
    read_result,
    results_table,
)
from aenmf.evaluation.scores import RECOVERY, SCORES
from aenmf.studies.controls import TRUTH


def files(root):
    kept, submitted = (
        root.glob(of) for of in ("results/reference/**/scores/files/*.json", "results/submissions/*.json")
    )
    return [*sorted(kept), *sorted(submitted)]


def test_kept_and_submitted_results_are_in_order(root):
    of_data = {}
    for path in files(root):
        content = read_result(path)
        assert content["benchmark_version"] == BENCHMARK_VERSION
        assert path.name == file_name(content), path
        cohort = content["cohort"]
        submitted = path.parent.name == "submissions"
        assert not submitted or cohort["name"] in of_data, f"{path}: no result of this cohort is kept"
        assert of_data.setdefault(cohort["name"], cohort["sha256"]) == cohort["sha256"], path


def test_the_kept_run_of_other_tools_is_that_of_the_tools_themselves(root):
    kept = root / "results/reference/tools/scores/files"
    for name, tool in (("sigprofilerextractor", "SigProfilerExtractor 1."), ("salamander_corrnmf", "salamander")):
        content = read_result(kept / f"{name}-kld__small__given-splits.json")
        assert content["method"]["version"].startswith(tool)
        assert all(of["scores"]["f1"] == 1 and of["scores"]["seconds"] > 1 for of in content["seeds"])


def test_the_truth_is_perfect_wherever_it_is_kept(root):
    for path in files(root):
        content = read_result(path)
        if content["method"]["name"] != TRUTH:
            continue
        for of in content["seeds"]:
            scores = of["scores"]
            assert scores["f1"] == 1 and scores["cosine"] == pytest.approx(1), path
            assert max(scores[name] for name in ("manhattan", "manhattan_all", "misassigned", "k_error")) == 0, path


HARD = {"jiang2025", "random30"}
"""Cohorts whose controls are good, and the page says why."""
LOSES = {
    "manhattan": ("dsae", "sklearn_nmf", "salamander_mvnmf"),
    "combined": ("dsae", "salamander_mvnmf"),
    "f1": ("dsae", "ardnmf"),
}
"""Who is known to lose to a negative control elsewhere; the page says why: most latents of DSAE are dead, and all mutations of
a signature without a match are in the wrong place, be it one too many or at a cosine just below 0.9."""


def test_only_methods_that_are_known_to_fail_do_not_beat_the_controls(root):
    path = root / "results/reference/truth/scores"
    if not path.is_dir():
        pytest.skip("no benchmark on known truth is kept")
    table = pd.read_csv(path / "controls.csv", keep_default_na=False)
    assert set(table["score"]) == set(RECOVERY) and (table["pairs"] > table["lost"]).all()
    cohorts = pd.read_csv(path / "board_by_cohort.csv").set_index("method")
    cohorts = cohorts[~cohorts["cohort"].isin(HARD)]
    for (score, _, cohort), block in cohorts[cohorts["score"].isin(RECOVERY)].groupby(["score", "protocol", "cohort"]):
        badness = block["value"].map(SCORES[score].badness)
        controls = badness.index.str.startswith("control_")
        best = badness[controls].drop(TRUTH, errors="ignore").min()  # nan where controls were not run
        losers = [name for name in badness.index[~controls] if badness[name] >= best]
        assert all(name.startswith(LOSES.get(score, ("dsae",))) for name in losers), (score, cohort, losers)


def result(name: str = "mine", **more) -> dict:
    return {
        "method": {"name": name, "title": name, **more},
        "cohort": {"name": "c"},
        "software": {"aenmf": "1.0"},
        "protocol": {"rank": "chosen" if more else "given", "patients": "full"},
        "seeds": [{"seed": 1, "scores": {"f1": 1.0}}],
    }


def test_given_k_comes_first_and_autoencoders_say_so():
    contents = [result("net", autoencoder=True), result("nmf")]
    assert list(results_table(contents)["protocol"]) == ["K given, full", "K chosen, full"]
    assert autoencoders(contents) == {"net"}
    assert protocol_title(contents[0]["protocol"]) == "K chosen, full"


def test_a_file_of_another_version_is_refused(root, tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"benchmark_version": 99}')
    with pytest.raises(UserError):
        read_result(path)
