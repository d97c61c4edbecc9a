"""MAF files: their columns, found by name, and their mutations with the columns where the generator looks for them."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from aenmf.data.mutationtext import is_number, lines_of
from aenmf.errors import UserError

log = logging.getLogger(__name__)

MAF_PLACES = {
    "Chromosome": 4,
    "Start_Position": 5,
    "End_Position": 6,
    "Reference_Allele": 10,
    "Tumor_Seq_Allele2": 12,
    "Tumor_Sample_Barcode": 15,
}
"""Columns of a MAF file that are counted from, and where the generator looks for them."""
BUILDS = {
    "37": {"GRCh37", "mm9"},
    "38": {"GRCh38", "GRCm38", "mm10"},
    "39": {"GRCm39", "mm39"},
    "hg18": set(),
    "hg19": {"GRCh37"},
    "hg38": {"GRCh38"},
    "grch37": {"GRCh37"},
    "grch38": {"GRCh38"},
    "grcm38": {"GRCm38", "mm10"},
    "grcm39": {"GRCm39", "mm39"},
    "mm9": {"mm9"},
    "mm10": {"GRCm38", "mm10"},
    "mm39": {"GRCm39", "mm39"},
}
"""What NCBI_Build says, in lower-case letters and up to a dot or dash, and the genomes that it may mean."""


def maf_rows(path: Path, neutral: dict[str, str], genome: str) -> Iterator[str]:
    """The mutations of a MAF file with columns where the generator looks for them; fills in neutral names of patients.

    Raises:
        UserError: with file and line: a column is missing or there twice, a cell that is counted from is empty or no position, or
            the column NCBI_Build names another genome.
    """
    lines = lines_of(path)
    header = next(lines, (1, ""))[1].split("\t")
    at = _columns(path, header)
    # every other column is kept: the generator takes a row for a copy of the one before only where they agree in all
    others = iter([place for place in range(len(header)) if place not in at.values()])
    wanted = {place: at[name] for name, place in MAF_PLACES.items()}
    order = [wanted[i] if i in wanted else next(others, -1) for i in range(16)] + list(others)
    build = next((place for place, name in enumerate(header) if name.strip().lower() == "ncbi_build"), -1)
    for number, line in lines:
        row = dict(enumerate(field.strip() for field in line.split("\t")))
        empty = [name for name in MAF_PLACES if not row.get(at[name])]
        bad = empty or [name for name in ("Start_Position", "End_Position") if not is_number(row[at[name]])]
        if bad:
            problem = f"{row.get(at[bad[0]], '')!r} is no {bad[0]}"
            raise UserError(problem, where=f"{path}, line {number}", remedy="Complete the line, or remove it")
        _check_build(row.get(build, ""), genome, f"{path}, line {number}")
        patient = row[at["Tumor_Sample_Barcode"]]
        row[at["Tumor_Sample_Barcode"]] = neutral.setdefault(patient, f"P{len(neutral):06d}")
        yield "_" + "\t".join(row.get(place) or "." for place in order)  # a line that begins with # would be left out


def _columns(path: Path, header: list[str]) -> dict[str, int]:
    """Where a MAF file has the columns that are counted from, whatever the case of their names."""
    found = {name.strip().lower(): place for place, name in enumerate(header)}
    missing = [name for name in MAF_PLACES if name.lower() not in found]
    if missing:
        remedy = f"Give a MAF file, separated by tabs, with the columns {', '.join(MAF_PLACES)}"
        raise UserError(f"the column {missing[0]} is missing", where=f"{path}, header", remedy=remedy)
    named = Counter(name.strip().lower() for name in header)
    if twice := [name for name in MAF_PLACES if named[name.lower()] > 1]:
        remedy = "Keep the one to count from, and remove or rename the other"
        raise UserError(f"the column {twice[0]} is there twice", where=f"{path}, header", remedy=remedy)
    places = {name: found[name.lower()] for name in MAF_PLACES}
    if places != MAF_PLACES:
        log.info("%s: columns found by name, in another order than usual", path)
    return places


def _check_build(build: str, genome: str, where: str) -> None:
    """Refuse a line whose NCBI_Build is known, and is not the genome that the user names."""
    if genome not in BUILDS.get(re.split("[.-]", build.lower())[0], {genome}):
        remedy = "Correct genome, or NCBI_Build where that is wrong"
        raise UserError(f"NCBI_Build is {build}, and genome is {genome}", where=where, remedy=remedy)
