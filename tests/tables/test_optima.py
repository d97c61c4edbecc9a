"""The table of the fits' optima, and the daggers of what was not found again."""

from __future__ import annotations

import numpy as np
import pandas as pd

from aenmf.files.layout import Cell, to_latex, to_markdown
from aenmf.methods.entries import Entry
from aenmf.tables import marks
from aenmf.tables.optima import COLUMNS, beside_best, layout, lower_than_known, optima_table

LOSS = "frobenius"
ENTRIES = [
    Entry("n", "nmf", "NMF"),
    Entry("c", "cnmf", "C-NMF"),
    Entry("a", "aenmf", "AE-NMF"),
    Entry("once", "nmf", "Once"),
]
PAPER_LOSSES = {"n": [5.0, 5.0, 5.0], "c": [1.0, 1.00005, 1.2], "a": [1.0, 1.005, 1.0], "once": [6.0, 6.0, 6.0]}
PROBLEMS = pd.DataFrame([("ovary", s, f"p{s}") for s in range(3)], columns=["cohort", "split", "problem"])
KNOWN = {
    ("p0", LOSS, "cnmf"): 1.0,
    ("p1", LOSS, "cnmf"): 1.0,
    ("p2", LOSS, "cnmf"): 1.1,
    ("p0", "kullback-leibler", "nmf"): 1.0,
}


def fits() -> pd.DataFrame:
    rows = [
        (
            "ovary",
            method,
            LOSS,
            s,
            value,
            method != "c" or s > 0,
            1 if method == "once" else 2 + s,
            method in "na" and s < 2,
        )
        for method, values in PAPER_LOSSES.items()
        for s, value in enumerate(values)
    ]
    return pd.DataFrame(
        rows, columns=["cohort", "method", "loss", "split", "objective", "converged", "starts", "found_again"]
    )


def made(known=KNOWN):
    table = beside_best(fits(), PROBLEMS, known, ENTRIES)
    return optima_table(table, ENTRIES), lower_than_known(table)


def test_fits_are_measured_by_the_best_known_loss_of_their_problem():
    frame, lower = made()
    assert list(frame.columns) == COLUMNS and frame["method"].tolist() == ["n", "c", "a"]  # one start is no search
    rows = frame.set_index("method")
    assert rows.loc["n", ["fits", "found_again", "starts_median", "starts_most", "converged"]].tolist() == [
        3,
        2,
        3.0,
        4,
        3,
    ]
    assert rows.loc["c", ["found_again", "converged", "known", "within_1e-04", "within_1e-02", "lower"]].tolist() == [
        0,
        2,
        3,
        2,
        2,
        0,
    ]
    assert rows.loc["a", ["within_1e-04", "within_1e-02", "lower"]].tolist() == [2, 3, 1]
    assert rows.loc["n", ["known", "within_1e-04", "lower"]].isna().all()  # that of another loss is none
    assert lower[["method", "split"]].to_numpy().tolist() == [["a", 2]]


def test_methods_of_the_same_function_are_compared():
    rows = made()[0].set_index("method")
    assert rows.loc["a", ["same_as", "agree_1e-04", "agree_1e-02"]].tolist() == ["c", 1, 2]
    assert rows.loc[["n", "c"], ["same_as", "agree_1e-04", "agree_1e-02"]].isna().all(axis=None)


def test_what_is_shown():
    frame, lower = made()
    shown = layout(frame, lower, {"ovary": "Ovary"})
    assert shown.rows[2] == ["Ovary", "MSE", "AE-NMF", "3", "2/3", "3 (4)", "3/3", "2/3", "3/3", "C-NMF", "1/3", "2/3"]
    assert shown.rows[0][7:] == ["–"] * 5
    assert shown.notes[-1] == "Lower than best known: AE-NMF, Ovary, MSE, split 2, by 9.09 %."
    assert "\\toprule" in to_latex(shown) and "Lower" in to_markdown(shown)


def test_without_a_table_of_best_known_losses_columns_are_blank():
    frame, lower = made({})
    assert frame[["known", "within_1e-04", "within_1e-02", "lower"]].isna().all(axis=None) and lower.empty
    notes = " ".join(layout(frame, lower, {"ovary": "Ovary"}).notes)
    assert "No best loss is known" in notes and "Lower" not in notes


def test_a_run_without_searches_has_an_empty_table():
    table = beside_best(fits().assign(starts=1), PROBLEMS, KNOWN, ENTRIES)
    frame = optima_table(table, ENTRIES)
    assert frame.empty and list(frame.columns) == COLUMNS
    shown = layout(frame, lower_than_known(table), {"ovary": "Ovary"})
    assert "No method was started more than once." in shown.notes and to_latex(shown)


def test_daggers():
    single = marks.not_found_again(fits())
    assert single == {
        ("ovary", "frobenius", "n"): (1, 3),
        ("ovary", "frobenius", "c"): (3, 3),
        ("ovary", "frobenius", "a"): (1, 3),
    }
    both = pd.concat([fits(), fits().assign(cohort="uterus", found_again=True)])
    assert marks.not_found_again(both, together=True)[marks.ALL, LOSS, "c"] == (3, 6)
    cells = marks.marked([Cell("1.00", True), Cell("2.00")], [True, False])
    assert cells == [Cell("1.00†", True), Cell("2.00")]
    assert marks.note([]) == []
    [said] = marks.note([("C-NMF, Ovary, MSE", (2, 30)), ("AE-NMF, Ovary, MSE", (1, 30))])
    assert said.startswith(
        "† 2 of 30 fits (C-NMF, Ovary, MSE), 1 of 30 fits (AE-NMF, Ovary, MSE): the lowest loss was found from one"
    )
    assert np.all([key[2] != "once" for key in single])
