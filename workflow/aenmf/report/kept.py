"""Results of another run that are kept with the project and shown on the page of this one, and said to be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from aenmf.figures.kinds import KINDS
from aenmf.files.layout import read_layout
from aenmf.losses import LOSS_TITLES, MEASURE_OF_LOSS
from aenmf.report.files import Files
from aenmf.report.pictures import Picture, embedded
from aenmf.report.tables import Table

FOLDER = "results/reference/robustness"


def robustness(files: Files) -> dict[str, Any]:
    """What decides the comparison, by the study's own run; empty where this run has the study itself, or it is not kept."""
    if not files.kept:
        return {}
    record = json.loads(Path(files.kept["manifest"]).read_text(encoding="utf-8"))
    kind = KINDS["robustness"]
    pictures = []
    for loss, measure in MEASURE_OF_LOSS.items():
        name = f"robustness_{measure}"
        if name in files.kept:
            title = f"{kind.heading}, {LOSS_TITLES[loss]}"
            uri, width, height = embedded(files.kept[name])
            alt = f"{title}. {kind.caption.split('. ')[0]}."
            pictures.append(Picture(name, title, alt, uri, width, height, f"{FOLDER}/figures/{name}.png"))
    table = Table("robustness", read_layout(files.kept["table"]), f"{FOLDER}/tables/robustness.md")
    return {
        "commit": record["commit"][:10],
        "heading": kind.heading,
        "caption": kind.caption,
        "table": table,
        "figures": pictures,
    }
