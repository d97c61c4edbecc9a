"""The leaderboard: scores and ranks on hand-known cases, how it is shown, and the workflow's target."""

from __future__ import annotations

import math
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import yaml

from aenmf.figures.leaderboard import tied_with_best
from aenmf.files.layout import to_latex, to_markdown
from aenmf.methods.entries import Entry
from aenmf.tables import leaderboard
from aenmf.tables.marks import ALL

ENTRIES = [Entry("a", "nmf", "A"), Entry("b", "cnmf", "B"), Entry("c", "dsae", "C")]
LOSS = "frobenius"
ERRORS = {  # cohort → method → (train, test) of two splits
    "sim": {"a": ([1, 2], [4, 8]), "b": ([2, 2], [4, 16]), "c": ([3, 3], [8, np.inf])},
    "real": {"a": ([5, 5], [6, 6]), "b": ([5, 5], [3, 3]), "c": ([5, 5], [9, 9])},
}
COSINES = {"a": [[0.99, 0.89], [0.95, 0.91]], "b": [[0.9, 0.9], [0.9, 0.9]], "c": [[0.8, 0.1], [0.8, 0.1]]}


def tables() -> dict[str, pd.DataFrame]:
    """Two cohorts, the first with three true signatures of which two are fitted; the other measure's errors are absurd."""
    errors, recovery, fits, matches = [], [], [], []
    for cohort, methods in ERRORS.items():
        for method, sides in methods.items():
            key = (cohort, method, LOSS)
            for which, side in zip(("train", "test"), sides, strict=True):
                errors += [
                    (*key, s, which, m, v if m == "mse" else 1e9 - v)
                    for s, v in enumerate(side)
                    for m in ("mse", "kld")
                ]
            fits += [(*key, s, 2, 1.0, 5, not (method == "c" and s), 0.0) for s in (0, 1)]
            matches += [(*key, c, "cosmic", f"SBS{c}", 0.6 + c / 10) for c in (1, 2)]
            matches += [(*key, c, "truth", f"SBS{c}", 0.123) for c in (1, 2)]
            if cohort == "sim":
                recovery += [
                    (*key, s, f"T{t}", t, v) for s, row in enumerate(COSINES[method]) for t, v in enumerate(row)
                ]
    front = ["cohort", "method", "loss"]
    return {
        "errors": pd.DataFrame(errors, columns=[*front, "split", "set", "measure", "value"]),
        "recovery": pd.DataFrame(recovery, columns=[*front, "split", "truth", "signature", "cosine"]),
        "fits": pd.DataFrame(fits, columns=[*front, "split", "rank", "objective", "n_iter", "converged", "kkt"]),
        "matches": pd.DataFrame(matches, columns=[*front, "cluster", "reference", "match", "cosine"]),
    }


def test_the_spread_of_two_splits_is_from_the_lower_to_the_higher():
    made = tables()
    splits = leaderboard.scores_by_split(made["errors"], made["recovery"], made["fits"], {"sim": 3})
    spread = leaderboard.spread(splits).set_index(["cohort", "method", "score"])
    assert spread.loc[("sim", "a", "acs"), ["low", "high"]].tolist() == pytest.approx([0.93, 0.94])
    assert spread.loc[("sim", "b", "test_ratio"), ["low", "high"]].tolist() == [1, 2]
    assert spread.loc[("sim", "c", "test_ratio"), "high"] == np.inf
    assert set(spread.loc["real"].index.get_level_values("score")) == {"test_ratio"}


@pytest.fixture
def cohorts() -> pd.DataFrame:
    return leaderboard.by_cohort(**tables(), n_true={"sim": 3}, entries=ENTRIES)


def row(frame: pd.DataFrame, **keys) -> pd.Series:
    for name, value in keys.items():
        frame = frame[frame[name] == value]
    assert len(frame) == 1
    return frame.iloc[0]


def test_scores_of_a_cohort_with_truth(cohorts):
    assert list(cohorts.columns) == leaderboard.COLUMNS
    assert cohorts[["cohort", "method"]].to_numpy().tolist() == [[c, m] for c in ("sim", "real") for m in "abc"]
    a = row(cohorts, cohort="sim", method="a")
    assert (a["n"], a["rank"], a["n_true"]) == (2, 2, 3)
    assert a["acs"] == pytest.approx((0.94 + 0.93) / 2)
    # One of two signatures is a hit on the first split, both on the second; there are three true ones.
    assert a["precision"] == pytest.approx((1 / 2 + 2 / 2) / 2) and a["recall"] == pytest.approx((1 / 3 + 2 / 3) / 2)
    assert a["f1"] == pytest.approx((2 * 0.5 * (1 / 3) / (0.5 + 1 / 3) + 2 * 1 * (2 / 3) / (1 + 2 / 3)) / 2)
    assert row(cohorts, cohort="sim", method="b")["precision"] == 1  # 0.9 itself counts
    c = row(cohorts, cohort="sim", method="c")
    assert (c["precision"], c["recall"], c["f1"], c["converged"]) == (0, 0, 0, 0.5)


