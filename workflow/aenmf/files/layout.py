"""A table as it is shown, and how it is written: the one place for bold and escaping.

A table module fills a :class:`Layout` with cells; :func:`to_markdown` and :func:`to_latex` write it for readers, and
:func:`to_json` for the page of the run. Cells hold text in no language: numbers such as ``1.05e2`` are recognised and
become 1.05·10² in LaTeX.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from aenmf.files.atomic import atomic_write


@dataclass(frozen=True)
class Cell:
    """The text of a cell, and whether it stands out."""

    text: str
    bold: bool = False


@dataclass(frozen=True)
class Layout:
    """A table as it is shown.

    Attributes:
        caption: one or two sentences; also the LaTeX caption.
        label: LaTeX label without the ``tab:``.
        columns: column titles.
        rows: cells, as many as columns in every row; plain text is a cell too.
        align: one of l, c, r per column; left and then right where not given.
        groups: spanning titles above the columns as (title, number of columns), covering all columns, or empty.
        rules: numbers of the rows that have a line above them, for blocks of rows.
        notes: sentences below the table.
        latex_columns: LaTeX column types where ``align`` does not do, such as paragraphs of a given width.
    """

    caption: str
    label: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell | str]]
    align: str = ""
    groups: Sequence[tuple[str, int]] = ()
    rules: Sequence[int] = ()
    notes: Sequence[str] = ()
    latex_columns: Sequence[str] = ()

    def __post_init__(self):
        for name in ("columns", "groups", "rules", "notes", "latex_columns"):
            object.__setattr__(self, name, list(getattr(self, name)))
        object.__setattr__(self, "rows", [list(row) for row in self.rows])
        n = len(self.columns)
        if any(len(row) != n for row in self.rows):
            raise ValueError(f"table {self.label}: a row has not {n} cells")
        if self.groups and sum(span for _, span in self.groups) != n:
            raise ValueError(f"table {self.label}: the spanning titles do not cover {n} columns")
        object.__setattr__(self, "align", self.align or "l" + "r" * (n - 1))
        if len(self.align) != n or (self.latex_columns and len(self.latex_columns) != n):
            raise ValueError(f"table {self.label}: the alignment is not for {n} columns")

    @property
    def titles(self) -> list[str]:
        """Column titles that need no spanning titles above them, such as ``Train: NMF``."""
        spans = [title for title, span in self.groups for _ in range(span)] or [""] * len(self.columns)
        return [": ".join(filter(None, pair)) for pair in zip(spans, self.columns, strict=True)]

    @property
    def cells(self) -> list[list[Cell]]:
        """The rows, every cell as a :class:`Cell`."""
        return [[cell if isinstance(cell, Cell) else Cell(cell) for cell in row] for row in self.rows]


def bold_lowest(values: Sequence[float], texts: Sequence[str]) -> list[Cell]:
    """Cells with the lowest value in bold, and every cell that reads the same: what looks equal is marked equally."""
    finite = [(value, text) for value, text in zip(values, texts, strict=True) if not math.isnan(value)]
    lowest = min(finite)[1] if finite else None
    return [Cell(text, bold=text == lowest) for text in texts]


def to_markdown(layout: Layout) -> str:
    """The table as a GitHub-flavoured Markdown table below its caption; spanning titles join those of the columns."""
    marks = {"l": ":--", "c": ":-:", "r": "--:"}
    lines = [f"**{_markdown(layout.caption)}**", ""]
    lines.append("| " + " | ".join(_markdown(title) for title in layout.titles) + " |")
    lines.append("|" + "|".join(marks[mark] for mark in layout.align) + "|")
    for cells in layout.cells:
        texts = [f"**{_markdown(cell.text)}**" if cell.bold and cell.text else _markdown(cell.text) for cell in cells]
        lines.append("| " + " | ".join(texts) + " |")
    for note in layout.notes:
        lines += ["", _markdown(note)]
    return "\n".join(lines) + "\n"


def to_latex(layout: Layout) -> str:
    """The table as a LaTeX ``table`` environment; it needs the packages booktabs and amsmath."""
    types = "".join(layout.latex_columns) or layout.align
    lines = ["% needs \\usepackage{booktabs,amsmath}", "\\begin{table}", "\\centering"]
    lines += [
        f"\\caption{{{_latex(layout.caption)}}}",
        f"\\label{{tab:{layout.label}}}",
        f"\\begin{{tabular}}{{{types}}}",
        "\\toprule",
    ]
    if layout.groups:
        spans, lines_below, column = [], [], 1
        for title, span in layout.groups:
            spans.append(f"\\multicolumn{{{span}}}{{c}}{{{_latex(title)}}}" if title else " & ".join([""] * span))
            if title:
                lines_below.append(f"\\cmidrule(lr){{{column}-{column + span - 1}}}")
            column += span
        lines += [" & ".join(spans) + " \\\\", " ".join(lines_below)]
    lines += [" & ".join(_latex(title) for title in layout.columns) + " \\\\", "\\midrule"]
    for number, row in enumerate(layout.cells):
        if number in layout.rules and number > 0:
            lines.append("\\midrule")
        lines.append(" & ".join(_latex(cell.text, cell.bold) for cell in row) + " \\\\")
    lines += ["\\bottomrule", "\\end{tabular}"]
    lines += [f"\\par\\smallskip\\footnotesize {_latex(note)}" for note in layout.notes]
    return "\n".join([*lines, "\\end{table}"]) + "\n"


def to_json(layout: Layout) -> str:
    """All of the table, for :func:`from_json`."""
    return json.dumps(asdict(layout), ensure_ascii=False, indent=1) + "\n"


def from_json(text: str) -> Layout:
    """The table that :func:`to_json` wrote."""
    fields = json.loads(text)
    rows = [[cell if isinstance(cell, str) else Cell(**cell) for cell in row] for row in fields.pop("rows")]
    groups = [(title, span) for title, span in fields.pop("groups")]
    return Layout(rows=rows, groups=groups, **fields)


def write_layout(layout: Layout, paths: Iterable[str | Path]) -> None:
    """Write forms of a table, each file in full or not at all; the file's ending says which form."""
    for path in map(Path, paths):
        with atomic_write(path) as file:
            file.write(FORMS[path.suffix](layout))


