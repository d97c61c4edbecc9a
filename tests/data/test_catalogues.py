"""Reading catalogues: every accepted format gives the same matrix, every broken one a message with place and remedy."""

from __future__ import annotations

import gzip
import logging
import os
import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aenmf.channels import CHANNELS, substitution, trinucleotide
from aenmf.data.catalogues import Catalogue, check_rank, read_catalogue
from aenmf.data.spellings import other_kind, parse_channel, repeats
from aenmf.data.usertable import read_table
from aenmf.errors import UserError
from aenmf.files.atomic import atomic_path, atomic_write
from aenmf.files.matrices import matrix_frame, read_matrix_tsv, write_matrix_tsv

SAMPLES = ("S1", "S 2", "S3")
COUNTS = np.arange(96 * 3).reshape(96, 3)[:, ::-1] % 17
ALPHABETICAL = sorted(range(96), key=lambda i: CHANNELS[i])


def lines(
    sep="\t", header=("Type", *SAMPLES), order=range(96), label=lambda channel: (channel,), counts=COUNTS
) -> list[str]:
    rows = [sep.join([*label(CHANNELS[i]), *(str(value) for value in counts[i])]) for i in order]
    return [sep.join(header), *rows]


def write(path: Path, content: list[str] | str | bytes, end: str = "\n") -> Path:
    if isinstance(content, list):
        content = end.join(content) + end
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def two_columns(channel: str) -> tuple[str, str]:
    return substitution(channel), trinucleotide(channel)


def quoted(channel: str) -> tuple[str]:
    return (f'"{channel}"',)


def spelt(pattern: str):
    """A label of a channel's 5' base, reference, alternative and 3' base, in this order: 0, 1, 2, 3."""
    return lambda channel: (pattern.format(*channel[0::2]),)


def numbered(column: int, numbers: Iterable[int], heading: str = "Idx", **options) -> list[str]:
    """The default file with a column of numbers."""
    content = [line.split("\t") for line in lines(**options)]
    for fields, cell in zip(content, [heading, *map(str, numbers)], strict=True):
        fields.insert(column, cell)
    return ["\t".join(fields) for fields in content]


# name: content, whether rows are re-ordered, and what the table's notes say
MENDED = {
    "title row of Excel": (["Table S3. Counts,,,", *lines(",")], "left out row 1, a title above the header"),
    "title in quotes": (['"Table S3, all; counts"', "", *lines()], "left out row 1, a title above the header"),
    "two titles": (["Table S3", "All patients", *lines(";")], "left out row 2, a title above the header"),
    "title above a header one field short": (["Table S3", *lines(header=SAMPLES)], "left out row 1, a title"),
    "sep= line": (["sep=;", *lines(";")], "left out row 1, which names the separator ';'"),
    "sep= line that is wrong": (["sep=,", *lines(";")], "left out row 1, which names the separator ','"),
    "# before the header": (["#" + lines()[0], *lines()[1:]], "took row 1, which begins with #, as the header"),
    "comment and # before the header": (
        ["# all, patients, of, ours", "#" + lines(",")[0], *lines(",")[1:]],
        "took row 2, which begins with #, as the header",
    ),
    "arrows": (lines(label=spelt("{0}[{1}→{2}]{3}")), "read channels such as 'A[C→A]A' as 'A[C>A]A'"),
    "arrows of two signs": (lines(",", label=spelt("{0}[{1}->{2}]{3}")), "'A[C->A]A' as 'A[C>A]A'"),
    "arrows of web pages": (lines(",", label=spelt("{0}[{1}&gt;{2}]{3}")), "read &gt; in the names of channels as >"),
    "arrows of web pages, semicolons": (lines(";", label=spelt("{0}[{1}&gt;{2}]{3}")), "read &gt; in the names"),
    "two columns with arrows": (
        lines(header=("Type", "Context", *SAMPLES), label=lambda c: (f"{c[2]}→{c[4]}", c[0] + c[2] + c[6])),
        "'C→A:ACA' as 'A[C>A]A'",
    ),
    "four letters": (lines(label=spelt("{0}{1}{2}{3}")), "read channels such as 'ACAA' as 'A[C>A]A'"),
    "four letters, substitution first": (lines(label=spelt("{1}{2}{0}{3}")), "such as 'CAAA' as 'A[C>A]A'"),
    "four letters with dots, substitution first": (lines(label=spelt("{1}.{2}.{0}.{3}")), "'C.A.A.A' as 'A[C>A]A'"),
    "names made by R": (lines(label=spelt("{0}.{1}.{2}.{3}")), "'A.C.A.A' as 'A[C>A]A'"),
    "SomaticSignatures": (lines(label=spelt("{1}{2} {0}.{3}")), "'CA A.A' as 'A[C>A]A'"),
    "SomaticSignatures, spaces": (lines(",", label=spelt("{1}{2}_{0}.{3}")), "'CA_A.A' as 'A[C>A]A'"),
    "four letters, lower case": (
        lines(label=lambda channel: tuple(map(str.lower, spelt("{0}{1}{2}{3}")(channel)))),
        "'acaa' as 'A[C>A]A'",
    ),
    "trinucleotide and new base": (lines(label=spelt("{0}{1}{3}>{2}")), "'ACA>A' as 'A[C>A]A'"),
    "two columns, dots for the base": (
        lines(header=("Type", "Context", *SAMPLES), label=lambda c: (substitution(c), f"{c[0]}.{c[6]}")),
        "'C>A:A.A' as 'A[C>A]A'",
    ),
    "two columns swapped": (
        lines(",", ("Trinucleotide", "Mutation type", *SAMPLES), label=lambda c: two_columns(c)[::-1]),
        "'ACA:C>A' as 'A[C>A]A'",
    ),
    "COSMIC v2": (
        lines(
            header=("Substitution Type", "Trinucleotide", "Somatic Mutation Type", *SAMPLES),
            label=lambda c: (*two_columns(c), c),
        ),
        "left out column 3 'Somatic Mutation Type': the channels again",
    ),
    "the channel, and its parts": (
        lines(header=("Type", "Sub", "Context", *SAMPLES), label=lambda c: (c, *two_columns(c))),
        "left out column 2 'Sub', column 3 'Context': the channels again",
    ),
    "numbers from 0 in column 2": (numbered(1, range(96)), "left out column 2 'Idx': row numbers"),
    "numbers from 1 at the end": (numbered(4, range(1, 97), "#"), "left out column 5 '#': row numbers"),
    "numbers before the channels": (numbered(0, range(1, 97), "No"), "left out column 1 'No': row numbers"),
    "numbers without a heading": (numbered(0, range(96), ""), "left out column 1: row numbers"),
    "numbers headed # before the channels": (numbered(0, range(96), "#"), "left out column 1: row numbers"),
    "numbers of R": ([lines()[0], *numbered(0, range(96))[1:]], "left out column 1: row numbers"),
    "numbers and two label columns": (
        numbered(0, range(96), header=("Mutation type", "Trinucleotide", *SAMPLES), label=two_columns),
        "left out column 1 'Idx': row numbers",
    ),
    "numbers, sorted since": (numbered(1, ALPHABETICAL), "left out column 2 'Idx': row numbers"),
    "sep= and # before the header": (
        ["sep=;", "#" + lines(";")[0], *lines(";")[1:]],
        "took row 2, which begins with #, as the header",
    ),
    "heading SBS": (lines(header=("SBS", *SAMPLES)), ""),
}


