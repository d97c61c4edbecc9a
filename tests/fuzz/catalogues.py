"""Catalogues as many tools write them, damaged as hands and transfers damage files, and read as an own cohort's file is."""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable
from pathlib import Path

from aenmf.channels import CHANNELS, substitution, trinucleotide
from aenmf.data.datasets import DataFile
from aenmf.data.owncohorts import own_catalogue
from aenmf.data.warnings import careful
from fuzz.naive import unlike
from fuzz.outcomes import Tally, outcome

Rows = list[list[str]]
STYLES: dict[str, Callable[[str], list[str]]] = {
    "A[C>A]A": lambda c: [c],
    "A[C→A]A": lambda c: [c.replace(">", "→")],
    "A[C&gt;A]A": lambda c: [c.replace(">", "&gt;")],
    "C->A:ACA": lambda c: [f"{substitution(c)}:{trinucleotide(c)}".replace(">", "->")],
    "a[c>a]a": lambda c: [c.lower()],
    "A.C.A.A": lambda c: [f"{c[0]}.{c[2]}.{c[4]}.{c[6]}"],
    "ACA>AAA": lambda c: [f"{trinucleotide(c)}>{c[0]}{c[4]}{c[6]}"],
    "C>A:ACA": lambda c: [f"{substitution(c)}:{trinucleotide(c)}"],
    "CA A.A": lambda c: [f"{c[2]}{c[4]} {c[0]}.{c[6]}"],
    "ACAA": lambda c: [c[0] + c[2] + c[4] + c[6]],
    "C>A,ACA": lambda c: [substitution(c), trinucleotide(c)],
    "ACA,C>A": lambda c: [trinucleotide(c), substitution(c)],
    "C>A,ACA,A[C>A]A": lambda c: [substitution(c), trinucleotide(c), c],
}
HEADINGS = {1: ("MutationType", "Type", "", "Mutation type", "channel", "Sorte"), 2: ("Type", "Mutation type")}
NAMES = [
    "P{}",
    "TCGA-{}-01A",
    "SP{}",
    "{}",
    "x.{}",
    "Total {}",
    "C>A {}",
    "Probe ä{}",
    "a/b{}",
    "{}.0",
    "#{}",
    "=A{}",
    "-{}",
]
CELLS = [
    "-1",
    "NA",
    "nan",
    "inf",
    "1e400",
    "1,5",
    "1.5",
    "1_000",
    "0x10",
    "１２",
    "٣",
    "+3",
    "3.",
    ".5",
    "1e2",
    "-0",
    "-1e-17",
    "1e-320",
    "1e18",
    "'7'",
    "7%",
    "TRUE",
    "#REF!",
    "−4",
    "1/2",
    "7;8",
    "a",
    "0",
]
CELLS += ["", "1 000", "12 ", '"7"', "1d3"]
TITLES = [
    "A title",
    '"A, title; in quotes"',
    "# a comment",
    "Table S1. Counts",
    "Counts\t\t",
    "sep=;",
    "sep=,",
    "Genome: GRCh37",
    "\u2028",
]


def written(rng: random.Random) -> bytes:
    """A catalogue as some tool writes it, in order."""
    return _bytes(rng, _rows(rng), rng.choice("\t\t\t,,;"))


def _rows(rng: random.Random) -> Rows:
    """The cells of a catalogue."""
    n = rng.choice((1, 2, 3, 5, 8, 20))
    pattern = rng.choice(NAMES)
    names = [pattern.format(i) if rng.random() < 0.95 else rng.choice(NAMES).format(100 + i) for i in range(n)]
    number = rng.choice(
        (str, str, lambda x: f"{x / 7:.4f}", lambda x: f"{x:.2e}", lambda x: f"{x}.0", lambda x: repr(x / 3))
    )
    spelt = STYLES[rng.choice(list(STYLES))]
    channels = list(CHANNELS)
    if rng.random() < 0.5:
        rng.shuffle(channels)
    most = rng.choice((3, 50, 3000))
    rows = [[*spelt(channel), *(number(rng.randrange(most)) for _ in names)] for channel in channels]
    width = len(rows[0]) - n
    header = [rng.choice(HEADINGS[1])] if width == 1 else [*HEADINGS[2], "Context"][:width]
    rows.insert(0, [*header, *names])
    if rng.random() < 0.1:
        rows = [[str(i) if i else "", *row] for i, row in enumerate(rows)]
    if rng.random() < 0.1:
        rows[0] = rows[0][width:]  # as R writes it
    return rows


