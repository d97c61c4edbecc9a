"""Results of another run that are kept with the project and shown on the page of this one, and said to be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aenmf.figures.kinds import KINDS, Kind
from aenmf.files.layout import read_layout
from aenmf.losses import LOSS_TITLES, MEASURE_OF_LOSS
from aenmf.report.files import Files
from aenmf.report.pictures import Picture, embedded
from aenmf.report.tables import Table

REFERENCE = "results/reference"


def robustness(files: Files) -> dict[str, Any]:
    """What decides the comparison, by the study's own run; empty where this run has the study itself, or it is not kept."""
    if not files.kept:
        return {}
    kind = KINDS["robustness"]
    titles = {
        f"robustness_{measure}": f"{kind.heading}, {LOSS_TITLES[loss]}" for loss, measure in MEASURE_OF_LOSS.items()
    }
    folder = f"{REFERENCE}/robustness"
    return {
        "commit": _commit(files.kept),
        "heading": kind.heading,
        "caption": kind.caption,
        "table": Table("robustness", read_layout(files.kept["table"]), f"{folder}/tables/robustness.md"),
        "figures": _pictures(files.kept, titles, kind, folder),
    }


def controls(files: Files) -> dict[str, Any]:
    """What the criteria choose where the number of signatures is known; empty where this run has no need of it."""
    if not files.controls:
        return {}
    kind = KINDS["rank_criteria"]
    names = sorted(name for name in files.controls if name != "manifest")
    titles = {name: f"{_criterion(name)}, where the true number is known" for name in names}
    return {
        "commit": _commit(files.controls),
        "caption": kind.caption,
        "figures": _pictures(files.controls, titles, kind, f"{REFERENCE}/rank_criteria"),
    }


def _criterion(name: str) -> str:
    """The criterion of a figure: ``_criterion("rank_relative_error_kld") == "Relative error"``."""
    return name.removeprefix("rank_").rpartition("_")[0].replace("_", " ").capitalize()


def _commit(kept: Mapping[str, str]) -> str:
    return str(json.loads(Path(kept["manifest"]).read_text(encoding="utf-8"))["commit"][:10])


def _pictures(kept: Mapping[str, str], titles: Mapping[str, str], kind: Kind, folder: str) -> list[Picture]:
    """The figures of these names that are kept."""
    pictures = []
    for name, title in titles.items():
        if name in kept:
            uri, width, height = embedded(kept[name])
            alt = f"{title}. {kind.caption.split('. ')[0]}."
            pictures.append(Picture(name, title, alt, uri, width, height, f"{folder}/figures/{name}.png"))
    return pictures
