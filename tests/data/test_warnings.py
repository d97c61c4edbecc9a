"""Warnings about a cohort: each is said where it is true, and nothing is said of a good one."""

from __future__ import annotations

import numpy as np
import pytest

from aenmf.channels import CHANNELS, trinucleotide
from aenmf.data.catalogues import Catalogue
from aenmf.data.owncohorts import check_counts
from aenmf.data.warnings import careful
from aenmf.errors import UserError
from aenmf.run.preflight import check, load_config
from support.bad_inputs import COUNTS, catalogue, own, text
from support.command import aenmf

GOOD = np.random.default_rng(3).poisson(2.0, size=(96, 12)).astype(float)
OPPORTUNITIES = np.array(
    [1e6 + 999 * sorted(set(map(trinucleotide, CHANNELS))).index(trinucleotide(c)) for c in CHANNELS]
)
COPIES = GOOD[:, [0, 1, 2, 1, 4, 5, 2, 2, 8, 9, 10, 11]]
SCALED = np.random.default_rng(8).multinomial(4800, np.full(96, 1 / 96), size=12).T
EXACT_PERCENTAGES = np.random.default_rng(8).multinomial(100, np.full(96, 1 / 96), size=12).T
EMPTY = GOOD * (np.arange(12) != 7)


def said(matrix: np.ndarray, n_splits: int = 30) -> list[str]:
    names = tuple(f"P{i}" for i in range(matrix.shape[1]))
    return careful(Catalogue(names, np.asarray(matrix, dtype=float)), n_splits, 0.8)


@pytest.mark.parametrize(
    ("matrix", "says"),
    [
        (np.random.default_rng(3).poisson(0.05, size=(96, 12)), "half of the patients have 4.5 mutations or fewer"),
        (COPIES, "exact copies (P1 = P3, P2 = P6 = P7)"),
        (np.column_stack([GOOD, 2 * GOOD[:, 3]]), "some patients are exact multiples (P12 = 2 × P3): where one trains"),
        (np.column_stack([7 * GOOD[:, 3], GOOD]), "exact multiples (P0 = 7 × P4)"),
        (np.column_stack([6 * GOOD[:, :1], GOOD[:, 1:], 4 * GOOD[:, :1]]), "exact multiples (P0 = 1.5 × P12)"),
        (
            np.column_stack([GOOD, GOOD[:, 3], 2 * GOOD[:, 3]]),
            "some patients are exact copies (P3 = P12) or exact multiples (P13 = 2 × P3): where one trains",
        ),
        (GOOD + 1e-4, "a pseudocount of 0.0001 was added to the counts; the methods"),
        (EMPTY + 1e-4, "a pseudocount of 0.0001 was added to the counts, and hides patients without any mutation (P7)"),
        (
            np.maximum(1000 * EMPTY, 0.5),
            "a pseudocount of 0.5 was added to the counts, and hides patients without any mutation (P7)",
        ),
        (
            np.rint(100 * COUNTS / COUNTS.sum(axis=0)),
            "the counts of every patient sum to about 100: rounded percentages",
        ),
        (
            np.rint(1e6 * COUNTS / COUNTS.sum(axis=0)),
            "the counts of every patient sum to about 1,000,000: rounded counts per million are no counts",
        ),
        (SCALED, "the counts of every patient sum to 4,800: values scaled to one sum are no counts"),
        (EXACT_PERCENTAGES, "the counts of every patient sum to about 100: rounded percentages"),
        (COUNTS / 38, "every value is n / 38, n a whole number, as rates per megabase are"),
        ((COUNTS / 38).round(3), "every value is n / 38"),
        (100 * COUNTS / 2800, "every value is n / 28, n a whole number"),
        (
            np.insert(COUNTS, 3, COUNTS[:, 5:9].sum(axis=1), axis=1),
            "some columns are sums of others, and no patients: P3 = P6 + … + P9",
        ),
        (np.column_stack([GOOD, GOOD[:, 10:].sum(axis=1)]), "no patients: P12 = P10 + … + P11"),
        (
            np.column_stack([COUNTS * 1.37, np.rint(1.37 * COUNTS[:, :4].sum(axis=1))]),
            "no patients: P12 = P0 + … + P3",
        ),
        (np.insert(COUNTS / 7, 0, COUNTS[:, 1:].sum(axis=1) / 7, axis=1), "no patients: P0 = P2 + … + P12"),
        (
            np.column_stack([1000 * GOOD, COUNTS[:, 0] / COUNTS[:, 0].sum()]),
            "values below 1 that sum to about 1 are proportions, or a signature, and no counts of a patient: P12",
        ),
        (
            np.column_stack([GOOD, OPPORTUNITIES]),
            "look like lengths or mutational opportunities, and not like patients: P12",
        ),
        (np.column_stack([np.ones(96), GOOD]), "the same number in every row, as no patient has: P0"),
        (np.log1p(COUNTS), "every value is log(1 + n), n a whole number"),
        (np.log1p(COUNTS).round(3), "every value is log(1 + n), n a whole number"),
        (np.log2(1 + COUNTS), "every value is log2(1 + n), n a whole number"),
        (np.log10(1 + GOOD * np.arange(1, 13)).round(4), "every value is log10(1 + n), n a whole number"),
        (np.sqrt(COUNTS), "every value is the square root of n, n a whole number"),
        (GOOD[:, :6], "6 patients can be split in 15 ways only, and 30 splits are drawn"),
        (GOOD[:, :2], "2 patients can be split in 2 ways only, and 30 splits are drawn"),
    ],
)
def test_each_warning_is_said_alone_where_it_is_true(matrix, says):
    (sentence,) = said(matrix)
    assert says in sentence and not sentence.endswith(".")


