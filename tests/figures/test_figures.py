"""Figures: every one renders, the same every time, with colours that differ and text that neither overlaps nor is cut."""

from __future__ import annotations

import io
import itertools
import os
import re
import subprocess
import sys
import zlib
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
import pytest
from fontTools.ttLib import TTFont
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text

from aenmf.channels import SUBSTITUTIONS
from aenmf.evaluation.projection import project_signatures
from aenmf.evaluation.statistics import mean_pairwise_error
from aenmf.figures import boxes, colours, consistency, convergence, names, precision, style, variants
from aenmf.figures.leaderboard import tied_with_best
from aenmf.figures.match_tiles import _rows, match_tiles
from aenmf.figures.pca import signature_projection
from aenmf.figures.profiles import recovered_profiles, signature_profiles
from aenmf.figures.rank import rank_errors
from aenmf.figures.schematic import schematic
from aenmf.methods.base import Method
from aenmf.problem import Fit, Trajectory
from aenmf.seeds import Seed
from aenmf.studies.proof_of_concept import EXPOSURES, SIGNATURES, proof_of_concept, simulate
from support.figure_tables import (
    LOSS,
    MANY_METHODS,
    MANY_SIGNATURES,
    SEVEN,
    SMALL,
    TWO,
    USUAL,
    frame,
    series,
    tables,
    truth_of,
)

CROWDED = [
    (MANY_METHODS, n)
    for n in ("errors", "consistency", "pca", "rank", "convergence", "benchmark", "scaling", "proof", "leaderboard")
]
CROWDED += [(MANY_SIGNATURES, n) for n in ("pca", "profiles", "tiles", "tiles_signal", "recovered")]
NARROW = ("forest", "errors", "consistency", "variants", "pca", "rank", "precision", "benchmark", "weights", "tiles")
SHAPES = [(USUAL, n) for n in USUAL] + [(SMALL, n) for n in NARROW] + CROWDED


def drawn_texts(figure: Figure) -> list[tuple[str, np.ndarray]]:
    """Every text that a drawing of the figure really draws, with its box (x0, y0, x1, y1) in pixels."""
    found = []
    original = Text.draw

    def record(self, renderer, *args, **kwargs):
        if self.get_visible() and self.get_text().strip():
            found.append((self.get_text(), self.get_window_extent(renderer).extents))
        return original(self, renderer, *args, **kwargs)

    Text.draw = record
    try:
        with style._context():
            figure.draw_without_rendering()
    finally:
        Text.draw = original
    return found


@pytest.mark.parametrize("shape,name", SHAPES)
def test_text_is_readable_and_neither_overlaps_nor_leaves_the_page(shape, name):
    figure = shape[name]()
    millimetres = figure.get_size_inches() * 25.4
    assert round(millimetres[0], 6) in (style.COLUMN, style.PAGE) and millimetres[1] < 260
    if not name.startswith("tiles"):
        assert min(text.get_fontsize() for text in figure.findobj(Text) if text.get_text().strip()) >= style.SMALLEST
    texts = drawn_texts(figure)
    assert texts
    width, height = figure.canvas.get_width_height()
    for text, (x0, y0, x1, y1) in texts:
        assert x0 > -1 and y0 > -1 and x1 < width + 1 and y1 < height + 1, f"{text!r} is cut"
    # The boxes hold the descenders and side bearings of the type; a pixel of those may touch.
    for (first, a), (second, b) in itertools.combinations(texts, 2):
        across, down = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
        assert across < 1 or down < 1.2, f"{first!r} and {second!r} overlap"


def test_overlap_is_noticed():
    figure = style.new_figure(50, 50, constrained=False)
    figure.text(0.5, 0.5, "first")
    figure.text(0.52, 0.5, "second")
    (_, a), (_, b) = drawn_texts(figure)
    assert min(a[2], b[2]) - max(a[0], b[0]) > 1