def read_layout(path: str | Path) -> Layout:
    """The table of a JSON that :func:`write_layout` wrote."""
    return from_json(Path(path).read_text(encoding="utf-8"))


FORMS = {".md": to_markdown, ".tex": to_latex, ".json": to_json}
"""The forms a table is shown in."""


def _markdown(text: str) -> str:
    return re.sub(r"([\\`*_|<>])", r"\\\1", text).replace("\n", " ")


_LATEX = {
    "\\": "\\textbackslash{}",
    "&": "\\&",
    "%": "\\%",
    "$": "\\$",
    "#": "\\#",
    "_": "\\_",
    "{": "\\{",
    "}": "\\}",
    "~": "\\textasciitilde{}",
    "^": "\\textasciicircum{}",
    "–": "--",
    "∞": "$\\infty$",
    "≥": "$\\geq$",
    "≤": "$\\leq$",
    ">": "$>$",
    "<": "$<$",
    "×": "$\\times$",
    "·": "$\\cdot$",
    "−": "$-$",
    "†": "\\textdagger{}",
    "²": "\\textsuperscript{2}",
    "β": "$\\beta$",
    "τ": "$\\tau$",
    "μ": "$\\mu$",
    "Σ": "$\\Sigma$",
    "→": "$\\to$",
    "ᵀ": "$^\\mathsf{T}$",
}


_SCIENTIFIC = re.compile(r"(?<![\w.])(-?\d(?:\.\d+)?)e(-?\d+)(?!\w)")


def _latex(text: str, bold: bool = False) -> str:
    """Escaped text with scientific numbers as powers of ten; a bold cell is bold in its mathematics too."""
    parts, end = [], 0
    for found in _SCIENTIFIC.finditer(text):
        parts.append("".join(_LATEX.get(c, c) for c in text[end : found.start()]))
        power = f"{found[1]}\\cdot 10^{{{found[2]}}}"
        parts.append(f"$\\boldsymbol{{{power}}}$" if bold else f"${power}$")
        end = found.end()
    parts.append("".join(_LATEX.get(c, c) for c in text[end:]))
    result = "".join(parts)
    return f"\\textbf{{{result}}}" if bold and result else result