def test_ratios_are_to_the_best_of_the_same_split(cohorts):
    ratios = cohorts[cohorts["cohort"] == "sim"].set_index("method")[leaderboard.RATIOS]
    assert ratios.loc["a"].tolist() == [1, 1]
    assert ratios.loc["b"].tolist() == [1.5, 1.5] and ratios.loc["c"].tolist() == [2.25, math.inf]
    assert row(cohorts, cohort="real", method="a")["test_ratio"] == 2


def test_an_error_of_nothing_is_the_best_and_leaves_no_gap():
    made = tables()
    errors = made["errors"]
    errors.loc[(errors["cohort"] == "real") & (errors["measure"] == "mse") & (errors["method"] != "c"), "value"] = 0.0
    real = leaderboard.by_cohort(**made, n_true={"sim": 3}, entries=ENTRIES).query("cohort == 'real'")
    assert real["test_ratio"].tolist() == [1, 1, math.inf]


def test_a_cohort_without_truth_has_its_cosmic_match_only(cohorts):
    real = cohorts[cohorts["cohort"] == "real"]
    assert real[[*leaderboard.RECOVERY, "n_true"]].isna().all(axis=None)
    assert real["cosmic"].tolist() == pytest.approx([0.75] * 3)


def test_mean_ranks(cohorts):
    board = leaderboard.overall(cohorts)
    assert list(board.columns) == leaderboard.OVERALL
    a, b, c = (row(board, method=name) for name in "abc")
    # Test error: a, b, c on sim, b, a, c on the other; ACS and F1 rank on sim alone.
    assert (a["rank_test_ratio"], b["rank_test_ratio"], c["rank_test_ratio"]) == (1.5, 1.5, 3)
    assert (a["rank_acs"], b["rank_acs"]) == (1, 2) and (a["rank_f1"], b["rank_f1"]) == (2, 1)
    assert a["mean_rank"] == b["mean_rank"] == pytest.approx(1.5) and c["mean_rank"] == 3
    assert board["method"].tolist() == ["a", "b", "c"] and (board["cohorts"] == 2).all()
    assert a["acs"] == row(cohorts, cohort="sim", method="a")["acs"]  # the mean over the cohorts that have one


def test_what_reads_the_same_ranks_the_same(cohorts):
    close = cohorts.copy()
    close.loc[close["cohort"] == "real", "test_ratio"] = [1.0, 1.0001, 1.0004]
    ranks = leaderboard.overall(close[close["cohort"] == "real"])
    assert (ranks["rank_test_ratio"] == 2).all() and (ranks["mean_rank"] == 2).all()


def seconds() -> pd.DataFrame:
    rows = [(c, m, LOSS, s, 10.0**i + s) for c in ERRORS for i, m in enumerate("abc") for s in (0, 1)]
    return pd.DataFrame(rows, columns=["cohort", "method", "loss", "split", "seconds"])


def test_shown_tables(cohorts):
    by_cohort = leaderboard.median_seconds(seconds(), leaderboard.KEYS)
    layout = leaderboard.cohort_layout(cohorts, by_cohort, {"sim": "Simulated", "real": "Real"})
    assert [cell if isinstance(cell, str) else cell.text for cell in layout.rows[2]] == [
        *("Simulated", "MSE", "C", "0.450", "0.000", "0.000", "0.000", "0.750", "2.250", "∞", "50%", "100"),
    ]
    assert [cell.text for cell in layout.rows[3][3:7]] == ["–"] * 4
    assert [row[9].bold for row in layout.rows] == [True, False, False, False, True, False]  # lowest test ratio
    board = leaderboard.overall(cohorts)
    overall = leaderboard.overall_layout(board, leaderboard.median_seconds(seconds(), ["loss", "method"]))
    assert overall.rows[0][1] == "A" and overall.rows[0][-1].text == "1.50"
    assert "1.50" in to_markdown(overall) and "infty" in to_latex(layout)


