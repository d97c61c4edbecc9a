"""The published simulated sets are regenerated bit for bit; R's random numbers are R's."""

from __future__ import annotations

import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

from aenmf.channels import CHANNELS
from aenmf.data.catalogues import read_catalogue
from aenmf.data.datasets import Registry
from aenmf.data.fetch import resolve
from aenmf.data.knowntruth import counts_sha256, expected_counts
from aenmf.data.rrandom import RRandom
from aenmf.data.synsiggen import SETS, regenerate
from aenmf.data.usertable import read_table
from aenmf.errors import UserError


@pytest.fixture(scope="module")
def registry(root):
    return Registry.load(root / "config/cohorts.tsv", root / "config/references.tsv")


@pytest.fixture(scope="module")
def cosmic(registry):
    return resolve(registry.reference("cosmic_v3_3").data).path


@pytest.fixture(scope="module")
def made(registry, cosmic):
    """All sets by name."""
    return {name: regenerate(name, registry.cohort(name).simulation.sha256, cosmic) for name in SETS}


def test_r_random_numbers():
    """What R prints for set.seed(42) and set.seed(1), each followed by runif(3) and by rnorm(3)."""
    assert RRandom(42).uniform(3) == pytest.approx([0.9148060435, 0.9370754133, 0.2861395348], abs=5e-11)
    assert RRandom(1).uniform(3) == pytest.approx([0.2655086631, 0.3721238996, 0.5728533634], abs=5e-11)
    assert RRandom(42).normal(3) == pytest.approx([1.37095845, -0.56469817, 0.36312841], abs=5e-9)
    assert RRandom(1).normal(3) == pytest.approx([-0.6264538, 0.1836433, -0.8356286], abs=5e-8)


def test_a_stream_continues_where_it_was():
    one, two = RRandom(44), RRandom(44)
    assert np.array_equal(one.uniform(1000), np.concatenate([two.uniform(1), two.uniform(624), two.uniform(375)]))


@pytest.mark.parametrize("probability", [0.0, 0.2, 0.5, 0.8, 1.0])
def test_trials_have_their_probability_and_certain_ones_draw_nothing(probability):
    random, untouched = RRandom(1), RRandom(1)
    assert random.bernoulli(20_000, probability).mean() == pytest.approx(probability, abs=0.01)
    drawn = 0 if probability in (0.0, 1.0) else 20_000
    assert random.uniform(1) == untouched.uniform(drawn + 1)[-1]


def test_a_sample_has_none_twice_and_every_number_is_as_likely():
    random = RRandom(7)
    samples = [random.sample(10, 4) for _ in range(5000)]
    assert all(len(set(sample)) == 4 for sample in samples)
    assert np.bincount(np.concatenate(samples), minlength=10) / 5000 == pytest.approx(np.full(10, 0.4), abs=0.03)
    assert sorted(random.sample(10, 10)) == list(range(10))


@pytest.mark.parametrize("name", SETS)
def test_shapes_names_and_checksum(made, registry, name):
    cohort, of = made[name], registry.cohort(name)
    counts = cohort.catalogue.to_numpy()
    assert tuple(cohort.catalogue.index) == CHANNELS and (cohort.catalogue.sum() > 0).all()
    assert cohort.signatures.shape == (96, of.rank) and list(cohort.signatures) == list(cohort.exposures.index)
    assert list(cohort.catalogue) == list(cohort.exposures) and not cohort.dropped
    assert counts_sha256(counts) == of.simulation.sha256
    assert cohort.signatures.sum().to_numpy() == pytest.approx(1, abs=3e-3)


@pytest.mark.parametrize("name", SETS)
def test_the_catalogue_is_the_rounded_product(made, name):
    cohort = made[name]
    residual = cohort.catalogue.to_numpy() - expected_counts(cohort.signatures.to_numpy(), cohort.exposures.to_numpy())
    assert np.abs(residual).max() <= 0.5
    # No cell is so near to a half that another library's last digit could tip it.
    assert np.abs(np.abs(residual) - 0.5).min() > 1e-8
    if name == "scenario8":  # many mutations in every channel, so that rounding is uniform on (-1/2, 1/2)
        assert np.mean(residual**2) == pytest.approx(1 / 12, rel=0.03)


@pytest.mark.parametrize("name", SETS)
def test_equal_to_the_published_files(made, data_dir, name):
    cohort, folder, before = made[name], data_dir / "synsiggen" / SETS[name].folder, ""
    if name == "scenario8":
        folder, before = data_dir / "scenario8", "ground.truth.syn."
    if not folder.is_dir():
        pytest.skip(f"there is no {folder}")
    catalogue = read_catalogue(folder / f"{before}catalog.csv")
    assert catalogue.samples == tuple(cohort.catalogue)
    assert np.array_equal(catalogue.matrix, cohort.catalogue)
    signatures = read_table(folder / f"{before}sigs.csv", "signature")
    assert signatures.names == tuple(cohort.signatures)
    if name == "random30":  # published with 15 digits
        np.testing.assert_allclose(cohort.signatures, signatures.matrix, rtol=1e-13)
    else:
        assert np.array_equal(signatures.matrix, cohort.signatures)
    exposures = pd.read_csv(folder / f"{before}exposures.csv", index_col=0)
    assert list(exposures.index) == list(cohort.exposures.index)
    assert np.array_equal(exposures > 0, cohort.exposures > 0)
    np.testing.assert_allclose(cohort.exposures, exposures, rtol=1e-13)


def test_all_sets_take_less_than_ten_seconds(registry, cosmic):
    began = time.process_time()
    for name in SETS:
        regenerate(name, registry.cohort(name).simulation.sha256, cosmic)
    assert time.process_time() - began < 10


@pytest.mark.parametrize("name", ["scenario8", "random30"])
def test_other_counts_are_never_passed_off_as_the_published_ones(cosmic, name):
    with pytest.raises(RuntimeError, match=f"not those of {name}"):
        regenerate(name, "0" * 64, cosmic)


def test_a_wrong_signature_file_is_refused(tmp_path):
    (tmp_path / "c.txt").write_text("Type\tSBS5\n" + "".join(f"{channel}\t{1 / 96!r}\n" for channel in CHANNELS))
    with pytest.raises(UserError, match="no signature 'SBS40'"):
        regenerate("scenario8", "", tmp_path / "c.txt")


def test_the_package_that_holds_the_signatures_is_not_imported(root):
    """Importing it would load plotting and genome libraries, and print."""
    code = """
import sys
from aenmf.data.fetch import resolve
from aenmf.data.datasets import Registry
from aenmf.data.synsiggen import regenerate
registry = Registry.load("config/cohorts.tsv", "config/references.tsv")
sha256 = registry.cohort("scenario8").simulation.sha256
regenerate("scenario8", sha256, resolve(registry.reference("cosmic_v3_3").data).path)
resolve(registry.reference("cosmic").data)
heavy = [name for name in sys.modules if name.lower().startswith(("sigpro", "torch", "matplotlib"))]
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root, env={"PYTHONPATH": str(root / "workflow")})
