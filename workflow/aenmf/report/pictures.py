"""The run's figures for the page: as small PNGs inside it, with title, caption and a text for those who do not see them."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from PIL import Image

from aenmf.report.about import About, caption_of, listed
from aenmf.report.files import Files

HEADINGS = {
    "schematic": "The models",
    "proof": "Proof of concept",
    "errors": "Errors",
    "consistency": "Consistency",
    "pca": "Signatures in two dimensions",
    "recovered": "Recovery of the true signatures",
    "profiles": "Consensus signatures",
    "tiles": "Matches split by split",
    "sparsity": "Patients behind a signature",
    "rank": "Test error against the number of signatures",
    "rank_seconds": "Seconds against the number of signatures",
    "variants": "Ways to keep the weights non-negative",
    "convergence": "Loss on the way",
}
"""Headings by kind of figure, in the order of the page; kinds that are not here come after them."""
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


def groups(
    files: Files, about: About, kinds: tuple[str, ...] | None = None, beside: tuple[str, ...] = ()
) -> list[Group]:
    """The figures of a run by kind; a kind without figures is left out.

    Args:
        files: those of the run.
        about: names, and which figures there are.
        kinds: which kinds; None: all but ``beside``.
        beside: kinds that stand elsewhere.
    """
    order = list(dict.fromkeys([*HEADINGS, *about.figures]))
    wanted = [kind for kind in order if kind in about.figures and kind not in beside and (not kinds or kind in kinds)]
    made = []
    for kind in wanted:
        caption = caption_of(kind)
        pictures = list(_pictures(files, about, kind, caption))
        if pictures:
            heading = HEADINGS.get(kind, kind.replace("_", " ").capitalize())
            made.append(Group(kind, heading, caption, pictures))
    return made


def _pictures(files: Files, about: About, kind: str, caption: str) -> Iterator[Picture]:
    for name, shown in about.figures[kind].items():
        yield picture(files, files.figures[name], title_of(shown, about) or HEADINGS.get(kind, name), caption)


def picture(files: Files, path: str, title: str, caption: str = "") -> Picture:
    """A figure of the run; its alternative text is the title and the first sentence of the caption."""
    uri, width, height = embedded(path)
    seen = caption.split(". ")[0].rstrip(".")
    original = files.named(path)
    name = original.removesuffix(".png").replace("/", "-")
    return Picture(name, title, f"{title}. {seen}." if seen else title, uri, width, height, original)


def title_of(shown: Mapping[str, Any], about: About) -> str:
    """What a figure shows, in a few words: cohorts, methods, loss."""
    parts = [
        listed([about.cohort(name) for name in shown.get("cohorts", ())]),
        listed([about.method(name) for name in shown.get("methods", ())]),
        about.loss(shown["loss"]) if "loss" in shown else "",
        about.reference(shown["reference"]) if "reference" in shown else "",
    ]
    return ", ".join(filter(None, parts))


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
