"""Scenario 8 is regenerated bit for bit; R's random numbers are R's."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from aenmf.channels import CHANNELS
from aenmf.data import scenarios as scenario8
from aenmf.data.catalogues import read_catalogue
from aenmf.data.datasets import Registry
from aenmf.data.fetch import resolve
from aenmf.data.scenarios import RRandom, counts_sha256, simulate
from aenmf.data.usertable import read_table
from aenmf.errors import UserError


@pytest.fixture(scope="module")
def cosmic(root):
    registry = Registry.load(root / "config/cohorts.tsv", root / "config/references.tsv")
    return resolve(registry.reference("cosmic_v3_3").data).path


@pytest.fixture(scope="module")
def simulated(cosmic):
    return simulate(cosmic)


def test_r_random_numbers():
    """What R prints for set.seed(42) and set.seed(1), each followed by runif(3) and by rnorm(3)."""
    assert RRandom(42).uniform(3) == pytest.approx([0.9148060435, 0.9370754133, 0.2861395348], abs=5e-11)
    assert RRandom(1).uniform(3) == pytest.approx([0.2655086631, 0.3721238996, 0.5728533634], abs=5e-11)
    assert RRandom(42).normal(3) == pytest.approx([1.37095845, -0.56469817, 0.36312841], abs=5e-9)
    assert RRandom(1).normal(3) == pytest.approx([-0.6264538, 0.1836433, -0.8356286], abs=5e-8)


def test_a_stream_continues_where_it_was():
    one, two = RRandom(44), RRandom(44)
    assert np.array_equal(one.uniform(1000), np.concatenate([two.uniform(1), two.uniform(624), two.uniform(375)]))


def test_shapes_names_and_checksum(simulated):
    counts = simulated.catalogue.to_numpy()
    assert counts.shape == (96, 1000) and tuple(simulated.catalogue.index) == CHANNELS
    assert counts_sha256(counts) == scenario8.COUNTS_SHA256
    assert list(simulated.signatures.columns) == list(simulated.exposures.index) == ["SBS5", "SBS40", "SBS3"]
    assert list(simulated.catalogue.columns) == list(simulated.exposures.columns)
    assert simulated.catalogue.columns[0] == "SP.Syn.Abst.1" and simulated.catalogue.columns[-1] == "SP.Syn.Abst.1000"
    assert (simulated.catalogue.sum() > 0).all()
    assert simulated.signatures.sum().to_numpy() == pytest.approx(1, abs=1e-3)


def test_the_catalogue_is_the_rounded_product(simulated):
    product = simulated.signatures.to_numpy() @ simulated.exposures.to_numpy()
    residual = simulated.catalogue.to_numpy() - product
    assert np.abs(residual).max() <= 0.5 + 1e-9
    assert np.mean(residual**2) == pytest.approx(1 / 12, rel=0.03)  # rounding alone: uniform on (-1/2, 1/2)
    # No cell is so near to a half that another library's last digit could tip it.
    assert np.abs(np.abs(residual) - 0.5).min() > 1e-9


def test_equal_to_the_published_files(simulated, data_dir):
    folder = data_dir / "scenario8"
    catalogue = read_catalogue(folder / "ground.truth.syn.catalog.csv")
    assert catalogue.samples == tuple(simulated.catalogue.columns)
    assert np.array_equal(catalogue.matrix, simulated.catalogue)
    signatures = read_table(folder / "ground.truth.syn.sigs.csv", "signature")
    assert signatures.names == tuple(simulated.signatures.columns)
    assert np.array_equal(signatures.matrix, simulated.signatures)
    exposures = pd.read_csv(folder / "ground.truth.syn.exposures.csv", index_col=0)
    assert list(exposures.index) == list(simulated.exposures.index)
    assert np.array_equal(exposures > 0, simulated.exposures > 0)
    np.testing.assert_allclose(simulated.exposures, exposures, rtol=2e-14)


def test_other_counts_are_never_passed_off_as_scenario_8(cosmic, monkeypatch):
    monkeypatch.setattr(scenario8, "R_SEED", 45)
    with pytest.raises(RuntimeError, match="not Scenario 8"):
        simulate(cosmic)


def test_a_wrong_signature_file_is_refused(tmp_path):
    (tmp_path / "c.txt").write_text("Type\tSBS5\n" + "".join(f"{channel}\t{1 / 96!r}\n" for channel in CHANNELS))
    with pytest.raises(UserError, match="no signature 'SBS40'"):
        simulate(tmp_path / "c.txt")


def test_the_package_that_holds_the_signatures_is_not_imported(root):
    """Importing it would load plotting and genome libraries, and print."""
    code = """
import sys
from aenmf.data.fetch import resolve
from aenmf.data.datasets import Registry
from aenmf.data.scenarios import simulate
registry = Registry.load("config/cohorts.tsv", "config/references.tsv")
simulate(resolve(registry.reference("cosmic_v3_3").data).path)
resolve(registry.reference("cosmic").data)
heavy = [name for name in sys.modules if name.lower().startswith(("sigpro", "torch", "matplotlib"))]
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root, env={"PYTHONPATH": str(root / "workflow")})
