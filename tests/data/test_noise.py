"""Further draws of cohorts with known truth: the stated noise, the same cohort in every run, and files of others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from aenmf.data.datasets import Registry
from aenmf.data.entries import Cohort, DataFile, Draw, Given
from aenmf.data.fetch import file_sha256
from aenmf.data.knowntruth import counts_sha256, expected_counts
from aenmf.data.noise import noisy
from aenmf.data.simulated import is_nearby, make, simulated_from
from aenmf.errors import UserError
from aenmf.seeds import Seed


@pytest.fixture(scope="module")
def registry(root) -> Registry:
    return Registry.load(root / "config/cohorts.tsv", root / "config/references.tsv")


def made(registry, cohort, seed=1, **options):
    return make(cohort, registry.references.get(simulated_from(cohort)), Seed(seed), **options).cohort


def again(registry, base="scenario8", noise="poisson", name="again", **keys) -> Cohort:
    of = registry.cohort(base)
    return Cohort(name, name, "simulated", of.rank, simulation=Draw(of, noise, **keys))


@pytest.mark.parametrize("noise", ["poisson", "negative-binomial"])
def test_the_noise_has_the_stated_mean_and_variance(noise):
    means = np.repeat([[0.0], [0.5], [20.0], [400.0]], 50_000, axis=1)
    counts = noisy(means, noise, 5.0, Seed(1).generator())
    mean, variance = counts.mean(axis=1), counts.var(axis=1)
    assert (counts[0] == 0).all() and (counts == np.rint(counts)).all()
    assert mean[1:] == pytest.approx(means[1:, 0], rel=0.02)
    more = means[1:, 0] ** 2 / 5.0 if noise == "negative-binomial" else 0
    assert variance[1:] == pytest.approx(means[1:, 0] + more, rel=0.05)


def test_without_noise_the_base_comes_back(registry):
    base, same = (
        made(registry, cohort) for cohort in (registry.cohort("pancreas"), again(registry, "pancreas", "none"))
    )
    pd.testing.assert_frame_equal(same.catalogue, base.catalogue)
    pd.testing.assert_frame_equal(same.exposures, base.exposures)


def test_depth_scales_the_expectation_and_the_truth(registry):
    base, tenth = made(registry, registry.cohort("scenario8")), made(registry, again(registry, depth=0.1))
    np.testing.assert_allclose(tenth.exposures, 0.1 * base.exposures)
    expected = expected_counts(tenth.signatures.to_numpy(), tenth.exposures.to_numpy())
    cells = expected > 1
    residual = (tenth.catalogue.to_numpy() - expected)[cells]
    assert np.mean(residual**2 / expected[cells]) == pytest.approx(1, abs=0.05)
    assert list(tenth.catalogue) == list(base.catalogue)


def test_a_draw_is_the_same_in_every_run_and_another_name_is_another_draw(registry):
    first, other = made(registry, again(registry), seed=1), made(registry, again(registry, name="other"), seed=1)
    pd.testing.assert_frame_equal(made(registry, again(registry), seed=2).catalogue, first.catalogue)
    assert (first.catalogue.to_numpy() != other.catalogue.to_numpy()).mean() > 0.5


@pytest.mark.parametrize("name", ["scenario8_poisson", "scenario8_negbin", "many_types_poisson", "random30_negbin"])
def test_the_registrys_draws_are_those_of_its_checksums(registry, name):
    cohort = registry.cohort(name)
    assert counts_sha256(made(registry, cohort).catalogue.to_numpy()) == cohort.simulation.sha256
    with pytest.raises(RuntimeError, match=f"not those of {name}"):
        made(registry, replace(cohort, simulation=replace(cohort.simulation, sha256="0" * 64)))


def test_patients_who_draw_no_mutation(registry):
    few = again(registry, depth=2e-4)
    with pytest.raises(UserError, match="cohort again: .* patients have no mutation.*Raise depth"):
        made(registry, few)
    left = made(registry, few, empty_samples="drop")
    assert left.dropped and left.catalogue.shape[1] == left.exposures.shape[1] == 1000 - len(left.dropped)


def test_jiang_2025_and_its_draws(registry, data_dir):
    cohort = registry.cohort("jiang2025")
    if not is_nearby(cohort, data_dir):
        pytest.skip(f"there is no {data_dir / cohort.data.path}")
    found = make(cohort, None, Seed(1), data_dir=data_dir)
    truth = found.cohort
    assert (
        truth.catalogue.shape == (96, 900) and truth.signatures.shape == (96, 41) and found.sha256 == cohort.data.sha256
    )
    assert list(truth.exposures.index) == list(truth.signatures) and list(truth.exposures) == list(truth.catalogue)
    # Negative-binomial noise: the truth explains the counts up to it, and no other patient's truth does.
    expected = expected_counts(truth.signatures.to_numpy(), truth.exposures.to_numpy())
    counts = truth.catalogue.to_numpy()
    cosine = (counts * expected).sum(axis=0) / np.linalg.norm(counts, axis=0) / np.linalg.norm(expected, axis=0)
    assert np.median(cosine) > 0.95 and counts.sum() == pytest.approx(expected.sum(), rel=0.02)
    for name in ("jiang2025_poisson", "jiang2025_negbin"):
        drawn = made(registry, registry.cohort(name), data_dir=data_dir)
        pd.testing.assert_frame_equal(drawn.exposures, truth.exposures)


def test_files_whose_names_do_not_agree_are_refused(registry, data_dir, tmp_path):
    cohort = registry.cohort("jiang2025")
    if not is_nearby(cohort, data_dir):
        pytest.skip(f"there is no {data_dir / cohort.data.path}")
    exposures = pd.read_csv(data_dir / "jiang2025/exposures.csv", index_col=0)
    path = tmp_path / "exposures.csv"
    exposures.iloc[:, 1:].to_csv(path)
    source = cohort.simulation
    other = DataFile("exposures", "own", str(path), file_sha256(path))
    with pytest.raises(UserError, match="there is no sample 'Breast-AdenoCA::S.1'.*one column per sample"):
        made(registry, replace(cohort, simulation=Given(source.signatures, other)), data_dir=data_dir)


def test_a_cohort_that_has_to_be_downloaded_is_not_nearby(registry, tmp_path, monkeypatch):
    monkeypatch.setenv("AENMF_CACHE_DIR", str(tmp_path))
    assert not is_nearby(registry.cohort("jiang2025_poisson"), tmp_path)
    assert is_nearby(registry.cohort("random30_poisson"), tmp_path)