@pytest.mark.parametrize(
    ("matrix", "n_splits"),
    [
        (GOOD, 30),
        (EMPTY, 30),
        (np.round(1.5 * GOOD, 1), 30),
        (GOOD + np.linspace(0.5, 0.52, 12), 30),
        (GOOD + 1, 30),
        (np.where(GOOD > 0, GOOD + 0.25, 0), 30),
        (GOOD[:, :6], 15),
        (COUNTS / 7, 30),
        (COUNTS * np.linspace(0.3, 1.0, 96)[:, None], 30),
        (np.column_stack([GOOD, GOOD[:, 10:].sum(axis=1) + np.eye(96)[3]]), 30),
        (np.column_stack([GOOD, GOOD[:, [0, 2]].sum(axis=1)]), 30),
        (np.column_stack([np.eye(96)[:, [3, 5]], GOOD, np.eye(96)[:, 3] + np.eye(96)[:, 5]]), 30),
        (np.where(SCALED, SCALED, 0)[:, :2], 2),
        (np.round(COUNTS / 38, 1), 30),
        (np.column_stack([GOOD, np.repeat([20.0, 0.0], 48)]), 30),
        (np.column_stack([20 * np.eye(96)[:, 0], 20 * np.eye(96)[:, 1], GOOD]), 30),
        (np.column_stack([20 * np.eye(96)[:, 0], 40 * np.eye(96)[:, 0], GOOD]), 30),
        (np.column_stack([GOOD, 2 * GOOD[:, 3] + np.eye(96)[3]]), 30),
    ],
)
def test_nothing_is_said_of_a_good_cohort(matrix, n_splits):
    assert said(matrix, n_splits) == []


def test_copies_of_one_patient_alone_are_called_copies_and_not_scaled():
    (sentence,) = said(COUNTS[:, [0] * 12])
    assert sentence.startswith("some patients are exact copies")


def test_a_column_of_lengths_is_known_by_its_heading():
    names = ("Length", *(f"P{i}" for i in range(1, 12)))
    (sentence,) = careful(Catalogue(names, GOOD), 30, 0.8)
    assert sentence.endswith("not like patients: Length")


def test_small_patients_that_are_alike_by_chance_are_no_copies():
    alike = np.column_stack([np.eye(96)[:, [0, 0, 0]] * 19, GOOD])
    assert said(alike) == []
    assert "P0 = P1 = P2" in said(alike * 20 / 19)[0]


def test_the_warnings_reach_the_plan_and_the_commands_once(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    rows = catalogue(COUNTS[:, [0, 1, 2, 3, 4, 0]], channels=[channel.lower() for channel in CHANNELS])
    rows[0][0] = "Sorte"
    (tmp_path / "own.tsv").write_bytes(text(rows))
    config = load_config([]) | own()
    assert [sentence[:17] for sentence in check(config)[1].warnings] == ["mine: some patien", "mine: 6 patients "]
    assert aenmf("scaffold", "own.tsv", "--rank", "3", "--name", "mine") == 0
    out, err = capsys.readouterr()
    assert out.count("Warning: mine: some patients are exact copies (P0 = P5)") == 1 and not err
    assert out.count("column 1, headed 'Sorte', is taken as the channels") == 1
    assert out.count("read channels such as 'a[c>a]a' as 'A[C>A]A'") == 1
    assert aenmf("check", "config/mine.yaml") == 0
    out, err = capsys.readouterr()
    assert out.count("Warning: ") == 2 and "split in 15 ways" in out and not err


def test_twenty_mutations_are_not_few():
    assert said(np.column_stack([np.roll(np.eye(96)[:, 0], i) * 20 for i in range(12)])) == []
    assert (
        "half of the patients have 19 "
        in said(np.column_stack([np.roll(np.eye(96)[:, 0], i) * 19 for i in range(12)]))[0]
    )


def test_a_patient_with_one_mutation_and_rates_below_one_are_no_fractions():
    rates = COUNTS / 2800
    single = np.column_stack([GOOD, np.eye(96)[:, 3] + 1e-3])
    small = np.column_stack([rates * 1000, COUNTS[:, :1] / COUNTS[:, :1].sum()])
    for matrix in (np.column_stack([rates * 2, rates[:, :1] / 50]), single, np.column_stack([GOOD, np.full(96, 1e-3)])):
        check_counts(Catalogue(tuple(map(str, range(matrix.shape[1]))), matrix))
    with pytest.raises(UserError, match="1 column of fractions next to counts, and no patients: 12"):
        check_counts(Catalogue(tuple(map(str, range(13))), small))