def test_bold_in_the_table_of_a_cohort_is_what_the_figure_rings(cohorts):
    close = cohorts.copy()
    close.loc[close["cohort"] == "real", "test_ratio"] = [1.0004, 1.0, 1.0006]
    sizes = leaderboard.median_seconds(seconds(), leaderboard.KEYS)
    layout = leaderboard.cohort_layout(close, sizes, {"sim": "Simulated", "real": "Real"})
    for heading, score, panel in (
        ("ACS", "acs", "missed"),
        ("F1", "f1", "f1"),
        ("Test ratio", "test_ratio", "test_ratio"),
    ):
        column = layout.columns.index(heading)
        for start, (_, part) in zip((0, 3), close.groupby("cohort", sort=False), strict=True):
            values = part.set_index("method")[score]
            ringed = tied_with_best(1 - values if score == "acs" else values, panel)
            bold = {name for name, row in zip("abc", layout.rows[start : start + 3], strict=True) if row[column].bold}
            if ringed:
                assert bold == ringed, (heading, start)
    assert [row[9].bold for row in layout.rows[3:]] == [True, True, False]


def test_ratios_of_fits_that_were_not_found_again_have_a_dagger(cohorts):
    by_cohort = leaderboard.median_seconds(seconds(), leaderboard.KEYS)
    titles = {"sim": "Simulated", "real": "Real"}
    layout = leaderboard.cohort_layout(cohorts, by_cohort, titles, {("real", LOSS, "b"): (1, 2)})
    marks = [[getattr(cell, "text", cell).endswith("†") for cell in row] for row in layout.rows]
    train = layout.columns.index("Train ratio")
    assert [(i, j) for i, row in enumerate(marks) for j, mark in enumerate(row) if mark] == [(4, train), (4, train + 1)]
    assert layout.notes[-1].startswith("† 1 of 2 fits (B, Real, MSE)")
    overall = leaderboard.median_seconds(seconds(), ["loss", "method"])
    board = leaderboard.overall_layout(leaderboard.overall(cohorts), overall, {(ALL, LOSS, "b"): (1, 4)})
    assert board.notes[-1].startswith("† 1 of 4 fits (B, MSE)") and to_latex(board).count("textdagger") == 3


def test_without_any_truth_the_columns_of_the_truth_are_left_out(cohorts):
    real = cohorts[cohorts["cohort"] == "real"]
    board = leaderboard.overall(real)
    layout = leaderboard.overall_layout(board, leaderboard.median_seconds(seconds(), ["loss", "method"]))
    assert not {"ACS", "Precision", "Recall", "F1"} & set(layout.columns) and "COSMIC" in layout.columns
    assert "by test error" in layout.notes[0] and board["method"].tolist() == ["b", "a", "c"]


@pytest.mark.workflow
def test_the_target_makes_tables_and_figures_of_a_simulated_cohort(root, tmp_path):
    over = {
        "run": "small",
        "cohorts": ["sim"],
        "simulated_cohorts": {"sim": {"signatures": ["SBS1", "SBS5", "SBS18"], "patients": 40, "rank": 4}},
        "n_splits": 2,
        "compare": ["nmf", "sklearn_nmf"],
        "methods": {"nmf": {"restarts": 3}},
        "losses": [LOSS],
        "references": [],
    }
    (tmp_path / "small.yaml").write_text(yaml.safe_dump(over))
    command = [sys.executable, "-m", "snakemake", "--snakefile", root / "Snakefile", "--directory", tmp_path]
    command += ["--cores", "2", "leaderboard", "--configfile", tmp_path / "small.yaml"]
    run = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    place = tmp_path / "results/small"
    board = pd.read_csv(place / "leaderboard/leaderboard.csv").set_index("method")
    assert "seconds" not in board.columns and board["acs"].gt(0.9).all()
    split = pd.read_csv(place / "leaderboard/by_cohort.csv")
    assert (split["rank"] == 4).all() and (split["n_true"] == 3).all()
    assert (split["precision"] * 4).tolist() == pytest.approx((split["recall"] * 3).tolist())
    assert pd.read_csv(place / "leaderboard/seconds.csv")["seconds"].gt(0).all()
    assert (place / "leaderboard/leaderboard_mse.png").is_file() and (place / "leaderboard/by_cohort.tex").is_file()
    truth = pd.read_csv(place / "data/sim/truth_exposures.tsv", sep="\t", index_col=0)
    assert truth.shape == (3, 40) and truth.gt(0).any().all()
    again = [*command[:-2], "report", "-n", *command[-2:]]
    plan = subprocess.run([str(part) for part in again], capture_output=True, text=True)
    said = plan.stdout + plan.stderr
    jobs = dict(re.findall(r"^(\w+) +(\d+)$", said, flags=re.MULTILINE))
    assert "table2" in jobs and "leaderboard_tables" not in jobs, said  # the page will show what is there