@pytest.mark.parametrize(
    "name", [n for n in SMALL if n not in ("errors_linear", "seconds", "tiles_signal", "profiles")]
)
def test_same_bytes_whatever_the_users_settings(name, tmp_path):
    forms = ["x.png", "x.pdf"] if name in ("errors", "tiles") else ["x.png"]
    style.save(SMALL[name](), *(tmp_path / "a" / form for form in forms))
    with matplotlib.rc_context({"font.size": 20, "axes.grid": True, "savefig.bbox": "tight", "lines.linewidth": 9}):
        style.save(SMALL[name](), *(tmp_path / "b" / form for form in forms))
    for form in forms:
        first = (tmp_path / "a" / form).read_bytes()
        assert first == (tmp_path / "b" / form).read_bytes()
        assert b"Date" not in first and b"Matplotlib" not in first


def test_same_bytes_in_another_process(tmp_path, root):
    code = "import sys; from aenmf.figures import schematic, style; style.save(schematic.schematic(), *sys.argv[1:])"
    here, there = ([tmp_path / place / form for form in ("x.png", "x.pdf")] for place in ("here", "there"))
    style.save(schematic(), *here)
    env = os.environ | {"PYTHONHASHSEED": "7", "PYTHONPATH": str(root / "workflow")}
    subprocess.run([sys.executable, "-c", code, *map(str, there)], check=True, env=env)
    assert [path.read_bytes() for path in here] == [path.read_bytes() for path in there]


def test_fonts_of_a_pdf_have_their_glyphs_and_no_tables_for_placing_them(tmp_path):
    style.save(schematic(), tmp_path / "x.pdf")
    streams = re.findall(rb"stream\n(.*?)\nendstream", (tmp_path / "x.pdf").read_bytes(), flags=re.DOTALL)
    inflated = [zlib.decompress(stream) for stream in streams if stream[:1] == b"\x78"]
    fonts = [TTFont(io.BytesIO(data)) for data in inflated if data[:4] == b"\x00\x01\x00\x00"]
    assert max(len(font.getGlyphOrder()) for font in fonts) > 40
    for font in fonts:
        assert "glyf" in font
        assert not {"GDEF", "GPOS", "GSUB"} & set(font.keys())


def test_save_refuses_other_formats(tmp_path):
    with pytest.raises(ValueError, match="written as"):
        style.save(schematic(), tmp_path / "x.jpg")


def test_drawing_leaves_tables_as_they_were():
    table = tables(TWO, {"ovary": 3}, 3)
    before = {name: one.copy() for name, one in table.items()}
    order = table["matches"][["cohort", "method", "loss", "cluster"]].drop_duplicates()
    order = order.assign(position=4 - order["cluster"])
    boxes.error_boxes(table["errors"], loss=LOSS, measure="mse")
    signature_projection(table["coordinates"], table["explained"], table["clusters"], loss=LOSS, order=order)
    match_tiles(table["splits"], table["clusters"], cohort="ovary", loss=LOSS, order=order)
    for name, one in table.items():
        pd.testing.assert_frame_equal(one, before[name])


def test_error_boxes_show_the_medians_and_count_infinite_values():
    table = tables(TWO, {"ovary": 3}, 5)["errors"]
    table = table[table["measure"] == "mse"].copy()
    test = (table["set"] == "test") & (table["method"] == "aenmf") & (table["split"] < 2)
    table.loc[test, "value"] = np.inf
    figure = boxes.error_boxes(table, loss=LOSS, measure="mse", methods=TWO)
    (axis,) = figure.axes
    drawn = {round(line.get_ydata()[0], 9) for line in axis.lines if len(set(line.get_ydata())) == 1}
    train = table[(table["set"] == "train") & (table["method"] == "nmf")]["value"]
    assert round(train.median(), 9) in drawn
    assert [text.get_text() for text in axis.texts] == ["2 × ∞"]
    assert axis.get_yscale() == "log"


