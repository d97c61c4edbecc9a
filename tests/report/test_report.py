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
import pandas as pd
import pytest
from markupsafe import escape
from PIL import Image

from aenmf.data.datasets import DataFile
from aenmf.errors import UserError
from aenmf.figures.kinds import KINDS
from aenmf.files.layout import Cell, Layout, read_layout, write_layout
from aenmf.files.matrices import read_matrix_tsv, write_matrix_tsv
from aenmf.losses import LOSS_TITLES
from aenmf.report.about import About
from aenmf.report.answer import Claim, certainty_said, first_screen
from aenmf.report.facts import rank_table, run_facts, variants_table
from aenmf.report.files import Files
from aenmf.report.fits import as_json, packed
from aenmf.report.page import linked, write_report
from aenmf.report.pictures import groups, of_section
from aenmf.report.ratios import Ratio
from aenmf.report.tables import sort_key
from support.report_run import FIGURES, HOSTILE, about, files, make_run, with_aenmf


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
    return page_of(files(run), about(), path)


@pytest.fixture
def copy(run, tmp_path) -> Path:
    """The made-up run again, for tests that change it."""
    return Path(shutil.copytree(run, tmp_path / "run"))


def page_of(held: Files, names: About, path: Path) -> str:
    write_report(path, held, names)
    return path.read_text(encoding="utf-8").replace("\N{NO-BREAK SPACE}", " ")


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
    places = [
        text.index(f'id="{part}"')
        for part in ("headlines-title", "signatures", "verdicts", "tables", "run", "manifest")
    ]
    assert places == sorted(places)


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
    assert page_of(files(run), about(), tmp_path / "a.html") == page_of(files(run), about(), tmp_path / "b.html")


def test_what_a_run_has_not_leaves_no_trace(run, text, tmp_path):
    parts = ("verdicts", "rank", "variants", "audit", "leaderboard")
    assert [part for part in parts if f'id="{part}"' in text] == ["verdicts"]
    tables = {name: path for name, path in files(run).tables.items() if name != "verdicts"}
    held = replace(files(run), tables=tables, layouts={"table1": files(run).layouts["table1"]})
    bare = page_of(held, replace(about(), figures={}, tables={"table1": "Table 1"}), tmp_path / "page.html")
    assert not [part for part in (*parts, "figures", "table2") if f'id="{part}"' in bare]
    assert 'id="table1"' in bare


def test_a_file_that_is_named_has_to_be_there(run, tmp_path):
    held = files(run)
    for name in (
        "catalogues",
        "exposures",
        "fits",
        "layouts",
        "provenance",
        "references",
        "seconds",
        "splits",
        "tables",
    ):
        lost = {key: path + ".lost" for key, path in getattr(held, name).items()}
        with pytest.raises((FileNotFoundError, UserError), match="lost"):
            page_of(replace(held, **{name: lost}), about(), tmp_path / "page.html")
    with pytest.raises(KeyError, match="errors_mse"):
        page_of(replace(held, figures={}), replace(about(), figures={"errors": FIGURES["errors"]}), tmp_path / "p.html")


def test_a_changed_cell_of_a_layout_is_seen_on_the_page(copy, text, tmp_path):
    path = files(copy).layouts["table2"]
    table = read_layout(path)
    assert "777.5" not in text and table.rows[0][1] == "9.10"
    write_layout(replace(table, rows=[["NMF", Cell("777.5", bold=True)], *table.rows[1:]]), [path])
    made = page_of(files(copy), about(), tmp_path / "page.html")
    assert '<td class="number" data-key="777.5"><strong>777.5</strong></td>' in made


def edited(copy: Path, table: str, **changes: tuple[str, object]) -> None:
    """Set a column of a table of the run to a value: column = (condition, value)."""
    path = copy / f"tables/{table}.csv"
    frame = pd.read_csv(path, keep_default_na=False)
    for column, (where, value) in changes.items():
        frame.loc[frame.eval(where), column] = value
    frame.to_csv(path, index=False)


