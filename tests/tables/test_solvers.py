"""What the paper's solvers take and where they end, next to the fast ones, as docs/measurements.md shows it."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from aenmf.methods.entries import Entry
from aenmf.reference.keep import renew_page
from aenmf.tables import solvers

SLOW = [Entry("slow", "nmf", "NMF (slow)"), Entry("alone", "other", "Alone")]
FAST = [Entry("nmf", "nmf", "NMF"), Entry("other_nmf", "nmf", "Other NMF")]


def run_tables(rows: list[tuple]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """``fits`` and ``seconds`` of rows (method, split, objective, n_iter, converged, seconds)."""
    table = pd.DataFrame(rows, columns=["method", "split", "objective", "n_iter", "converged", "seconds"])
    table = table.assign(cohort="ovary", loss="frobenius")
    return table.drop(columns="seconds"), table[["cohort", "method", "loss", "split", "seconds"]]


@pytest.fixture
def slow():
    rows = [("slow", 0, 2.0, 100, True, 1.0), ("slow", 1, 3.0, 300, False, 9.0), ("slow", 2, 0.9, 200, True, 2.0)]
    return run_tables([*rows, ("alone", 0, 5.0, 10, True, 4.0)])


@pytest.fixture
def fast():
    rows = [("nmf", split, 1.0, 5, True, 0.5) for split in (2, 0, 1)]
    return run_tables([*rows, *(("other_nmf", split, 0.1, 5, True, 0.1) for split in range(3))])


def test_fits_stand_beside_those_of_the_same_split_by_the_first_method_of_their_model(slow, fast):
    row = solvers.solvers_table(*slow, SLOW, *fast, FAST).set_index("method").loc["slow"]
    assert (row["fits"], row["converged"], row["n_iter"]) == (3, 2, 200)
    assert (row["seconds"], row["seconds_longest"], row["fast_seconds"]) == (2.0, 9.0, 0.5)
    np.testing.assert_allclose(row[["excess", "excess_least", "excess_most"]].astype(float), [1.0, -0.1, 2.0])


def test_a_method_without_a_peer_is_shown_without_one(slow, fast):
    table = solvers.solvers_table(*slow, SLOW, *fast, FAST)
    assert table.set_index("method").loc["alone", ["fast_seconds", "excess"]].isna().all()
    rows = {row[2]: row for row in solvers.layout(table).rows}
    assert rows["Alone"] == ["ovary", "MSE", "Alone", "1/1", "10", "4.00", "4.00", "–", "–", "–", "–"]
    assert rows["NMF (slow)"][3:] == ["2/3", "200", "2.00", "9.00", "0.500", "100.0", "-10.0", "200.0"]


def test_a_page_shows_a_kept_run_beside_the_one_at_the_top(tmp_path, slow, fast):
    for folder, tables, entries in ((tmp_path / "own_solvers", slow, SLOW), (tmp_path, fast, FAST)):
        for name, table in zip(("tables/fits.csv", "timings/seconds.csv"), tables, strict=True):
            (folder / name).parent.mkdir(parents=True)
            table.to_csv(folder / name, index=False)
        methods = {entry.name: {"model": entry.model, "title": entry.title} for entry in entries}
        config = {"compare": [entry.name for entry in entries], "methods": methods}
        (folder / "manifest.json").write_text(json.dumps({"config": config}))
    page = renew_page("a\n<!-- solvers own_solvers -->\nold\n<!-- end -->\nb", tmp_path)
    assert "\nold\n" not in page and page.startswith("a\n<!-- solvers own_solvers -->\n**Fits by the paper's solvers")
    assert "| ovary | MSE | NMF (slow) | 2/3 | 200 | 2.00 | 9.00 | 0.500 | 100.0 | -10.0 | 200.0 |\n" in page
    assert page.endswith("<!-- end -->\nb")
