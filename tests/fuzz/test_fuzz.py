"""A small part of the fuzzing, other cases than the long form's, and proof that it would notice."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from aenmf.channels import CHANNELS
from aenmf.data.catalogues import Catalogue, read_catalogue
from aenmf.errors import UserError
from fuzz import catalogues, configurations, mutationfiles, plugins
from fuzz.naive import unlike
from fuzz.outcomes import Tally, outcome
from fuzz.place import place
from fuzz.record import begin, record

SEED = 2


@pytest.fixture(autouse=True)
def folder(tmp_path):
    with place(tmp_path / "place") as folder:
        yield folder


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("fuzz", "number"),
    [(configurations.fuzz, 40), (catalogues.fuzz, 300), (mutationfiles.fuzz, 300), (plugins.fuzz, 200)],
    ids=["configurations", "catalogues", "mutation files", "methods"],
)
def test_damaged_inputs_are_read_as_they_are_or_refused_with_a_remedy(fuzz, number, tmp_path):
    tally = fuzz(number, SEED, tmp_path / "failed")
    assert not tally.failures, "\n".join(tally.failures)
    assert sum(tally.counts.values()) == number and min(tally.counts["accepted"], tally.counts["refused"]) > number / 20


@pytest.mark.filterwarnings("ignore")
def test_any_value_in_any_part_of_a_fit_is_kept_as_it_is_or_refused_with_a_remedy(tmp_path):
    tally = plugins.tried(plugins.each_scalar(), tmp_path / "failed")
    assert not tally.failures, "\n".join(tally.failures)
    assert tally.counts["refused"] > 3 * tally.counts["accepted"] > 0


def test_the_same_seed_makes_the_same_cases():
    texts = configurations.bases()
    for make in (catalogues.mutated, mutationfiles.mutated, lambda rng: configurations.mutated(rng, texts)):
        assert make(random.Random("x")) == make(random.Random("x")) != make(random.Random("y"))


def test_catalogues_that_are_in_order_are_read_as_they_are():
    refused = 0
    for case in range(100):
        content = catalogues.written(random.Random(case))
        Path("case.tsv").write_bytes(content)
        try:
            catalogue = read_catalogue("case.tsv", empty_samples="drop")
        except UserError:
            refused += 1  # the one layout that cannot be told from a mistake: two columns of channels without headings
            continue
        assert catalogue.dropped or not unlike(content, catalogue.samples, catalogue.matrix)
    assert refused < 10


NAMES, COUNTS = ("P1", "P2", "P3"), np.random.default_rng(1).integers(0, 9, (96, 3)).astype(float)
TEXT = "Type\t" + "\t".join(NAMES) + "\n"
TEXT += "".join(f"{c}\t" + "\t".join(map(repr, row)) + "\n" for c, row in zip(CHANNELS, COUNTS.tolist(), strict=True))


@pytest.mark.parametrize(
    ("names", "matrix", "says"),
    [
        (NAMES[:2], COUNTS[:, :2], "columns"),
        (("P1", "P3", "P2"), COUNTS, "columns"),
        (NAMES, COUNTS[::-1], "other counts"),
        (NAMES, COUNTS + np.eye(96, 3), "other counts"),
    ],
    ids=["a patient less", "names exchanged", "rows exchanged", "one count"],
)
def test_the_second_reader_finds_what_was_read_wrongly(names, matrix, says):
    assert unlike(TEXT.encode(), NAMES, COUNTS) == ""
    assert says in unlike(TEXT.encode(), names, matrix)
    assert "further rows" in unlike((TEXT + "A[C>A]\t1\t2\t3\n").encode(), NAMES, COUNTS)


def test_values_of_a_configuration_that_are_read_as_something_else_are_found():
    text = b"run: mine\nn_splits: 010\nmethods:\n  nmf:\n    tol: 1e-5  # small\n"
    config = {"run": "mine", "n_splits": 8, "methods": {"nmf": {"tol": 1e-5}}}
    assert configurations.unlike(text, config) == "n_splits is written '010' and read as 8"
    assert configurations.unlike(text, config | {"n_splits": 10}) == ""


def test_mutations_that_were_lost_are_found():
    files = {
        "a.vcf": b"1\t5\t.\tC\tT\n1\t6\t.\tC\tT\n",
        "b.maf": b"Tumor_Sample_Barcode\tReference_Allele\tTumor_Seq_Allele2\nb\tC\tA\n",
    }
    counts = np.array([[2.0, 1.0]] + [[0.0, 0.0]] * 95)
    assert mutationfiles.differs(files, Catalogue(("a", "b"), counts)) == ""
    assert "counted {'a': 1" in mutationfiles.differs(files, Catalogue(("a", "b"), counts - 1))


@pytest.mark.parametrize(
    ("read", "differs", "kind"),
    [
        (lambda: 1, lambda _: "", "accepted"),
        (lambda: 1, lambda _: "no", "wrong"),
        (lambda: [][0], lambda _: "", "traceback"),
        (lambda: (_ for _ in ()).throw(UserError("x", remedy="y")), lambda _: "", "refused"),
        (lambda: (_ for _ in ()).throw(UserError("x")), lambda _: "", "traceback"),
    ],
)
def test_how_a_case_ends_is_known(read, differs, kind):
    assert outcome(read, differs)[0] == kind


def test_the_counts_of_all_cases_are_written_as_a_run_that_can_be_kept(tmp_path):
    good, bad = Tally("catalogues", tmp_path), Tally("methods", tmp_path)
    for kind in ("accepted", "refused", "refused"):
        good.add("1", kind, "", b"")
    for kind in ("hang", "wrong", "accepted"):
        bad.add(kind, kind, "", b"x")
    begin(tmp_path / "fuzz", 7, {"catalogues": 3})
    record(tmp_path / "fuzz", [good, bad], 7)
    table = pd.read_csv(tmp_path / "fuzz/counts.csv")
    assert table[["cases", "accepted", "refused", "traceback", "hang", "wrong"]].to_numpy().tolist() == [
        [3, 1, 2, 0, 0, 0],
        [3, 1, 0, 0, 1, 1],
    ]
    assert set(table["seed"]) == {7}
    shown = (tmp_path / "fuzz/counts.md").read_text()
    assert "6 damaged inputs (seed 7" in shown and ": 2 ended as none should." in shown
    assert json.loads((tmp_path / "fuzz/run.json").read_text())["config"]["cases"] == {"catalogues": 3}


def test_a_case_that_hangs_is_ended():
    def hang():
        while True:
            try:
                list(range(1000))
            except Exception:
                continue

    assert outcome(hang, lambda _: "", 0.1)[0] == "hang"
