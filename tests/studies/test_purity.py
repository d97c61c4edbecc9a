"""Recovery against purity: shares below their cap, purities of known exposures, and a method that cannot leave the cone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from aenmf.errors import UserError
from aenmf.losses import KULLBACK_LEIBLER
from aenmf.seeds import Seed
from aenmf.studies.purity import (
    COLUMNS,
    Design,
    Setting,
    estimated_purities,
    fit_setting,
    purities,
    purity,
    shares,
    simulate,
    true_purities,
    true_signatures,
)
from aenmf.tables.purity import cohorts_layout, cohorts_table, purity_layout, purity_table

ENTRIES = {
    "nmf": {"model": "nmf", "solver": {"frobenius": "hals", "kullback-leibler": "ccd"}},
    "cnmf": {"model": "cnmf", "solver": {"frobenius": "blocks", "kullback-leibler": "newton"}},
}
DESIGN = Design(burden=5000, concentration=0.5, dispersion=50)
FITS = [("nmf", KULLBACK_LEIBLER), ("cnmf", KULLBACK_LEIBLER)]


def signatures() -> np.ndarray:
    """Three signatures (96, 3) of sum 1 that share few channels."""
    drawn = np.random.default_rng(4).gamma(0.15, size=(96, 3)) + 1e-4
    return drawn / drawn.sum(axis=0)


@pytest.mark.parametrize("cap", [0.4, 0.6, 1.0])
def test_no_share_exceeds_the_cap(cap):
    drawn = shares(cap, 5, 40, 0.5, Seed(1).generator())
    assert drawn.shape == (5, 40)
    np.testing.assert_allclose(drawn.sum(axis=0), 1.0)
    assert drawn.max() <= cap
    assert drawn.max() > 0.7 * cap  # the cap is what bounds them


def test_shares_that_cannot_sum_to_one_are_refused():
    with pytest.raises(ValueError, match="no sum of 1"):
        shares(0.2, 5, 10, 0.5, Seed(1).generator())


def test_purity_is_the_least_of_the_largest_shares_whatever_the_burdens():
    exposures = np.array([[90.0, 10.0, 0.0, 0.0], [10.0, 30.0, 0.0, 0.0], [0.0, 60.0, 0.0, 0.0]])
    np.testing.assert_allclose(purities(exposures), [0.9, 0.3, 0.6])
    assert purity(exposures) == pytest.approx(0.3)
    assert purity(exposures * [7.0, 0.1, 1.0, 1.0]) == pytest.approx(0.3)


def test_a_setting_is_drawn_the_same_every_time_and_differs_from_the_next():
    setting = Setting(0.7, 30, "poisson", 0)
    (first, exposures), (again, _) = (simulate(signatures(), setting, DESIGN, Seed(3)) for _ in range(2))
    other, _ = simulate(signatures(), Setting(0.7, 30, "poisson", 1), DESIGN, Seed(3))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    np.testing.assert_allclose(exposures.sum(axis=0), 5000)
    exact, exposures = simulate(signatures(), Setting(0.7, 30, "none", 0), DESIGN, Seed(3))
    assert np.abs(exact - signatures() @ exposures).max() <= 0.5


def test_noise_has_the_variance_that_it_should():
    """Of counts around their means: none, the mean, and mean + mean² / dispersion."""
    spread = {}
    for noise in ("none", "poisson", "negative-binomial"):
        counts, exposures = simulate(signatures(), Setting(0.7, 2000, noise, 0), DESIGN, Seed(3))
        means = signatures() @ exposures
        large = means > 20
        expected = {"none": 0 * means, "poisson": means, "negative-binomial": means + means**2 / DESIGN.dispersion}[
            noise
        ]
        spread[noise] = ((counts - means) ** 2 - expected)[large].sum() / means[large].sum()
    assert all(abs(excess) < 0.1 for excess in spread.values()), spread


def test_a_convex_method_loses_signatures_that_are_never_alone_and_nmf_does_not():
    table = pd.concat(
        [
            fit_setting(signatures(), Setting(cap, 60, "poisson", 0), ENTRIES, FITS, DESIGN, Seed(2))
            for cap in (1.0, 0.45)
        ]
    )
    assert list(table.columns) == COLUMNS
    acs = table.set_index(["cap", "method"])["acs"]
    assert acs[1.0, "cnmf"] > 0.97 and acs[1.0, "nmf"] > 0.97
    assert acs[0.45, "nmf"] > 0.95
    assert acs[0.45, "cnmf"] < 0.9
    shown = purity_layout(purity_table(table), {"nmf": "NMF", "cnmf": "C-NMF"})
    assert len(shown.rows) == 2


def test_estimated_purities_of_a_clean_cohort_are_the_true_ones():
    counts, exposures = simulate(signatures(), Setting(1.0, 60, "none", 0), replace(DESIGN, burden=50_000), Seed(2))
    table = estimated_purities(pd.DataFrame(counts), 3, [KULLBACK_LEIBLER], "nmf", ENTRIES["nmf"], Seed(0))
    np.testing.assert_allclose(sorted(table["purity"]), sorted(purities(exposures)), atol=0.03)


def test_the_least_pure_signature_of_a_cohort_is_named():
    exposures = pd.DataFrame([[95.0, 20.0], [5.0, 80.0]], index=pd.Index(["SBS1", "SBS5"], name="signature"))
    table = cohorts_table(true_purities(exposures).assign(cohort="toy"))
    [row] = table.itertuples()
    assert (row.purity, row.least_pure, row.signatures) == (pytest.approx(0.8), "SBS5", 2)
    assert (row.above_90, row.above_70) == (1, 2)
    assert len(cohorts_layout(table, {"toy": "Toy"}).rows) == 1


def test_an_unknown_signature_is_refused_with_its_key():
    with pytest.raises(UserError, match="SBS1O") as caught:
        true_signatures(pd.DataFrame({"SBS10a": np.ones(96)}), ["SBS1O"])
    assert "purity.signatures" in str(caught.value)
