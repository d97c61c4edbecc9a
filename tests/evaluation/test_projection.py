"""The projection of signatures: principal components, with signs that do not depend on the decomposition."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA

from aenmf.evaluation.projection import project_signatures


def split_signatures(seed: int, splits: int, rank: int) -> tuple[list[int], np.ndarray]:
    """Random signatures (S, 96, K) of some splits."""
    drawn = np.random.default_rng(seed).dirichlet(np.full(96, 0.3), (splits, rank))
    return list(range(splits)), drawn.transpose(0, 2, 1)


def test_coordinates_and_shares_are_those_of_scikit_learn_up_to_signs():
    found = {"nmf": split_signatures(1, 5, 3), "aenmf": split_signatures(2, 4, 6)}
    table, explained = project_signatures(found, cohort="ovary", loss="frobenius")
    points = np.concatenate([arrays.transpose(0, 2, 1).reshape(-1, 96) for _, arrays in found.values()])
    pca = PCA(n_components=2, svd_solver="full")
    expected, got = pca.fit_transform(points), table[["pc1", "pc2"]].to_numpy()
    np.testing.assert_allclose(np.abs(got), np.abs(expected), rtol=0, atol=1e-14)
    np.testing.assert_allclose(explained["explained"], pca.explained_variance_ratio_, rtol=1e-12)
    for column, component in zip(got.T, pca.components_, strict=True):
        towards = (points - points.mean(axis=0)).T @ column  # the component with the sign of the coordinates
        assert towards[np.argmax(np.abs(component))] > 0


def test_rows_name_the_signature_they_are_of():
    table, _ = project_signatures({"nmf": split_signatures(3, 2, 2)}, cohort="ovary", loss="frobenius")
    assert list(zip(table["split"], table["signature"], strict=True)) == [(0, 0), (0, 1), (1, 0), (1, 1)]


def test_a_single_signature_has_no_projection():
    with pytest.raises(ValueError, match="at least two signatures"):
        project_signatures({"nmf": split_signatures(4, 1, 1)}, cohort="ovary", loss="frobenius")
