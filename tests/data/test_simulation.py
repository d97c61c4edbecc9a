"""Simulated cohorts: their truth, the stated means, what each key changes, and names that do not depend on each other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from aenmf.channels import CHANNELS
from aenmf.data.datasets import Registry
from aenmf.data.entries import Draw, Simulation
from aenmf.data.fetch import resolve
from aenmf.data.simulation import REFERENCE, draw_exposures, simulate, with_simulated
from aenmf.errors import UserError
from aenmf.seeds import Seed

PLAIN = Simulation(("SBS1", "SBS5", "SBS18"), 400, burden=3000.0)


@pytest.fixture(scope="module")
def registry(root) -> Registry:
    return Registry.load(root / "config/cohorts.tsv", root / "config/references.tsv")


@pytest.fixture(scope="module")
def cosmic(registry):
    return resolve(registry.references[REFERENCE].data, None).path


def test_the_truth_explains_the_counts(cosmic):
    made = simulate("sim", PLAIN, cosmic, Seed(1))
    assert tuple(made.catalogue.index) == CHANNELS and made.catalogue.shape == (96, 400)
    assert list(made.signatures.columns) == ["SBS1", "SBS5", "SBS18"] == list(made.exposures.index)
    assert made.catalogue.columns[0] == "sim-001" and list(made.exposures.columns) == list(made.catalogue.columns)
    expected = made.signatures.to_numpy() @ made.exposures.to_numpy()
    counts = made.catalogue.to_numpy()
    assert (counts == np.rint(counts)).all() and not (counts == np.rint(expected)).all()
    # Squared Poisson residuals over their variance have mean 1; 30,000 cells know it to about one per cent.
    cells = expected > 5
    assert np.mean((counts - expected)[cells] ** 2 / expected[cells]) == pytest.approx(1, abs=0.05)


def test_without_noise_the_expected_counts_are_rounded(cosmic):
    noisy = simulate("sim", PLAIN, cosmic, Seed(1))
    clean = simulate("sim", replace(PLAIN, noise="none"), cosmic, Seed(1))
    pd.testing.assert_frame_equal(clean.exposures, noisy.exposures)
    expected = clean.signatures.to_numpy() @ clean.exposures.to_numpy()
    np.testing.assert_allclose(clean.catalogue.to_numpy(), expected, atol=0.5 + 1e-9)


@pytest.mark.parametrize("presence", [1.0, 0.5, 0.1])
def test_burden_presence_and_sigma_are_what_they_say(presence):
    settings = Simulation(("A", "B", "C", "D"), 200_000, burden=1000.0, sigma=0.4, presence=presence)
    exposures = draw_exposures(settings, Seed(0))
    assert exposures.shape == (4, 200_000)
    assert exposures.sum(axis=0).mean() == pytest.approx(1000, rel=0.01)
    active = exposures > 0
    assert active.any(axis=0).all()
    alone = (1 - presence) ** 4
    assert active.mean() == pytest.approx(presence + alone / 4, abs=0.003)
    assert np.log(exposures[active]).std() == pytest.approx(0.4, rel=0.01)


def test_the_same_name_and_seed_give_the_same_and_others_do_not(cosmic):
    first = simulate("sim", PLAIN, cosmic, Seed(1)).catalogue
    pd.testing.assert_frame_equal(simulate("sim", PLAIN, cosmic, Seed(1)).catalogue, first)
    for name, seed in (("sim", 2), ("other", 1)):
        assert (simulate(name, PLAIN, cosmic, Seed(seed)).catalogue.to_numpy() != first.to_numpy()).any()
    more = simulate("sim", replace(PLAIN, patients=700), cosmic, Seed(1)).catalogue
    pd.testing.assert_frame_equal(more.iloc[:, :400], first)


def test_patients_without_a_mutation(cosmic):
    few = replace(PLAIN, burden=2.0)
    with pytest.raises(UserError, match="simulated_cohorts.sim: .* patients have no mutation.*Raise burden"):
        simulate("sim", few, cosmic, Seed(1))
    made = simulate("sim", few, cosmic, Seed(1), "drop")
    assert made.dropped and made.catalogue.shape[1] == 400 - len(made.dropped) == made.exposures.shape[1]
    assert made.catalogue.to_numpy().any(axis=0).all() and not set(made.dropped) & set(made.catalogue.columns)
    with pytest.raises(UserError, match="have no mutation"):
        simulate("sim", replace(few, burden=1e-9), cosmic, Seed(1), "drop")


def test_entries_become_cohorts(registry):
    entries = {
        "a": {"signatures": ["SBS1", "SBS5"], "patients": 30},
        "b": {"signatures": ["SBS1"], "patients": 9, "rank": 2, "title": "Bee", "noise": False, "burden": 7},
    }
    cohorts = with_simulated(registry, entries).cohorts
    a, b = cohorts["a"], cohorts["b"]
    assert (a.kind, a.rank, a.title, a.data) == ("simulated", 2, "a", None)
    assert a.simulation == Simulation(("SBS1", "SBS5"), 30)
    assert (b.rank, b.title) == (2, "Bee") and b.simulation.noise == "none" and b.simulation.burden == 7
    assert registry.cohorts.items() <= cohorts.items()
    assert cohorts["scenario8"].of_paper and not a.of_paper and not b.of_paper
    with pytest.raises(UserError, match="simulated_cohorts.ovary: there is already a cohort 'ovary'"):
        with_simulated(registry, {"ovary": entries["a"]})


def test_a_base_may_come_after_its_draw_and_is_no_draw_itself(registry):
    again = {"base": "sim", "noise": "negative-binomial", "dispersion": 3, "depth": 0.5}
    entries = {"again": again, "sim": {"signatures": ["SBS1", "SBS5"], "patients": 30, "rank": 4}}
    cohorts = with_simulated(registry, entries).cohorts
    assert cohorts["again"].simulation == Draw(cohorts["sim"], "negative-binomial", 3, 0.5)
    assert (cohorts["again"].rank, cohorts["again"].kind) == (4, "simulated")
    for base in ("ovary", "scenario8_poisson", "again2"):
        with pytest.raises(
            UserError, match=f"simulated_cohorts.again.base: '{base}' is no simulated cohort of its own"
        ):
            with_simulated(registry, {"again": again | {"base": base}, "again2": again | {"base": "scenario8"}})