def _bytes(rng: random.Random, rows: Rows, mark: str) -> bytes:
    """Rows as a file."""
    quoted = rng.random() < 0.15
    cells = ((f'"{cell}"' if quoted or mark in cell else cell for cell in row) for row in rows)
    end = rng.choice(("\n", "\n", "\n", "\r\n", "\r"))
    text = end.join(mark.join(row) for row in cells) + end
    for _ in range(rng.choice((0, 0, 0, 0, 1, 2))):
        text = rng.choice(TITLES) + end + text
    return ("\ufeff" * (rng.random() < 0.1) + text).encode()


def mutated(rng: random.Random) -> bytes:
    """A catalogue that is damaged, as cells or as text."""
    rows, mark = _rows(rng), rng.choice("\t\t\t,,;")
    for _ in range(rng.choice((0, 1, 1, 2))):
        rng.choice(GRID)(rng, rows)
    content = _bytes(rng, rows, mark)
    for _ in range(rng.choice((0, 0, 1, 2))):
        content = rng.choice(TEXT)(rng, content)
    if rng.random() < 0.1:
        content = gzip.compress(content, mtime=0)
        if rng.random() < 0.3:
            place = rng.randrange(len(content))
            content = content[:place] + rng.randbytes(1) + content[place + 1 :]
    return content


def _cell(rng: random.Random, rows: Rows) -> None:
    row = rng.choice([row for row in rows if row])
    row[rng.randrange(len(row))] = rng.choice(CELLS)


def _column_of(rng: random.Random, rows: Rows) -> None:
    """Every cell of a column written in another way, or a column of something else put in."""
    place = rng.randrange(max(map(len, rows)))
    kind = rng.choice(
        ("comma", "text", "empty", "total", "copy", "numbers", "strand", "cut", "constant", "pseudocount", "zero")
    )
    for number, row in enumerate(rows):
        if place >= len(row):
            continue
        if kind == "cut":
            del row[place]
        elif kind == "comma":
            row[place] = row[place].replace(".", ",") if number else row[place]
        elif kind == "pseudocount":
            row[place] += "001" if "." in row[place] else ".001" if row[place].isdigit() else ""
        elif kind == "zero" and number:
            row[place] = "0" if row[place].isdigit() else row[place]
        else:
            new = {"text": "gene", "empty": "", "copy": row[place], "numbers": str(number), "strand": "TU"[number % 2]}
            new |= {"constant": "7", "total": str(sum(int(cell) for cell in row if cell.isdigit()))}
            heading = rng.choice(("", "Total", "x")) if kind != "copy" else row[place]
            row.insert(place, new.get(kind, "0") if number else heading)


def _line(rng: random.Random, rows: Rows) -> None:
    place = rng.randrange(len(rows))
    what = rng.randrange(7)
    if what == 0:
        del rows[place]
    elif what == 1:
        rows.insert(rng.randrange(len(rows) + 1), list(rows[place]))
    elif what == 2:
        rows.insert(place, [rng.choice(("", "Total", "N[C>A]A", "A[G>T]A", "AC>CA")), *("1" for _ in rows[place][1:])])
    elif what == 3:
        other = rng.randrange(len(rows))
        rows[place][:1], rows[other][:1] = rows[other][:1], rows[place][:1]
    elif what == 4:
        rows[place] = rows[place][: rng.randrange(len(rows[place]) + 1)]
    elif what == 5:
        rows[place].insert(rng.randrange(len(rows[place]) + 1), rng.choice(CELLS))
    else:
        rows.insert(rng.randrange(len(rows) + 1), rng.choice(([], [""], ["#", "x"], ["", "", ""])))


