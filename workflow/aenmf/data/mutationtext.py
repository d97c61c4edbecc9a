"""The text of VCF and MAF files: their lines, and whether a file is one by its first lines, whatever it is called."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aenmf.errors import UserError

FIRST = 65_536
"""Letters in which the header of a MAF file is looked for, below its comments."""
ENDINGS = {"VCF": ".vcf or .vcf.gz", "MAF": ".maf or .maf.gz"}
"""How the names of such files end."""


def kind_of_text(text: str) -> str:
    """``VCF``, ``MAF``, or empty for any other text."""
    lines = text[:FIRST].splitlines()
    if any(re.match(r"##fileformat=VCF|#CHROM\s+POS\s", line, re.IGNORECASE) for line in lines[:1]):
        return "VCF"
    header = next((line for line in lines if line.strip() and not line.startswith("#")), "")
    names = {name.strip(" \"'").lower() for name in re.split("[\t,;]", header)}
    return "MAF" if "tumor_sample_barcode" in names or {"chromosome", "start_position"} <= names else ""


def kind_of_file(path: Path) -> str:
    """:func:`kind_of_text` of a file, also one that gzip or bgzip has packed; empty where it cannot be read."""
    try:
        with open(path, "rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        with (gzip.open if packed else open)(path, "rb") as file:
            return kind_of_text(file.read(FIRST).decode("utf-8-sig", errors="replace"))
    except (OSError, EOFError, zlib.error):
        return ""


def check_no_mutations(path: Path, text: str, wanted: str) -> None:
    """Refuse a file of mutations where a table is read.

    Raises:
        UserError: the text is that of a VCF or MAF file; the remedy says what to do to have it counted, or, where the columns
            ``wanted`` are no samples, what to give instead.
    """
    kind = kind_of_text(text)
    if not kind:
        return
    remedy = f"Rename it to end in {ENDINGS[kind]} and name its genome, so that its mutations are counted"
    if wanted != "sample":
        remedy = f"Give a table with one row per channel and one column per {wanted}"
    raise UserError(f"this is a {kind} file, and no table of 96 channels", where=str(path), remedy=remedy)


def lines_of(path: Path, comment: str = "#") -> Iterator[tuple[int, str]]:
    """The lines of a file with their numbers, without comments, blank lines and line ends."""
    unpack: Any = gzip.open if path.suffix.lower() == ".gz" else open
    try:
        with unpack(path, "rt", encoding="utf-8-sig", errors="replace") as file:
            for number, line in enumerate(file, start=1):
                if line.strip() and not line.startswith(comment):
                    yield number, line.rstrip("\r\n")
    except (OSError, EOFError, zlib.error) as error:
        raise UserError(f"the file cannot be read ({error})", where=str(path), remedy="Check the file") from error


def is_number(text: str) -> bool:
    """Whether a text is a whole number in plain digits."""
    return text.isascii() and text.isdigit()