def test_matched_clusters_share_a_colour():
    table = tables(TWO, {"ovary": 3}, 3)
    order = frame(
        "cohort,method,loss,cluster,position",
        [("ovary", "nmf", LOSS, c, c) for c in (1, 2, 3)] + [("ovary", "aenmf", LOSS, c, 4 - c) for c in (1, 2, 3)],
    )
    args = (table["coordinates"], table["explained"], table["clusters"])
    figure = signature_projection(*args, loss=LOSS, methods=TWO, order=order)
    members = table["clusters"].query("method == 'aenmf' and cluster == 1")[["split", "signature"]]
    points = table["coordinates"].query("method == 'aenmf'").merge(members, on=["split", "signature"])
    for collection in figure.axes[1].collections:
        if len(collection.get_offsets()) == len(points) and np.allclose(
            collection.get_offsets(), points[["pc1", "pc2"]]
        ):
            assert to_hex(collection.get_facecolor()[0]).upper() == colours.cluster_style(3)[0]
            return
    raise AssertionError("the cluster was not drawn")


def test_the_legend_of_clusters_has_those_that_are_drawn():
    table = tables(TWO, {"ovary": 3, "uterus": 8}, 3)
    figure = signature_projection(
        table["coordinates"], table["explained"], table["clusters"], loss=LOSS, methods=TWO, cohorts=["ovary"]
    )
    said = [text.get_text() for text in figure.legends[0].get_texts()]
    assert [text for text in said if text.startswith("cluster")] == ["cluster 1", "cluster 2", "cluster 3"]


def test_profiles_of_a_row_have_one_scale():
    table = tables(TWO, {"ovary": 3}, 3)
    truth = truth_of(table["consensus"], "ovary")
    of = {"cohort": "ovary", "loss": LOSS, "methods": TWO}
    for figure in (
        signature_profiles(table["consensus"], table["matches"], **of),
        recovered_profiles(truth, table["consensus"], table["matches"], **of),
    ):
        heights = [axis.get_ylim() for axis in figure.axes]  # row by row
        assert heights[::2] == heights[1::2] and len(set(heights)) == 3
        for axis in figure.axes:
            assert max(path.vertices[:, 1].max() for path in axis.collections[0].get_paths()) <= axis.get_ylim()[1]


def test_with_very_many_signatures_profiles_keep_their_height():
    table = tables(TWO, {"ovary": 41}, 41)
    truth = truth_of(table["consensus"], "ovary")
    figure = recovered_profiles(truth, table["consensus"], table["matches"], cohort="ovary", loss=LOSS, methods=TWO)
    high = figure.get_size_inches()[1] * 25.4
    assert len(figure.axes) == 82 and high > 235
    assert all(axis.get_position().height * high == pytest.approx(4, abs=0.01) for axis in figure.axes)


def test_precision_is_drawn_above_the_optimum_with_float32_on_top():
    s = series(TWO, ["ovary", "uterus"])
    figure = precision.precision_curves(s["precision"], s["summary"], loss=LOSS)
    for axis in figure.axes:
        curves = {to_hex(line.get_color()).upper(): line for line in axis.lines if len(line.get_xdata()) > 2}
        single, double = (curves[precision.PRECISION_COLOURS[dtype]] for dtype in ("float32", "float64"))
        assert single.get_zorder() > double.get_zorder() and single.get_linewidth() < double.get_linewidth()
        assert single.get_ydata()[-1] == pytest.approx(0.4, rel=0.01)
        assert double.get_ydata()[-1] == pytest.approx(50 / (1 + 1e5))
        assert [text.get_text() for text in axis.texts] == ["1.40 × optimum"]
        levels = [line for line in axis.lines if len(set(line.get_ydata())) == 1 and line.get_linestyle() == "--"]
        assert len(levels) == 1 and levels[0].get_ydata()[0] == pytest.approx(1e-5)
    with pytest.raises(ValueError, match=f"lack the {precision.LEVEL} of uterus"):
        precision.precision_curves(s["precision"], s["summary"].query("cohort == 'ovary'"), loss=LOSS)


