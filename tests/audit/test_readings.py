"""Reading the paper's figures: drawn pictures with known numbers, the committed readings, and the pictures themselves."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib import font_manager
from PIL import Image, ImageDraw, ImageFont

from aenmf.audit.readings import facts as facts_module
from aenmf.audit.readings.diamonds import BORDER, DIAMOND, read_diamonds
from aenmf.audit.readings.digits import read_cosines
from aenmf.audit.readings.facts import (
    compare_again,
    compare_choices,
    compare_readings,
    deviations,
    load_facts,
    mean_of_pairs,
    recovered_consistency,
    recovered_cosines,
    similarity_matrices,
    splits_twice,
)
from aenmf.audit.readings.figures import KEYS, SPLITS, facts_of, read_figures
from aenmf.audit.readings.pictures import read_picture
from aenmf.errors import UserError
from aenmf.evaluation.matching import match
from aenmf.seeds import Seed

TICKS = (100, 300, 500)


def axis_picture(marks: list[tuple[int, int]]) -> np.ndarray:
    """A panel with ticks at TICKS, a curve, and diamonds at (row, column)."""
    picture = Image.new("RGB", (1200, 600), "white")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((200, 20, 1100, 580), outline=BORDER, width=3)
    for row in TICKS:
        draw.line((186, row, 199, row), fill=BORDER, width=5)
    draw.line((250, 80, 1000, 500), fill="black", width=4)
    for row, column in marks:
        draw.polygon([(column - 37, row), (column, row - 37), (column + 37, row), (column, row + 37)], fill=DIAMOND)
    return np.asarray(picture)


@pytest.mark.parametrize(("logarithmic", "expected"), [(False, (3.25, 4.6)), (True, (10**3.25, 10**4.6))])
def test_diamonds_are_read_to_a_pixel_from_left_to_right(logarithmic, expected):
    picture = axis_picture([(180, 900), (450, 400)])
    (read,) = read_diamonds(picture, ((5, 4, 3),), logarithmic)
    scale = np.array(expected) if logarithmic else 1.0
    assert np.all(np.abs(np.array(read.values) - expected) <= read.scale.pixel * scale)
    assert read.scale.pixel == pytest.approx(10**0.005 - 1 if logarithmic else 0.005)


def test_an_axis_with_other_ticks_than_labels_is_refused():
    with pytest.raises(ValueError, match="3 tick marks for 2 labels"):
        read_diamonds(axis_picture([(300, 400)]), ((5, 4),), False)


def tiles_picture(panels: list[list[list[str]]]) -> np.ndarray:
    """Columns of tiles with printed numbers, ``panels[panel][column]`` their texts, over an axis 1, 2, …"""
    path = font_manager.findfont("DejaVu Sans")
    small, large = (ImageFont.truetype(path, size) for size in (75, 113))
    n_columns = len(panels[0])
    picture = Image.new("RGB", (100 + 300 * n_columns, 1500), "white")
    draw = ImageDraw.Draw(picture)
    for number, columns in enumerate(panels):
        for column, texts in enumerate(columns):
            for tile, text in enumerate(texts):
                left, top = 60 + 300 * column, 50 + 650 * number + 200 * tile
                draw.rectangle((left, top, left + 260, top + 199), fill=(0x36, 0x54 + 30 * tile, 0x1A))
                draw.text((left + 30, top + 60), text, fill="black", font=small)
    for column in range(n_columns):
        draw.text((100 + 300 * column, 1330), str(column + 1), fill=(0x4D,) * 3, font=large)
    return np.asarray(picture)


VALUES = ["0.71", "0.8", "0.92", "0.83", "0.84", "0.95", "0.96", "0.87", "0.88", "0.9", "0.75", "0.68"]


def test_printed_numbers_are_read_with_the_digits_of_the_axis():
    panels = [[[value] * 2 for value in VALUES], [[value] * 2 for value in reversed(VALUES)]]
    upper, lower = read_cosines(tiles_picture(panels), len(VALUES))
    assert [number.value for number in upper] == [float(value) for value in VALUES]
    assert [number.value for number in lower] == [float(value) for value in reversed(VALUES)]


def test_tiles_of_a_column_that_differ_are_refused():
    panels = [[[value] * 2 for value in VALUES] for _ in range(2)]
    panels[1][4] = ["0.84", "0.85"]
    with pytest.raises(ValueError, match=r"column 5 show \[0.84, 0.85\]"):
        read_cosines(tiles_picture(panels), len(VALUES))


def test_a_missing_picture_is_a_message(tmp_path):
    with pytest.raises(UserError, match="cannot be read"):
        read_picture(tmp_path / "cons_aenmf.png")


@pytest.fixture(scope="module")
def consistency() -> pd.DataFrame:
    """Similarities of 30 splits, for two methods of one cohort."""
    first, second = np.triu_indices(SPLITS, k=1)
    random = np.random.default_rng(3)
    pairs = {"cohort": "ovary", "split_a": first, "split_b": second}
    return pd.concat(
        [pd.DataFrame(pairs | {"method": m, "similarity": random.random(len(first))}) for m in ("nmf", "aenmf")]
    )


def test_the_mean_over_a_list_of_splits_is_that_of_all_its_pairs(consistency):
    matrix = similarity_matrices(consistency)["ovary", "nmf"]
    members = [*range(15), *range(15)]
    pairs = list(combinations(members, 2))
    assert len(pairs) == 435 and sum(a == b for a, b in pairs) == 15
    expected = np.mean([matrix[a, b] for a, b in pairs])
    assert mean_of_pairs(matrix, splits_twice(*range(15))) == pytest.approx(expected)
    every = consistency.loc[consistency["method"] == "nmf", "similarity"].mean()
    assert mean_of_pairs(matrix, np.ones(SPLITS)) == pytest.approx(every)


def test_the_first_half_twice_is_told_from_other_choices(consistency):
    matrices = similarity_matrices(consistency)
    facts = recovered_consistency(matrices).rename(columns={"recovered": "value"})
    table = compare_choices(facts, matrices, Seed(1), 50).set_index("splits")
    assert table.loc[facts_module.FIRST_HALF, "greatest"] == pytest.approx(0, abs=1e-12)
    assert (table.loc[[facts_module.ALL, facts_module.RANDOM], "least"] > 1e-4).all()
    assert table.loc[facts_module.RANDOM, "choices"] == 50


def test_printed_cosines_meet_the_recovered_ones_in_order_of_size():
    random = np.random.default_rng(0)
    library = pd.DataFrame(random.dirichlet(np.ones(96), 6).T)
    fits = random.dirichlet(np.ones(96), (3, 2)).transpose(0, 2, 1)
    means = [match(fit, library.to_numpy()).mean for fit in fits]
    places = {"cohort": "ovary", "method": "nmf", "quantity": "cosmic_cosine"}
    facts = pd.DataFrame([places | {"item": str(i), "value": v} for i, v in enumerate((0.9, 0.7, 0.8), start=1)])
    table = recovered_cosines(facts, {("ovary", "nmf"): fits}, {"ovary": library}).set_index("item")["recovered"]
    assert table.loc[["2", "3", "1"]].tolist() == sorted(means)
    assert recovered_cosines(facts, {("ovary", "nmf"): fits[:2]}, {"ovary": library}).empty


def test_deviations_are_in_the_measure_of_the_reading_error():
    facts = pd.DataFrame({"value": [200.0, 0.5], "reading_error": [0.01, 0.01], "error_is": ["relative", "absolute"]})
    assert deviations(facts, pd.Series([201.9, 0.505]))["within"].all()
    assert not deviations(facts, pd.Series([197.9, 0.511]))["within"].any()


@pytest.fixture(scope="module")
def committed(root) -> pd.DataFrame:
    return load_facts(root / "config/paper_figures.tsv")


def test_the_committed_readings_are_complete(committed):
    assert committed["quantity"].value_counts().to_dict() == {"cosmic_cosine": 180, "mean_error": 18, "consistency": 9}
    assert not committed.duplicated(KEYS).any()
    assert committed.notna().all(axis=None)


def test_the_kept_comparison_is_of_the_committed_readings(root, committed):
    kept = pd.read_csv(root / "results/reference/audit/audit/figure_readings.csv", dtype={"item": str})
    again = compare_readings(committed, kept[[*KEYS, "recovered"]])
    pd.testing.assert_frame_equal(again, kept)
    assert len(kept) == len(committed)


def test_the_pictures_show_the_committed_numbers(data_dir, committed):
    folder = data_dir / "published_figures"
    if not folder.is_dir():
        pytest.skip(f"the paper's figures are not at hand: no {folder}")
    read = read_figures(folder)
    pd.testing.assert_frame_equal(load_facts_like(facts_of(read)), committed)
    again = compare_again(committed, read)
    assert len(again) == 24 + 12 + 180
    assert again["within"].all()


def load_facts_like(table: pd.DataFrame) -> pd.DataFrame:
    """A table with the types that reading it from a file gives."""
    return table.astype({"value": float, "reading_error": float}).astype({"item": str})