def _header(rng: random.Random, rows: Rows) -> None:
    header = rows[0]
    what = rng.randrange(6)
    if what == 0 or not header:
        del rows[0]
    elif what == 1:
        header.pop(rng.randrange(len(header)))
    elif what == 2:
        header[rng.randrange(len(header))] = rng.choice(header)
    elif what == 3:
        header[0] = rng.choice(("SBS", "#Type", "Trinucleotide", "P1", "1", "A[C>A]A", "sample"))
    elif what == 4:
        rows.insert(0, list(header))
    else:
        rows.insert(0, ["", *(f"group {i % 2}" for i in range(1, len(header)))])


def _turned(rng: random.Random, rows: Rows) -> None:
    width = max(map(len, rows))
    rows[:] = [list(column) for column in zip(*([*row, *[""] * (width - len(row))] for row in rows), strict=True)]


def _below(rng: random.Random, rows: Rows) -> None:
    """A second table below the first, or the rows again by strand."""
    if rng.random() < 0.5:
        rows += [[], *map(list, rows)]
    else:
        rows[:] = [rows[0], *([f"{strand}:{row[0]}" if row else "", *row[1:]] for strand in "TU" for row in rows[1:])]


GRID = (_cell, _cell, _cell, _column_of, _column_of, _column_of, _line, _line, _header, _header, _turned, _below)


def _letters(rng: random.Random, content: bytes) -> bytes:
    place = rng.randrange(len(content) + 1)
    marks = [
        b"\t",
        b",",
        b";",
        b" ",
        b'"',
        b"'",
        b"\n",
        b"\r",
        b"0",
        b"1",
        b"-",
        b".",
        b"e",
        b"#",
        b"\0",
        b"\xff",
        b"\xc2\xa0",
        b"\xe2\x80\xa8",
    ]
    return content[:place] + rng.choice([b"", *marks]) + content[place + rng.randrange(2) :]


def _cut(rng: random.Random, content: bytes) -> bytes:
    return content[: rng.randrange(len(content) + 1)]


def _middle(rng: random.Random, content: bytes) -> bytes:
    """A stretch taken out, as a broken transfer does."""
    place = rng.randrange(len(content) + 1)
    return content[:place] + content[place + rng.choice((1, 5, 20, 200)) :]


def _separators(rng: random.Random, content: bytes) -> bytes:
    old, new = rng.sample([b"\t", b",", b";", b" ", b"|", b", ", b"  "], 2)
    return content.replace(old, new) if rng.random() < 0.5 else content.replace(old, new, rng.randrange(1, 20))


def _spare(rng: random.Random, content: bytes) -> bytes:
    """A separator at the end of some lines, or of all."""
    often = rng.choice((0.01, 0.5, 1))
    return b"\n".join(line + b"\t" * (rng.random() < often) for line in content.split(b"\n"))


def _ends(rng: random.Random, content: bytes) -> bytes:
    return content.replace(b"\n", rng.choice((b"\r\n", b"\r", b"\n\n", b"\r\r\n", b" \n", b"\t\n", b",\n")))


def _coded(rng: random.Random, content: bytes) -> bytes:
    return content.decode("utf-8", "replace").encode(
        rng.choice(("utf-16", "utf-16-le", "latin-1", "utf-8-sig")), "replace"
    )


TEXT = (_letters, _letters, _letters, _cut, _middle, _middle, _separators, _spare, _ends, _coded)


def fuzz(number: int, seed: int, folder: Path) -> Tally:
    """Read so many damaged catalogues as an own cohort's, in the working directory of the process."""
    tally, path = Tally("catalogues", folder), Path("case.tsv")
    for case in range(number):
        content = mutated(random.Random(f"{seed} catalogue {case}"))
        path.write_bytes(content)

        def read():
            catalogue = own_catalogue(DataFile("mine", "own", str(path)), "error")[1]
            careful(catalogue, 30, 0.8)
            return catalogue

        def differs(catalogue, content=content):
            return unlike(content, catalogue.samples, catalogue.matrix)

        tally.add(f"{case}.tsv", *outcome(read, differs), content)
    return tally
