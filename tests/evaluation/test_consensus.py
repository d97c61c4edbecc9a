"""Consensus signatures by PAM."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from aenmf.channels import CHANNELS
from aenmf.evaluation.consensus import (
    clusters_table,
    consensus,
    consensus_table,
    deviation,
    dissimilarity,
    partition_around_medoids,
    pool,
    signatures_from_table,
)
from aenmf.evaluation.matching import cosine, match
from support.published_matrices import RANKS, published_signatures

# Two groups on a line, {0, 1, 2} and {10, 11, 12, 14}: the medoids are 1 and, of total 1 + 0 + 1 + 3 = 5, 11.
POINTS = np.array([10.0, 0.0, 11.0, 1.0, 12.0, 2.0, 14.0])


def distances_of(points: np.ndarray) -> np.ndarray:
    return np.abs(points[:, None] - points[None, :])


def noisy_splits(seed: int, n_splits: int, k: int, noise: float = 0.05, m: int = 96) -> np.ndarray:
    """Splits whose signatures scatter around k common ones, in another order in each split."""
    generator = np.random.default_rng(seed)
    centres = generator.dirichlet(np.full(m, 0.3), size=k).T
    splits = []
    for _ in range(n_splits):
        noisy = centres * np.exp(noise * generator.standard_normal((m, k)))
        splits.append((noisy / noisy.sum(axis=0))[:, generator.permutation(k)])
    return np.stack(splits)


def test_pam_on_a_line():
    medoids, labels = partition_around_medoids(distances_of(POINTS), 2)
    assert medoids.tolist() == [2, 3]  # the larger group is cluster 1
    assert labels.tolist() == [1, 2, 1, 2, 1, 2, 1]
    assert deviation(distances_of(POINTS), medoids) == pytest.approx(5 + 2)


def test_no_single_swap_improves_pam():
    for seed in range(5):
        distances = dissimilarity(np.random.default_rng(seed).dirichlet(np.full(10, 0.3), size=25).T)
        medoids, _ = partition_around_medoids(distances, 3)
        best = deviation(distances, medoids)
        for position in range(3):
            for candidate in range(25):
                swapped = medoids.copy()
                swapped[position] = candidate
                assert deviation(distances, swapped) >= best - 1e-12


def test_equal_sizes_are_numbered_by_medoid():
    medoids, labels = partition_around_medoids(distances_of(np.array([5.0, 6.0, 0.0, 1.0])), 2)
    assert np.all(np.diff(medoids) > 0)
    assert labels[0] == labels[1] == 1 and labels[2] == labels[3] == 2
    for seed in range(20):
        points = np.random.default_rng(seed).permutation([0.0, 0.0, 5.0, 5.0, 9.0, 9.0])
        medoids, _ = partition_around_medoids(distances_of(points), 3)
        assert np.all(np.diff(medoids) > 0)


def test_pam_that_does_not_end_is_an_error(monkeypatch):
    swaps = noisy_splits(9, n_splits=10, k=4, noise=1.5)
    consensus(swaps)
    monkeypatch.setattr("aenmf.evaluation.consensus.MAX_SWAPS", 1)
    with pytest.raises(RuntimeError, match="still swapping medoids after 1 iterations"):
        consensus(swaps)


def test_duplicates_do_not_confuse_labels():
    # Three distinct points, each three times, and four clusters: one cluster shares its place with another.
    medoids, labels = partition_around_medoids(distances_of(np.repeat([0.0, 5.0, 9.0], 3)), 4)
    assert len(set(medoids)) == 4
    assert labels[medoids].tolist() == [1, 2, 3, 4]


def test_dissimilarity_is_clean():
    signatures = np.repeat(np.random.default_rng(0).dirichlet(np.ones(96), size=4).T, 3, axis=1)
    distances = dissimilarity(signatures)
    assert np.array_equal(distances, distances.T)
    assert np.all(np.diag(distances) == 0) and distances.min() >= 0


def test_consensus_finds_the_groups():
    splits = noisy_splits(1, n_splits=8, k=4)
    result = consensus(splits)
    assert np.bincount(result.labels)[1:].tolist() == [8] * 4
    labels = result.labels.reshape(8, 4)
    assert all(sorted(row) == [1, 2, 3, 4] for row in labels)  # every split has one signature in every cluster
    pooled = pool(splits)
    assert np.array_equal(result.signatures, pooled[:, result.medoids])
    for cluster in range(1, 5):
        members = pooled[:, result.labels == cluster]
        totals = dissimilarity(members).sum(axis=0)
        own = np.flatnonzero(np.flatnonzero(result.labels == cluster) == result.medoids[cluster - 1])[0]
        assert totals[own] == pytest.approx(totals.min())


def test_consensus_does_not_depend_on_the_order_of_the_splits():
    splits = noisy_splits(2, n_splits=7, k=3, noise=0.2)
    first, second = consensus(splits), consensus(splits[::-1])
    assert match(first.signatures, second.signatures).mean == pytest.approx(1.0, abs=1e-12)
    assert second.deviation == pytest.approx(first.deviation)


def test_silhouettes_follow_their_definition():
    splits = noisy_splits(3, n_splits=5, k=2, noise=0.3)
    result = consensus(splits)
    distances = dissimilarity(pool(splits))
    own = result.labels == result.labels[0]
    a = distances[0, own].sum() / (own.sum() - 1)
    b = distances[0, ~own].mean()
    assert result.silhouettes[0] == pytest.approx((b - a) / max(a, b))


def test_silhouettes_are_undefined_for_one_cluster_and_for_one_split():
    assert np.isnan(consensus(noisy_splits(4, 5, 1)).silhouettes).all()
    alone = consensus(noisy_splits(4, 1, 3))
    assert alone.medoids.tolist() == [0, 1, 2] and alone.labels.tolist() == [1, 2, 3]
    assert np.isnan(alone.silhouettes).all() and alone.deviation == 0


def test_too_many_clusters_are_refused():
    with pytest.raises(ValueError, match="6 signatures cannot be put into 7 clusters"):
        consensus(noisy_splits(0, 2, 3), n_clusters=7)


def test_tables_hold_the_result():
    splits = noisy_splits(5, n_splits=3, k=2)
    result = consensus(splits)
    long = consensus_table(result, CHANNELS)
    assert list(long.columns) == ["cluster", "channel", "value"] and len(long) == 192
    shuffled = long.sample(frac=1, random_state=0)
    assert np.array_equal(signatures_from_table(shuffled, CHANNELS), result.signatures)
    clusters = clusters_table(result, [4, 7, 9])
    assert clusters["split"].tolist() == [4, 4, 7, 7, 9, 9] and clusters["signature"].tolist() == [0, 1] * 3
    medoids = clusters[clusters["medoid"]].sort_values("cluster")
    assert medoids["cluster"].tolist() == [1, 2]
    for row in medoids.itertuples():
        signature = splits[[4, 7, 9].index(row.split)][:, row.signature]
        assert np.array_equal(signature, result.signatures[:, row.cluster - 1])


def test_a_lost_channel_is_noticed():
    long = consensus_table(consensus(noisy_splits(5, 3, 2)), CHANNELS)
    with pytest.raises(ValueError, match="expected channels"):
        signatures_from_table(long[long["channel"] != CHANNELS[5]], CHANNELS)
    with pytest.raises(ValueError, match="expected channels"):
        signatures_from_table(long.replace({"channel": {CHANNELS[5]: "A[C>A]N"}}), CHANNELS)


PAPER_COSMIC_MEANS = {
    ("ovary", "nmf"): 0.80,
    ("ovary", "aenmf"): 0.82,
    ("prostate", "nmf"): 0.90,
    ("prostate", "aenmf"): 0.86,
    ("uterus", "nmf"): 0.89,
    ("uterus", "aenmf"): 0.83,
}


@pytest.mark.parametrize(("cohort", "method"), PAPER_COSMIC_MEANS)
def test_published_signatures_give_the_published_cosmic_means(data_dir: Path, cohort: str, method: str):
    import SigProfilerAssignment

    folder = Path(SigProfilerAssignment.__file__).parent / "data" / "Reference_Signatures" / "GRCh37"
    cosmic = pd.read_csv(folder / "COSMIC_v3.4_SBS_GRCh37.txt", sep="\t", index_col=0).loc[list(CHANNELS)]
    signatures = published_signatures(data_dir, cohort, method)
    assert signatures.shape == (30, 96, RANKS[cohort])
    found = match(consensus(signatures).signatures, cosmic.to_numpy())
    assert round(found.mean, 2) == PAPER_COSMIC_MEANS[cohort, method]


def lacks_cluster() -> bool:
    """Whether R, or its package cluster, is not installed."""
    r = shutil.which("Rscript")
    asked = [r, "-e", "quit(status = !requireNamespace('cluster', quietly = TRUE))"]
    return r is None or subprocess.run(asked, capture_output=True, check=False).returncode != 0


@pytest.mark.skipif(lacks_cluster(), reason="R is not installed with its package (r-base-core, r-cran-cluster)")
def test_medoids_are_those_of_r(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(root / "tests" / "support" / "parity"))
    import pam_parity

    monkeypatch.setattr(pam_parity, "OTHERS", {"R cluster::pam": pam_parity.medoids_by_r})
    problems = [(("x", str(k), "y"), noisy_splits(k, 12, k, noise=1.0)) for k in (1, 2, 5)]
    table = pam_parity.compare(problems, tmp_path)
    assert (table["agreement"] == "same medoids").sum() == 3


def test_parity_script_tells_a_tie_from_a_difference(root: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(root / "tests" / "support" / "parity"))
    import pam_parity

    ours, theirs = np.array([1, 2]), np.array([1, 3])
    assert pam_parity.agreement(ours, 2.0, ours.copy(), 2.0) == "same medoids"
    assert pam_parity.agreement(ours, 2.0, theirs, 2.0 + 1e-14) == "tie"
    assert pam_parity.agreement(ours, 2.0, theirs, 2.1) == "higher total"
    assert pam_parity.agreement(ours, 2.0, theirs, 1.9) == "lower total"


def test_parity_script_says_what_is_missing(root: Path, tmp_path: Path, monkeypatch, capsys):
    monkeypatch.syspath_prepend(str(root / "tests" / "support" / "parity"))
    import pam_parity

    assert pam_parity.main([str(tmp_path)]) == 2
    assert "Run the pipeline first" in capsys.readouterr().err
    monkeypatch.setattr(pam_parity.shutil, "which", lambda name: None)
    with pytest.raises(Exception, match="apt-get install r-base-core r-cran-cluster"):
        pam_parity.medoids_by_r(tmp_path / "listing.tsv")


def test_cosine_to_the_own_medoid_is_the_nearest():
    splits = noisy_splits(6, n_splits=6, k=3, noise=0.5)
    result = consensus(splits)
    nearest = cosine(pool(splits), result.signatures).argmax(axis=1) + 1
    assert np.array_equal(nearest, result.labels)


def test_dissimilarities_are_symmetric_though_products_of_matrices_need_not_be(monkeypatch):
    uneven = np.array([[1.0, 0.5], [0.5 + 1e-9, 1.0]])
    monkeypatch.setattr("aenmf.evaluation.consensus.cosine", lambda one, other: uneven)
    found = dissimilarity(np.ones((96, 2)))
    assert found[0, 1] == found[1, 0] == pytest.approx(0.5, abs=1e-9) and not found.diagonal().any()
