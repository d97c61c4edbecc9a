"""What README.md and docs/ say is so: commands run, links lead somewhere, the configuration page is the schema's."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from aenmf import __version__
from aenmf.files.checked_yaml import check_config, load_schema, merged
from aenmf.reference.keep import pages
from aenmf.run import configdocs
from aenmf.run.preflight import load_config
from support.documented_commands import INLINE, blocks, commands, inline_commands, program

NOT_TRIED = {
    "snakemake --cores 2 --configfile config/example.yaml": "the worked example; run by tests/data/test_own_cohort.py",
    "snakemake --cores 2 benchmark --configfile config/benchmark.yaml config/peers.yaml": "needs the peers' environments",
    "pytest tests/contract": "run on the same method by tests/methods/test_plugins.py",
    "pip download": "needs the network, and downloads the whole environment",
    "python -c": "downloads gigabytes of reference genomes",
    "python tests/support/parity/pam_parity.py": "needs R and scikit-learn-extra, which are not part of the environment",
    "pip install -r envs/cluster.txt": "needs the network; make slurm does it",
    "snakemake --profile profiles/slurm": "needs Slurm's plugin; the profile is tried by make slurm",
    "aenmf devicebench": "needs a GPU; run on torch's processor device by tests/methods/test_devices.py",
    "aenmf compare": "needs a finished run; run by tests/workflow/test_workflow.py",
    "aenmf score --check FILE": "needs a file of scores; run by tests/run/test_score.py",
    "aenmf score --cohort pancreas": "needs answers of a tool; the options are tried by tests/run/test_score.py",
    "aenmf score --check mytool__pancreas__chosen-full.json": "the file that the command before it writes",
    "aenmf configdocs": "for maintainers; the page it writes is compared below",
    "pytest tests/solvers/test_batch.py": "part of the tests",
    "pytest tests/workflow/test_gpu.py": "part of the tests",
    "snakemake --unlock": "named as what not to use",
    "snakemake --report": "needs a finished run; run by tests/workflow/test_workflow.py",
}
"""Beginnings of documented commands that are not tried here, and why."""

SCHEMA = Path(__file__).parents[2] / "workflow/aenmf/schemas/config.schema.yaml"
OTHER_LANGUAGES = {
    ("add-a-method.md", "python"): "run by tests/methods/test_plugins.py",
    ("add-a-method.md", "yaml"): "run by tests/methods/test_plugins.py",
    ("add-a-method.md", "toml"): "an entry point, resolved by tests/methods/test_plugins.py",
    ("external-tools.md", "python"): "run by tests/workflow/test_external_tools.py",
    ("README.md", "bibtex"): "compared with CITATION.cff below",
    ("methods.md", "python"): "run by test_the_estimators_of_the_documentation_fit",
}
OUTPUT = {
    ("own-cohort.md", "docs/example/catalogue.tsv: 96 channels"): "compared by tests/data/test_own_cohort.py",
    ("scoring.md", "truth: 3 true signatures, 30 patients"): "compared by tests/run/test_score.py",
}
"""Blocks that show what a command prints, by their beginning."""


def without_folder(command: str) -> str:
    return command.removeprefix(".venv/bin/")


def documented() -> dict[str, str]:
    """Every command of the documentation with the page where it first stands; fails for a block that is nothing known."""
    found: dict[str, str] = {}
    for page in pages():
        text = page.read_text(encoding="utf-8")
        for language, block in blocks(text):
            if (page.name, language) in OTHER_LANGUAGES:
                continue
            if any(page.name == name and block.startswith(beginning) for name, beginning in OUTPUT):
                continue
            if language == "yaml":
                default = load_config([])
                check_config(merged(default, yaml.safe_load(block)), load_schema(SCHEMA))
                continue
            assert language in ("", "bash"), f"{page.name}: nothing tries this block of {language}:\n{block}"
            for command in commands(block):
                assert program(command), f"{page.name}: nothing tries this line of a block: {command}"
                found.setdefault(without_folder(command), page.name)
        for command in inline_commands(text):
            found.setdefault(without_folder(command), page.name)
    return found


@pytest.fixture
def project(root, tmp_path) -> Path:
    """A copy of the project with the user's own files that the documentation speaks of."""
    unneeded = shutil.ignore_patterns("__pycache__")
    for name in ("workflow", "config", "envs", "docs", "results/reference"):
        shutil.copytree(root / name, tmp_path / name, ignore=unneeded)
    for name in ("Snakefile", "Makefile", "README.md", "pyproject.toml"):
        shutil.copy2(root / name, tmp_path)
    shutil.copy2(root / "docs/example/catalogue.tsv", tmp_path / "my_catalogue.csv")
    example = dict(blocks((root / "docs/add-a-method.md").read_text(encoding="utf-8")))
    assert {"python", "yaml"} <= set(example)
    (tmp_path / "methods").mkdir()
    for file, language in (("methods/grouped.py", "python"), ("mine.yaml", "yaml")):
        found = re.search(rf"```{language}\n(.*?)```", (root / "docs/add-a-method.md").read_text("utf-8"), re.DOTALL)
        (tmp_path / file).write_text(found[1], encoding="utf-8")
    (tmp_path / "data").mkdir()
    return tmp_path


