"""The scaling study: resampling keeps what it should, exponents come out of synthetic times, nothing is dropped silently."""

from __future__ import annotations

import os
import time

import numpy as np
import pandas as pd
import pytest

from aenmf.figures.scaling import scaling_curves
from aenmf.files.layout import to_latex, to_markdown
from aenmf.seeds import Seed
from aenmf.studies.ownprocess import in_own_process
from aenmf.studies.scaling import (
    COLUMNS,
    DONE,
    EXPONENTS,
    FIT,
    ITERATION,
    MEMORY,
    OVER,
    SKIPPED,
    exponent,
    exponents,
    larger_half,
    layout,
    measure,
    resampled,
    second_half,
    study_sizes,
)
from aenmf.verdicts.claims import load_claims, stated_exponents
from aenmf.verdicts.evaluators import EVALUATORS
from aenmf.verdicts.measuring import CannotCheck, Run

LOSS = "frobenius"
RNG = np.random.default_rng(3)
CATALOGUE = RNG.poisson(RNG.dirichlet(np.ones(12), 2).T @ RNG.gamma(2, 200, (2, 15))).astype(float) + 1.0


def test_a_resampled_cohort_has_the_totals_and_profiles_of_real_patients():
    sample = resampled(CATALOGUE, 400, Seed(1))
    assert sample.shape == (12, 400) and sample.flags.c_contiguous
    np.testing.assert_array_equal(sample, np.rint(sample))
    assert set(sample.sum(axis=0)) <= set(CATALOGUE.sum(axis=0))
    mean = sample.sum(axis=1) / sample.sum()
    np.testing.assert_allclose(mean, CATALOGUE.sum(axis=1) / CATALOGUE.sum(), atol=0.02)
    assert len(np.unique(sample, axis=1).T) > 390  # noise: copies of a patient differ
    np.testing.assert_array_equal(sample, resampled(CATALOGUE, 400, Seed(1)))


@pytest.mark.parametrize("power", [1.0, 2.0, 0.5])
def test_the_exponent_of_a_power_law(power):
    sizes = np.repeat([500, 1000, 2000, 4000], 3)
    noise = np.tile([0.95, 1.0, 1.05], 4)
    found = exponent(sizes, 3e-6 * sizes**power * noise)
    assert found["exponent"] == pytest.approx(power, abs=1e-9)
    assert 0 < found["se"] < 0.1
    assert found["low"] < power < found["high"]
    assert np.isnan(exponent(sizes[:6], sizes[:6] * 1.0)["exponent"])


def test_only_the_larger_sizes_count():
    assert larger_half([1, 2, 3, 4, 5, 6, 7, 8, 8]) == [5, 6, 7, 8]
    assert larger_half([1, 2, 3, 4]) == [2, 3, 4]
    assert larger_half([1, 2]) == [1, 2]


def test_seconds_of_the_later_half_leave_preparation_out():
    iterations = np.array([0, 1, 2, 4, 8])
    seconds = np.array([0.0, 9.0, 9.1, 9.3, 9.7])
    assert second_half(iterations, seconds) == (pytest.approx(0.1), 4)


def synthetic() -> pd.DataFrame:
    """Times of a method that is quadratic per iteration, its fits cubic, and over budget at the largest size."""
    rows = []
    for size in (100, 200, 400, 800, 1600):
        for repeat in range(2):
            front = ("cnmf_mu", "cnmf", "mu", LOSS, "N", size, size, 3, repeat)
            rows.append((*front, ITERATION, DONE, 1e-6 * size**2, 50, False, 0.5 * size))
            late = size == 1600
            fit = (OVER, np.nan, np.nan, False, np.nan) if late else (DONE, 1e-9 * size**3, size, True, 1.0 * size)
            rows.append((*front, FIT, *fit))
    return pd.DataFrame(rows, columns=["method", "model", "solver", "loss", *COLUMNS])


def test_the_table_of_exponents(root):
    paper = stated_exponents(load_claims(root / "config/paper_claims.yaml"))
    assert set(paper) == {(model, variable) for model in ("nmf", "cnmf", "aenmf") for variable in "NK"}
    found = exponents(synthetic(), paper)
    assert list(found.columns) == EXPONENTS
    by = found.set_index("quantity")
    assert by.loc[ITERATION, "exponent"] == pytest.approx(2) and np.isnan(
        by.loc[FIT, "exponent"]
    )  # the largest did not end
    assert by.loc[MEMORY, "exponent"] == pytest.approx(1)
    assert by.loc[ITERATION, "largest"] == 1600
    assert by.loc[ITERATION, "paper"] == paper["cnmf", "N"] and np.isnan(by.loc[MEMORY, "paper"])
    shown = layout(found, {"cnmf_mu": "C-NMF (mu)"})
    assert "2.00 (0.00)" in to_markdown(shown)
    assert "booktabs" in to_latex(shown)