def test_a_changed_verdict_changes_its_mark_and_what_cannot_be_checked_is_folded_away(copy, text, tmp_path):
    marks = [row["data-verdict"] for row in Page(text).all("tr") if "data-verdict" in row]
    assert marks == ["holds", "does not hold"] and '<li class="holds-in-part">' in text
    assert "1 part that this run cannot check" in text[: text.index("A third: No data.")]
    edited(copy, "verdicts", verdict=("kind == 'headline'", "holds"))
    assert '<li class="holds">' in page_of(files(copy), about(), tmp_path / "page.html")
    edited(copy, "verdicts", verdict=("kind != 'data'", "cannot be checked"))
    lines = tmp_path / "page.txt"
    write_report(tmp_path / "page.html", files(copy), about(), lines)
    made = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "2 parts undecided by these data" in made and ": undecided by these data</span>" in made
    assert "Headline claims of the paper: 1 undecided by these data." in lines.read_text(encoding="utf-8")
    edited(copy, "verdicts", ours=("kind == 'part'", ""))
    made = page_of(files(copy), about(), tmp_path / "page.html")
    assert "1 cannot be checked in this run" in made and 'id="verdicts"' not in made


def test_every_claim_links_to_its_parts_and_these_to_their_table(text):
    targets = {a["href"] for a in Page(text).all("a") if a.get("href")}
    assert {"#claim-h", "#table-table2", "#part-a", "#part-b"} <= targets


def test_the_leaderboard_appears_where_the_run_has_one(copy, text, tmp_path):
    assert "eaderboard" not in text
    boards = {name: str(copy / f"{name}.json") for name in ("leaderboard", "by_cohort")}
    for name, path in boards.items():
        write_layout(Layout(f"Table {name}.", "g", ["A", "B"], [["x", "1"]]), [path])
    picture = shutil.copy(files(copy).figures["errors_mse"], copy / "leaderboard_mse.png")
    pictures = dict(files(copy).figures) | {"leaderboard_mse": str(picture)}
    held = replace(files(copy), leaderboard=boards, figures=pictures)
    shown = dict(FIGURES) | {"leaderboard": {"leaderboard_mse": {"loss": "frobenius"}}}
    made = page_of(held, replace(about(), figures=shown), tmp_path / "page.html")
    ids = [attributes["id"] for _, attributes in Page(made).elements if "id" in attributes]
    assert {"leaderboard", "table-leaderboard", "table-by_cohort"} <= set(ids) and len(ids) == len(set(ids))
    assert "Leaderboard, MSE" in made and KINDS["leaderboard"].caption.split(". ")[0] in made


def test_studies_and_audit_appear_with_their_files(copy, tmp_path):
    columns = "cohort,method,loss,chosen,paper_rank,lowest\n"
    (copy / "tables/rank_choice.csv").write_text(columns + "mine,nmf,frobenius,3,4,5\n")
    gap = copy / "gap.json"
    write_layout(Layout("Gap.", "g", ["A", "B"], [["x", "1"]]), [gap])
    picture = shutil.copy(files(copy).figures["errors_mse"], copy / "paired.png")
    held = replace(
        files(copy), audit={"audit-gap": str(gap)}, figures=dict(files(copy).figures) | {"paired": str(picture)}
    )
    shown = dict(FIGURES) | {"audit": {"paired": {}}}
    made = page_of(held, replace(about(), figures=shown), tmp_path / "page.html")
    assert 'id="rank"' in made and 'id="audit"' in made and 'id="table-audit-gap"' in made
    assert KINDS["audit"].heading in made


def own(copy: Path) -> tuple[Files, About]:
    """The made-up run as that of an own cohort, with a figure of each kind that such runs treat in their own way."""
    held = files(copy)
    cohort = replace(about().cohorts["mine"], data=DataFile("mine", "own", "some/where/mine.csv"), of_paper=False)
    kinds = {kind: {f"{kind}_mse": {"cohorts": ["mine"]}} for kind in ("proof", "profiles")}
    figures = {
        name: str(shutil.copy(held.figures["errors_mse"], copy / f"{name}.png"))
        for named in kinds.values()
        for name in named
    }
    names = replace(about(), cohorts={"mine": cohort}, figures=dict(FIGURES) | kinds)
    return replace(held, figures=dict(held.figures) | figures), names