FORMATS = {
    "Type first, TSV": (lines(), False),
    "MutationType first, CSV, COSMIC order": (lines(",", ("MutationType", *SAMPLES), ALPHABETICAL), True),
    "Mutation Types, semicolons": (lines(";", ("Mutation Types", *SAMPLES)), False),
    "GEL style, header one field short": (lines(header=SAMPLES), False),
    "R write.csv": (lines(",", ('""', *(f'"{s}"' for s in SAMPLES)), label=quoted), False),
    "R write.table, spaces": (lines(" ", [f'"{s}"' for s in SAMPLES], label=quoted), False),
    "two columns, CSV": (lines(",", ("Mutation type", "Trinucleotide", *SAMPLES), label=two_columns), False),
    "two columns, TSV, other order": (
        lines(header=("Mutation_Type", "Trinucleotide", *SAMPLES), label=two_columns, order=range(95, -1, -1)),
        True,
    ),
    "Type and SubType": (lines(",", ("Type", "SubType", *SAMPLES), label=two_columns), False),
    "trinucleotide>trinucleotide": (
        lines(label=lambda c: (f"{trinucleotide(c)}>{c[0]}{c[4]}{c[6]}",)),
        False,
    ),
    "substitution:trinucleotide": (lines(label=lambda c: (f"{substitution(c)}:{trinucleotide(c)}",)), False),
    "decimal points": (lines(counts=COUNTS.astype(float)), False),
    "scientific notation": ([line.replace("\t16", "\t1.6e+01") for line in lines()], False),
    "lower case": (lines(label=lambda c: (c.lower(),)), False),
    "a separator at the end of every line": ([line + "\t" for line in lines()], False),
    "two separators at the end, GEL style": ([line + ",," for line in lines(",", SAMPLES)], False),
    "blank and comment lines, spaces in cells": (
        ["# made by hand", "", *[line.replace("\t", "\t ") for line in lines()], "", "\t\t\t"],
        False,
    ),
}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
@pytest.mark.parametrize("name", MENDED)
def test_what_is_done_to_read_a_file_is_noted_and_changes_no_count(tmp_path, caplog, name, end):
    caplog.set_level(logging.INFO, logger="aenmf")
    content, note = MENDED[name]
    catalogue = read_catalogue(write(tmp_path / "c.txt", content, end))
    assert catalogue.samples == SAMPLES
    assert np.array_equal(catalogue.matrix, COUNTS)
    assert note in "\n".join(catalogue.notes) and bool(note) == bool(catalogue.notes)
    assert all(caplog.text.count(text) == 1 for text in catalogue.notes) and "WARNING" not in caplog.text


