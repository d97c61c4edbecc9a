"""What the site needs beyond docs/: README.md and the reference that the pages show, under the addresses the repository has."""

from __future__ import annotations

from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

SHOWN = ("*.png", "parity/pam.md")
RUNS = ("paper", "default")
"""Runs whose report is put on the site where they are there, the first that is."""
MARK = "<!-- report -->"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add README.md as ``readme.md`` and what pages show of results/reference as ``reference/…``."""
    root = Path(config.docs_dir).parent
    reference = root / "results/reference"
    for pattern in SHOWN:
        for path in sorted(reference.rglob(pattern)):
            address = f"reference/{path.relative_to(reference).as_posix()}"
            files.append(File.generated(config, address, abs_src_path=str(path)))
    files.append(File.generated(config, "readme.md", abs_src_path=str(root / "README.md")))
    for report in reports(root)[:1]:
        files.append(File.generated(config, "run/report.html", abs_src_path=str(report)))
    return files


def reports(root: Path) -> list[Path]:
    """The reports of this checkout that the site can show."""
    return [path for run in RUNS if (path := root / "results" / run / "report.html").is_file()]


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, **_: object) -> str:
    """Point links that leave docs/ to the copies on the site, and to the report where the checkout has one."""
    if page.file.src_uri == "report.md":
        there = reports(Path(config.docs_dir).parent)
        markdown = markdown.replace(
            MARK, "**[Open the report](run/report.html)**, as this checkout made it." if there else ""
        )
    if page.file.src_uri == "readme.md":
        return markdown.replace("](docs/", "](").replace("](results/reference/", "](reference/")
    return markdown.replace("](../results/reference/", "](reference/").replace("](../README.md", "](readme.md")