def test_entries_of_a_model_share_its_colour_and_differ_by_their_lines():
    models = {"nmf": "nmf", "aenmf": "aenmf", "aenmf_adam": "aenmf", "aenmf_published": "aenmf"}
    titles = {
        "nmf": "NMF",
        "aenmf": "AE-NMF",
        "aenmf_adam": "AE-NMF (Adam)",
        "aenmf_published": "AE-NMF (as published)",
    }
    methods = names.method_styles(models, titles)
    solvers = ("hals", "varpro", "adam", "adam")
    curves = frame(
        "cohort,method,solver,loss,iteration,seconds,value,best",
        (
            ("ovary", m, s, LOSS, i, i / 10, 1 + 1 / i, 1.0)
            for (m, s), i in itertools.product(zip(models, solvers, strict=True), (1, 2, 3))
        ),
    )
    looks = names.solver_styles(curves, methods, models)
    assert [look.label for look in looks.values()] == [
        "NMF (hals)", "AE-NMF (varpro)", "AE-NMF (Adam)", "AE-NMF (as published)",
    ]  # fmt: skip
    nmf, *autoencoders = looks.values()
    assert {look.colour for look in autoencoders} == {colours.MODEL_COLOURS["aenmf"]}
    assert len({str(look.dash) for look in autoencoders}) == len({look.marker for look in autoencoders}) == 3
    assert nmf.dash == autoencoders[0].dash == "-" and nmf.colour == colours.MODEL_COLOURS["nmf"]
    figure = convergence.convergence_curves(curves, loss=LOSS, methods=methods, models=models)
    assert {text.get_text() for text in figure.legends[0].get_texts()} == {look.label for look in looks.values()}
    alone = names.solver_styles(curves, methods)
    assert len({look.colour for look in alone.values()}) == 4


def test_a_solver_is_not_said_twice():
    assert names.with_solver("C-NMF (mu)", "mu") == "C-NMF (mu)"
    assert names.with_solver("AE-NMF (Adam)", "adam") == "AE-NMF (Adam)"
    assert names.with_solver("MUSE-XAE", "mu") == "MUSE-XAE (mu)"


def test_variants_are_called_by_how_they_keep_weights_non_negative():
    entries = {
        "aenmf_adam": {"model": "aenmf", "solver": "adam"},
        "aenmf_relu": {"model": "aenmf", "solver": "adam", "nonnegativity": "relu"},
        "aenmf_step": {"model": "aenmf", "solver": "adam", LOSS: {"applied": "step"}},
        "slow": {"model": "aenmf", "solver": "adam", "learning_rate": 1e-4},
    }
    titles = {"aenmf_adam": "AE-NMF (Adam)", "aenmf_relu": "relu", "aenmf_step": "step"}
    assert list(variants.variant_labels(entries, titles, loss=LOSS).values()) == [
        "|W|, forward pass", "ReLU, forward pass", "|W|, after the step",
    ]  # fmt: skip
    again = titles | {"slow": "slow"}
    assert variants.variant_labels(entries, again, loss=LOSS) == again


def test_all_files_have_one_layout_and_a_saved_figure_can_still_grow(tmp_path):
    alone, both = USUAL["errors"](), USUAL["errors"]()
    engine = both.get_layout_engine()
    style.save(alone, tmp_path / "x.png")
    style.save(both, tmp_path / "x.png", tmp_path / "x.pdf")
    # At the 72 dpi of a PDF texts have other sizes, and a layout of its own would differ.
    for one, other in zip(alone.axes, both.axes, strict=True):
        assert (one.get_position().extents == other.get_position().extents).all()
    assert engine is not None and both.get_layout_engine() is engine


def test_tiles_keep_to_their_cluster_and_others_fill_the_gaps():
    split = frame(
        "method,split,signature,cluster,silhouette",
        [("nmf", 0, 0, 2, 0.1), ("nmf", 0, 1, 2, 0.9), ("nmf", 0, 2, 4, 0.5), ("nmf", 0, 3, 1, 0.5)],
    )
    assert list(_rows(split)) == [3, 2, 4, 1]


