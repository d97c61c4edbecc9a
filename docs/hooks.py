"""What the site needs beyond docs/: README.md and the reference that the pages show, under the addresses the repository has."""

from __future__ import annotations

from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

SHOWN = ("*.png", "parity/pam.md")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add README.md as ``readme.md`` and what pages show of results/reference as ``reference/…``."""
    root = Path(config.docs_dir).parent
    reference = root / "results/reference"
    for pattern in SHOWN:
        for path in sorted(reference.rglob(pattern)):
            address = f"reference/{path.relative_to(reference).as_posix()}"
            files.append(File.generated(config, address, abs_src_path=str(path)))
    files.append(File.generated(config, "readme.md", abs_src_path=str(root / "README.md")))
    return files


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Point links that leave docs/ to the copies on the site."""
    if page.file.src_uri == "readme.md":
        return markdown.replace("](docs/", "](").replace("](results/reference/", "](reference/")
    return markdown.replace("](../results/reference/", "](reference/").replace("](../README.md", "](readme.md")
