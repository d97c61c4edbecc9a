"""Keeping a run's small outputs as the committed reference: ``aenmf keep results/<run>``.

What config/reference.yaml names is copied to results/reference, with a manifest of what made it, and the tables
in README.md and docs/ are renewed from it; without a run, only that is done. Catalogues and names of patients are not among it.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from aenmf.errors import UserError, did_you_mean
from aenmf.files.checked_yaml import read_yaml
from aenmf.files.layout import to_markdown
from aenmf.files.shipped import CONFIG, checkout
from aenmf.files.tables import write_json
from aenmf.methods.entries import Entry
from aenmf.reference.findings import answer, missing_tables
from aenmf.reference.numbers import number, numbers, times_layout
from aenmf.tables import solvers

RULES = CONFIG / "reference.yaml"
PART = ("cohorts", "compare", "losses")
"""What differs between parts of a run, by key of the configuration."""


def copy_results(run: Path, target: Path, keep: Sequence[str]) -> list[Path]:
    """Copy the files of a run that patterns name; files an earlier reference left in ``target`` are removed first.

    Raises:
        UserError: a pattern that matches nothing.
    """
    wanted: dict[Path, None] = {}
    for pattern in keep:
        found = sorted(path for path in run.glob(pattern) if path.is_file())
        if not found:
            remedy = "Finish the run first, or change config/reference.yaml"
            raise UserError(f"the run has no file {pattern}", where=str(run), remedy=remedy)
        wanted |= dict.fromkeys(found)
    before = target / "manifest.json"
    for name in json.loads(before.read_text(encoding="utf-8"))["sha256"] if before.is_file() else ():
        (target / name).unlink(missing_ok=True)
    copied = []
    for path in wanted:
        copied.append(target / path.relative_to(run))
        copied[-1].parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copied[-1])
    return copied


def earlier_parts(target: Path) -> list[dict[str, Any]]:
    """The parts that made what is kept in ``target`` so far, the oldest first: commit, and what was run of the configuration."""
    path = target / "manifest.json"
    if not path.is_file():
        return []
    before = json.loads(path.read_text(encoding="utf-8"))
    last = {"commit": before["commit"], **{key: before["config"].get(key) for key in PART}}
    return [*before.get("earlier_parts", ()), last]


def manifest(run: Path, target: Path, copied: Sequence[Path]) -> dict[str, Any]:
    """What made the reference: the run's own facts, inputs, seconds of each stage, and checksums of what was kept."""
    info = json.loads((run / "run.json").read_text(encoding="utf-8"))
    inputs = {
        path.parent.name: json.loads(path.read_text()) for path in sorted((run / "data").glob("*/provenance.json"))
    }
    seconds: dict[str, float] = {}
    for path in sorted((run / "benchmarks").rglob("*.tsv")):
        stage = path.relative_to(run / "benchmarks").parts[0].removesuffix(".tsv")
        seconds[stage] = seconds.get(stage, 0.0) + float(pd.read_csv(path, sep="\t")["s"].iloc[0])
    return {
        **info,
        "inputs": {name: {key: fact[key] for key in ("source", "sha256", "samples")} for name, fact in inputs.items()},
        "seconds_by_stage": {stage: round(value, 1) for stage, value in seconds.items()},
        "sha256": {str(p.relative_to(target)): hashlib.sha256(p.read_bytes()).hexdigest() for p in copied},
    }


