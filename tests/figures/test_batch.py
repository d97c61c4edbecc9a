"""All figures of a kind are written to their own files."""

from __future__ import annotations

import pytest

from aenmf.figures.batch import sheets
from aenmf.figures.schematic import schematic

LOOK = {"models": {"nmf": "nmf"}, "titles": {"nmf": "NMF"}, "cohorts": {"ovary": "Ovary"}}
FIGURES = {"a": {"methods": ["nmf"], "cohorts": ["ovary"], "loss": "frobenius"}, "folder/b": {}}


def test_sheets_come_in_order_with_their_files_and_looks(tmp_path):
    outputs = [str(tmp_path / name) for name in ("a.png", "folder/b.png", "a.pdf", "folder/b.pdf")]
    first, second = sheets(outputs, FIGURES, LOOK)
    assert first.paths == tuple(outputs[::2]) and second.paths == tuple(outputs[1::2])
    assert first.cohort == {"cohort": "ovary", "title": "Ovary"}
    shown = first.shown("loss")
    assert shown["loss"] == "frobenius" and shown["methods"]["nmf"].label == "NMF"
    second.write(schematic())
    assert all((tmp_path / "folder" / name).stat().st_size > 1000 for name in ("b.png", "b.pdf"))


def test_files_of_another_figure_are_refused(tmp_path):
    with pytest.raises(ValueError, match="figure a would be written to"):
        list(sheets(["b.png", "a.png", "b.pdf", "a.pdf"], FIGURES, LOOK))
