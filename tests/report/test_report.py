"""The page of a run: structure, escaping, missing parts, bytes."""

from __future__ import annotations

import base64
import json
import re
import shutil
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aenmf.data.datasets import DataFile
from aenmf.figures.kinds import KINDS
from aenmf.files.layout import Cell, Layout, to_markdown
from aenmf.report.about import About
from aenmf.report.facts import rank_table
from aenmf.report.fits import as_json, packed
from aenmf.report.page import linked, write_report
from aenmf.report.pictures import groups, of_section
from aenmf.report.tables import from_markdown, sort_key
from support.report_run import FIGURES, HOSTILE, about, make_run


class Page(HTMLParser):
    """The elements of a page in order, and the text of its scripts."""

    def __init__(self, text: str):
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data):
        if self.elements and self.elements[-1][0] == "script":
            self.scripts[-1] += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    return make_run(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def text(run, tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("page") / "report.html"
    write_report(path, run, about())
    return path.read_text(encoding="utf-8")


def test_headings_do_not_skip_a_level_and_ids_are_unique(text):
    page = Page(text)
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = [a["href"][1:] for a in page.all("a") if (a.get("href") or "").startswith("#")]
    assert targets and set(targets) <= set(ids)
    assert {"main", "nav", "header"} <= {tag for tag, _ in page.elements}
    assert (
        text.index('id="verdicts"') < text.index('id="tables"') < text.index('id="figures"') < text.index('id="fits"')
    )


def test_nothing_is_loaded_from_elsewhere(text):
    page = Page(text)
    for tag, attributes in page.elements:
        for name in ("src", "href", "srcset", "poster", "action", "data"):
            address = attributes.get(name)
            if address and not address.startswith(("data:", "#")):
                assert tag == "a" and address.startswith("https://doi.org/"), (tag, address)
    assert not re.search(r"url\(|@import", text.split("<style>")[1].split("</style>")[0])


def test_hostile_names_stay_text(text):
    assert HOSTILE not in text
    page = Page(text)
    kinds = [attributes.get("type") for attributes in page.all("script")]
    assert kinds == ["application/json", "application/json", None]
    assert json.loads(page.scripts[0])["cohorts"]["mine"] == HOSTILE
    assert "<b>claim" not in text


def test_every_image_has_a_text(text):
    images = [image for image in Page(text).all("img") if image["src"].startswith("data:image/png")]
    assert len(images) == 2 and all(image["alt"] for image in images)


def test_same_results_same_bytes(run, tmp_path):
    write_report(tmp_path / "a.html", run, about())
    write_report(tmp_path / "b.html", run, about())
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_what_a_run_does_not_hold_leaves_no_trace(run, tmp_path):
    for part in ("fits", "figures", "tables"):
        copy = tmp_path / part
        shutil.copytree(run, copy)
        shutil.rmtree(copy / part)
        write_report(tmp_path / "page.html", copy, about())
    empty = tmp_path / "empty"
    empty.mkdir()
    write_report(tmp_path / "page.html", empty, About({}, {}))
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert all(
        f'id="{part}"' not in text for part in ("verdicts", "tables", "figures", "fits", "rank", "audit", "leaderboard")
    )


def test_the_leaderboard_appears_where_the_run_has_one(run, text, tmp_path):
    assert "eaderboard" not in text
    copy = tmp_path / "run"
    shutil.copytree(run, copy)
    (copy / "leaderboard").mkdir()
    for name in ("leaderboard", "by_cohort"):
        table = to_markdown(Layout(f"Table {name}.", "g", ["A", "B"], [["x", "1"]]))
        (copy / f"leaderboard/{name}.md").write_text(table)
    shutil.copy(copy / "figures/errors_mse.png", copy / "leaderboard/leaderboard_mse.png")
    write_report(tmp_path / "page.html", copy, about())
    page = Page(made := (tmp_path / "page.html").read_text(encoding="utf-8"))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert {"leaderboard", "table-leaderboard", "table-by_cohort"} <= set(ids) and len(ids) == len(set(ids))
    assert "Leaderboard, MSE" in made and KINDS["leaderboard"].caption.split(". ")[0] in made


def test_studies_and_audit_appear_with_their_files(run, tmp_path):
    copy = tmp_path / "run"
    shutil.copytree(run, copy)
    columns = "cohort,method,loss,chosen,paper_rank,lowest\n"
    (copy / "tables/rank_choice.csv").write_text(columns + "mine,nmf,frobenius,3,4,5\n")
    (copy / "audit").mkdir()
    (copy / "audit/gap.md").write_text(to_markdown(Layout("Gap.", "g", ["A", "B"], [["x", "1"]])))
    (copy / "audit/findings.md").write_text("# Findings\n\nProse.\n")
    write_report(tmp_path / "page.html", copy, about())
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert 'id="rank"' in text and 'id="audit"' in text and 'id="table-gap"' in text


def own(run: Path, folder: Path) -> tuple[Path, About]:
    """The made-up run as that of an own cohort, with a figure of each kind that such runs treat in their own way."""
    copy = folder / "run"
    shutil.copytree(run, copy)
    cohort = replace(about().cohorts["mine"], data=DataFile("mine", "own", "some/where/mine.csv"))
    figures = dict(FIGURES) | {kind: {f"{kind}_mse": {"cohorts": ["mine"]}} for kind in ("proof", "profiles")}
    for kind in ("proof", "profiles"):
        shutil.copy(copy / "figures/errors_mse.png", copy / f"figures/{kind}_mse.png")
    (copy / "tables/table1.md").write_text(to_markdown(Layout("Architectures.", "t1", ["A", "B"], [["x", "1"]])))
    return copy, replace(about(), cohorts={"mine": cohort}, figures=figures)


def test_signatures_and_exposures_are_listed_with_their_shares(text):
    section = text.split('<section id="signatures"')[1].split("</section>")[0]
    assert "mine/nmf/frobenius.tsv" in section and "mine/cnmf/frobenius.tsv" in section
    assert "S1 (SBS1): 75%, S2 (SBS5): 25%" in section
    assert text.index('id="verdicts"') < text.index('id="signatures"') < text.index('id="tables"')


def test_an_own_cohort_leads_with_its_signatures_and_leaves_the_paper_out(run, tmp_path):
    copy, names = own(run, tmp_path)
    write_report(tmp_path / "page.html", copy, names)
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert not any(f'id="{part}"' in text for part in ("verdicts", "figures-schematic", "figures-proof"))
    assert "a verdict on each claim" not in text and "The paper's tables" not in text
    places = [text.index(f'id="{part}"') for part in ("signatures", "figures-profiles", "table2", "table1", "figures")]
    assert places == sorted(places)
    assert "<td>mine.csv</td>" in text  # the source
    both = replace(names, cohorts=dict(names.cohorts) | about().cohorts | {"scenario8": about().cohorts["mine"]})
    write_report(tmp_path / "page.html", copy, both)
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert all(f'id="{part}"' in text for part in ("verdicts", "figures-schematic", "figures-proof"))
    assert text.index('id="table1"') < text.index('id="table2"') < text.index('id="figures-profiles"')


@pytest.mark.parametrize(("ranks", "shown"), [("", None), ("4", ["4", "–"])])
def test_the_papers_rank_is_shown_where_there_is_one(ranks, shown, tmp_path):
    (tmp_path / "tables").mkdir()
    lines = [
        "cohort,method,loss,chosen,paper_rank,lowest",
        f"ovary,nmf,frobenius,3,{ranks},5",
        "mine,nmf,frobenius,3,,5",
    ]
    (tmp_path / "tables/rank_choice.csv").write_text("\n".join(lines) + "\n")
    table = rank_table(tmp_path, about())
    assert ("Paper" in table.columns) == (shown is not None)
    if shown:
        assert [row[-1].text for row in table.rows] == shown


def test_a_table_comes_back_from_its_markdown():
    cells = [["a | b", Cell("1.05e2", True)], ["*x* \\ <i>", ">0.99"], ["", "–"]]
    table = from_markdown("t", to_markdown(Layout("A *caption*.", "t", ["A", "B"], cells, notes=["One_note."])))
    assert table.caption == "A *caption*." and list(table.notes) == ["One_note."]
    assert [[cell.text for cell in row] for row in table.rows] == [
        [cell.text if isinstance(cell, Cell) else cell for cell in row] for row in cells
    ]
    assert table.rows[0][1].bold and list(table.numeric) == [False, True]


@pytest.mark.parametrize(("text", "key"), [("1.05e2", 105), ("1/4 †", 1), ("–", None), ("0.9 (0.8 to 1)", 0.9)])
def test_cells_sort_by_their_first_number(text, key):
    assert sort_key(text) == key
    assert sort_key(">0.99") > 0.99


def test_packed_shares_come_back():
    values = np.random.default_rng(0).dirichlet(np.ones(96), 4)
    back = np.frombuffer(base64.b64decode(packed(values)), dtype="<u2").reshape(4, 96) / 65535
    assert np.abs(back - values).max() < 1e-5


def test_json_in_a_page_holds_no_markup():
    shown = as_json({"a": "</script><!-- & \u2028"})
    assert not re.search("[<>&\u2028]", shown) and json.loads(shown) == {"a": "</script><!-- & \u2028"}


def test_citations_link_their_doi_only():
    assert linked("A & B 2020, doi 10.1/x (data)") == (
        'A &amp; B 2020, <a href="https://doi.org/10.1/x">doi 10.1/x</a> (data)'
    )


def test_figures_are_shown_from_the_folder_of_their_kind_and_missing_ones_left_out(tmp_path):
    shown = {"loss": "frobenius", "cohorts": {"mine": "Mine"}}
    figures = {"precision": {"precision_mse": shown}, "convergence": {"convergence_mse": shown}}
    (tmp_path / "convergence").mkdir()
    Image.new("RGB", (9, 6)).save(tmp_path / "convergence/precision_mse.png")
    (group,) = groups(tmp_path, About({}, {}, figures=figures), of_section("convergence"))
    assert (group.kind, group.heading) == ("precision", KINDS["precision"].heading)
    assert [picture.original for picture in group.pictures] == ["convergence/precision_mse.png"]
