"""The board of scores: intervals, places between controls, groups, and how it is shown."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import yaml

from aenmf.evaluation.results import read_results, results_table
from aenmf.evaluation.statistics import signed_rank
from aenmf.files.layout import to_latex, to_markdown
from aenmf.seeds import Seed
from aenmf.studies.controls import CONTROLS
from aenmf.tables import score_baseline, score_controls, score_optimum, score_parts
from aenmf.tables.score_board import _cells, by_cohort, costs, incomplete, layout, overall, rank_groups

NONE = pd.DataFrame(columns=["protocol", "title", "cohorts"])
METHODS = {"good": 0.1, "fair": 0.101, "poor": 0.6, "control_truth": 0.0, "control_mean": 1.0}


def results(n_cohorts: int, without: tuple[str, str] = ("", "")) -> list[dict]:
    """Results whose Manhattan is that of the method, up to noise of cohort and seed that all share or not."""
    rng = np.random.default_rng(2)
    contents = []
    for c in range(n_cohorts):
        for name, value in METHODS.items():
            if (name, f"c{c}") == without:
                continue
            noise = 0 if name.startswith("control") else 0.05 * rng.random(3)
            seeds = [
                {"seed": i, "scores": {"composite": 3 - v, "manhattan": v, "seconds": 5.0 + i}}
                for i, v in enumerate(np.broadcast_to(value + noise, 3).tolist())
            ]
            contents.append(
                {
                    "method": {"name": name, "title": name.capitalize()},
                    "cohort": {"name": f"c{c}"},
                    "protocol": {"rank": "given", "patients": "full"},
                    "software": {"aenmf": "1.0", "processor": "A"},
                    "seeds": seeds,
                    "consistency": 0.9,
                }
            )
    return contents


@pytest.fixture(scope="module")
def cohorts() -> pd.DataFrame:
    return by_cohort(results_table(results(9)), Seed(1))


def test_means_and_intervals_over_the_seeds_of_a_cohort(cohorts):
    table = results_table(results(9))
    rows = cohorts[cohorts["score"] == "manhattan"].set_index(["cohort", "method"])
    assert "seconds" not in set(cohorts["score"]) and (rows["n"] == 3).all()
    for (cohort, method), row in rows.iterrows():
        values = table[(table["cohort"] == cohort) & (table["method"] == method) & (table["score"] == "manhattan")][
            "value"
        ]
        assert row["value"] == pytest.approx(values.mean())
        assert values.min() - 1e-12 <= row["low"] <= row["value"] + 1e-12 and row["value"] <= row["high"] + 1e-12
    assert cohorts[cohorts["score"] == "consistency"]["low"].isna().all()


def test_scores_lie_between_the_controls(cohorts):
    rows = cohorts[cohorts["score"] == "manhattan"].set_index(["cohort", "method"])
    np.testing.assert_allclose(rows["scaled"], 1 - rows["value"])


def test_groups_of_methods_that_cannot_be_told_apart(cohorts):
    board = overall(cohorts, Seed(1)).set_index(["score", "method"])
    for score in ("composite", "manhattan"):
        groups = board.loc[score, "group"]
        assert groups[["good", "fair", "poor"]].tolist() == [1, 1, 2]
        assert groups[["control_truth", "control_mean"]].isna().all()
    assert board.loc["consistency", "group"].isna().all()
    assert (board["cohorts"] == 9).all()


def test_few_cohorts_tell_nothing_apart():
    board = overall(by_cohort(results_table(results(4)), Seed(1)), Seed(1))
    assert set(board["group"].dropna()) == {1}
    assert "nothing can be distinguished" in layout(board, costs(results_table(results(4))), NONE).notes[0]


def test_a_method_without_a_cohort_that_most_have_is_left_out_and_named():
    table = results_table(results(9, ("fair", "c3")))
    cohorts = by_cohort(table, Seed(1))
    board = overall(cohorts, Seed(1))
    assert (board["cohorts"] == 9).all() and set(board["method"]) == set(METHODS) - {"fair"}
    lacking = incomplete(cohorts)
    assert lacking[["title", "cohorts"]].to_numpy().tolist() == [["Fair", 8]]
    assert "Fair (K given, full: 8)" in layout(board, costs(table), lacking).notes[1]


def test_cohorts_of_nmf_count_whatever_others_lack():
    contents = results(9)
    for of in contents:
        of["method"]["name"] = {"good": "nmf-kld"}.get(of["method"]["name"], of["method"]["name"])
    few = [of for of in contents if of["cohort"]["name"] != "c8" or of["method"]["name"] in ("nmf-kld", "control_mean")]
    board = overall(by_cohort(results_table(few), Seed(1)), Seed(1))
    assert (board["cohorts"] == 9).all() and set(board["method"]) == {"nmf-kld", "control_mean"}
    less = [of for of in contents if of["cohort"]["name"] != "c8" or of["method"]["name"] != "nmf-kld"]
    board = overall(by_cohort(results_table(less), Seed(1)), Seed(1))
    assert (board["cohorts"] == 8).all() and set(board["method"]) == set(METHODS) - {"good"} | {"nmf-kld"}


def test_a_cohort_that_few_methods_have_does_not_count():
    few = [of for of in results(9) if of["cohort"]["name"] != "c8" or of["method"]["name"] in ("good", "control_mean")]
    cohorts = by_cohort(results_table(few), Seed(1))
    assert (overall(cohorts, Seed(1))["cohorts"] == 8).all() and incomplete(cohorts).empty


def test_groups_do_not_depend_on_the_order_of_methods():
    rng = np.random.default_rng(0)
    values = pd.DataFrame(rng.normal([0, 0.1, 3, 3.1, 9], 0.3, (12, 5)), columns=list("abcde"))
    groups = rank_groups(values)
    assert groups == rank_groups(values[list("edcba")])
    assert groups["a"] == 1 and groups["c"] == groups["d"] > 1 and groups["e"] == max(groups.values()) > groups["c"]
    assert rank_groups(values[["a"]]) == {"a": 1}
    assert rank_groups(values.assign(b=values["a"])[["a", "b"]]) == {"a": 1, "b": 1}


def test_p_values_of_ranks_are_exact():
    assert signed_rank([1, 2, 3, 4, 5]) == pytest.approx(2 / 2**5)


def test_the_board_as_shown(cohorts):
    shown = layout(overall(cohorts, Seed(1)), costs(results_table(results(9))), NONE)
    assert [row[1] for row in shown.rows] == ["Good", "Fair", "Poor", "Control_truth", "Control_mean"]
    cells = [dict(zip(shown.columns, row, strict=True)) for row in shown.rows]
    assert cells[0]["Group by Manhattan"] == "1" and cells[3]["Group by Composite"] == "–"
    assert cells[3]["0 to 1: Manhattan"] == "1.00" and cells[4]["0 to 1: Manhattan"] == "0.00"
    assert cells[0]["Seconds"] == "6.00" and cells[0]["Memory"] == "–"
    assert cells[0]["Composite"].bold and cells[0]["Manhattan"].bold
    assert not any(getattr(row[name], "bold", False) for row in cells[3:] for name in ("Composite", "Manhattan"))
    assert " to " in to_markdown(shown) and "score-board" in to_latex(shown)


def test_who_does_not_beat_the_negative_controls():
    contents = results(3)
    for of in contents:
        if (of["method"]["name"], of["cohort"]["name"]) == ("poor", "c1"):
            for seed in of["seeds"]:
                seed["scores"]["manhattan"] = 1.5
    found = score_controls.beaten(by_cohort(results_table(contents), Seed(1))).set_index("score")
    assert found.loc["manhattan", ["pairs", "lost", "methods"]].tolist() == [9, 1, "Poor (1)"]
    assert found.loc["composite", "lost"] == 0
    shown = score_controls.layout(found.reset_index())
    assert ["K given, full", "Manhattan", "8 of 9", "Poor (1)"] in shown.rows


def test_methods_against_nmf():
    names = {"good": "nmf-kld", "fair": "aenmf-kld", "poor": "dsae-kld"}
    contents = results(9)
    for of in contents:
        of["method"]["name"] = names.get(of["method"]["name"], of["method"]["name"])
        for seed in of["seeds"]:
            seed["scores"] |= {"tpr": 1.0 if of["method"]["name"] == "nmf-kld" else 0.5, "cosine": 0.9, "k_error": -2}
    table = results_table(contents)
    frame = score_baseline.against(by_cohort(table, Seed(1)), costs(table), {"aenmf-kld"}, Seed(1))
    rows = frame.set_index(["method", "what"])
    assert set(frame["method"]) == {"aenmf-kld", "dsae-kld"} and (frame["cohorts"] == 9).all()
    assert rows.loc[("aenmf-kld", "tpr"), "change"] == -0.5 and rows.loc[("aenmf-kld", "k_off"), "value"] == 2
    assert rows.loc[("aenmf-kld", "seconds"), "change"] == pytest.approx(1)
    poor = rows.loc[("dsae-kld", "manhattan")]
    assert poor["low"] < poor["change"] < poor["high"] and poor["p"] == pytest.approx(2 * 2 / 2**9)
    shown = score_baseline.layout(frame)
    assert shown.caption.startswith(
        "Fair (NMF in brackets). K given, full, 9 cohorts: 50% (100%) of the true signatures"
    )
    assert "Poor" not in shown.caption
    both = score_baseline.against(by_cohort(table, Seed(1)), costs(table), {"aenmf-kld", "dsae-kld"}, Seed(1))
    shown = score_baseline.layout(both)
    assert shown.caption.startswith("Fair") and shown.notes[0].startswith("Poor (NMF in brackets). K given")


def test_seconds_are_compared_where_both_are_of_one_processor():
    names = {"good": "nmf-kld", "fair": "aenmf-kld"}
    contents = [of for of in results(9) if of["method"]["name"] in names]
    for of in contents:
        of["method"]["name"] = names[of["method"]["name"]]
    fair = [of for of in contents if of["method"]["name"] == "aenmf-kld"]
    fair[0]["software"]["processor"] = "B"
    del fair[1]["software"]["processor"]
    table = results_table(contents)
    rows = score_baseline.against(by_cohort(table, Seed(1)), costs(table), set(), Seed(1)).set_index("what")
    assert (rows.loc["seconds", "cohorts"], rows.loc["manhattan", "cohorts"]) == (7, 9)
    for of in contents:
        of["software"].pop("processor", None)
    table = results_table(contents)
    unnamed = score_baseline.against(by_cohort(table, Seed(1)), costs(table), set(), Seed(1))
    assert "seconds" not in set(unnamed["what"]) and score_baseline.layout(unnamed).rows[0][-1] == "–"


def test_the_board_says_what_seconds_of_several_processors_are_worth():
    contents = results(9)
    table = results_table(contents)
    board = overall(by_cohort(table, Seed(1)), Seed(1))
    assert "Seconds, K given" not in " ".join(layout(board, costs(table), NONE).notes)
    contents[0]["software"]["processor"] = "B"
    said = layout(board, costs(results_table(contents)), NONE).notes[1]
    assert said.startswith("Seconds, K given, full: results are from different processors")
    del contents[0]["software"]["processor"]
    said = layout(board, costs(results_table(contents)), NONE).notes[1]
    assert said.startswith("Seconds, K given, full: not all results name their processor")


def test_means_that_read_the_same_are_bold_whatever_their_intervals():
    values = pd.DataFrame(
        {"manhattan": [0.1, 0.1, 0.2]}, index=pd.MultiIndex.from_tuples([("a", "A"), ("b", "B"), ("c", "C")])
    )
    cells = _cells("manhattan", values, values.assign(manhattan=[0.05, 0.09, 0.1]), values + 0.1)
    assert [cell.bold for cell in cells] == [True, True, False] and cells[0].text != cells[1].text


def test_fits_far_above_what_is_possible_are_named():
    def rows(cohort, truth, nmf, convex, network):
        values = dict(zip(score_optimum.SHOWN, (truth, nmf, convex, network), strict=True))
        return [(score_optimum.GIVEN, cohort, method, "kld", value) for method, value in values.items()]

    columns = ["protocol", "cohort", "method", "score", "value"]
    good, bad = rows("good", 1.0, 0.9, 1.5, 1.5), rows("bad", 1.0, 1.2, 0.9, 4.5)
    frame = score_optimum.optimum(pd.DataFrame([*good, *bad], columns=columns)).set_index("cohort")
    above = [score_optimum.above(method) for method in score_optimum.MODELS.values()]
    assert above == ["nmf_above", "cnmf_above", "aenmf_above"]
    assert frame.loc["good", above].tolist() == [1.0, 1.0, 1.0]
    assert frame.loc["bad", above].tolist() == pytest.approx([1.2 / 0.9, 1.0, 5.0])
    shown = score_optimum.layout(frame.reset_index(), {"bad": "Bad one"})
    assert shown.caption.count("on 1 cohort (Bad one)") == 2  # NMF is far, and so is AE-NMF
    assert [row[-1].bold for row in shown.rows] == [True, False]
    luckier = [
        (score_optimum.GIVEN, "good", "aenmf-kld", "kld", 0.5),
        (score_optimum.GIVEN, "good", "nmf-kld", "kld", 0.7),
    ]
    frame = score_optimum.optimum(pd.DataFrame([*good, *luckier], columns=columns)).set_index("cohort")
    assert frame.loc["good", above].tolist() == pytest.approx(
        [0.8 / 0.5, 1.5 / 0.5, 1.0 / 0.5]
    )  # the best seed is possible
    only_good = score_optimum.optimum(pd.DataFrame(good, columns=columns))
    assert score_optimum.layout(only_good, {}).caption.startswith("No fit")


@pytest.mark.workflow
def test_the_target_scores_methods_and_controls_of_a_simulated_cohort(root, tmp_path):
    over = {
        "run": "small",
        "cohorts": ["sim"],
        "simulated_cohorts": {"sim": {"signatures": ["SBS1", "SBS5", "SBS18"], "patients": 40, "rank": 4}},
        "n_splits": 2,
        "compare": ["nmf", "sklearn_nmf"],
        "losses": ["frobenius"],
        "references": [],
        "scores": {
            "protocols": ["given-splits", "given-full", "chosen-full"],
            "seeds": [3, 5],
            "choice": {"resamples": 3},
        },
    }
    (tmp_path / "small.yaml").write_text(yaml.safe_dump(over))
    command = [sys.executable, "-m", "snakemake", "--snakefile", root / "Snakefile", "--directory", tmp_path]
    command += ["--cores", "1", "scores", "--configfile", tmp_path / "small.yaml"]
    run = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    place = tmp_path / "results/small/scores"
    known = read_results(place / "files")
    of = {(c["method"]["name"], c["protocol"]["rank"], c["protocol"]["patients"]): c for c in known}
    assert {name for name, *_ in of} == {"nmf-mse", "sklearn_nmf-mse", *CONTROLS}
    assert {key[1:] for key in of} == {("given", "splits"), ("given", "full"), ("chosen", "full")}
    for (name, rank, patients), content in of.items():
        numbers, size = ([0, 1], 32) if patients == "splits" else ([3, 5], 40)
        assert [of["seed"] for of in content["seeds"]] == numbers and content["cohort"]["patients"] == size
        if rank == "given":
            found = {"control_truth": 3, "control_mean": 1}.get(name, 3 + ("-" in name))
            assert all(of["signatures"] == found for of in content["seeds"])
    perfect = of["control_truth", "given", "splits"]["seeds"][0]["scores"]
    assert (perfect["f1"], perfect["manhattan"]) == (1, 0)
    nmf = of["nmf-mse", "given", "splits"]["seeds"][0]["scores"]
    assert nmf["f1"] == pytest.approx(6 / 7) and 0 < nmf["manhattan"] < 0.9 and nmf["seconds"] > 0
    chosen = of["nmf-mse", "chosen", "full"]
    assert chosen["protocol"]["chosen_by"] == "stability of nmf_quick"
    ranks = pd.read_csv(place / "ranks/sim/full.csv").set_index("number")
    assert all(of["signatures"] == ranks.loc[of["seed"], "chosen"] for of in chosen["seeds"])
    assert all(30 < of["scores"]["memory"] < 3000 and of["scores"]["mse"] > 0 for of in chosen["seeds"])
    board = pd.read_csv(place / "board.csv")
    assert (
        set(board["score"]) >= {"f1", "manhattan", "consistency"}
        and "Random patients" in (place / "board.md").read_text()
    )
    assert {"controls.csv", "baseline.csv", "costs.csv", "board_full_chosen.png"} <= {
        path.name for path in place.iterdir()
    }
    kept = (place / "files/nmf-mse__sim__given-full.json").read_bytes()
    command += ["--config", "compare=[dsae]", "scores={protocols: [given-full]}"]
    run = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    assert (place / "files/nmf-mse__sim__given-full.json").read_bytes() == kept
    board = pd.read_csv(place / "board.csv")
    assert set(board.loc[board["protocol"] == "K given, full", "method"]) >= {"nmf-mse", "sklearn_nmf-mse", "dsae-mse"}


def test_the_parts_count_cohorts_and_seeds_and_add_up_the_clocks():
    columns = ["protocol", "cohort", "method", "title", "score", "value"]
    runs = [("one", 60.0), ("one", 90.0), ("two", 30.0)]
    rows = [("given", cohort, "nmf-kld", "NMF", "seconds", value) for cohort, value in runs]
    rows += [("given", "one", name, name, "seconds", 1.0) for name in ("control_mean", "muse_xae_published")]
    rows += [("given", "one", "nmf-kld", "NMF", "f1", 1.0), ("chosen", "one", "slow", "Slow", "seconds", 7200.0)]
    frame = score_parts.parts(pd.DataFrame(rows, columns=columns))
    assert frame[["protocol", "method", "cohorts", "seeds_least", "seeds_most", "minutes"]].values.tolist() == [
        ["given", "nmf-kld", 2, 1, 2, 3.0],
        ["chosen", "slow", 1, 1, 1, 120.0],
    ]
    shown = score_parts.layout(frame)
    assert [row[1:] for row in shown.rows] == [["Slow", "1", "1", "120.0"], ["NMF", "2", "1 to 2", "3.0"]]
    assert "2.0 hours (chosen)" in shown.caption