@pytest.mark.parametrize("numbers", [range(2, 98), [*range(95), 94], [0.5 * i for i in range(96)]])
def test_numbers_that_are_no_row_numbers_are_a_patient(tmp_path, numbers):
    catalogue = read_catalogue(write(tmp_path / "c", numbered(2, numbers, "No")))
    assert catalogue.samples == ("S1", "No", "S 2", "S3") and list(catalogue.matrix[:, 1]) == list(numbers)


def test_zeros_that_rounding_made_negative_are_read_as_zeros(tmp_path):
    values = np.full((96, 3), 1 / 96)
    values[3, 1], values[7, 2] = -4e-17, -1e-15
    table = read_table(write(tmp_path / "s", lines(counts=values)), "signature")
    assert table.matrix[3, 1] == 0 == table.matrix[7, 2] and (table.matrix >= 0).all()
    assert np.array_equal(table.matrix, np.maximum(values, 0))
    assert "read 2 values down to -1e-15, below 0 by rounding alone, as 0" in table.notes[0]
    values[3, 1] = -1e-11
    with pytest.raises(UserError, match="row 5.*'S 2'.*column 3.: negative value -1e-11.*cannot be negative"):
        read_table(write(tmp_path / "s", lines(counts=values)), "signature")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_same_catalogue(tmp_path, name, end):
    content, reordered = FORMATS[name]
    catalogue = read_catalogue(write(tmp_path / "c.txt", content, end))
    assert catalogue.samples == SAMPLES
    assert np.array_equal(catalogue.matrix, COUNTS)
    assert catalogue.matrix.dtype == np.float64 and catalogue.matrix.flags.c_contiguous
    assert catalogue.reordered is reordered
    assert catalogue.dropped == ()


def test_byte_order_mark_and_gzip(tmp_path):
    text = ("\n".join(lines()) + "\n").encode("utf-8-sig")
    for content in (text, gzip.compress(text)):
        assert np.array_equal(read_catalogue(write(tmp_path / "c", content)).matrix, COUNTS)


def test_single_sample_with_a_short_header(tmp_path):
    catalogue = read_catalogue(write(tmp_path / "c", lines(header=("S1",), counts=COUNTS[:, :1] + 1)))
    assert catalogue.samples == ("S1",)


def test_reordering_is_logged_and_the_identity_is_not(tmp_path, caplog):
    caplog.set_level(logging.INFO, logger="aenmf")
    read_catalogue(write(tmp_path / "same.tsv", lines()))
    assert "re-ordered" not in caplog.text
    read_catalogue(write(tmp_path / "other.tsv", lines(order=ALPHABETICAL)))
    assert "other.tsv: rows re-ordered" in caplog.text


def test_an_unknown_first_heading_and_fractions_are_logged(tmp_path, caplog):
    caplog.set_level(logging.INFO, logger="aenmf")
    read_catalogue(write(tmp_path / "c", lines(header=("Sorte", *SAMPLES), counts=COUNTS + 0.5)))
    assert "'Sorte', is taken as the channels" in caplog.text
    assert "3 of 3 samples have fractional counts" in caplog.text


def test_empty_columns_at_the_end_are_left_out_and_counted(tmp_path, caplog):
    caplog.set_level(logging.INFO, logger="aenmf")
    assert read_catalogue(write(tmp_path / "c", lines())).notes == () and not caplog.text
    assert len(read_catalogue(write(tmp_path / "c", each(lines(), "\t\t"))).notes) == 1
    assert "left out 2 columns at the end" in caplog.text


def change(row: int, column: int, text: str, content: list[str] | None = None) -> list[str]:
    """The default file with one cell changed; rows and columns count from 0, the header being row 0."""
    content = list(content or lines())
    cells = content[row].split("\t")
    cells[column] = text
    content[row] = "\t".join(cells)
    return content


def each(content: list[str], extra: str) -> list[str]:
    return [line + extra for line in content]


def labelled(labels: Iterable[str], header: tuple[str, ...] = ("Type", *SAMPLES)) -> list[str]:
    """A matrix with other rows than the 96 channels."""
    return ["\t".join(header), *(f"{label}\t1\t2\t3" for label in labels)]


zero_sample = COUNTS.copy()
zero_sample[:, 1] = 0
TRANSPOSED = [
    "\t".join(("Sample", *CHANNELS)),
    *("\t".join((s, *map(str, COUNTS[:, j]))) for j, s in enumerate(SAMPLES)),
]

