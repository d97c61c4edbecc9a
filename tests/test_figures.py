"""Figures: every one renders, the same every time, with colours that differ and text that neither overlaps nor is cut."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text

from aenmf.channels import CHANNELS, SUBSTITUTIONS
from aenmf.figures import boxes, colours, convergence, names, style
from aenmf.figures.match_tiles import _rows, match_tiles
from aenmf.figures.pca import signature_projection
from aenmf.figures.profiles import recovered_profiles, signature_profiles
from aenmf.figures.proof import proof_of_concept_panels
from aenmf.figures.rank import rank_errors, rank_seconds
from aenmf.figures.scaling import scaling_curves
from aenmf.figures.schematic import schematic
from aenmf.methods.base import Fit, Method, Trajectory
from aenmf.projection import project_signatures
from aenmf.proof_of_concept import EXPOSURES, SIGNATURES, proof_of_concept, simulate
from aenmf.seeds import Seed

LOSS = "frobenius"
ENTRIES = {
    "nmf": "nmf",
    "cnmf": "cnmf",
    "aenmf": "aenmf",
    "dsae": "dsae",
    "musexae": "musexae",
    "sklearn": "sklearn",
    "bootstrap": "bootstrap",
}
LONG = {"sklearn": "scikit-learn NMF (coordinate descent)", "bootstrap": "Bootstrap-and-cluster NMF"}
SEVEN = names.method_styles(ENTRIES, LONG)
THREE = {name: SEVEN[name] for name in list(ENTRIES)[:3]}
TWO = {name: SEVEN[name] for name in ("nmf", "aenmf")}
FOUR_COHORTS = {"scenario8": 3, "ovary": 4, "prostate": 5, "uterus": 8}
LEVELS = {"scenario8": 0.09, "ovary": 2e3, "prostate": 150.0, "uterus": 4.6e5}


def frame(columns: str, rows) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=columns.split(","))


def tables(methods, ranks: dict[str, int], n_splits: int) -> dict[str, pd.DataFrame]:
    """Tables of the pipeline's form with random content."""
    rng = np.random.default_rng(3)
    cosmic = list(colours.SIGNATURE_COLOURS)
    out: dict[str, list] = {
        name: [] for name in ("errors", "consistency", "consensus", "clusters", "matches", "splits")
    }
    coordinates, explained = [], []
    for cohort, k in ranks.items():
        arrays = {}
        for m, method in enumerate(methods):
            key = (cohort, method, LOSS)
            for s, part, measure in itertools.product(range(n_splits), ("train", "test"), ("mse", "kld")):
                value = LEVELS.get(cohort, 1.0) * (1 + 0.2 * m) * np.exp(0.3 * rng.standard_normal())
                out["errors"].append((*key, s, part, measure, value))
            pairs = itertools.combinations(range(n_splits), 2)
            out["consistency"] += [(*key, a, b, rng.uniform(0.5, 1)) for a, b in pairs]
            arrays[method] = (list(range(n_splits)), rng.dirichlet(np.full(96, 0.3), (n_splits, k)).transpose(0, 2, 1))
            for c in range(1, k + 1):
                profile = rng.dirichlet(np.full(96, 0.2))
                out["consensus"] += [(*key, c, *pair) for pair in zip(CHANNELS, profile, strict=True)]
                out["matches"].append((*key, c, "cosmic", cosmic[c], 0.9))
                out["matches"].append((*key, c, "signal", "GEL-Prostate_common_SBS2+13+92", 0.8))
                out["matches"].append((*key, c, "truth", f"SBS{c}", 0.99996))
            for s, j in itertools.product(range(n_splits), range(k)):
                cluster = 1 + (j if s else max(j - 1, 0)) % k
                out["clusters"].append((*key, s, j, cluster, s == 1, rng.uniform()))
                out["splits"].append((*key, s, j, "cosmic", cosmic[(j + s) % (k + 2)], rng.uniform(0.6, 1)))
                out["splits"].append((*key, s, j, "signal", ["GEL-Ovary_common_SBS2+13+92", None][j % 2], 0.7))
        points, share = project_signatures(arrays, cohort=cohort, loss=LOSS)
        coordinates.append(points)
        explained.append(share)
    key = "cohort,method,loss,"
    return {
        "errors": frame(key + "split,set,measure,value", out["errors"]),
        "consistency": frame(key + "split_a,split_b,similarity", out["consistency"]),
        "consensus": frame(key + "cluster,channel,value", out["consensus"]),
        "clusters": frame(key + "split,signature,cluster,medoid,silhouette", out["clusters"]),
        "matches": frame(key + "cluster,reference,match,cosine", out["matches"]),
        "splits": frame(key + "split,signature,reference,match,cosine", out["splits"]),
        "coordinates": pd.concat(coordinates),
        "explained": pd.concat(explained),
    }