def renew_page(page: str, reference: Path) -> str:
    """A page of the documentation with every block between ``<!-- KIND NAME -->`` and ``<!-- end -->`` renewed.

    NAME means tables/NAME in the reference, and FOLDER/NAME means FOLDER/NAME. KIND is ``table`` (all of NAME.md) or
    ``headline`` (its first line). ``solvers`` is the comparison of the run kept in the folder NAME with the run at the top,
    ``answer`` a short text made of the same numbers as the findings (:data:`aenmf.reference.findings.ANSWERS`), and ``times``
    how long the kept runs took. ``<!-- number NAME -->…<!-- end -->`` within a sentence is one of
    :func:`aenmf.reference.numbers.numbers`. A block of a folder that is not kept yet is left as it is.
    """

    def block(found: re.Match) -> str:
        kind, (folder, _, name) = found[1], found[2].rpartition("/")
        if kind == "times":
            return f"<!-- {kind} {name} -->\n{to_markdown(times_layout(reference))}<!-- end -->"
        if kind == "solvers":
            return f"<!-- {found[1]} {found[2]} -->\n{solvers_beside(reference / name, reference)}<!-- end -->"
        if kind == "answer":
            return (
                found[0]
                if missing_tables(reference)
                else f"<!-- {kind} {name} -->\n{answer(reference, name)}<!-- end -->"
            )
        if folder and not (reference / folder.split("/")[0]).is_dir():
            return found[0]
        file = reference / (folder or "tables") / name
        text = file.with_suffix(".md").read_text(encoding="utf-8")
        if kind == "headline":
            text = text.splitlines(keepends=True)[0]
        return f"<!-- {found[1]} {found[2]} -->\n{text}<!-- end -->"

    blocks = r"<!-- (table|headline|solvers|answer|times) ([\w/]+) -->\n.*?<!-- end -->"
    return _renew_numbers(re.sub(blocks, block, page, flags=re.DOTALL), reference)


def _renew_numbers(page: str, reference: Path) -> str:
    """A page with the numbers within its sentences renewed, where the reference has every table that they need."""
    marked = r"<!-- number (\w+) -->[^\n]*?<!-- end -->"
    if not re.search(marked, page) or missing_tables(reference):
        return page
    facts = numbers(reference)
    return re.sub(marked, lambda found: f"<!-- number {found[1]} -->{number(facts, found[1])}<!-- end -->", page)


def solvers_beside(kept: Path, other: Path) -> str:
    """The fits of one kept run next to those of another, as Markdown; see :mod:`aenmf.tables.solvers`."""
    parts: list[Any] = []
    for folder in (kept, other):
        config = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["config"]
        methods = [(name, config["methods"][name]) for name in config["compare"]]
        parts += [pd.read_csv(folder / name) for name in ("tables/fits.csv", "timings/seconds.csv")]
        parts.append([Entry(name, method["model"], method["title"]) for name, method in methods])
    return to_markdown(solvers.layout(solvers.solvers_table(*parts)))


def pages() -> list[Path]:
    """The documentation that may show tables of the reference: README.md and docs/*.md."""
    return [checkout() / "README.md", *sorted((checkout() / "docs").glob("*.md"))]


def renew_pages(reference: Path) -> None:
    """Renew the tables of all :func:`pages`."""
    for page in pages():
        page.write_text(renew_page(page.read_text(encoding="utf-8"), reference), encoding="utf-8")


def keep_run(run: Path) -> int:
    """Keep a run's results as config/reference.yaml says; returns the number of files.

    Raises:
        UserError: the run is not named there, has no run.json, or lacks a file.
    """
    rules = read_yaml(RULES)
    if run.name not in rules:
        raise UserError(
            f"nothing is kept of the run {run.name!r}", where=str(RULES), remedy=did_you_mean(run.name, rules)
        )
    if not (run / "run.json").is_file():
        raise UserError("there is no run.json", where=str(run), remedy="Name the results of a finished run")
    reference = checkout() / "results/reference"
    target = reference / rules[run.name]["into"]
    earlier = {"earlier_parts": earlier_parts(target)} if rules[run.name].get("parts") else {}
    copied = copy_results(run, target, rules[run.name]["keep"])
    write_json(target / "manifest.json", manifest(run, target, copied) | earlier)
    return len(copied)


def keep_findings(audit: Path) -> Path:
    """Keep the findings of an audit's folder as docs/published-matrices.md; returns their file.

    Raises:
        UserError: it has none.
    """
    findings = audit / "findings.md"
    if not findings.is_file():
        raise UserError("there are no findings", where=str(findings), remedy="Run snakemake audit first")
    shutil.copyfile(findings, checkout() / "docs/published-matrices.md")
    return findings
