"""Controls: the truth is perfect, the others are not, and all are the same for the same seed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from aenmf.channels import CHANNELS
from aenmf.data.knowntruth import SimulatedCohort
from aenmf.data.references import read_signatures
from aenmf.evaluation.exposure_scores import scores
from aenmf.evaluation.scores import HIGHEST, SCORES, Solution
from aenmf.files.matrices import matrix_frame
from aenmf.methods import controls as methods
from aenmf.seeds import Seed
from aenmf.studies.controls import CONTROLS, NEGATIVE, TRUTH, control, control_scores


@pytest.fixture(scope="module")
def cohort() -> SimulatedCohort:
    """Forty patients of four sparse signatures, without noise."""
    rng = np.random.default_rng(5)
    names, patients = [f"T{i}" for i in range(4)], [f"P{i}" for i in range(40)]
    signatures = matrix_frame(rng.dirichlet(np.full(96, 0.1), 4).T, names)
    exposures = pd.DataFrame(rng.gamma(0.7, 900.0, (4, 40)), index=names, columns=patients)
    counts = np.rint(signatures.to_numpy() @ exposures.to_numpy())
    return SimulatedCohort(matrix_frame(counts, patients), signatures, exposures)


def test_the_truth_is_perfect_and_no_negative_control_beats_it(cohort):
    found = control_scores(cohort, Seed(1))
    assert list(found) == list(CONTROLS)
    for name, value in found[TRUTH].items():
        assert value == pytest.approx(SCORES[name].high if SCORES[name].best == HIGHEST else 0, abs=1e-9)
    for name in NEGATIVE:
        assert found[name]["f1"] < 0.9 and found[name]["manhattan"] > 0.3, name
    assert set(control_scores(cohort, Seed(1), exposures=False)[TRUTH]) < set(found[TRUTH])


def test_controls_depend_on_the_seed_and_on_nothing_else(cohort):
    for name in CONTROLS:
        first, again, other = (control(name, cohort, Seed(seed)).signatures for seed in (1, 1, 2))
        pd.testing.assert_frame_equal(first, again)
        assert first.equals(other) == (name in (TRUTH, "control_mean")), name


def test_what_each_control_answers(cohort):
    counts = cohort.catalogue.to_numpy()
    spectra = counts / counts.sum(axis=0)
    mean = control("control_mean", cohort, Seed(1)).signatures.to_numpy()
    np.testing.assert_allclose(mean, spectra.mean(axis=1, keepdims=True))
    chosen = control("control_patients", cohort, Seed(1)).signatures.to_numpy()
    same = [np.flatnonzero(np.isclose(spectra, column[:, None]).all(axis=0)).tolist() for column in chosen.T]
    assert all(len(found) == 1 for found in same) and len({found[0] for found in same}) == 4
    cosmic = control("control_cosmic", cohort, Seed(1)).signatures.to_numpy()
    known = methods.cosmic() / methods.cosmic().sum(axis=0)
    assert all(np.isclose(known, column[:, None]).all(axis=0).any() for column in cosmic.T)


def test_the_signatures_of_cosmic_are_those_of_the_registry(root):
    from aenmf.data.datasets import Registry
    from aenmf.data.fetch import resolve

    registry = Registry.load(root / "config/cohorts.tsv", root / "config/references.tsv")
    frame = read_signatures(resolve(registry.references["cosmic"].data).path)
    assert list(frame.index) == list(CHANNELS)
    np.testing.assert_array_equal(methods.cosmic(), frame.to_numpy())


def test_exposures_of_controls_are_those_of_the_best_refit(cohort):
    """The mean spectrum has every mutation of a patient."""
    answer = control("control_mean", cohort, Seed(1))
    assert answer.exposures is not None
    np.testing.assert_allclose(answer.exposures.sum(axis=0), cohort.catalogue.sum(axis=0))
    assert scores(answer, Solution(cohort.signatures, cohort.exposures))["k_error"] == -3
