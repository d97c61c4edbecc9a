"""Every kind of figure is declared completely, and is drawn from what its declaration names."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from importlib import import_module

import pandas as pd
import pytest

from aenmf.figures.draw import arguments_of, draw
from aenmf.figures.kinds import KINDS
from aenmf.figures.names import plain, short_reference
from aenmf.figures.style import save
from aenmf.studies.rankcriteria.stability import MEAN_STABILITY
from support.figure_tables import LOSS, TWO, criterion_tables, series, tables

LOOK = {"models": {"nmf": "nmf", "aenmf": "aenmf"}, "titles": {"nmf": "NMF", "aenmf": "Ours"}}
SECTIONS = {"", "figures", "rank", "variants", "convergence", "leaderboard", "audit"}


@pytest.mark.parametrize("name", KINDS)
def test_what_a_kind_reads_and_takes_are_arguments_of_its_function(name):
    kind = KINDS[name]
    module, _, function = kind.draw.partition(":")
    drawn = getattr(import_module(f"aenmf.figures.{module}"), function)
    parameters = inspect.signature(drawn).parameters
    given = [*kind.reads, *kind.takes]
    assert len(set(given)) == len(given) and set(given) <= set(parameters)
    assert {p.name for p in parameters.values() if p.default is p.empty} <= set(given)
    assert kind.source.samefile(inspect.getfile(inspect.unwrap(drawn)))


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_says_what_is_seen_and_where(name):
    kind = KINDS[name]
    assert kind.heading and kind.section in SECTIONS and kind.folder
    assert kind.caption.count(". ") >= 1 and kind.caption.endswith(".") and not set("{}*|`") & set(kind.caption)
    assert kind.caption == " ".join(kind.caption.split())


def test_headings_differ():
    assert len({kind.heading for kind in KINDS.values()}) == len(KINDS)


ALL_STUDIES = """
cohorts: [scenario8, a, b, c]
own_cohorts: {{a: {own}, b: {own}, c: {own}}}
rank_selection: {{cohorts: [scenario8]}}
variants: {{cohorts: [scenario8], methods: [aenmf_adam]}}
convergence: {{cohorts: [scenario8], methods: [nmf], precision: aenmf_published}}
theorem: {{cohorts: [scenario8]}}
optima: {{cohorts: [scenario8], methods: [nmf]}}
robustness: {{cohorts: [scenario8], methods: [nmf, cnmf]}}
rank_criteria: {{cohorts: [scenario8]}}
"""


@pytest.mark.workflow
def test_every_kind_is_drawn_somewhere_from_tables_that_rules_make(root, tmp_path):
    studies = tmp_path / "studies.yaml"
    studies.write_text(ALL_STUDIES.format(own=f"{{file: {root / 'docs/example/catalogue.tsv'}, rank: 3}}"))
    command = [sys.executable, "-m", "snakemake", "--snakefile", root / "Snakefile", "--directory", tmp_path, "-n"]
    command += ["--cores", "2", "--configfile", root / "config/test.yaml", studies, "--"]
    targets = ["figures", "scaling", "benchmark", "leaderboard", "scores", "forest", "purity", "audit"]
    run = subprocess.run([*command, *targets], capture_output=True, text=True)
    said = run.stdout + run.stderr
    assert run.returncode == 0, said  # a table that no rule makes is an error
    assert set(re.findall(r"^figure_(\w+) +\d+$", said, flags=re.MULTILINE)) == set(KINDS)


def test_arguments_are_settings_with_styles_and_titles():
    settings = {"loss": LOSS, "measure": "mse", "methods": ["aenmf"], "cohorts": {"ovary": "Ovary"}}
    found = arguments_of(("loss", "methods", "cohorts", "models"), settings, LOOK)
    assert list(found) == ["loss", "methods", "cohorts", "models"] and found["loss"] == LOSS
    assert [style.label for style in found["methods"].values()] == ["Ours"]
    assert found["cohorts"] == {"ovary": "Ovary"} and found["models"] == LOOK["models"]
    assert arguments_of(("cohort", "title"), settings, LOOK) == {"cohort": "ovary", "title": "Ovary"}
    own = {"titles": {"nmf": "Another"}}
    assert arguments_of(("titles",), own, LOOK) == own
    with pytest.raises(KeyError, match="cohort"):
        arguments_of(("cohort",), {"cohorts": {"ovary": "Ovary", "uterus": "Uterus"}}, LOOK)


def test_a_colour_of_a_method_does_not_depend_on_the_others_shown():
    two = arguments_of(("methods",), {"methods": ["nmf", "aenmf"]}, LOOK)["methods"]
    assert arguments_of(("methods",), {"methods": ["aenmf"]}, LOOK)["methods"]["aenmf"] == two["aenmf"]


def test_a_kind_is_drawn_from_its_tables_and_settings(tmp_path):
    errors, kind = tables(TWO, {"ovary": 3}, 3)["errors"], KINDS["errors"]
    settings = {"loss": LOSS, "measure": "mse", "methods": ["nmf", "aenmf"], "cohorts": {"ovary": "Here"}}
    figure = draw(kind.draw, {"errors": errors}, arguments_of(kind.takes, settings, LOOK))
    assert [axis.get_title("left") for axis in figure.axes] == ["Here"]
    assert "Ours" in [text.get_text() for text in figure.legends[0].get_texts()]
    save(figure, tmp_path / "folder/x.png", tmp_path / "folder/x.pdf")
    assert all((tmp_path / "folder" / name).stat().st_size > 1000 for name in ("x.png", "x.pdf"))


@pytest.mark.parametrize("threshold", [None, MEAN_STABILITY])
def test_a_criterion_with_a_threshold_has_a_labelled_line_there(threshold):
    values, choices = (table.assign(criterion="stability") for table in criterion_tables(["ovary", "uterus"]))
    kind, settings = KINDS["rank_criteria"], {"loss": LOSS, "criterion": "stability", "threshold": threshold}
    cohorts = {"cohorts": {"ovary": "Ovary", "uterus": "Uterus"}}
    table = {"values": values.assign(quantity="mean silhouette"), "choices": choices}
    figure = draw(kind.draw, table, arguments_of(kind.takes, settings | cohorts, LOOK))
    level = [
        {line.get_ydata()[0] for line in axis.lines if line.get_transform() == axis.get_yaxis_transform("grid")}
        for axis in figure.axes
    ]
    assert level == [{threshold} if threshold else set()] * 2
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert ("threshold, 0.8" in labels) == (threshold is not None)


def test_dollar_signs_in_titles_are_shown_as_they_are(tmp_path):
    errors, kind, title = tables(TWO, {"ovary": 3}, 3)["errors"], KINDS["errors"], r"A $\frac{$ of $5_0 \$"
    settings = {"loss": LOSS, "measure": "mse", "methods": ["nmf", "aenmf"], "cohorts": {"ovary": title}}
    look = LOOK | {"titles": {"nmf": r"$\frac{$", "aenmf": "Ours"}}
    figure = draw(kind.draw, {"errors": errors}, arguments_of(kind.takes, settings, look))
    save(figure, tmp_path / "x.png", tmp_path / "x.svg")
    drawn = figure.axes[0].title if figure.axes[0].get_title() else figure.axes[0]._left_title
    assert drawn._preprocess_math(drawn.get_text()) == (title, False)
    assert short_reference("a_$x$") == r"a \$x\$" and arguments_of(("title",), settings, look)["title"] == plain(title)


def test_entries_that_share_model_and_solver_keep_their_names_in_scaling_curves():
    s = series(TWO, ["ovary"])
    scaling, exponents = (s[name].assign(model="nmf") for name in ("scaling", "fits"))
    arguments = {"loss": LOSS, "quantity": "fit", "budget": 5.0}

    def labels(times: pd.DataFrame) -> set[str]:
        figure = draw(KINDS["scaling"].draw, {"times": times, "exponents": exponents}, arguments)
        return {text.get_text().split(" (")[0] for axis in figure.axes for text in axis.texts}

    assert {"NMF", "AE-NMF"} <= labels(scaling)
    alone = scaling[scaling["method"] == "aenmf"]
    exponents = exponents[exponents["method"] == "aenmf"]
    assert "NMF" in labels(alone) and "AE-NMF" not in labels(alone)
