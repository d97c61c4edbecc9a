"""The wide tables of a run: consensus signatures by name, and the exposures of all patients on them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from aenmf.channels import CHANNELS
from aenmf.evaluation.consensus import consensus, consensus_table
from aenmf.evaluation.fits import consensus_matches
from aenmf.evaluation.ordering import matched_order
from aenmf.evaluation.signatures import exposures_wide, signatures_wide
from aenmf.files.fits import load_fits, save_fits
from aenmf.files.matrices import matrix_frame, read_matrix_tsv, write_matrix_tsv
from aenmf.files.tables import keyed
from aenmf.losses import PAPER_LOSSES
from aenmf.problem import Fit, Trajectory
from aenmf.solvers.refit import refit

K, PATIENTS, SPLITS = 3, 7, 6
NAMES = ["SBS40a", "SBS2", "SBS10a"]
KEYS = {"cohort": "mine", "method": "plain", "loss": "frobenius"}


@pytest.fixture
def references() -> pd.DataFrame:
    return matrix_frame(np.random.default_rng(0).dirichlet(np.full(96, 0.3), size=K).T, NAMES)


@pytest.fixture
def splits(references) -> np.ndarray:
    """Signatures (splits, 96, K) that scatter around the references, in another order in every split."""
    random = np.random.default_rng(1)
    noisy = references.to_numpy() * np.exp(0.05 * random.standard_normal((SPLITS, 96, K)))
    return np.stack([(one / one.sum(axis=0))[:, random.permutation(K)] for one in noisy])


@pytest.fixture
def catalogue(references) -> pd.DataFrame:
    exposures = np.random.default_rng(2).gamma(1.0, 400.0, size=(K, PATIENTS))
    counts = np.random.default_rng(3).poisson(references.to_numpy() @ exposures)
    return matrix_frame(counts.astype(float), [f"P{n}" for n in range(PATIENTS)])


def long_tables(splits: np.ndarray, references: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Rows of consensus.csv, matches.csv and order.csv."""
    medoids = consensus(splits).signatures
    found = keyed(consensus_table(consensus(splits), CHANNELS), **KEYS)
    matches = keyed(consensus_matches(medoids, references, CHANNELS), **KEYS, reference="cosmic")
    return found, matches, matched_order(found, matches, ["plain"], "plain")


def test_columns_are_named_by_place_and_match_and_sum_to_one(splits, references):
    wide = signatures_wide(*long_tables(splits, references))
    assert list(wide.columns) == ["S1 (SBS2)", "S2 (SBS10a)", "S3 (SBS40a)"]
    assert tuple(wide.index) == CHANNELS and wide.index.name == "channel"
    np.testing.assert_allclose(wide.sum(), 1.0, rtol=1e-12)
    for column, name in zip(wide, ["SBS2", "SBS10a", "SBS40a"], strict=True):
        assert np.corrcoef(wide[column], references[name])[0, 1] > 0.99
        assert any(np.array_equal(wide[column], one[:, k]) for one in splits for k in range(K))  # a medoid, as it is


def test_a_signature_without_a_match_has_its_number_alone(splits, references):
    found, matches, order = long_tables(splits, references)
    matches = matches.assign(match=matches["match"].where(matches["match"] != "SBS10a"))
    assert list(signatures_wide(found, matches, order).columns) == ["S1 (SBS2)", "S2", "S3 (SBS40a)"]
    other = matches.assign(reference="signal")
    assert list(signatures_wide(found, other, order).columns) == ["S1", "S2", "S3"]