def test_signatures_and_exposures_are_listed_with_their_shares(text):
    section = text.split('<section id="signatures"')[1].split("</section>")[0]
    assert "mine/nmf/frobenius.tsv" in section and "mine/cnmf/frobenius.tsv" in section
    assert "S1 (SBS1): 75 %, S2 (SBS5): 25 %" in section
    assert text.index('id="signatures"') < text.index('id="verdicts"') < text.index('id="tables"')


def test_an_own_cohort_leads_with_its_signatures_and_leaves_the_paper_out(copy, tmp_path):
    held, names = own(copy)
    tables = {name: path for name, path in held.tables.items() if name != "verdicts"}
    text = page_of(replace(held, tables=tables), names, tmp_path / "page.html")
    assert not any(f'id="{part}"' in text for part in ("verdicts", "figures-schematic", "figures-proof"))
    assert "<h1>&lt;/script&gt;" in text and "finds 2 signatures: S1 (SBS1) 75 % and S2 (SBS5)" in text
    assert "The paper's tables" not in text
    places = [text.index(f'id="{part}"') for part in ("signatures", "table2", "table1", "figures")]
    assert places == sorted(places)
    assert ">mine.csv</td>" in text  # the source
    text = page_of(held, replace(names, cohorts=about().cohorts), tmp_path / "page.html")
    assert all(f'id="{part}"' in text for part in ("verdicts", "figures-schematic", "figures-proof"))
    assert text.index('id="table1"') < text.index('id="table2"')


@pytest.mark.parametrize(("ranks", "shown"), [("", None), ("4", ["4", "–"])])
def test_the_papers_rank_is_shown_where_there_is_one(ranks, shown, copy):
    lines = [
        "cohort,method,loss,chosen,paper_rank,lowest",
        f"ovary,nmf,frobenius,3,{ranks},5",
        "mine,nmf,frobenius,3,,5",
    ]
    (copy / "tables/rank_choice.csv").write_text("\n".join(lines))
    table = rank_table(files(copy), about()).layout
    assert ("Paper" in table.columns) == (shown is not None)
    if shown:
        assert [row[-1] for row in table.rows] == shown


def test_variants_are_found_by_their_measure_whatever_losses_are_called(copy, monkeypatch):
    lines = ["cohort,method,loss,split,set,measure,value"]
    for loss, measure in (("frobenius", "mse"), ("kullback-leibler", "kld")):
        for part, value in (("train", 1), ("test", 2)):
            lines += [f"mine,nmf,{loss},0,{part},{measure},{value}.5", f"mine,nmf,{loss},0,{part},other,99"]
    (copy / "tables/variants.csv").write_text("\n".join(lines))
    monkeypatch.setitem(LOSS_TITLES, "frobenius", "Squared error")
    rows = variants_table(files(copy), about()).layout.rows
    assert [row[2:] for row in rows] == [["Squared error", "1.50", "2.50"], ["KLD", "1.50", "2.50"]]


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


def test_figures_are_grouped_by_kind_and_named_by_their_file(copy):
    picture = Path(files(copy).folder) / "convergence/precision_mse.png"
    picture.parent.mkdir(exist_ok=True)
    Image.new("RGB", (9, 6)).save(picture)
    held = replace(files(copy), figures={"precision_mse": str(picture)})
    names = replace(about(), figures={"precision": {"precision_mse": {"loss": "frobenius"}}})
    (group,) = groups(held, names, of_section("convergence"))
    assert (group.kind, group.heading) == ("precision", KINDS["precision"].heading)
    assert [picture.original for picture in group.pictures] == ["convergence/precision_mse.png"]