# name: content, and what the message must say: the problem, the place, the remedy
BAD = {
    "empty": ("", ["empty"]),
    "blank": ("\n \n", ["empty"]),
    "header only": (lines()[:1], ["no data rows"]),
    "binary": (b"\x00\x01\x02", ["not text", "UTF-8"]),
    "latin-1": ("\n".join(change(0, 1, "Säm")).encode("latin-1"), ["not UTF-8", "Save it"]),
    "excel": (b"PK\x03\x04rest", ["Excel", "Save the table as CSV or TSV"]),
    "damaged gzip": (gzip.compress("\n".join(lines()).encode())[:100], ["gzip", "Copy it again"]),
    "no separator": (["Type"] + list(CHANNELS), ["no separator", "tabs or commas"]),
    "ragged short": (lines()[:5] + [lines()[5].rsplit("\t", 1)[0]] + lines()[6:], ["row 6", "3 fields, not 4"]),
    "ragged long": (lines()[:7] + [lines()[7] + "\t1"] + lines()[8:], ["row 8", "5 fields, not 4"]),
    "header too short": ([lines()[0].rsplit("\t", 1)[0], *lines()[1:]], ["header", "3 fields and the rows have 4"]),
    "header too long": (each(lines()[:1], "\tS4") + lines()[1:], ["header", "5 fields and the rows have 4"]),
    "no header": (lines()[1:], ["no header", "Add it"]),
    "no header above two columns": (
        lines(label=two_columns)[1:],
        ["there is no header with sample names", "Add it as the first row"],
    ),
    "one heading": (["Type", "TP53\t1"], ["row 2", "unknown channel 'TP53'", "no other row"]),
    "several patients of one name": (
        lines(header=("Type", *"aabbb"), counts=COUNTS[:, [0, 1, 2, 0, 1]]),
        ["header, columns 2, 3", "duplicate sample 'a' (and 1 more)"],
    ),
    "transposed": (TRANSPOSED, ["channels are in the header", "Transpose"]),
    "missing channel": (lines()[:3] + lines()[4:], ["1 of 96 channels are missing: A[C>A]G", "row of zeros"]),
    "many missing": (lines()[:50], ["47 of 96 channels are missing", "and 42 more"]),
    "duplicate channel": (lines() + [lines()[4]], ["row 98", "duplicate channel 'A[C>A]T'", "rows 5 and 98"]),
    "duplicate under two spellings": (change(2, 0, "ACA>AAA"), ["row 3", "duplicate channel 'A[C>A]A'"]),
    "unknown channel": (change(9, 0, "N[C>A]A"), ["row 10", "unknown channel 'N[C>A]A'", "A[C>A]A"]),
    "no change": (change(9, 0, "A[C>C]A"), ["row 10", "unknown channel"]),
    "purine": (change(9, 0, "A[G>A]A"), ["row 10", "purine", "pyrimidine"]),
    "total row": (lines() + ["Total\t1\t2\t3"], ["row 98", "unknown channel 'Total'", "remove other rows"]),
    "flanks differ": (change(9, 0, "ACA>TAA"), ["row 10", "unknown channel"]),
    "centre does not fit": (
        lines(",", ("Mutation type", "Trinucleotide", *SAMPLES), label=lambda c: (substitution(c), "AGA")),
        ["row 2", "unknown channel 'C>A:AGA'"],
    ),
    "SBS6": (labelled(["C>A", "C>G", "C>T"]), ["row 2", "unknown channel 'C>A'", "kind SBS6", "*.SBS96.all"]),
    "SBS24": (labelled(["T:C>A", "T:C>G", "U:C>A"]), ["'T:C>A'", "kind SBS12 or SBS24", "*.SBS96.all"]),
    "SBS192, strand last": (
        labelled(f"{c}-{s}transcribed" for c in CHANNELS for s in ("", "un")),
        ["kind SBS192 or SBS384 (channels by strand)", "SBS96, that the same tool writes"],
    ),
    "SBS192, strand in a column before": (
        lines(",", ("Strand", "Type", *SAMPLES), label=lambda c: ("T", c)) + lines(",", label=lambda c: ("U", c))[1:],
        ["column 1 'Strand' names strands", "kind SBS192 or SBS384", "SBS96, that the same tool writes"],
    ),
    "SBS192, strand in a column after": (
        lines(header=("Type", "SubType", "Strand", *SAMPLES), label=lambda c: (*two_columns(c), "+"))
        + lines(label=lambda c: (*two_columns(c), "-"))[1:],
        ["column 3 'Strand' names strands", "kind SBS192 or SBS384", "SBS96, that the same tool writes"],
    ),
    "SBS192, strand in numbers": (
        lines(header=("Type", "Strand", *SAMPLES), label=lambda c: (c, "1")) + lines(label=lambda c: (c, "-1"))[1:],
        ["96 channels have several rows", "kind SBS192 or SBS384", "SBS96, that the same tool writes"],
    ),
    "long form": (
        labelled((f"P{i}\t{c}" for i in range(2) for c in CHANNELS), ("Sample", "Type", "x", "y", "z")),
        ["96 channels have several rows", "several tables one below the other"],
    ),
    "SBS384": (labelled(f"{s}:{c}" for s in "TUBN" for c in CHANNELS), ["'T:A[C>A]A'", "SBS384", "by strand"]),
    "SBS1536": (labelled(f"{n}{c}A" for n in "ACGT" for c in CHANNELS), ["'AA[C>A]AA'", "kind SBS1536"]),
    "DBS78": (labelled(["AC>CA", "AC>CG", "AC>CT"]), ["'AC>CA'", "kind DBS78", "*.SBS96.all"]),
    "SBS6144": (labelled(["T:AA[C>A]AA", "B:AA[C>A]AA"]), ["'T:AA[C>A]AA'", "kind SBS3072 or SBS6144"]),
    "DBS186": (labelled(["T:AC>CA", "Q:AC>CG"]), ["'T:AC>CA'", "kind DBS186"]),
    "DBS1248": (labelled(["A[AC>CA]A", "A[AC>CA]C"]), ["'A[AC>CA]A'", "kind DBS1248"]),
    "DBS2976": (labelled(["T:A[AC>CA]A", "T:A[AC>CA]C"]), ["'T:A[AC>CA]A'", "kind DBS2976"]),
    "ID83": (labelled(["1:Del:C:0", "1:Del:C:1"]), ["'1:Del:C:0'", "kind ID83"]),
    "ID83 as in PCAWG": (labelled(["DEL_C_1_0", "DEL_C_1_1"]), ["'DEL_C_1_0'", "kind ID83"]),
    "CNV48": (labelled(["0:homdel:0-100kb", "1:LOH:0-100kb"]), ["'0:homdel:0-100kb'", "kind CNV48"]),
    "SV32": (labelled(["clustered_del_1-10Kb", "clustered_inv_>10Mb"]), ["'clustered_del_1-10Kb'", "kind SV32"]),
    "row numbers alone": (labelled(map(str, range(96))), ["unknown channel '0'", "one row per channel"]),
    "genes": (labelled(["TP53", "KRAS"]), ["row 2", "unknown channel 'TP53'", "no other row", "transpose", "SBS96"]),
    "two rows above the channels": (
        ["Cancer\tBreast\tBreast\tLung", *lines()],
        ["row 2", "unknown channel 'Type'", "looks like the header: remove the rows above it"],
    ),
    "four letters from A and C": (
        labelled(f"{r}{a}{f}{t}" for r in "AC" for a in "ACGT" if a != r for f in "ACGT" for t in "ACGT"),
        ["the order of the letters in channels such as 'ACAA' is not clear", "Write them like A[C>A]A"],
    ),
    "four letters in two orders": (
        labelled(["CTCA", "CTCC", "TCTA"]),
        ["the order of the letters in channels such as 'CTCA' is not clear"],
    ),
    "comment as long as the rows, and no header": (
        ["# by\thand\tin\tMay", *lines()[1:]],
        ["there is no header with sample names", "Add it"],
    ),
    "column before the channels": (
        lines(header=("", "Type", *SAMPLES), label=lambda c: (str(2 * CHANNELS.index(c)), c)),
        ["row 2", "the channels are in column 2", "Remove the first column"],
    ),
    "columns before two columns of channels": (
        lines(header=("", "Strand", "Type", "SubType", *SAMPLES), label=lambda c: ("1", "T", *two_columns(c))),
        ["the channels are in column 3", "Remove the first 2 columns"],
    ),
    "negative": (
        change(3, 2, "-4"),
        ["negative value -4", "row 4 (A[C>A]G)", "'S 2' (column 3)", "cannot be negative"],
    ),
    "nan": (change(3, 3, "nan"), ["'nan' is not a finite number", "row 4", "'S3' (column 4)", "plain numbers"]),
    "NA": (change(3, 1, "NA"), ["'NA' is not a number", "row 4", "'S1' (column 2)"]),
    "infinite": (change(96, 1, "inf"), ["'inf' is not a finite number", "row 97"]),
    "empty cell": (change(3, 1, ""), ["the cell is empty", "row 4", "'S1' (column 2)"]),
    "word": (change(3, 1, "many"), ["'many' is not a number", "row 4"]),
    "underscore": (change(3, 1, "1_000"), ["'1_000' is not a finite number", "thousands"]),
    "decimal comma": (change(3, 1, "1,5"), ["'1,5' is not a number", "decimal point"]),
    "third label column": (
        lines(header=("Mutation type", "Trinucleotide", "Other", *SAMPLES), label=lambda c: (*two_columns(c), "CpG")),
        ["column 3 'Other' holds text in every row", "Remove it"],
    ),
    "columns of text": (
        [f"{row}\t{words}" for row, words in zip(lines(), ["gene\ttype", *["TP53\tNA"] * 96], strict=True)],
        ["column 5 'gene', column 6 'type' hold text in every row", "Remove them"],
    ),
    "decimal commas in a whole column": (
        [f"{row}\t{cell}" for row, cell in zip(lines(), ["S4", *["1,5"] * 96], strict=True)],
        ["'1,5' is not a number", "decimal point"],
    ),
    "duplicate sample": (change(0, 3, "S1"), ["duplicate sample 'S1'", "columns 2, 4", "own name"]),
    "duplicate sample, short header": (lines(header=("S1", "S1", "S3")), ["duplicate sample 'S1'", "columns 2, 3"]),
    "empty name": (change(0, 2, ""), ["sample name is empty", "column 3"]),
    "column without a name": (
        change(5, 4, "7", each(lines(), "\t")),
        ["sample name is empty", "column 5", "end of rows"],
    ),
    "sample without a value": (change(0, 4, "S4", each(lines(), "\t")), ["the cell is empty", "'S4' (column 5)"]),
    "unprintable name": (change(0, 2, "a\x07b"), ["unprintable", "column 3"]),
    "unclosed quote": ('Type\tS1\n"A[C>A]A\t1\n', ["row", "quotes"]),
    "sample without mutations": (lines(counts=zero_sample), ["1 without any mutation: S 2", "empty_samples: drop"]),
    "no mutations at all": (lines(counts=0 * COUNTS), ["3 without any mutation"]),
}


