"""The run's figures for the page: as small PNGs inside it, with title, caption and a text for those who do not see them."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from PIL import Image

from aenmf.figures.kinds import KINDS
from aenmf.report.about import About, listed
from aenmf.report.files import Files

WIDEST = 2100
"""Pixels; wider figures are scaled down."""
COLOURS = 256
"""Colours kept; the figures are flat drawings, which need few."""


@dataclass(frozen=True)
class Picture:
    """A figure on the page."""

    name: str
    title: str
    alt: str
    uri: str
    width: int
    height: int
    original: str


@dataclass(frozen=True)
class Group:
    """The figures of a kind under one heading, with the caption they share."""

    kind: str
    heading: str
    caption: str
    pictures: list[Picture]


def groups(files: Files, about: About, kinds: Iterable[str]) -> list[Group]:
    """The run's figures of some kinds; a kind without figures is left out."""
    made = [
        Group(kind, KINDS[kind].heading, KINDS[kind].caption, list(_pictures(files, about, kind))) for kind in kinds
    ]
    return [group for group in made if group.pictures]


def of_section(section: str) -> list[str]:
    """The kinds of figures of a section of the page, in its order."""
    return [name for name, kind in KINDS.items() if kind.section == section]


def _pictures(files: Files, about: About, kind: str) -> Iterator[Picture]:
    for name, shown in about.figures.get(kind, {}).items():
        yield picture(files, files.figures[name], title_of(shown, about) or KINDS[kind].heading, KINDS[kind].caption)


def picture(files: Files, path: str, title: str, caption: str) -> Picture:
    """A figure of the run; its alternative text is the title and the first sentence of the caption."""
    uri, width, height = embedded(path)
    seen = caption.split(". ")[0].rstrip(".")
    original = files.named(path)
    name = original.removesuffix(".png").replace("/", "-")
    return Picture(name, title, f"{title}. {seen}." if seen else title, uri, width, height, original)


def title_of(shown: Mapping[str, Any], about: About) -> str:
    """What a figure shows, in a few words: criterion, cohorts, methods, loss."""
    parts = [
        shown.get("criterion", "").replace("_", " ").capitalize(),
        listed([about.cohort(name) for name in shown.get("cohorts", ())]),
        listed([about.method(name) for name in shown.get("methods", ())]),
        about.loss(shown["loss"]) if "loss" in shown else "",
        about.reference(shown["reference"]) if "reference" in shown else "",
    ]
    said = [part for part in parts if part]
    return ("; " if any(";" in part for part in said) else ", ").join(said)


def embedded(path: str) -> tuple[str, int, int]:
    """An image as a ``data:`` address, a PNG with a palette, with its width and height."""
    with Image.open(path) as opened:
        image = opened.convert("RGB")
    if image.width > WIDEST:
        image = image.resize((WIDEST, round(image.height * WIDEST / image.width)), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    reduced = image.quantize(COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    reduced.save(buffer, "PNG", compress_level=7)
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}", image.width, image.height
