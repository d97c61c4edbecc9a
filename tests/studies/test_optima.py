"""The study of local optima: every try has its own random numbers, and ways, luck and uniqueness come out of known losses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from aenmf.files.layout import to_latex, to_markdown
from aenmf.losses import FROBENIUS, KULLBACK_LEIBLER
from aenmf.methods.registry import build_method
from aenmf.problem import Problem
from aenmf.seeds import Seed
from aenmf.studies import optima_tables as made
from aenmf.studies.optima import EARLY, ENDS, fit_tries, overlaid, ways

CNMF = {
    "model": "cnmf",
    "title": "C",
    "solver": {FROBENIUS: "blocks", KULLBACK_LEIBLER: "newton"},
    "restarts": "search",
}
PROBLEMS = pd.DataFrame([("toy", 0, "p0"), ("toy", 1, "p1")], columns=["cohort", "split", "problem"])
MODELS = {"nmf": "nmf", "cnmf": "cnmf", "aenmf": "aenmf"}


def problem(split: int) -> Problem:
    generator = Seed(split).generator()
    signatures, exposures = generator.dirichlet(np.full(24, 0.2), 4).T, generator.gamma(0.5, 300.0, (4, 30))
    catalogue = generator.poisson(signatures @ exposures).astype(float) + 1
    return Problem(catalogue, 4, KULLBACK_LEIBLER, Seed(11).child(f"split {split}"))


def test_options_are_laid_over_those_of_a_loss_too():
    entry = {**CNMF, KULLBACK_LEIBLER: {"restarts": 5, "max_iter": 7}, "device": "cuda"}
    method = build_method("m", overlaid(entry, ways(["profiles"], [])["profiles"], KULLBACK_LEIBLER))
    _, options = method.settings[KULLBACK_LEIBLER]
    assert (options.restarts, options.strategies, options.max_iter) == (1, ("profiles",), 7)
    assert method.device == "cpu" and entry["restarts"] == "search"


def test_every_way_is_tried_with_streams_of_its_own():
    chosen = ways(["random", "residual"], ["swap"])
    assert list(chosen) == ["random", "residual", "swap", EARLY]
    heard = []
    found = fit_tries({0: problem(0), 1: problem(1)}, "cnmf", CNMF, chosen, 3, lambda *seen: heard.append(seen))
    assert list(found.ends.columns) == ENDS and len(found.ends) == 4 * 2 * 3 == len(heard) == len(found.seconds)
    assert found.signatures.shape == (24, 24, 4) and (found.seconds >= 0).all()
    assert not found.ends.duplicated(["split", "way", "try"]).any()
    random = found.ends[found.ends["way"] == "random"]
    assert random["objective"].nunique() > 2  # tries differ by more than the split
    lowest = found.ends.groupby(["split", "way"])["objective"].min().unstack()
    assert (lowest["swap"] <= lowest["residual"] * (1 + 1e-9)).all()
    assert (lowest[EARLY] >= lowest["residual"] * (1 - 1e-9)).all()
    again = fit_tries({1: problem(1)}, "cnmf", CNMF, {"random": chosen["random"]}, 2)
    same = random[(random["split"] == 1) & (random["try"] < 2)]["objective"].tolist()
    assert again.ends["objective"].tolist() == same


def table(values: dict[tuple[str, str], list[list[float]]]) -> pd.DataFrame:
    rows = [
        ("toy", FROBENIUS, method, split, way, number, value)
        for (method, way), splits in values.items()
        for split, losses in enumerate(splits)
        for number, value in enumerate(losses)
    ]
    return pd.DataFrame(rows, columns=["cohort", "loss", "method", "split", "way", "try", "objective"])


TEN = [1.0, 1.0 + 5e-7, 1.0 + 5e-5, 1.5, 2.0, 1.2, 1.2, 1.2, 1.2, 1.2]
ENDED = table(
    {
        ("cnmf", "random"): [TEN, [3.0] * 10],
        ("cnmf", EARLY): [[1.0005], [2.5]],
        ("aenmf", "random"): [[1.1] * 10, [2.0] * 10],
        ("nmf", "random"): [[0.5] * 10, [0.4] * 10],
    }
)
FITS = pd.DataFrame(
    [("toy", "cnmf", FROBENIUS, s, v) for s, v in ((0, 1.0), (1, 2.2), (2, 9.0))],
    columns=["cohort", "method", "loss", "split", "objective"],
)


def test_the_lowest_known_is_that_of_all_ways_models_and_runs():
    tried, fitted = made.with_excess(ENDED, FITS, MODELS, PROBLEMS, {})
    by = tried.groupby(["method", "split"])["excess"].min()
    assert by["cnmf", 0] == 0 and by["cnmf", 1] == pytest.approx(0.25) and by["aenmf", 0] == pytest.approx(0.1)
    assert by["nmf", 0] == by["nmf", 1] == 0  # another function
    assert fitted["excess"].tolist() == pytest.approx([0, 0.1])  # the third split was not tried
    known = {
        ("p0", FROBENIUS, "cnmf"): 0.8,
        ("p1", KULLBACK_LEIBLER, "cnmf"): 0.1,
        ("elsewhere", FROBENIUS, "cnmf"): 0.1,
    }
    tried, _ = made.with_excess(ENDED, FITS, MODELS, PROBLEMS, known)
    by = tried.groupby(["method", "split"])["excess"].min()
    assert by["cnmf", 0] == pytest.approx(0.25) and by["cnmf", 1] == pytest.approx(0.25)


def test_ways_count_hits_and_optima():
    tried, _ = made.with_excess(ENDED, FITS, MODELS, PROBLEMS, {})
    found = made.ways_table(tried)
    assert list(found.columns) == made.WAYS and EARLY not in set(found["way"])
    cnmf = found.set_index("method").loc["cnmf"]
    assert (cnmf["tries"], cnmf["hits_1e-06"], cnmf["hits_1e-04"], cnmf["optima"]) == (20, 2, 3, 2.5)
    assert cnmf["excess_highest"] == pytest.approx(1.0)
    seconds = ENDED.drop(columns="objective").assign(seconds=2.0)
    taken = made.seconds_table(tried, seconds).set_index("method")
    assert taken.loc["cnmf", "seconds_per_try"] == 2 and taken.loc["cnmf", "seconds_per_hit"] == pytest.approx(40 / 3)
    assert np.isnan(
        made.seconds_table(tried[tried["excess"] > 0.01], seconds).set_index("method").loc["cnmf", "seconds_per_hit"]
    )
    cost = made.cost_layout(made.seconds_table(tried, seconds))
    convex = ["MSE", "convex NMF", "random", "13/40", "0 of 2", "2.00", "6.15"]
    assert [row[1] for row in cost.rows] == ["convex NMF", "NMF"] and list(cost.rows[0]) == convex
    layout = made.ways_layout(found, {"nmf": "N", "cnmf": "C", "aenmf": "A"}, {"toy": "Toy"})
    assert ["Toy", "MSE", "C", "random", "2/20", "3/20", "2.5"] in [row[:7] for row in layout.rows]
    assert "seconds" not in to_markdown(layout).lower() and "\\toprule" in to_latex(layout)


def test_counting_optima():
    values = np.array([1.0, 1.0 + 5e-7, 1.0 + 5e-5, 2.0])
    assert made.count_optima(values, 1e-6) == 3 and made.count_optima(values, 1e-4) == 2


def test_luck_is_one_start_the_best_of_five_and_the_search():
    tried, fitted = made.with_excess(ENDED, FITS, MODELS, PROBLEMS, {})
    luck = made.luck_table(tried, fitted)
    cnmf = luck[luck["method"] == "cnmf"].groupby(["kind", "split"])["excess"]
    assert cnmf.size().to_dict() == {
        **{(made.ONE, s): 10 for s in (0, 1)},
        **{(made.FIVE, s): 2 for s in (0, 1)},
        **{(made.SEARCH, s): 1 for s in (0, 1)},
    }
    best = luck[(luck["method"] == "cnmf") & (luck["kind"] == made.FIVE) & (luck["split"] == 0)]
    assert best.sort_values("number")["excess"].tolist() == pytest.approx([0, 0.2])
    fewer = made.luck_table(tried[tried["try"] < 7], fitted)
    assert (fewer["kind"] == made.FIVE).sum() == 3 * 2  # two tries that are left over are no group
    assert made.SEARCH not in set(luck.loc[luck["method"] == "nmf", "kind"])


def test_uniqueness_compares_with_the_best_of_the_same_function():
    ends = table(
        {
            ("cnmf", "random"): [[1.0, 1.0005, 1.0002, 1.5]],
            ("cnmf", EARLY): [[1.0009, 1.2]],
            ("aenmf", "random"): [[1.0004]],
        }
    )
    tried, _ = made.with_excess(ends, FITS.iloc[:0], MODELS, PROBLEMS, {})
    best, other = np.eye(6)[:, :2], np.eye(6)[:, 1:3]
    signatures = [best, best[:, ::-1], other, other, other, best, best]
    found = made.uniqueness_table(tried, signatures).set_index(["method", "stopped"])
    assert list(found.columns) == [c for c in made.UNIQUENESS if c not in ("method", "stopped")]
    row = found.loc[("cnmf", "optimum")]
    assert (row["tries"], row["near"]) == (4, 3)  # the best itself is near, but not compared
    assert row["cosine_least"] == 0 and row["cosine_median"] == 1
    early = found.loc[("cnmf", EARLY)]
    assert (early["tries"], early["near"], early["cosine_least"], early["cosine_median"]) == (2, 1, 0, 0.5)
    assert found.loc[("aenmf", "optimum"), "cosine_least"] == 1 and np.isnan(
        found.loc[("aenmf", EARLY), "cosine_least"]
    )