@pytest.mark.parametrize("name", BAD)
def test_a_broken_file_is_refused_with_place_and_remedy(tmp_path, name):
    content, expected = BAD[name]
    path = write(tmp_path / "broken.tsv", content)
    with pytest.raises(UserError) as error:
        read_catalogue(path)
    message = str(error.value)
    assert "broken.tsv" in message and error.value.remedy
    for part in expected:
        assert part in message


def grouped(counts: np.ndarray, mark: str) -> np.ndarray:
    """Counts with a mark for thousands."""
    return np.array([[f"{count:,}".replace(",", mark) for count in row] for row in counts.tolist()])


@pytest.mark.parametrize("sep", "\t,;")
def test_dots_that_may_group_thousands_are_refused(tmp_path, sep):
    path = write(tmp_path / "a.csv", lines(sep, counts=grouped(150 * COUNTS + 1, ".")))
    with pytest.raises(UserError) as caught:
        read_catalogue(path)
    assert caught.value.where == f"{path}, row 4 (A[C>A]G), sample 'S1' (column 2)"
    assert caught.value.problem.startswith("1.201 may mean 1201, with a dot for thousands")
    assert caught.value.remedy == "Write thousands without a dot, 1201; write decimals with one digit more, 1.2010"


@pytest.mark.parametrize(
    ("counts", "first"),
    [
        (COUNTS / 8, 0.25),  # three decimals, and below 1
        (np.where(COUNTS == 8, "1.770", "2500"), 2500),  # thousands that have no dot
        (np.where(COUNTS == 8, "1.770", "2.5"), 2.5),
        (np.where(COUNTS == 8, "1.7700", "2.5000"), 2.5),
        (np.where(COUNTS == 8, "1.000", "12.000"), 12),  # whole numbers with decimals
    ],
)
def test_dots_that_cannot_group_thousands_are_decimal_points(tmp_path, counts, first):
    assert read_catalogue(write(tmp_path / "a.tsv", lines(counts=counts))).matrix[0, 0] == first


