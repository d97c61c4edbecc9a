"""Putting the page together: what the run holds goes through the templates."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from aenmf import __version__
from aenmf.figures.colours import SUBSTITUTION_COLOURS
from aenmf.figures.kinds import KINDS
from aenmf.files.atomic import atomic_write
from aenmf.report import answer, facts, kept, pictures
from aenmf.report.about import About, caption_of
from aenmf.report.files import Files
from aenmf.report.fits import all_fits, as_json
from aenmf.report.tables import prose, sort_key
from aenmf.verdicts import judge

TEMPLATES = Path(__file__).parent / "templates"
METHODS_CITED = (
    ("Lee and Seung 2001, Advances in Neural Information Processing Systems 13: 556–562 (multiplicative updates)", ""),
    ("Ding, Li and Jordan 2010, IEEE TPAMI 32: 45–55 (convex NMF)", "10.1109/TPAMI.2008.277"),
    ("Kingma and Ba 2015, ICLR (Adam)", ""),
    ("Kaufman and Rousseeuw 1990, Finding Groups in Data (PAM)", "10.1002/9780470316801"),
    ("Pei et al. 2020, Oncogene 39: 5031–5041 (DeepMS)", "10.1038/s41388-020-1343-z"),
    ("Pancotti et al. 2024, Bioinformatics 40: btae320 (MUSE-XAE)", "10.1093/bioinformatics/btae320"),
)


def write_report(path: str | Path, files: Files, about: About, lines: str | Path | None = None) -> None:
    """Write the page of a run, and its answer in three lines for the terminal; the same results give the same bytes."""
    shown = content(files, about)
    with atomic_write(path) as file:
        file.write(render_page(shown))
    if lines:
        with atomic_write(lines) as file:
            file.write(answer.in_lines(shown["first"]))


def render_page(shown: dict[str, Any]) -> str:
    """The page of :func:`content`."""
    environment = Environment(
        loader=PackageLoader("aenmf.report"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters |= {"short": judge.short, "prose": prose, "sort_key": sort_key, "json": as_json, "doi": linked}
    script = Markup((TEMPLATES / "page.js").read_text(encoding="utf-8") + (TEMPLATES / "fits.js").read_text("utf-8"))
    return environment.get_template("report.html").render(
        **shown,
        script=script,
        script_digest="sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        style=Markup((TEMPLATES / "style.css").read_text(encoding="utf-8")),
    )


def content(files: Files, about: About) -> dict[str, Any]:
    """Everything the templates show.

    What is about the paper alone is left out of a run without any of its cohorts: the verdicts, the schematic and the
    proof of concept; the table of architectures then comes last. The page draws the
    profiles of the signatures itself.
    """
    known = facts.run_facts(files)
    replication = about.replication
    first = answer.first_screen(files, about, known)
    order = about.tables if replication else sorted(about.tables, key=lambda name: name == "table1")
    main = [kind for kind in pictures.of_section("figures") if kind != "profiles"]
    studies = {
        "rank": [
            *files.shown({name: path for name, path in files.layouts.items() if name == "rank_criteria"}),
            facts.rank_table(files, about),
        ],
        "variants": [facts.variants_table(files, about)],
    }
    return {
        "version": __version__,
        "run": known["config"]["run"],
        "replication": replication,
        "facts": known,
        "warnings": facts.warnings(files, about, known["config"]),
        "first": first,
        "evidence": {claim.id: answer.evidence(claim, about.tables) for claim in first["claims"]},
        "cohorts": facts.cohorts_table(files, about),
        "methods": facts.methods_table(known, about),
        "signatures": facts.signatures_table(files, about),
        "paper_tables": files.shown({name: files.layouts[name] for name in order}),
        "headings": about.tables,
        "captions": {name: caption_of(name) for name in (*about.tables, "verdicts")},
        "summaries": facts.summaries(files, about),
        "figures": pictures.groups(files, about, [kind for kind in main if replication or not KINDS[kind].of_paper]),
        "fits": all_fits(files, about),
        "colours": SUBSTITUTION_COLOURS,
        "convergence": facts.convergence_table(files, about),
        "optima": files.shown({name: path for name, path in files.layouts.items() if name == "optima"}),
        "convergence_figures": pictures.groups(files, about, pictures.of_section("convergence")),
        "studies": {
            name: (list(filter(None, tables)), pictures.groups(files, about, pictures.of_section(name)))
            for name, tables in studies.items()
        },
        "leaderboard": leaderboard(files, about),
        "kept": kept.robustness(files),
        "controls": kept.controls(files),
        "audit": audit(files, about),
        "manifest": facts.manifest(files),
        "citations": citations(about),
        "methods_cited": METHODS_CITED,
    }


def audit(files: Files, about: About) -> dict[str, Any]:
    """Tables and figures of the audit of the published matrices; empty where the run has none."""
    if not files.audit:
        return {}
    kind = KINDS["audit"]
    figures = [
        pictures.picture(files, files.figures[name], kind.heading, kind.caption) for name in about.figures["audit"]
    ]
    return {"tables": files.shown(files.audit), "figures": figures}


def leaderboard(files: Files, about: About) -> dict[str, Any]:
    """Tables and figures of the leaderboard; empty where the run has none."""
    if not files.leaderboard:
        return {}
    caption = KINDS["leaderboard"].caption
    figures = [
        pictures.picture(files, files.figures[name], f"Leaderboard, {about.loss(shown['loss'])}", caption)
        for name, shown in about.figures["leaderboard"].items()
    ]
    return {"tables": files.shown(files.leaderboard), "figures": figures, "caption": caption}


def citations(about: About) -> list[tuple[str, str]]:
    """What the data ask to be cited, each with what it is for, once."""
    found: dict[str, list[str]] = {}
    sources = [(cohort.citation, cohort.title) for cohort in about.cohorts.values()]
    sources += [(reference.citation, reference.title) for reference in about.references.values()]
    for citation, title in sources:
        for part in filter(None, map(str.strip, citation.split(";"))):
            found.setdefault(part, []).append(title)
    return [(citation, ", ".join(dict.fromkeys(titles))) for citation, titles in found.items()]


def linked(text: str) -> Markup:
    """A citation with its ``doi 10.…`` as a link."""
    before, mark, rest = text.partition("doi 10.")
    if not mark:
        return Markup.escape(text)
    number, space, after = rest.partition(" ")
    doi = f"10.{number.rstrip('.,;')}"
    return Markup('{}<a href="https://doi.org/{}">doi {}</a>{}{}').format(before, doi, doi, space, after)
