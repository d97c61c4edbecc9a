"""A second reader of catalogues, to find fault with the first: it shares no code with it, and knows its answer.

Given what was read, it looks for a separator with which the file says just that, and for anything in the file that was not
read: a number, a patient or a row that was passed over is a difference, too.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Sequence

import numpy as np

NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
ARROWS = [f"{tail}{head}" for tail in ("-", "=", "") for head in "→⟶⇒➔›＞>" if tail + head != ">"]
LETTERS = [(a, r, b, c) for r, alts in (("C", "AGT"), ("T", "ACG")) for b in alts for a in "ACGT" for c in "ACGT"]


def _spellings(turned: bool) -> dict[str, int]:
    """Every way to write a channel in one field or two (joined by a tab) → its row; of four letters the base before comes
    first, or the substitution."""
    found = {}
    for row, (a, r, b, c) in enumerate(LETTERS):
        three, dotted = f"{a}{r}{c}", [f"{a}{mark}{c}" for mark in "._-"]
        arrows = [f"{r}{mark}{b}" for mark in ">./_-"]
        four = (r, b, a, c) if turned else (a, r, b, c)
        ways = [f"{a}{o}{s}{e}{c}" for s in arrows for o in "[({._ -" for e in "])}._ -"]
        ways += [
            f"{three}>{a}{b}{c}",
            f"{three}.{a}{b}{c}",
            f"{three}>{b}",
            *(mark.join(four) for mark in ("", *"._ -")),
        ]
        ways += [f"{s}{mark}{three}" for s in (*arrows[:2], r + b) for mark in ":_. -\t"]
        ways += [f"{s}{mark}{t}" for s in (arrows[0], r + b) for mark in ":_. -\t" for t in dotted]
        ways += [f"{three}{mark}{arrows[0]}" for mark in ":_. -\t"]
        found.update(dict.fromkeys(ways, row))
    return found


SPELLINGS = [_spellings(turned) for turned in (False, True)]


def unlike(content: bytes, names: Sequence[str], matrix: np.ndarray) -> str:
    """What a catalogue was read as that its file does not say; empty if they agree."""
    if content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    text = re.sub("([ACGTacgt])&gt;(?=[ACGTacgt])", r"\1>", content.decode("utf-8-sig"))
    faults = [_fault(rows, list(names), matrix) for mark in "\t,;| " for rows in [_split(text, mark)]]
    return "" if "" in faults else "; ".join(dict.fromkeys(faults))


def _split(text: str, mark: str) -> list[list[str]]:
    """The fields of a text; a field that begins with a quotation mark ends with one."""
    rows: list[list[str]] = [[]]
    field, quoted, i = "", False, 0
    text = text.replace("\r\n", "\n").replace("\r", "\n") + "\n"
    if mark == " ":
        text = "\n".join(re.sub(" +", " ", line.strip(" ")) for line in text.split("\n"))
    while i < len(text):
        letter = text[i]
        if quoted:
            if letter == '"' and text[i + 1 : i + 2] == '"':
                field, i = field + '"', i + 1
            elif letter == '"':
                quoted = False
            else:
                field += letter
        elif letter == '"' and not field.strip(" "):
            quoted, field = True, ""
        elif letter in (mark, "\n"):
            rows[-1].append(field.strip())
            field = ""
            if letter == "\n":
                rows.append([])
        else:
            field += letter
        i += 1
    return rows


def _fault(rows: list[list[str]], names: list[str], matrix: np.ndarray) -> str:
    """What the rows say otherwise."""
    n = len(names)
    at = [number for number, row in enumerate(rows) if _channel(row)]
    if len(at) == len(LETTERS) + 1 and not (len(rows[at[0]]) == len(rows[at[1]]) and NUMBER.fullmatch(rows[at[0]][-1])):
        at = at[1:]  # a column is called like a channel
    if len(at) != len(LETTERS):
        return f"{len(at)} rows with channels"
    if spare := [row for row in rows[at[0] :] if any(row) and not _channel(row)]:
        return f"{len(spare)} further rows, such as {spare[0][:3]}"
    above = [row for row in rows[: at[0]] if any(row)]
    header = above[-1] if above else []
    ends = 0
    while all(len(row) > ends and row[-1 - ends] == "" for row in [header, *(rows[i] for i in at)]):
        ends += 1
    if others := [
        row for row in above[:-1] if sum(map(bool, row)) > 1 and not row[0].startswith("#") and "sep=" not in row[0]
    ]:
        return f"rows above the header, such as {others[0][:3]}"
    header = header[: len(header) - ends]
    fields = [rows[i][: len(rows[i]) - ends] for i in at]
    if {len(row) for row in fields} != {len(fields[0])} or len(header) not in (len(fields[0]), len(fields[0]) - 1):
        return f"rows of {sorted({len(row) for row in fields})} fields and a header of {len(header)}"
    shift = len(fields[0]) - len(header)
    labels = [_channel(row) for row in fields]
    values = []
    for column in range(len(fields[0])):
        cells = [row[column] for row in fields]
        heading = header[column - shift] if column >= shift else ""
        if _says_rows(cells, labels):
            continue
        if set(cells) in ({str(i) for i in range(96)}, {str(i) for i in range(1, 97)}):
            continue  # row numbers
        if not all(map(NUMBER.fullmatch, cells)):
            odd = next(cell for cell in cells if not NUMBER.fullmatch(cell))
            return f"column {column + 1} has {odd!r}"
        values.append((heading, [float(cell) for cell in cells]))
    if [heading for heading, _ in values] != names:
        return f"columns {[heading for heading, _ in values][:4]} for patients {names[:4]}"
    for order in ([label.get(turned) for label in labels] for turned in (0, 1)):
        if None in order or len(set(order)) < len(LETTERS):
            continue
        found = np.zeros((len(LETTERS), n))
        found[order] = np.array([column for _, column in values]).T
        if np.allclose(found, matrix, rtol=1e-15, atol=1e-12 * np.abs(found).sum(axis=0).max()):
            return ""
    return "other counts"


def _channel(row: list[str]) -> dict[int, int]:
    """The channel that a row is of, by its first fields, in either reading of four letters."""
    plain = [_upper(cell) for cell in row[:7]]
    for n in (1, 2):
        for first in range(len(plain) - n + 1):
            words = "\t".join(plain[first : first + n])
            if found := {turned: known[words] for turned, known in enumerate(SPELLINGS) if words in known}:
                return found
    return {}


def _upper(cell: str) -> str:
    """A cell in upper case, with ``>`` for the arrows that word processors make of it."""
    for arrow in ARROWS:
        cell = cell.replace(arrow, ">")
    return cell.upper()


def _says_rows(cells: list[str], labels: list[dict[int, int]]) -> bool:
    """Whether a column only says of which channel its rows are."""
    for cell, label in zip(cells, labels, strict=True):
        plain = _upper(cell)
        same = any(known.get(plain) in label.values() for known in SPELLINGS)
        parts = [
            {f"{r}>{b}", f"{a}{r}{c}", r + b, f"{a}.{c}", f"{r}.{b}"}
            for a, r, b, c in map(LETTERS.__getitem__, label.values())
        ]
        if not same and not any(plain in words for words in parts):
            return False
    return True
