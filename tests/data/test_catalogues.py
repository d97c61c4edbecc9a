"""Reading catalogues: every accepted format gives the same matrix."""

from __future__ import annotations

import gzip
import logging
import time

import numpy as np
import pandas as pd
import pytest

from aenmf.channels import CHANNELS, substitution, trinucleotide
from aenmf.data.catalogues import Catalogue, check_rank, read_catalogue
from aenmf.data.spellings import other_kind, parse_channel, repeats
from aenmf.data.usertable import read_table
from aenmf.errors import UserError
from support.catalogue_files import (
    ALPHABETICAL,
    COUNTS,
    SAMPLES,
    ZERO_SAMPLE,
    each,
    lines,
    numbered,
    quoted,
    spelt,
    two_columns,
    write,
)

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
    "four letters of ICAMS": (lines(label=spelt("{0}{1}{3}{2}")), "read channels such as 'ACAA' as 'A[C>A]A'"),
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


def test_samples_without_mutations_can_be_dropped_and_are_listed(tmp_path, caplog):
    catalogue = read_catalogue(write(tmp_path / "c.tsv", lines(counts=ZERO_SAMPLE)), empty_samples="drop")
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
    with pytest.raises(UserError, match="few.tsv: of 3 samples, 2 would be for training"):
        check_rank(catalogue, 3, 0.8)
    check_rank(Catalogue(tuple(map(str, range(200))), np.ones((96, 200))), 96, 0.5)


def test_numbers_whose_sum_overflows_are_still_numbers(tmp_path):
    path = write(tmp_path / "c", lines(counts=np.full((96, 3), 1.5e308)))
    assert read_table(path, "sample").matrix.max() == 1.5e308


@pytest.mark.parametrize(
    ("n", "rank", "fraction", "says"),
    [
        (10, 8, 0.8, None),
        (
            10,
            9,
            0.8,
            "8 would be for training, fewer than the rank 9.*at least 12 samples.*rank of at most 8, or raise",
        ),
        (
            1,
            1,
            0.8,
            r"0 would be for training.*Rank 1 with train_fraction 0.8 needs at least 2 samples: add samples\.$",
        ),
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


@pytest.mark.parametrize(
    ("organ", "n", "largest"), [("Ovary", 523, 1296969), ("Prostate", 311, 112196), ("Uterus", 713, 2745037)]
)
def test_gel_catalogues(data_dir, organ, n, largest):
    catalogue = read_catalogue(data_dir / "gel" / f"catalogues_{organ}_SBS.tsv")
    raw = pd.read_csv(data_dir / "gel" / f"catalogues_{organ}_SBS.tsv", sep="\t")
    assert catalogue.matrix.shape == (96, n) and catalogue.matrix.sum(axis=0).max() == largest
    assert np.array_equal(catalogue.frame, raw.loc[list(CHANNELS)]) and catalogue.samples == tuple(raw.columns)


def test_a_mark_of_comments_that_begins_a_name_is_kept(tmp_path):
    path = tmp_path / "own.tsv"
    rows = "".join(f"{channel}\t1\t2\n" for channel in CHANNELS)
    path.write_text("A title\n#1\t#2\n" + rows)
    assert read_catalogue(path).samples == ("#1", "#2")
    path.write_text("#Type\t#1\t#2\n" + rows)
    assert read_catalogue(path).samples == ("#1", "#2")