def test_warnings_about_an_own_cohort_lead_the_page_and_those_of_others_are_none(copy, text, tmp_path):
    counts = read_matrix_tsv(copy / "data/mine/catalogue.tsv")
    counts.iloc[:, 1] = counts.iloc[:, 0]
    write_matrix_tsv(copy / "data/mine/catalogue.tsv", counts)
    first, second = counts.columns[:2]
    own = replace(about().cohorts["mine"], data=DataFile("mine", "own", "mine.tsv"))
    page = page_of(files(copy), replace(about(), cohorts={"mine": own}), tmp_path / "own.html")
    said = page[page.index('id="warnings-title"') : page.index('id="run-title"')]
    assert f"some patients are exact copies ({first} = {second})" in said and "&lt;/script&gt;" in said
    assert '<a href="#warnings">' in page
    assert "warnings" not in page_of(files(copy), about(), tmp_path / "paper.html") and "warnings" not in text


def heading(page: str) -> str:
    return page.split("<h1>")[1].split("</h1>")[0]


def test_the_sentence_follows_the_tables(copy, tmp_path):
    held, names = with_aenmf(copy), replace(about(), methods={"nmf": "NMF", "aenmf": "AE-NMF"})
    assert "no less error than AE-NMF in any of 2" in heading(page_of(held, names, tmp_path / "page.html"))
    edited(copy, "errors", value=("method == 'nmf'", 1.0))
    edited(copy, "errors", value=("method == 'aenmf'", 4.0))
    made = page_of(held, names, tmp_path / "page.html")
    assert "NMF has less error than AE-NMF, by 75 % in training and in test, in all 2 comparisons" in heading(made)
    assert "excludes equality in all 2." in made and "reconstructs 75 % of new patients worse than NMF" in made
    assert made.count('<circle class="mean"') == 2 * 2 and made.count('<circle class="split"') == 2 * 2 * 3
    edited(copy, "errors", value=("method == 'aenmf' and set == 'test'", 0.5))
    assert "by 75 % in training, in 1 of 2 comparisons" in heading(page_of(held, names, tmp_path / "page.html"))


def test_tests_that_the_correction_undoes_are_counted_apart():
    rows = [Ratio("c", "frobenius", "test", (), 0.8, 0.7, 0.9, p) for p in (0.001, 0.04, 0.03)]
    assert "in all 3; corrected for all 3 (Holm), 1 of 3 in test are significant" in certainty_said(rows)
    assert "Holm" not in certainty_said(rows[:1])
    both = [replace(row, set="train", p_value=1e-6) for row in rows] + rows
    assert "(Holm), 3 of 3 in training and 1 of 3 in test are significant" in certainty_said(both)


@pytest.mark.parametrize(
    ("verdicts", "undecided", "unchecked", "tally"),
    [
        (["holds"] * 8, 0, 12, "all 8 parts this run can check hold, 12 it cannot"),
        (["holds"], 0, 1, "1 part this run can check holds, 1 it cannot"),
        (["holds"] * 17, 3, 0, "17 of 20 hold, 3 undecided"),
        (["holds"] * 2 + ["does not hold"], 1, 3, "2 of 7 hold, 1 does not, 1 undecided, 3 cannot be checked"),
        (["holds"] * 33, 0, 0, "all 33 parts hold"),
        (["does not hold"] * 3, 0, 3, "0 of 6 hold, 3 do not, 3 cannot be checked"),
        ([], 6, 0, "undecided by these data"),
        ([], 0, 2, ""),
    ],
)
def test_a_claim_says_how_many_of_its_parts_hold(verdicts, undecided, unchecked, tally):
    parts, others = pd.DataFrame({"verdict": verdicts}), [pd.DataFrame(index=range(n)) for n in (undecided, unchecked)]
    assert Claim("c", "C", "Table 2", "so", "", "holds in part", "", parts, *others).tally == tally