@pytest.mark.parametrize("mark", [",", " ", "'", "’", "\u00a0", "\u202f", "_"])
def test_other_marks_for_thousands_are_refused_with_the_remedy(tmp_path, mark):
    path = write(tmp_path / "a.tsv", lines(counts=grouped(150 * COUNTS + 1, mark)))
    with pytest.raises(UserError, match="is not a (finite )?number. .* no thousands separator"):
        read_catalogue(path)


def test_a_missing_file_and_a_directory_are_refused(tmp_path):
    for path in (tmp_path / "absent.tsv", tmp_path):
        with pytest.raises(UserError, match="cannot be read"):
            read_catalogue(path)


def test_samples_without_mutations_can_be_dropped_and_are_listed(tmp_path, caplog):
    catalogue = read_catalogue(write(tmp_path / "c.tsv", lines(counts=zero_sample)), empty_samples="drop")
    assert catalogue.samples == ("S1", "S3") and catalogue.dropped == ("S 2",)
    assert np.array_equal(catalogue.matrix, COUNTS[:, [0, 2]]) and catalogue.matrix.flags.c_contiguous
    assert "left out 1 samples without any mutation: S 2" in caplog.text
    with pytest.raises(UserError, match="no sample has any mutation"):
        read_catalogue(write(tmp_path / "c.tsv", lines(counts=0 * COUNTS)), empty_samples="drop")
    with pytest.raises(UserError, match="Did you mean 'drop'"):
        read_catalogue(tmp_path / "c.tsv", empty_samples="dropp")