def test_an_iteration_costs_what_it_costs_in_whole_fits_where_they_ended():
    """Early iterations ten times as dear: a fixed number of them would hide that the later ones are linear."""
    sizes = np.array([100, 200, 400, 800, 1600])
    timed = pd.DataFrame(
        {"size": sizes, "quantity": ITERATION, "seconds": 1e-6 * sizes**2.0, "n_iter": 50, "converged": False}
    )
    ended = pd.DataFrame(
        {"size": sizes, "quantity": FIT, "seconds": 3e-6 * sizes * sizes, "n_iter": sizes, "converged": True}
    )
    times = pd.concat([timed, ended]).assign(
        method="cnmf", model="cnmf", solver="blocks", loss=LOSS, variable="N", outcome="done", peak_mb=1.0 * 100
    )
    by = exponents(times, {}).set_index("quantity")["exponent"]
    assert by[ITERATION] == pytest.approx(1) and by[FIT] == pytest.approx(2)
    late = times[(times["quantity"] == ITERATION) | (times["size"] < 1600)]  # the largest fit did not end
    assert exponents(late, {}).set_index("quantity")["exponent"][ITERATION] == pytest.approx(2)


def test_the_verdicts_read_the_exponents():
    found = exponents(synthetic(), {("cnmf", "N"): 2.0})
    empty = pd.DataFrame()
    tables = dict.fromkeys(("errors", "consistency", "recovery", "matches", "table4"), empty)
    run = Run(entries=[], **tables, samples={}, training={}, scaling=found)
    claim = {"method": "cnmf", "solver": "mu", "loss": LOSS, "variable": "N"}
    outcome = EVALUATORS["scaling_exponent"](run, **claim)
    assert outcome.ours == pytest.approx(2) and "per iteration" in outcome.evidence
    with pytest.raises(CannotCheck):
        EVALUATORS["scaling_exponent"](run, **(claim | {"variable": "K"}))


def test_every_size_has_its_row_and_is_measured_in_a_process_of_its_own():
    entry = {"model": "nmf", "solver": "mu", "tol": 1e-4}
    sizes = study_sizes([30, 20], [2], 15, 2)
    assert sizes == {"N": [(20, 20, 2), (30, 30, 2)], "K": [(2, 15, 2)]}
    table = measure("nmf", entry, LOSS, CATALOGUE, sizes, iterations=20, repeats=2, budget=60.0, seed=Seed(0))
    assert list(table.columns) == COLUMNS and len(table) == 3 * 2 * 2
    assert (table["outcome"] == DONE).all() and (table["seconds"] > 0).all() and (table["peak_mb"] >= 0).all()
    assert table.loc[table["quantity"] == FIT, "converged"].all()


@pytest.mark.filterwarnings(
    "ignore::RuntimeWarning"
)  # the textbook divides zero by zero in a channel without mutations
def test_a_fit_that_is_not_finite_is_an_error_and_has_no_time():
    entry = {"model": "cnmf", "solver": "textbook", "max_iter": 20}
    catalogue, sizes = np.vstack([CATALOGUE, np.zeros(15)]), {"N": [(20, 20, 2)]}
    with pytest.raises(RuntimeError, match="objective is nan|are not all finite"):
        measure("c", entry, "kullback-leibler", catalogue, sizes, iterations=8, repeats=1, budget=60.0, seed=Seed(2))


def test_fits_over_budget_are_reported_and_larger_ones_not_tried():
    entry = {"model": "nmf", "solver": "mu", "tol": 0.0, "max_iter": 10**9}
    sizes = {"N": [(20, 20, 2), (30, 30, 2)]}
    table = measure("nmf", entry, LOSS, CATALOGUE, sizes, iterations=8, repeats=1, budget=0.2, seed=Seed(0))
    outcomes = table.set_index(["quantity", "size"])["outcome"]
    assert outcomes[FIT, 20] == OVER and outcomes[FIT, 30] == SKIPPED
    assert table.loc[table["quantity"] == FIT, "seconds"].isna().all()


def test_a_process_of_its_own_reports_its_memory_its_errors_and_its_end():
    measured = in_own_process(lambda: (os.getpid(), float(np.ones(20_000_000).sum())))
    assert measured.in_time and measured.value[0] != os.getpid() and measured.value[1] == 2e7
    assert 150 < measured.peak_mb < 250  # the array has 160 MB
    assert in_own_process(lambda: None).peak_mb < 20
    late = in_own_process(time.sleep, 60, limit=0.1)
    assert not late.in_time and np.isnan(late.peak_mb)
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        in_own_process(lambda: 1 / 0)


def test_the_figure_says_what_the_seconds_are_of():
    times, found = synthetic(), exponents(synthetic(), {})
    for quantity in (ITERATION, FIT):
        figure = scaling_curves(times, found, loss=LOSS, quantity=quantity, budget=1.0)
        assert f"Seconds per {quantity}" in [axis.get_ylabel() for axis in figure.axes]


def test_the_figure_shows_no_exponent_of_fewer_than_four_sizes_and_says_what_was_measured():
    times = synthetic().query("quantity == @ITERATION").assign(cohort="scenario8")
    found = exponents(times, {})
    few = times[times["size"] <= 400]

    def said(figure) -> list[str]:
        return [text.get_text() for axis in figure.axes for text in axis.texts]

    shown = scaling_curves(times, found, loss=LOSS, quantity=ITERATION, budget=1.0)
    assert any(text.startswith("2.00  (") for text in said(shown)) and "too few sizes" not in said(shown)
    assert "Scenario 8, loss MSE" in said(shown)
    assert list(shown.axes[1].get_xticks()) == [100, 200, 400, 800, 1600]
    assert exponents(few, {})["exponent"].notna().any()  # three sizes have a slope, which the figure keeps to itself
    hidden = said(scaling_curves(few, exponents(few, {}), loss=LOSS, quantity=ITERATION, budget=1.0))
    assert "too few sizes" in hidden and not any(text.startswith("2.00") for text in hidden)