@pytest.mark.parametrize("n_splits", [1, 2, 5, 6, 9, 10, 30])
def test_tiles_fill_most_of_the_page(n_splits):
    table = tables(TWO, {"ovary": 3}, n_splits)
    figure = match_tiles(table["splits"], table["clusters"], cohort="ovary", loss=LOSS, methods=TWO)
    width = figure.get_size_inches()[0] * 25.4
    assert round(width, 6) == (style.COLUMN if n_splits <= 5 else style.PAGE)
    (across, _) = style.millimetres(figure.axes[0])
    assert across / n_splits < 24.01 and (n_splits < 3 or across > 0.8 * width)


def test_the_papers_rank_is_a_line_where_there_is_one():
    rank = frame(
        "cohort,method,loss,rank,bootstrap,set,measure,value",
        (
            (c, "nmf", LOSS, k, b, "test", "mse", 1 + 1 / k + b)
            for c in ("ovary", "mine")
            for k in (2, 3)
            for b in (0, 1)
        ),
    )
    choice = frame(
        "cohort,method,loss,chosen,paper_rank", [("ovary", "nmf", LOSS, 2, 3), ("mine", "nmf", LOSS, 2, None)]
    )
    for cohorts, expected in ((["ovary", "mine"], [1, 0]), (["mine"], [0])):
        of = choice[choice["cohort"].isin(cohorts)]
        figure = rank_errors(rank, of, loss=LOSS, measure="mse", cohorts=cohorts)
        assert [sum(line.get_linestyle() == "--" for line in axis.lines) for axis in figure.axes] == expected
        labels = [text.get_text() for text in figure.legends[0].get_texts()]
        assert ("K of the paper" in labels) == any(expected)


def test_figures_say_what_is_missing():
    table = tables(TWO, {"ovary": 3}, 3)
    with pytest.raises(ValueError, match="no rows with loss='kullback-leibler'"):
        boxes.error_boxes(table["errors"], loss="kullback-leibler", measure="mse")
    with pytest.raises(ValueError, match="lacks the columns"):
        consistency.consistency_dots(table["errors"], loss=LOSS)
    with pytest.raises(ValueError, match="none of the methods dsae"):
        boxes.error_boxes(table["errors"], loss=LOSS, measure="mse", methods={"dsae": SEVEN["dsae"]})
    with pytest.raises(ValueError, match="none of the cohorts lung"):
        boxes.error_boxes(table["errors"], loss=LOSS, measure="mse", cohorts=["lung"])
    with pytest.raises(ValueError, match="at most three"):
        large = tables(SEVEN, {"ovary": 3}, 3)
        signature_profiles(large["consensus"], large["matches"], cohort="ovary", loss=LOSS)


# ---- colours and names


def least(palette) -> float:
    return min(colours.least_distance(a, b) for a, b in itertools.combinations(palette, 2))


def test_colour_distance_knows_what_a_deuteranope_confuses():
    assert colours.colour_distance("#FFFFFF", "#000000") == pytest.approx(1.0, abs=1e-3)
    red, green = "#B8565A", "#7F7A3B"
    assert colours.colour_distance(red, green, "deuteranopia") < 0.3 * colours.colour_distance(red, green)


def test_palettes_are_told_apart_with_any_vision():
    assert least(colours.MODEL_COLOURS.values()) > 0.085
    assert least(colours.CLUSTER_COLOURS) > 0.09
    methods = [colours.MODEL_COLOURS[name] for name in ("nmf", "cnmf", "aenmf")]
    pairs = itertools.product(colours.CLUSTER_COLOURS, methods)
    assert min(colours.least_distance(*pair) for pair in pairs) > 0.09  # a cluster is not read as a method
    signatures = list(colours.SIGNATURE_COLOURS.values())
    assert len(signatures) == len(set(signatures)) == 86
    assert least(signatures[:12]) > 0.08 and least(signatures[:24]) > 0.055
    assert min(colours.colour_distance(a, b) for a, b in itertools.combinations(signatures, 2)) > 0.05
    assert set(colours.SUBSTITUTION_COLOURS) == set(SUBSTITUTIONS)
    styles = [colours.cluster_style(i) for i in range(1, 37)]
    assert len(set(styles)) == len(styles)