def test_samples_are_selected_by_how_their_names_begin(tmp_path):
    path = write(tmp_path / "c.tsv", lines(header=("Type", "Ovary::1", "Lung::1", "Ovary::2")))
    catalogue = read_catalogue(path, selection="Ovary::")
    assert catalogue.samples == ("1", "2") and np.array_equal(catalogue.matrix, COUNTS[:, [0, 2]])
    assert read_catalogue(path).samples == ("Ovary::1", "Lung::1", "Ovary::2") and not read_catalogue(path).reordered
    with pytest.raises(UserError, match="c.tsv: no sample begins with 'Skin::'.*The samples are: Ovary::1, Lung::1"):
        read_catalogue(path, selection="Skin::")


def test_a_catalogue_is_named_where_its_rank_is_refused(tmp_path):
    catalogue = read_catalogue(write(tmp_path / "few.tsv", lines()))
    with pytest.raises(UserError, match="few.tsv: 3 samples give 2 training samples"):
        check_rank(catalogue, 3, 0.8)
    check_rank(Catalogue(tuple(map(str, range(200))), np.ones((96, 200))), 96, 0.5)


def test_numbers_whose_sum_overflows_are_still_numbers(tmp_path):
    path = write(tmp_path / "c", lines(counts=np.full((96, 3), 1.5e308)))
    assert read_table(path, "sample").matrix.max() == 1.5e308


@pytest.mark.parametrize(
    ("n", "rank", "fraction", "says"),
    [
        (10, 8, 0.8, None),
        (10, 9, 0.8, "8 training samples, fewer than the rank 9.*at least 12 samples.*rank of at most 8, or raise"),
        (1, 1, 0.8, r"0 training samples.*Rank 1 with train_fraction 0.8 needs at least 2 samples: add samples\.$"),
        (50, 5, 0.01, "needs at least 500 samples: add samples, or raise train_fraction"),
        (10, 0, 0.8, "rank 0 is outside 1 to 96"),
        (200, 97, 0.8, "outside 1 to 96"),
    ],
)
def test_rank_against_cohort_size(n, rank, fraction, says):
    catalogue = Catalogue(tuple(f"s{i}" for i in range(n)), np.ones((96, n)))
    if says is None:
        check_rank(catalogue, rank, fraction)
    else:
        with pytest.raises(UserError, match=says):
            check_rank(catalogue, rank, fraction)


def test_parse_channel_knows_each_channel_in_each_spelling():
    for channel in CHANNELS:
        five, ref, alt, three = channel[0], channel[2], channel[4], channel[6]
        spellings = [channel, channel.lower(), f" {channel}", f"{five}{ref}{three}>{five}{alt}{three}"]
        spellings += [f"{ref}>{alt}{mark}{five}{ref}{three}" for mark in ":_-. "]
        assert {parse_channel(spelling) for spelling in spellings} == {channel}


@pytest.mark.parametrize("text", ["c→a", "aca", "C>A", "ACA>AAA", "a[c->a]a", "A[C>A]A"])
def test_a_text_repeats_its_channel_in_any_spelling(text):
    assert repeats(text, "A[C>A]A") and not repeats(text, "T[T>G]T")


def test_other_kinds_of_matrices_are_known_by_a_row_and_by_strand():
    assert other_kind("T:A[C>A]A").startswith("SBS192") and other_kind("u:c>a").startswith("SBS12")
    assert not any(map(other_kind, ("A[C>A]A", "T:gene", "gene", "T:", "")))


def test_reading_twelve_thousand_samples_is_quick(tmp_path):
    counts = np.random.default_rng(0).integers(0, 1000, size=(96, 12_000))
    path = write(tmp_path / "big.tsv", lines(header=[f"s{i}" for i in range(12_000)], counts=counts))
    start = time.process_time()
    assert np.array_equal(read_catalogue(path).matrix, counts)
    assert time.process_time() - start < 10


values = st.one_of(st.integers(0, 2**60).map(float), st.floats(0, allow_infinity=False), st.just(0.1 + 0.2))


@given(st.lists(values, min_size=96, max_size=96))
@settings(max_examples=50, deadline=None)
def test_matrix_files_keep_every_bit(tmp_path_factory, numbers):
    path = tmp_path_factory.mktemp("m") / "m.tsv"
    frame = matrix_frame(np.array(numbers)[:, None], ["x"])
    write_matrix_tsv(path, frame)
    pd.testing.assert_frame_equal(read_matrix_tsv(path), frame, check_exact=True)


