"""Errors, recovery, consistency and matches of the fits of all splits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from aenmf.channels import CHANNELS
from aenmf.evaluation.fits import consensus_matches, consistency, fit_errors, reconstruct, recovery, reference_matches
from aenmf.files.tables import keyed


@pytest.fixture()
def exact() -> dict[str, np.ndarray]:
    """A catalogue of 10 patients that two splits' factors reproduce exactly."""
    generator = np.random.default_rng(0)
    signatures = generator.dirichlet(np.full(96, 0.5), size=3).T
    exposures = generator.uniform(10, 100, size=(3, 10))
    training = np.array([[True] * 8 + [False] * 2, [False, True] * 5])
    return {
        "catalogue": signatures @ exposures,
        "training": training,
        "signatures": np.stack([signatures, signatures[:, [2, 0, 1]]]),
        "train": [exposures[:, training[0]], exposures[[2, 0, 1]][:, training[1]]],
        "test": [exposures[:, ~training[0]], exposures[[2, 0, 1]][:, ~training[1]]],
    }


def evaluate(data: dict) -> pd.DataFrame:
    return fit_errors(data["catalogue"], data["training"], [3, 7], data["signatures"], data["train"], data["test"])


def test_an_exact_fit_has_no_error(exact):
    table = evaluate(exact)
    assert list(table.columns) == ["split", "set", "measure", "value"]
    assert len(table) == 2 * 2 * 2 and table["value"].abs().max() < 1e-15
    assert table["split"].unique().tolist() == [3, 7]


def test_errors_are_means_over_the_cells_of_their_own_set(exact):
    exact["catalogue"][5, 9] += 6.0  # patient 9 is a test patient of split 3 and a training patient of split 7
    table = evaluate(exact).set_index(["split", "set", "measure"])["value"]
    assert table[3, "test", "mse"] == pytest.approx(36 / (96 * 2))
    assert table[7, "train", "mse"] == pytest.approx(36 / (96 * 5))
    assert table[3, "train", "mse"] < 1e-15 and table[7, "test", "mse"] < 1e-15
    assert table[3, "test", "kld"] > 0 and table[3, "train", "kld"] < 1e-15


def test_mutations_reconstructed_as_zero_have_infinite_kld(exact):
    exact["signatures"][0, 0] = 0.0
    table = evaluate(exact).set_index(["split", "set", "measure"])["value"]
    assert np.isinf(table[3, "train", "kld"]) and np.isfinite(table[3, "train", "mse"])


def test_factors_of_other_patients_are_refused(exact):
    exact["test"][0] = exact["test"][0][:, :1]
    with pytest.raises(ValueError, match="split 3: test data"):
        evaluate(exact)


def test_reconstruct_is_the_product():
    generator = np.random.default_rng(1)
    signatures, exposures = generator.random((96, 4)), generator.random((4, 31))
    np.testing.assert_allclose(reconstruct(signatures, exposures), signatures @ exposures, rtol=1e-13)


def test_recovery_names_the_true_signatures(exact):
    truth = pd.DataFrame(exact["signatures"][0], index=CHANNELS, columns=["SBS3", "SBS5", "SBS40"])
    table = recovery(exact["signatures"], [3, 7], truth)
    assert list(table.columns) == ["split", "truth", "signature", "cosine"]
    assert table["truth"].tolist() == ["SBS3", "SBS5", "SBS40"] * 2
    assert table["signature"].tolist() == [0, 1, 2, 1, 2, 0]
    np.testing.assert_allclose(table["cosine"], 1.0)


def test_recovery_is_one_to_one(exact):
    doubled = exact["signatures"][:1].copy()
    doubled[0, :, 1] = doubled[0, :, 0]  # two copies of one signature cannot both recover it
    table = recovery(doubled, [0], pd.DataFrame(exact["signatures"][0], index=CHANNELS))
    assert sorted(table["signature"]) == [0, 1, 2] and table["cosine"].min() < 0.99


def test_consistency_has_every_pair_once():
    generator = np.random.default_rng(2)
    signatures = generator.dirichlet(np.full(96, 0.5), size=(30, 4)).transpose(0, 2, 1)
    signatures[1] = signatures[0][:, [1, 3, 0, 2]]
    table = consistency(signatures, range(30))
    assert len(table) == 30 * 29 // 2 == len(table[["split_a", "split_b"]].drop_duplicates())
    assert (table["split_a"] < table["split_b"]).all()
    first = table[(table["split_a"] == 0) & (table["split_b"] == 1)]["similarity"].item()
    assert first == pytest.approx(1.0) and table["similarity"][1:].max() < 1


def test_each_split_is_matched_on_its_own(exact):
    references = pd.DataFrame(exact["signatures"][0][:, [1, 2]], index=CHANNELS, columns=["A", "B"])
    table = reference_matches(exact["signatures"], [3, 7], references, CHANNELS)
    assert list(table.columns) == ["split", "signature", "match", "cosine"]
    assert table["match"].fillna("").tolist() == ["", "A", "B", "B", "", "A"]
    clusters = consensus_matches(exact["signatures"][1], references, CHANNELS)
    assert clusters["cluster"].tolist() == [1, 2, 3] and clusters["match"].fillna("").tolist() == ["B", "", "A"]


def test_keyed_puts_the_keys_in_front():
    table = keyed(pd.DataFrame({"value": [1.0, 2.0]}, index=[5, 6]), cohort="ovary", loss="frobenius")
    assert list(table.columns) == ["cohort", "loss", "value"] and table["cohort"].tolist() == ["ovary"] * 2
    assert list(keyed(table.iloc[:0], method="nmf").columns) == ["method", "cohort", "loss", "value"]