def test_every_cosmic_signature_has_a_colour(root):
    import importlib.util

    package = importlib.util.find_spec("SigProfilerAssignment")
    folder = f"{package.submodule_search_locations[0]}/data/Reference_Signatures/GRCh37"
    table = pd.read_csv(f"{folder}/COSMIC_v3.4_SBS_GRCh37.txt", sep="\t", index_col=0, nrows=1)
    assert set(table.columns) == set(colours.SIGNATURE_COLOURS)


def test_signature_colours_depend_on_the_name_only():
    assert colours.signature_colour("GEL-Ovary_common_SBS3") == colours.SIGNATURE_COLOURS["SBS3"]
    assert colours.signature_colour("GEL-Uterus_common_SBS17") == colours.SIGNATURE_COLOURS["SBS17b"]
    mixed, first = colours.signature_colour("GEL-Ovary_common_SBS1+18"), colours.signature_colour("SBS1")
    assert colours.colour_distance(mixed, first) > 0.05
    assert colours.signature_colour("GEL-X_rare_SBS14_a") != colours.signature_colour("GEL-X_rare_SBS14_b")
    assert colours.signature_colour("Unheard-of") == colours.signature_colour("Unheard-of")


def test_method_colours_are_fixed_for_known_models_and_distinct_for_all():
    entries = {
        "fast": "nmf",
        "nmf": "nmf",
        "mine": "mymodule:Mine",
        "other": "package.x:Y",
        "skl": "sklearn-nmf",
        "c": "cnmf",
    }
    given = colours.model_colours(entries)
    assert given["nmf"] == colours.MODEL_COLOURS["nmf"] and given["c"] == colours.MODEL_COLOURS["cnmf"]
    assert given["skl"] == colours.MODEL_COLOURS["sklearn"]
    assert len(set(given.values())) == len(entries) and least(given.values()) > 0.05
    assert given == colours.model_colours(entries)


def test_labels():
    looks = names.method_styles({"nmf": "nmf", "aenmf_paper": "aenmf", "my_method": "x:Y"}, {"nmf": "Plain NMF"})
    assert [look.label for look in looks.values()] == ["Plain NMF", "AE-NMF (paper)", "my method"]
    assert names.cohort_title("scenario8") == "Scenario 8"
    assert names.short_reference("GEL-Uterus_rare_SBS14_a") == "SBS14 a"
    assert [style.number(v) for v in (0.05, 3000.0, 10000.0, 1e6, 2.5e-7)] == [
        "0.05", "3000", "10000", "$10^{6}$", "$2.5\\times10^{-7}$",
    ]  # fmt: skip


@pytest.mark.parametrize("low,high", [(0.09, 0.11), (150, 170), (4.5e5, 1.7e6), (1, 9), (1e-9, 20), (0.07, 3)])
def test_log_ticks_are_few_and_inside(low, high):
    ticks = style.LogTicks().tick_values(low, high)
    assert 2 <= len(ticks) <= 8 and ticks.min() >= low and ticks.max() <= high


# ---- derived numbers


def test_the_interval_of_consistency_is_the_jackknife_of_the_pairs():
    pairs = tables(TWO, {"ovary": 3}, 6)["consistency"].query("method == 'nmf'")
    assert consistency.jackknife_error(consistency.by_split(pairs)) == pytest.approx(mean_pairwise_error(pairs))


def test_variants_are_divided_by_the_first_on_the_same_split():
    errors = frame(
        "cohort,method,split,set,value",
        [
            ("a", "x", 0, "test", 2.0),
            ("a", "x", 1, "test", 4.0),
            ("a", "y", 1, "test", 6.0),
            ("a", "y", 0, "test", np.inf),
        ],
    )
    found = variants.relative_to_first(errors, "x")
    assert list(zip(found["method"], found["split"], found["ratio"], strict=True)) == [
        ("x", 0, 1),
        ("x", 1, 1),
        ("y", 1, 1.5),
    ]


def test_a_headline_makes_room_for_itself_and_moves_nothing():
    figure = schematic()
    before = [axis.get_position().y0 * figure.get_size_inches()[1] for axis in figure.axes]
    height = figure.get_size_inches()[1]
    style.headline(figure, "What is it?")
    assert figure.get_suptitle() == "What is it?" and figure.get_size_inches()[1] > height
    assert [axis.get_position().y0 * figure.get_size_inches()[1] for axis in figure.axes] == pytest.approx(before)