@pytest.mark.parametrize("loss", PAPER_LOSSES)
def test_exposures_are_the_refit_of_all_patients(splits, references, catalogue, loss, tmp_path):
    signatures = signatures_wide(*long_tables(splits, references))
    exposures = exposures_wide(loss, catalogue, signatures)
    assert exposures.index.name == "signature" and list(exposures.index) == list(signatures.columns)
    assert list(exposures.columns) == list(catalogue.columns)
    np.testing.assert_array_equal(exposures, refit(loss, catalogue.to_numpy(), signatures.to_numpy()))
    write_matrix_tsv(tmp_path / "signatures.tsv", signatures)
    write_matrix_tsv(tmp_path / "exposures.tsv", exposures)
    back = [read_matrix_tsv(tmp_path / f"{name}.tsv") for name in ("signatures", "exposures")]
    np.testing.assert_array_equal(refit(loss, catalogue.to_numpy(), back[0].to_numpy()), back[1])
    np.testing.assert_allclose(exposures.sum(), catalogue.sum(), rtol=0.2)  # in mutations


def test_files_do_not_depend_on_chunks_or_the_order_of_rows(splits, references, catalogue, tmp_path):
    def written(folder: Path, chunks: list[list[int]], shuffled: int | None) -> list[bytes]:
        folder.mkdir()
        for chunk in chunks:
            fits = [fit_of(splits[split]) for split in chunk]
            save_fits(folder / f"{chunk[0]}.npz", folder / f"{chunk[0]}.seconds.npz", chunk, fits)
        fits = load_fits(folder / f"{chunk[0]}.npz" for chunk in chunks)
        tables = long_tables(np.stack([fit.signatures for fit in fits.values()]), references)
        if shuffled is not None:
            tables = tuple(table.sample(frac=1, random_state=shuffled) for table in tables)
        signatures = signatures_wide(*tables)
        write_matrix_tsv(folder / "signatures.tsv", signatures)
        write_matrix_tsv(folder / "exposures.tsv", exposures_wide("frobenius", catalogue, signatures))
        return [(folder / f"{name}.tsv").read_bytes() for name in ("signatures", "exposures")]

    first = written(tmp_path / "one", [list(range(SPLITS))], None)
    assert written(tmp_path / "three", [[0, 1], [2, 3], [4, 5]], 5) == first
    assert written(tmp_path / "backwards", [[4, 5], [0, 1, 2, 3]], 6) == first


def fit_of(signatures: np.ndarray) -> Fit:
    path = Trajectory(np.array([1]), np.array([0.5]), np.array([0.1]))
    return Fit(signatures, np.ones((K, PATIENTS - 1)), 0.5, 1, True, 1e-9, 0.1, path)


def test_an_order_of_other_signatures_is_refused(splits, references):
    found, matches, order = long_tables(splits, references)
    with pytest.raises(ValueError, match="order of clusters"):
        signatures_wide(found, matches, order[order["position"] > 1])


@pytest.mark.parametrize(("first", "leads"), [("b", "b"), ("absent", "a")])
def test_the_method_named_first_leads_and_where_it_is_absent_the_first_that_was_fitted(first, leads):
    profiles = np.eye(96)[:, :3]
    tables = [(method, profiles[:, order]) for method, order in (("a", [0, 1, 2]), ("b", [2, 0, 1]))]
    frame = pd.concat(
        keyed(
            pd.DataFrame(
                [(k + 1, c, s[m, k]) for k in range(3) for m, c in enumerate(CHANNELS)],
                columns=["cluster", "channel", "value"],
            ),
            cohort="mine",
            method=method,
            loss="frobenius",
        )
        for method, s in tables
    )
    matches = pd.DataFrame(
        [
            ("mine", method, "frobenius", k + 1, "cosmic", f"SBS{number}")
            for method, numbers in (("a", (3, 1, 2)), ("b", (1, 3, 2)))
            for k, number in enumerate(numbers)
        ],
        columns=["cohort", "method", "loss", "cluster", "reference", "match"],
    )
    found = matched_order(frame, matches, ["a", "b"], first).set_index(["method", "position"])["cluster"].unstack()
    assert found.columns.tolist() == [1, 2, 3]
    expected = {"a": {"a": [2, 3, 1], "b": [3, 1, 2]}, "b": {"a": [3, 2, 1], "b": [1, 3, 2]}}[leads]
    assert {method: found.loc[method].tolist() for method in "ab"} == expected