def series(methods, cohorts) -> dict[str, pd.DataFrame]:
    """Tables of the rank, convergence and scaling studies with smooth made-up curves."""
    rng = np.random.default_rng(4)
    grid = list(itertools.product(cohorts, methods))
    ranks, bootstraps, solvers = range(2, 13), range(4), ("multiplicative", "exact blocks")
    iterations = np.concatenate([[0], np.unique(np.geomspace(1, 1e5, 30).astype(int))])
    sizes = {"N": (250, 1000, 4000, 12000), "K": (2, 4, 8, 16)}
    runs = list(itertools.product(methods, solvers))
    return {
        "rank": frame(
            "cohort,method,loss,rank,bootstrap,set,measure,value",
            (
                (
                    c,
                    m,
                    LOSS,
                    k,
                    b,
                    "test",
                    "mse",
                    LEVELS.get(c, 1.0) * (1 + 5 / k) * np.exp(0.2 * rng.standard_normal()),
                )
                for (c, m), k, b in itertools.product(grid, ranks, bootstraps)
            ),
        ),
        "seconds": frame(
            "cohort,method,loss,rank,bootstrap,seconds",
            ((c, m, LOSS, k, b, 0.01 * k**2) for (c, m), k, b in itertools.product(grid, ranks, bootstraps)),
        ),
        "choice": frame("cohort,method,loss,chosen,paper_rank", ((c, m, LOSS, 4, 5) for c, m in grid)),
        "convergence": frame(
            "cohort,method,solver,loss,iteration,seconds,value,best",
            (
                (c, m, s, LOSS, i, 1e-4 * i * (1 + j), LEVELS.get(c, 1.0) * (1 + 9 / (1.0 + i)), LEVELS.get(c, 1.0))
                for (c, m), (j, s), i in itertools.product(grid, enumerate(solvers), iterations)
            ),
        ),
        "precision": frame(
            "cohort,dtype,loss,iteration,value",
            (
                (c, d, LOSS, i, LEVELS.get(c, 1.0) * (1.4 if d == "float32" else 1) * (1 + 50 / (1.0 + i)))
                for c, d, i in itertools.product(cohorts, ("float32", "float64"), iterations)
            ),
        ),
        "levels": frame("cohort,loss,label,value", ((c, LOSS, "optimum of convex NMF", LEVELS[c]) for c in cohorts)),
        "weights": frame(
            "cohort,method,split,signature,patients_50,patients_90,nonzero",
            ((c, m, s, 0, 1 + s % 3, 4 + s % 5, 15 + s) for (c, m), s in itertools.product(grid, range(8))),
        ),
        "scaling": frame(
            "method,solver,loss,variable,size,seconds,peak_mb",
            (
                (m, s, LOSS, v, z, 1e-3 * z * (1 + r / 9), 100 + z / 10)
                for (m, s), v, r in itertools.product(runs, sizes, range(2))
                for z in sizes[v]
            ),
        ),
        "fits": frame(
            "method,solver,loss,variable,exponent,low,high",
            ((m, s, LOSS, v, 1.02, 0.98, 1.06) for (m, s), v in itertools.product(runs, sizes)),
        ),
    }


def proof_table(methods) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    rows = []
    for method in ("truth", *methods):
        for quantity, true in (("signatures", SIGNATURES.T), ("exposures", EXPOSURES)):
            noise = 0.0 if method == "truth" else 0.05 * rng.standard_normal(true.shape)
            for (k, i), value in np.ndenumerate(true * (1 + noise)):
                rows.append((LOSS, method, quantity, k + 1, i + 1, value))
    return frame("loss,method,quantity,signature,position,value", rows)


def builders(methods, ranks: dict[str, int], n_splits: int) -> dict[str, Callable[[], Figure]]:
    """Every figure of the package drawn from tables of one shape."""
    t, s = tables(methods, ranks, n_splits), series(methods, list(ranks))
    look, last = {"methods": methods}, list(ranks)[-1]
    several = dict(itertools.islice(methods.items(), 3))
    truth = t["consensus"].query("cohort == @last and method == 'nmf'").rename(columns={"cluster": "signature"})
    truth = truth.assign(signature=[f"SBS{c}" for c in truth["signature"]])
    variants = dict(zip(methods, boxes.VARIANTS.values(), strict=False))
    of = {"cohort": last, "loss": LOSS}
    return {
        "errors": lambda: boxes.error_boxes(t["errors"], loss=LOSS, measure="mse", **look),
        "errors_linear": lambda: boxes.error_boxes(t["errors"], loss=LOSS, measure="kld", log=False, **look),
        "consistency": lambda: boxes.consistency_boxes(t["consistency"], loss=LOSS, **look),
        "variants": lambda: boxes.variant_boxes(t["errors"], loss=LOSS, measure="mse", variants=variants),
        "pca": lambda: signature_projection(t["coordinates"], t["explained"], t["clusters"], loss=LOSS, **look),
        "profiles": lambda: signature_profiles(t["consensus"], t["matches"], methods={"nmf": methods["nmf"]}, **of),
        "side_by_side": lambda: signature_profiles(t["consensus"], t["matches"], methods=several, **of),
        "recovered": lambda: recovered_profiles(truth, t["consensus"], t["matches"], methods=several, **of),
        "tiles": lambda: match_tiles(t["splits"], t["clusters"], methods=several, **of),
        "tiles_signal": lambda: match_tiles(t["splits"], t["clusters"], reference="signal", methods=several, **of),
        "rank": lambda: rank_errors(s["rank"], s["choice"], loss=LOSS, measure="mse", **look),
        "seconds": lambda: rank_seconds(s["seconds"], loss=LOSS, **look),
        "proof": lambda: proof_of_concept_panels(proof_table(methods), loss=LOSS, **look),
        "convergence": lambda: convergence.convergence_curves(s["convergence"], loss=LOSS, **look),
        "precision": lambda: convergence.precision_curves(s["precision"], s["levels"], loss=LOSS),
        "weights": lambda: convergence.weight_sparsity(s["weights"], **look),
        "scaling": lambda: scaling_curves(s["scaling"], s["fits"], loss=LOSS, **look),
        "schematic": schematic,
    }