def test_matrix_files_are_plain_and_may_be_indexed_by_signature(tmp_path):
    frame = pd.DataFrame(
        [[1.0, 0.5], [20000.0, 1e-300]], index=pd.Index(["SBS1", "NA"], name="signature"), columns=["a", '"b"']
    )
    write_matrix_tsv(tmp_path / "m.tsv", frame)
    assert (tmp_path / "m.tsv").read_text() == 'signature\ta\t"b"\nSBS1\t1\t0.5\nNA\t20000\t1e-300\n'
    back = read_matrix_tsv(tmp_path / "m.tsv")
    assert back.index.name == "signature" and list(back.index) == ["SBS1", "NA"] and list(back.columns) == ["a", '"b"']
    for bad in (frame.rename_axis(None), frame.rename(columns={"a": "a\tb"})):
        with pytest.raises(ValueError):
            write_matrix_tsv(tmp_path / "m.tsv", bad)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("signature\ta\ns\t1\ns\t2\n", "twice"),
        ("signature\ta\ta\ns\t1\t2\n", "twice"),
        ("signature\ta\ns\tx\n", "row 2"),
        ("signature\ta\ns\t1\t2\n", "row 2"),
        ("channel\ta\nA[C>A]A\t1\n", "canonical order"),
    ],
)
def test_damaged_matrix_files_are_refused(tmp_path, text, says):
    with pytest.raises(UserError, match=says):
        read_matrix_tsv(write(tmp_path / "m.tsv", text))
    with pytest.raises(UserError, match="cannot be read"):
        read_matrix_tsv(tmp_path / "absent.tsv")


def test_atomic_write_leaves_the_old_file_when_the_block_fails(tmp_path):
    path = tmp_path / "sub" / "file.txt"
    with atomic_write(path) as file:
        file.write("old\n")
    with pytest.raises(RuntimeError), atomic_write(path) as file:
        file.write("new")
        raise RuntimeError
    assert path.read_bytes() == b"old\n" and os.listdir(path.parent) == ["file.txt"]
    with atomic_path(path) as temporary:
        assert temporary.suffix == ".txt" and temporary.parent == path.parent and path.read_text() == "old\n"
        temporary.write_text("new")
        before = os.stat(path).st_ino
    assert os.stat(path).st_ino != before  # moved into place, never written in place
    assert path.read_text() == "new" and os.listdir(path.parent) == ["file.txt"]
    with atomic_write(path, "wb") as file:
        file.write(b"\r\n")
    assert path.read_bytes() == b"\r\n"
    with pytest.raises(ValueError), atomic_write(path, "a"):
        pass


def test_atomic_write_names_the_place_it_cannot_write(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be written.*move it away"), atomic_write(tmp_path / "file" / "below"):
        pass
    with pytest.raises(FileNotFoundError), atomic_write(tmp_path / "x"):
        open(tmp_path / "absent").close()
    with pytest.raises(UserError, match="No space left.*Free some disk space"), atomic_write(tmp_path / "x"):
        raise OSError(28, "No space left on device")
    (tmp_path / "folder").mkdir()
    with pytest.raises(UserError, match="There is a directory where"), atomic_write(tmp_path / "folder"):
        pass
    assert sorted(os.listdir(tmp_path)) == ["file", "folder"]


@pytest.mark.parametrize(
    ("organ", "n", "largest"), [("Ovary", 523, 1296969), ("Prostate", 311, 112196), ("Uterus", 713, 2745037)]
)
def test_gel_catalogues(data_dir, organ, n, largest):
    catalogue = read_catalogue(data_dir / "gel" / f"catalogues_{organ}_SBS.tsv")
    raw = pd.read_csv(data_dir / "gel" / f"catalogues_{organ}_SBS.tsv", sep="\t")
    assert catalogue.matrix.shape == (96, n) and catalogue.matrix.sum(axis=0).max() == largest
    assert np.array_equal(catalogue.frame, raw.loc[list(CHANNELS)]) and catalogue.samples == tuple(raw.columns)


def test_a_header_that_names_too_few_columns_is_refused_also_where_some_would_be_left_out(tmp_path):
    rows = [[str(i), c[2:5], c[0] + c[2] + c[6], c, "1", "2"] for i, c in enumerate(CHANNELS, start=1)]
    path = tmp_path / "own.tsv"
    path.write_text("\n".join("\t".join(row) for row in [["", "Type", "P1", "P2"], *rows]))
    with pytest.raises(UserError, match="the header has 4 fields and the rows have 6"):
        read_catalogue(path)


def test_a_mark_of_comments_that_begins_a_name_is_kept(tmp_path):
    path = tmp_path / "own.tsv"
    rows = "".join(f"{channel}\t1\t2\n" for channel in CHANNELS)
    path.write_text("A title\n#1\t#2\n" + rows)
    assert read_catalogue(path).samples == ("#1", "#2")
    path.write_text("#Type\t#1\t#2\n" + rows)
    assert read_catalogue(path).samples == ("#1", "#2")