def test_scores_that_read_the_same_tie():
    scores = pd.Series({"a": 0.9991, "b": 0.9994, "c": 0.9, "d": np.inf})
    assert tied_with_best(scores, "f1") == {"a", "b"} and tied_with_best(scores, "missed") == {"c"}
    assert tied_with_best(scores, "seconds") == set()


def test_projection_of_points_on_a_line():
    direction = np.zeros(96)
    direction[[4, 7]] = -3.0, 1.0
    arrays = np.full((2, 96, 2), 1 / 96)
    for (s, k), step in zip(np.ndindex(2, 2), (0.0, 1.0, 2.0, 5.0), strict=True):
        arrays[s, :, k] += 1e-3 * step * direction
    table, explained = project_signatures({"a": ([3, 8], arrays)}, cohort="c", loss=LOSS)
    assert list(table["split"]) == [3, 3, 8, 8] and list(table["signature"]) == [0, 1, 0, 1]
    expected = -1e-3 * np.sqrt(10) * (np.array([0, 1, 2, 5]) - 2)  # the largest loading, of channel 4, is made positive
    np.testing.assert_allclose(table["pc1"], expected, atol=1e-12)
    np.testing.assert_allclose(explained["explained"], [1, 0], atol=1e-12)


def test_projection_is_joint_over_methods():
    rng = np.random.default_rng(0)
    a, b = rng.dirichlet(np.ones(96), (2, 4, 3)).transpose(0, 1, 3, 2)
    both, _ = project_signatures({"a": (range(4), a), "b": (range(4), b[:, :, :2])}, cohort="c", loss=LOSS)
    assert both.groupby("method").size().to_dict() == {"a": 12, "b": 8}
    distance = np.linalg.norm(both.query("method == 'a'")[["pc1", "pc2"]].mean())
    assert distance > 0 and abs(both["pc1"].mean()) < 1e-12
    alone, _ = project_signatures({"a": (range(4), a)}, cohort="c", loss=LOSS)
    assert not np.allclose(alone["pc1"], both.query("method == 'a'")["pc1"])
    with pytest.raises(ValueError, match="do not fit"):
        project_signatures({"a": (range(3), a)}, cohort="c", loss=LOSS)


class Oracle(Method):
    """Returns the truth with the signatures swapped, so that only the matching can put them right."""

    model = "oracle"
    losses = (LOSS,)

    @classmethod
    def from_config(cls, options, where):
        return cls()

    def fit(self, problems, report=None):
        assert len(problems) == 1
        nothing = Trajectory(np.zeros(1), np.zeros(1), np.zeros(1))
        return [Fit(SIGNATURES[:, ::-1].copy(), EXPOSURES[::-1].copy(), 0.0, 1, True, 0.0, 0.0, nothing)]


def test_proof_of_concept_puts_matched_results_beside_the_truth():
    counts = simulate(Seed(1))
    assert counts.shape == (6, 45) and np.all(counts == np.round(counts))
    assert np.array_equal(counts, simulate(Seed(1))) and not np.array_equal(counts, simulate(Seed(2)))
    np.testing.assert_allclose(counts.sum(axis=0).mean(), 200, atol=8)
    table = proof_of_concept({"oracle": Oracle()}, LOSS, Seed(1))
    wide = table.pivot(index=["quantity", "signature", "position"], columns="method", values="value")
    assert len(wide) == 2 * 6 + 2 * 45
    np.testing.assert_array_equal(wide["oracle"], wide["truth"])
    assert set(proof_of_concept({"oracle": Oracle()}, "kullback-leibler", Seed(1))["method"]) == {"truth"}


def test_figures_are_drawn_without_pyplot():
    for file in Path(style.__file__).parent.glob("*.py"):
        assert "pyplot" not in file.read_text(encoding="utf-8").replace("without pyplot", ""), file.name
