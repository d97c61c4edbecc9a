"""The replication as an article: a Typst template, filled in from the same facts as docs/findings.md, and set as PDF."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from string import Template

from aenmf.errors import UserError
from aenmf.files.layout import Cell, Layout
from aenmf.reference.findings import COHORTS, TABLES, Reference, facts_of, ratios_layout
from aenmf.verdicts import judge

TEMPLATE = Path(__file__).with_name("article_template.typ")
REFERENCES = Path(__file__).with_name("article_references.yml")
FIGURES = {
    "schematic": "figures/figure1_schematic.png",
    "ratios": "figures/ratios.png",
    "conditions": "figures/theorem_conditions_mse.png",
    "precision": "convergence/precision_mse.png",
    "robustness": "robustness/figures/robustness_mse.png",
    "forest": "pcawg/figures/forest_mse.png",
    "purity": "purity/purity/purity_kld.png",
}
"""Name in the article → file in the reference; those of the paper's own comparison lie in a run at the same place."""


def escaped(text: str) -> str:
    """Text as Typst shows it as it is."""
    return re.sub(r"([\\#$*_`<>@~\[\]/])", r"\\\1", text)


def to_typst(layout: Layout, widths: str) -> str:
    """A table in Typst, with lines above and below its heading and at its end; ``widths`` are those of its columns."""
    cells = [Cell(text) if isinstance(text, str) else text for row in layout.rows for text in row]
    body = ", ".join(f"[*{escaped(cell.text)}*]" if cell.bold else f"[{escaped(cell.text)}]" for cell in cells)
    heading = ", ".join(f"[*{escaped(title)}*]" for title in layout.columns)
    align = ", ".join({"l": "left", "r": "right", "c": "center"}[side] for side in layout.align)
    return (
        f"#figure(table(columns: {widths}, align: ({align}), table.hline(), table.header({heading}), "
        f"table.hline(stroke: 0.4pt), {body}, table.hline()), caption: [{escaped(layout.caption)}])"
    )


def verdicts_layout(kept: Reference) -> Layout:
    """The headline claims with what the paper says, what we find, and the verdict."""
    table = kept.table("tables/verdicts", kind="headline").fillna({"paper": "", "ours": "", "evidence": ""})
    why = f" ({judge.UNDECIDED})"
    return Layout(
        caption="The paper's headline claims, our measurements and the verdicts.",
        label="article-verdicts",
        columns=["Claim", "Paper", "Ours", "Verdict"],
        rows=[
            [
                *(one.claim, one.paper, one.ours),
                Cell(one.verdict + (why if one.verdict == judge.CANNOT and one.ours else ""), bold=True),
            ]
            for one in table.itertuples()
        ],
        align="llll",
    )


def provenance(kept: Reference) -> dict[str, str]:
    """What made the tables: commit, processor, packages, seed and numbers of patients."""
    path = next((file for name in ("run.json", "manifest.json") if (file := kept.file(name)).is_file()), None)
    if path is None:
        raise UserError("there is no record of the run", where=str(kept.folders[0]), remedy="Finish the run first")
    record = json.loads(path.read_text(encoding="utf-8"))
    inputs = json.loads(kept.file("manifest.json").read_text(encoding="utf-8"))["inputs"]
    packages = {
        name: record["packages"][name] for name in ("numpy", "scipy", "numba", "torch") if name in record["packages"]
    }
    return {
        "commit": record["commit"][:12],
        "processor": escaped(str(record["processor"])),
        "python": record["python"],
        "packages": escaped(", ".join(f"{name} {version}" for name, version in packages.items())),
        "seed": str(record["config"]["seed"]),
    } | {f"patients_{cohort}": str(inputs[cohort]["samples"]) for cohort in COHORTS}


def verdict_counts(kept: Reference) -> dict[str, str]:
    """How many headline claims there are, and in words how many have each verdict."""
    found = judge.counts(kept.table("tables/verdicts"))
    return {"n_claims": str(sum(found.values())), "verdicts": judge.in_words(found)}


def source(kept: Reference) -> str:
    """The article in Typst.

    Raises:
        UserError: a table is missing, or there is no record of the run.
    """
    missing = [name for name in TABLES if not kept.file(f"{name}.csv").is_file()]
    if missing:
        raise UserError(
            f"there are no tables {', '.join(missing)}",
            where=str(kept.folders[-1]),
            remedy="Restore results/reference, or keep a run first: aenmf keep results/paper",
        )
    facts = {name: text if name.startswith("table_") else escaped(text) for name, text in facts_of(kept).items()}
    facts |= provenance(kept) | verdict_counts(kept)
    facts["table_ratios"] = to_typst(ratios_layout(kept), "(auto, auto, 1fr, auto, 1fr, auto)")
    facts["table_verdicts"] = to_typst(verdicts_layout(kept), "(2.6fr, 1.3fr, 2.2fr, 1.1fr)")
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(facts)


def check_run(run: Path) -> None:
    """Refuse a run that is not finished, or that lacks a cancer: most sentences of the article are about all three."""
    if not (run / "run.json").is_file():
        raise UserError("there is no run.json", where=str(run), remedy="Name the results of a finished run")
    cohorts = json.loads((run / "run.json").read_text(encoding="utf-8"))["config"]["cohorts"]
    missing = [cohort for cohort in COHORTS if cohort not in cohorts]
    if missing:
        remedy = "Name the results of make paper, or none: then the article is of results/reference"
        raise UserError(f"the article needs {', '.join(missing)}, which this run lacks", where=str(run), remedy=remedy)


def write_article(reference: Path, out: Path, run: Path | None = None) -> Path:
    """Set the article from a reference, and from a fresh run as far as that has tables; returns the PDF.

    Args:
        reference: the kept tables.
        out: a folder for the PDF with its source and figures.
        run: results of a finished run, which are preferred to the kept ones.

    Raises:
        UserError: typst is not installed, or tables, figures, cancers or the record of the run are missing.
    """
    try:
        import typst
    except ImportError as error:
        remedy = "Install it: pip install -r envs/article.txt -c envs/lock.txt"
        raise UserError("the article needs the package typst", remedy=remedy) from error
    if run is not None:
        check_run(run)
    kept = Reference(reference, *([run] if run else []))
    text = source(kept)
    out.mkdir(parents=True, exist_ok=True)
    for name, file in FIGURES.items():
        if not kept.file(file).is_file():
            raise UserError(
                f"there is no figure {file}", where=str(kept.folders[-1]), remedy="Restore results/reference"
            )
        shutil.copyfile(kept.file(file), out / f"{name}.png")
    shutil.copyfile(REFERENCES, out / "references.yml")
    (out / "article.typ").write_text(text, encoding="utf-8")
    typst.compile(str(out / "article.typ"), output=str(out / "article.pdf"), root=str(out))
    return out / "article.pdf"