@pytest.mark.workflow
def test_every_documented_command_is_one_that_runs(root, project):
    found = documented()
    stale = [start for start in NOT_TRIED if not any(command.startswith(start) for command in found)]
    assert not stale, f"no longer documented: {stale}"
    wanted = [command for command in found if not command.startswith(tuple(NOT_TRIED))]
    assert len(wanted) > 20
    kept = {key: value for key, value in os.environ.items() if key not in ("AENMF_DATA_DIR", "MAKEFLAGS")}
    environment = kept | {"PYTHONPATH": str(project / "workflow"), "AENMF_CACHE_DIR": str(project / "cache")}
    given = {command.replace("/where/the/data/is", str(project / "data")): command for command in wanted}
    run = subprocess.run(
        [sys.executable, str(root / "tests/support/documented_commands.py")],
        input=json.dumps(list(given)),
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    failed = [
        "\n".join([*(f"{found[given[command]]}: {given[command]}" for command in listed), output[-1500:]])
        for listed, status, output in json.loads(run.stdout.splitlines()[-1])
        if status
    ]
    assert not failed, "\n\n".join(failed)
    assert not list(project.glob("results/*/fits")), "a dry run worked"


def test_the_estimators_of_the_documentation_fit(root):
    text = (root / "docs/methods.md").read_text(encoding="utf-8")
    [example] = [block for language, block in blocks(text) if language == "python"]
    names: dict[str, Any] = {"counts": np.random.default_rng(0).poisson(20, (12, 6)).astype(float)}
    exec(example.replace("n_components=4", "n_components=2"), names)
    assert names["exposures"].shape == (12, 2) and names["model"].components_.shape == (2, 6)
    assert np.allclose(names["model"].components_.sum(axis=1), 1)


def anchors(page: str) -> set[str]:
    """The anchors that GitHub gives the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```", "", page, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower()).replace(" ", "-") for heading in headings}


def test_links_lead_somewhere(root):
    seen = 0
    for page in [*pages(), root / "CHANGELOG.md"]:
        text = INLINE.sub("", page.read_text(encoding="utf-8"))
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if target.startswith("https://"):
                continue
            file, _, anchor = target.partition("#")
            there = (page.parent / file).resolve() if file else page
            assert there.exists(), f"{page.name}: there is no {target}"
            if anchor:
                assert anchor in anchors(there.read_text(encoding="utf-8")), f"{page.name}: no heading for {target}"
            seen += 1
    assert seen > 20


MAY_BE_ABSENT = {"config/mine.yaml"}
"""Files that a documented command writes."""


def test_files_that_are_named_exist(root):
    """Paths in code in README.md and docs/, as far as they are the project's own."""
    seen = 0
    for page in pages():
        for span in INLINE.findall(page.read_text(encoding="utf-8")):
            if re.fullmatch(r"(config|workflow|docs|envs|tests|results/reference)/[\w./-]+", span):
                assert (root / span).exists() or span in MAY_BE_ABSENT, f"{page.name}: there is no {span}"
                seen += 1
    assert seen > 20


def test_readme_is_short_and_its_index_leads_to_all_pages(root):
    readme, index = ((root / name).read_text(encoding="utf-8") for name in ("README.md", "docs/index.md"))
    assert len(readme.split()) <= 600
    assert "docs/index.md" in readme
    missing = [page.name for page in pages()[1:] if page.name != "index.md" and f"]({page.name})" not in index]
    assert not missing, f"docs/index.md does not lead to {missing}"
    decisions = (root / "docs/decisions.md").read_text(encoding="utf-8")
    assert all("kmedoids" in page and "scikit-learn-extra" in page for page in (readme, decisions))


NUMBERS_OF_THE_README = {"2025", "3.11"}
"""The paper's year and the oldest Python; other numbers are filled in by rules, or are part of code or links."""


def test_readme_has_no_number_typed_by_hand(root):
    text = (root / "README.md").read_text(encoding="utf-8")
    for left_out in (r"<!-- .*?<!-- end -->", r"```.*?```", r"\]\([^)]*\)", r"`[^`]*`"):
        text = re.sub(left_out, "", text, flags=re.DOTALL)
    assert set(re.findall(r"\d[\d.,]*\d|\d", text)) <= NUMBERS_OF_THE_README


MEASURED = re.compile(r"\b\d[\d.,]* (?:(?:milli)?seconds?|minutes?|hours?|s|ms|µs|GB|MB|tests|fits)\b")
WRITTEN_WHOLE = {"findings.md", "published-matrices.md"}
"""Pages that a command writes as a whole, from templates without such numbers."""
LIMITS = {
    "cluster.md": {"300 s", "20 s", "10 s", "1000 MB", "20 minutes", "2000 MB"},
    "data.md": {"2,420 fits"},
    "running.md": {"20 MB"},
}
"""Settings, limits and sums that no run measures, by page."""


def test_pages_have_no_measurement_typed_by_hand(root):
    found = {}
    for page in pages():
        text = re.sub(r"<!-- .*?<!-- end -->|```.*?```|`[^`]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        extra = set(MEASURED.findall(text)) - LIMITS.get(page.name, set())
        if extra and page.name not in WRITTEN_WHOLE:
            found[page.name] = extra
    assert not found, f"fill them in by a rule (aenmf.reference.numbers), or leave them out: {found}"


def test_a_mark_of_a_number_does_not_begin_a_line():
    """Where it does, Markdown takes the whole line as HTML."""
    for page in pages():
        assert not re.search(r"^\s*<!-- number", page.read_text(encoding="utf-8"), re.MULTILINE), page.name


def test_the_citation_of_the_readme_is_that_of_the_file(root):
    citation = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    [cited] = [block for language, block in blocks((root / "README.md").read_text("utf-8")) if language == "bibtex"]
    [paper] = citation["references"]
    facts = [citation["title"], citation["version"], citation["license"], citation["authors"][0]["name"]]
    facts += [paper["title"], paper["doi"], paper["journal"], f"{paper['start']}--{paper['end']}", str(paper["year"])]
    facts += [" and ".join(author["family-names"] for author in paper["authors"])]
    assert not [fact for fact in facts if f"{{{fact}}}" not in cited]


def test_the_configuration_page_is_the_one_the_schema_makes(root):
    written = (root / "docs/configuration.md").read_text(encoding="utf-8")
    assert written == configdocs.page(), "run aenmf configdocs"


def test_the_configuration_page_says_what_the_schema_says(root):
    schema = load_schema(root / "workflow/aenmf/schemas/config.schema.yaml")
    page = configdocs.configuration_section(schema, load_schema(root / "config/config.yaml"))
    rows = {
        row[1].strip(" `"): [cell.strip() for cell in row[2:-1]]
        for row in (line.split("|") for line in page.split("\n"))
        if len(row) > 5
    }
    assert rows["n_splits"][:3] == ["whole number", "`30`", "2 to 10000"]
    assert rows["empty_samples"][:3] == ["one of", "`error`", "`error`, `drop`"]
    assert rows["data_dir"][:2] == ["text or empty", "`null`"]
    assert rows["own_cohorts.<name>.rank"][:3] == ["whole number", "required", "1 to 96"]
    assert rows["own_cohorts.<name>.ranks"][1:3] == ["none", "of 1 to 96, 2 of them"]
    assert rows["benchmark.stopping_tol"][:3] == ["number", "`1e-10`", "above 0, below 1"]
    assert rows["rank_selection.options"][1] == "`{max_iter: 200, restarts: 1}`"


KEYWORDS = {
    "$schema", "$defs", "$ref", "title", "type", "properties", "additionalProperties", "required", "description", "pattern",
    "format", "maxLength", "minLength", "minItems", "maxItems", "minProperties", "maxProperties", "minimum", "maximum",
    "exclusiveMinimum", "exclusiveMaximum", "not", "const", "enum", "items", "uniqueItems", "propertyNames", "if", "then",
    "else", "allOf", "anyOf", "dependentRequired",
}  # fmt: skip
NAMES_BELOW = ("properties", "$defs", "dependentRequired")


def nodes(schema: Any, place: str):
    """Every schema inside a schema, with its place."""
    if not isinstance(schema, Mapping):
        return
    yield place, schema
    for key, below in schema.items():
        if key in NAMES_BELOW:
            for name, inner in below.items():
                yield from nodes(inner, f"{place}.{name}")
        elif key in ("allOf", "anyOf"):
            for inner in below:
                yield from nodes(inner, place)
        else:
            yield from nodes(below, place)


@pytest.mark.parametrize("name", ["config", "cohorts", "references", "claims", "results"])
def test_schemas_describe_every_key_and_hold_no_stray_word(root, name):
    schema = load_schema(root / f"workflow/aenmf/schemas/{name}.schema.yaml")
    for place, node in nodes(schema, name):
        # a comma in an unquoted text of a flow mapping ends the text, and the rest becomes a keyword
        assert set(node) <= KEYWORDS, f"{place}: {set(node) - KEYWORDS}"
    for key in configdocs.keys_of(schema, schema):
        assert key.schema.get("description"), key.name


def test_docs_name_every_data_file_with_its_source(root):
    page = (root / "docs/data.md").read_text(encoding="utf-8")
    named = re.findall(r"`([\w<>-]+)`", page)  # <name> and <type> stand for any
    patterns = [re.sub("<[a-z]+>", r"[\\w-]+", name) for name in named if not re.fullmatch("<[a-z]+>", name)]
    for table in ("cohorts", "references"):
        with (root / f"config/{table}.tsv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                name = row[table.removesuffix("s")]
                assert any(re.fullmatch(pattern, name) for pattern in patterns), name
                if row["url"]:
                    assert row["file"] in page
                for doi in re.findall(r"doi (10\.\S+?)[;,)]?(?: |$)", row["citation"]):
                    assert f"https://doi.org/{doi.rstrip(';,')}" in page, doi


def test_citation_and_changelog_are_of_this_version(root):
    citation = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == __version__ and citation["license"] == "MIT"
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert [entry["doi"] for entry in citation["references"]] == ["10.1089/cmb.2024.0784"]
    assert re.search(r"^## (.*)$", (root / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)[1] == __version__
    assert "MIT License" in (root / "LICENSE").read_text(encoding="utf-8")
