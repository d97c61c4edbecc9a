"""Catalogues that cannot be read: every broken one has a message with place and remedy."""

from __future__ import annotations

import gzip
from collections.abc import Iterable

import numpy as np
import pytest

from aenmf.channels import CHANNELS, substitution
from aenmf.data.catalogues import read_catalogue
from aenmf.errors import UserError
from support.catalogue_files import (
    COUNTS,
    SAMPLES,
    ZERO_SAMPLE,
    each,
    lines,
    two_columns,
    write,
)


def change(row: int, column: int, text: str, content: list[str] | None = None) -> list[str]:
    """The default file with one cell changed; rows and columns count from 0, the header being row 0."""
    content = list(content or lines())
    cells = content[row].split("\t")
    cells[column] = text
    content[row] = "\t".join(cells)
    return content


def labelled(labels: Iterable[str], header: tuple[str, ...] = ("Type", *SAMPLES)) -> list[str]:
    """A matrix with other rows than the 96 channels."""
    return ["\t".join(header), *(f"{label}\t1\t2\t3" for label in labels)]


TRANSPOSED = [
    "\t".join(("Sample", *CHANNELS)),
    *("\t".join((s, *map(str, COUNTS[:, j]))) for j, s in enumerate(SAMPLES)),
]

# name: content, and what the message must say: the problem, the place, the remedy
BAD = {
    "empty": ("", ["empty"]),
    "VCF": ("##fileformat=VCFv4.2\n#CHROM\tPOS\tID\n1\t2\t.\n", ["this is a VCF file", "end in .vcf or .vcf.gz"]),
    "packed VCF": (gzip.compress(b"##fileformat=VCFv4.2\n"), ["this is a VCF file", "end in .vcf or .vcf.gz"]),
    "VCF without its first line": ("#CHROM\tPOS\tID\n1\t2\t.\n", ["this is a VCF file"]),
    "MAF": ("#version 2.4\nHugo_Symbol\tTumor_Sample_Barcode\nTP53\tA\n", ["this is a MAF file", "end in .maf or"]),
    "MAF without patients": ("Chromosome,Start_position\n1,5\n", ["this is a MAF file"]),
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
        ["a long table: column 1 'Sample' names a sample in every row", "Make it wide", "one column per sample"],
    ),
    "long form, channels first": (
        labelled((f"{c}\tP{i}" for i in range(2) for c in CHANNELS), ("Type", "", "x", "y", "z")),
        ["a long table: column 2 names a sample in every row", "Make it wide"],
    ),
    "long form, patients numbered": (
        labelled((f"{i}\t{c}" for i in (17, 41) for c in CHANNELS), ("Donor ID", "Type", "x", "y", "z")),
        ["a long table: column 1 'Donor ID' names"],
    ),
    "several tables": (
        lines() + lines()[1:],
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
    "a row of cancers below the header": (
        [(rows := lines())[0], "\tBreast\tBreast\tLung", *rows[1:]],
        ["row 2", "unknown channel ''", "keep the one that names the columns, and remove the others"],
    ),
    "a row of years below the header": (
        [(rows := lines())[0], "\t2019\t2020\t2020", *rows[1:]],
        ["row 2", "unknown channel ''", "keep the one that names the columns, and remove the others"],
    ),
    "a headed row of cancers below the header": (
        [(rows := lines())[0], "Cancer\tBreast\tBreast\tLung", *rows[1:]],
        ["row 2", "unknown channel 'Cancer'", "The header has several rows"],
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
    "sample without mutations": (lines(counts=ZERO_SAMPLE), ["1 without any mutation: S 2", "empty_samples: drop"]),
    "no mutations at all": (lines(counts=0 * COUNTS), ["no sample has any mutation", "right file"]),
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


def test_a_header_that_names_too_few_columns_is_refused_also_where_some_would_be_left_out(tmp_path):
    rows = [[str(i), c[2:5], c[0] + c[2] + c[6], c, "1", "2"] for i, c in enumerate(CHANNELS, start=1)]
    path = tmp_path / "own.tsv"
    path.write_text("\n".join("\t".join(row) for row in [["", "Type", "P1", "P2"], *rows]))
    with pytest.raises(UserError, match="the header has 4 fields and the rows have 6"):
        read_catalogue(path)