SMALL = builders(TWO, {"ovary": 3}, 3)
USUAL = builders(THREE, FOUR_COHORTS, 5)
MANY_METHODS = builders(SEVEN, FOUR_COHORTS, 4)
MANY_SIGNATURES = builders({"nmf": SEVEN["nmf"]}, {"uterus": 12}, 30)
CROWDED = [(MANY_METHODS, n) for n in ("errors", "consistency", "pca", "rank", "convergence", "scaling", "proof")]
CROWDED += [(MANY_SIGNATURES, n) for n in ("pca", "profiles", "tiles", "tiles_signal", "recovered")]


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


@pytest.mark.parametrize("shape,name", [(shape, n) for shape in (SMALL, USUAL) for n in shape] + CROWDED)
def test_no_text_overlaps_or_leaves_the_page(shape, name):
    figure = shape[name]()
    texts = drawn_texts(figure)
    assert texts
    width, height = figure.canvas.get_width_height()
    boxes_of = np.array([box for _, box in texts])
    # The boxes hold the descenders and side bearings of the type; a pixel of those may touch.
    for text, (x0, y0, x1, y1) in texts:
        assert x0 > -1 and y0 > -1 and x1 < width + 1 and y1 < height + 1, f"{text!r} is cut"
    for (i, a), (j, b) in itertools.combinations(enumerate(boxes_of), 2):
        across, down = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
        assert across < 1 or down < 1.2, f"{texts[i][0]!r} and {texts[j][0]!r} overlap"


def test_overlap_is_noticed():
    figure = style.new_figure(50, 50, constrained=False)
    figure.text(0.5, 0.5, "first")
    figure.text(0.52, 0.5, "second")
    (_, a), (_, b) = drawn_texts(figure)
    assert min(a[2], b[2]) - max(a[0], b[0]) > 1


@pytest.mark.parametrize("name", list(SMALL))
def test_same_bytes_whatever_the_users_settings(name, tmp_path):
    style.save(SMALL[name](), tmp_path / "a" / "x.png", tmp_path / "a" / "x.pdf")
    with matplotlib.rc_context({"font.size": 20, "axes.grid": True, "savefig.bbox": "tight", "lines.linewidth": 9}):
        style.save(SMALL[name](), tmp_path / "b" / "x.png", tmp_path / "b" / "x.pdf")
    for form in ("png", "pdf"):
        first = (tmp_path / "a" / f"x.{form}").read_bytes()
        assert first == (tmp_path / "b" / f"x.{form}").read_bytes()
        assert b"Date" not in first and b"Matplotlib" not in first


def test_save_refuses_other_formats(tmp_path):
    with pytest.raises(ValueError, match="written as"):
        style.save(schematic(), tmp_path / "x.jpg")


@pytest.mark.parametrize("name", list(USUAL))
def test_widths_are_those_of_a_column_or_page_and_type_is_readable(name):
    figure = USUAL[name]()
    width, height = figure.get_size_inches() * 25.4
    assert round(width, 6) in (style.COLUMN, style.PAGE) and height < 260
    if not name.startswith("tiles"):
        sizes = [text.get_fontsize() for text in figure.findobj(Text) if text.get_text().strip()]
        assert min(sizes) >= style.SMALLEST


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


def test_tiles_keep_to_their_cluster_and_others_fill_the_gaps():
    split = frame(
        "method,split,signature,cluster,silhouette",
        [("nmf", 0, 0, 2, 0.1), ("nmf", 0, 1, 2, 0.9), ("nmf", 0, 2, 4, 0.5), ("nmf", 0, 3, 1, 0.5)],
    )
    assert list(_rows(split)) == [3, 2, 4, 1]


def test_figures_say_what_is_missing():
    table = tables(TWO, {"ovary": 3}, 3)
    with pytest.raises(ValueError, match="no rows with loss='kullback-leibler'"):
        boxes.error_boxes(table["errors"], loss="kullback-leibler", measure="mse")
    with pytest.raises(ValueError, match="lacks the columns"):
        boxes.consistency_boxes(table["errors"], loss=LOSS)
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
    assert least(colours.CLUSTER_COLOURS) > 0.07
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
    for module in (boxes, convergence, style, names, inspect.getmodule(schematic)):
        assert "pyplot" not in inspect.getsource(module).replace("without pyplot", "")
