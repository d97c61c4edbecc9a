"""Putting the page together: what the run holds goes through the templates; what it does not hold leaves no trace."""

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
from aenmf.report import facts, pictures
from aenmf.report.about import About, caption_of
from aenmf.report.fits import all_fits, as_json
from aenmf.report.tables import Table, prose, read_table
from aenmf.verdicts.judge import VERDICTS

TEMPLATES = Path(__file__).parent / "templates"
METHODS_CITED = (
    ("Lee and Seung 2001, Advances in Neural Information Processing Systems 13: 556–562 (multiplicative updates)", ""),
    ("Ding, Li and Jordan 2010, IEEE TPAMI 32: 45–55 (convex NMF)", "10.1109/TPAMI.2008.277"),
    ("Kingma and Ba 2015, ICLR (Adam)", ""),
    ("Kaufman and Rousseeuw 1990, Finding Groups in Data (PAM)", "10.1002/9780470316801"),
    ("Pei et al. 2020, Oncogene 39: 5031–5041 (DeepMS)", "10.1038/s41388-020-1343-z"),
    ("Pancotti et al. 2024, Bioinformatics 40: btae320 (MUSE-XAE)", "10.1093/bioinformatics/btae320"),
)


def write_report(path: str | Path, folder: str | Path, about: About) -> None:
    """Write the page of a run; the same results give the same bytes."""
    text = render_page(content(Path(folder), about))
    with atomic_write(path) as file:
        file.write(text)


def render_page(shown: dict[str, Any]) -> str:
    """The page of :func:`content`."""
    environment = Environment(
        loader=PackageLoader("aenmf.report"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters |= {"prose": prose, "json": as_json, "doi": linked}
    script = Markup((TEMPLATES / "page.js").read_text(encoding="utf-8") + (TEMPLATES / "fits.js").read_text("utf-8"))
    return environment.get_template("report.html").render(
        **shown,
        script=script,
        script_digest="sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        style=Markup((TEMPLATES / "style.css").read_text(encoding="utf-8")),
    )


def content(folder: Path, about: About) -> dict[str, Any]:
    """Everything the templates show.

    What is about the paper alone is left out of a run without any of its cohorts: the verdicts, the schematic and the
    proof of concept. The consensus signatures then lead, and the table of architectures comes last.
    """
    known = facts.run_facts(folder)
    replication = about.replication
    verdicts = read_table(folder / "tables/verdicts.md", folder) if replication else None
    counted = counts(verdicts)
    order = _PAPER_TABLES if replication else (*_PAPER_TABLES[1:], _PAPER_TABLES[0])
    paper = [read_table(folder / f"tables/{name}.md", folder) for name in order]
    leading = () if replication else ("profiles",)
    main = [kind for kind in pictures.of_section("figures") if kind not in leading]
    studies = {
        "rank": (facts.rank_table(folder, about), pictures.groups(folder, about, pictures.of_section("rank"))),
        "variants": (
            facts.variants_table(folder, about),
            pictures.groups(folder, about, pictures.of_section("variants")),
        ),
    }
    return {
        "version": __version__,
        "run": known.get("config", {}).get("run") or folder.name,
        "replication": replication,
        "facts": known,
        "tiles": facts.tiles(folder, about, known, counted),
        "cohorts": facts.cohorts_table(folder, about),
        "methods": facts.methods_table(known, about),
        "verdicts": verdicts,
        "verdict_counts": counted,
        "verdict_column": verdicts.columns.index("Verdict") if verdicts and "Verdict" in verdicts.columns else None,
        "signatures": facts.signatures_table(folder, about),
        "signature_figures": pictures.groups(folder, about, leading),
        "paper_tables": [table for table in paper if table],
        "captions": {name: caption_of(name) for name in (*_PAPER_TABLES, "verdicts")},
        "summaries": facts.summaries(folder, about),
        "figures": pictures.groups(folder, about, [kind for kind in main if replication or not KINDS[kind].of_paper]),
        "fits": all_fits(folder, about),
        "colours": SUBSTITUTION_COLOURS,
        "convergence": facts.convergence_table(folder, about),
        "convergence_figures": pictures.groups(folder, about, pictures.of_section("convergence")),
        "studies": {name: study for name, study in studies.items() if any(study)},
        "leaderboard": leaderboard(folder),
        "audit": audit(folder),
        "manifest": facts.manifest(folder),
        "citations": citations(about),
        "methods_cited": METHODS_CITED,
    }


_PAPER_TABLES = ("table1", "table2", "table3", "table3_tests", "table4")


def counts(verdicts: Table | None) -> dict[str, int]:
    """How many claims have each verdict."""
    if verdicts is None or "Verdict" not in verdicts.columns:
        return {}
    column = verdicts.columns.index("Verdict")
    return {verdict: sum(row[column].text == verdict for row in verdicts.rows) for verdict in VERDICTS}


def audit(folder: Path) -> dict[str, Any]:
    """Tables and figures of the audit of the published matrices; empty where the run has none."""
    place = folder / "audit"
    tables = []
    for path in sorted(place.glob("*.md")):
        try:
            tables.append(read_table(path, folder))
        except ValueError:
            continue  # prose, such as the findings
    figures = [
        pictures.picture(path, folder, path.stem.replace("_", " ").capitalize(), "")
        for path in sorted(place.glob("*.png"))
    ]
    return {"tables": tables, "figures": figures} if tables or figures else {}


def leaderboard(folder: Path) -> dict[str, Any]:
    """Tables and figures of the leaderboard; empty where the run has none."""
    place = folder / "leaderboard"
    tables = [table for name in ("leaderboard", "by_cohort") if (table := read_table(place / f"{name}.md", folder))]
    figures = [
        pictures.picture(
            path, folder, f"Leaderboard, {path.stem.rpartition('_')[2].upper()}", KINDS["leaderboard"].caption
        )
        for path in sorted(place.glob("*.png"))
    ]
    return {"tables": tables, "figures": figures, "caption": KINDS["leaderboard"].caption} if tables or figures else {}


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