def test_the_first_screen_has_the_ends_of_a_claim_and_its_evidence_their_intervals():
    ours = "NMF/AE-NMF, geometric mean 0.522 (0.317 to 0.858) … 0.956 (0.888 to 1.028)"
    claim = Claim("c", "C", "Table 2", "so", ours, "holds", "", *[pd.DataFrame({"verdict": []})] * 3)
    assert claim.brief == "NMF/AE-NMF, geometric mean 0.522 … 0.956"
    assert replace(claim, ours="mean 1.000 (0.999 to 1.000) … 1.000 (1.000 to 1.001)").brief == "mean 1.000"
    assert replace(claim, ours="").brief == ""


def test_cancers_come_before_simulated_cohorts(copy, tmp_path):
    held, names = with_aenmf(copy), replace(about(), methods={"nmf": "NMF", "aenmf": "AE-NMF"})
    errors = pd.read_csv(copy / "tables/errors.csv")
    pd.concat([errors.assign(cohort="made"), errors]).to_csv(copy / "tables/errors.csv", index=False)
    mine = names.cohorts["mine"]
    names = replace(names, cohorts={"made": replace(mine, title="Made", kind="simulated"), "mine": mine})
    held = replace(held, splits={"made": held.splits["mine"], **held.splits})
    dots = str(first_screen(held, names, run_facts(held))["dots"])
    assert 0 <= dots.index(f"{escape(HOSTILE)}, MSE") < dots.index("Made, MSE")


def test_the_controls_of_a_criterion_are_shown_and_labelled(run, root, tmp_path):
    folder = root / "results/reference/rank_criteria"
    [picture] = sorted(folder.glob("figures/rank_*.png"))[:1]
    held = replace(files(run), controls={"manifest": str(folder / "manifest.json"), picture.stem: str(picture)})
    tables = dict(held.layouts) | {"rank_criteria": held.layouts["table1"]}
    text = page_of(replace(held, layouts=tables), about(), tmp_path / "controls.html")
    section = text[text.index('<section id="rank"') :].split("</section>")[0]
    assert "Not of this run" in section and section.count("<img") == 1 and "where the true number is known" in section
    assert 'id="controls"' not in page_of(replace(files(run), layouts=tables), about(), tmp_path / "plain.html")


def test_published_values_are_rings_and_trust_counts_the_fits(copy, tmp_path):
    held, names = with_aenmf(copy), replace(about(), methods={"nmf": "NMF", "aenmf": "AE-NMF"})
    lines = ["cohort,split,method,train_mse,test_mse", "mine,0,nmf,1,1", "mine,0,aenmf,2,4"]
    (copy / "published.csv").write_text("\n".join(lines))
    assert 'class="published"' not in page_of(held, names, tmp_path / "page.html")
    made = page_of(replace(held, published=str(copy / "published.csv")), names, tmp_path / "page.html")
    assert made.count('<circle class="published"') == 2 * 2 and "published 0.50" in made and "published 0.25" in made
    assert "3 splits · 4 of 6 fits converged · commit abc" in made


def test_the_answer_has_three_lines_for_the_terminal(copy, tmp_path):
    write_report(tmp_path / "page.html", with_aenmf(copy), about(), tmp_path / "answer.txt")
    lines = (tmp_path / "answer.txt").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 3 and lines[1] == "Headline claims of the paper: 1 holds in part."


def test_a_study_kept_from_another_run_is_shown_and_labelled(run, root, tmp_path):
    folder = root / "results/reference/robustness"
    kept = {"manifest": folder / "manifest.json", "table": folder / "tables/robustness.json"}
    kept |= {name: folder / f"figures/{name}.png" for name in ("robustness_mse", "robustness_kld")}
    held = replace(files(run), kept={name: str(path) for name, path in kept.items()})
    text = page_of(held, about(), tmp_path / "kept.html")
    section = text[text.index('<section id="robustness"') :].split("</section>")[0]
    commit = json.loads(kept["manifest"].read_text(encoding="utf-8"))["commit"][:10]
    assert "Not of this run" in section and commit in section
    assert section.count("<img") == 2 and "results/reference/robustness/tables/robustness.md" in section
    assert 'href="#robustness"' in text
    assert 'id="robustness"' not in page_of(files(run), about(), tmp_path / "plain.html")
