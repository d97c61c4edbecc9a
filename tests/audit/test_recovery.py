"""Recovery of the training patients: on synthetic published matrices with known splits, and on the real ones."""

from __future__ import annotations

import json

import numpy as np
import pytest

from aenmf.audit.oracle import arrays_of, bounds_table, errors_table, order_blemishes, recover_cohort, splits_table
from aenmf.audit.recovery import best_order, held_out, recover
from aenmf.data.catalogues import read_catalogue
from aenmf.data.published import PublishedCohort, read_published, row_channels
from aenmf.losses import mse
from aenmf.solvers.refit import refit
from support.published_files import publish, synthetic_catalogue, write_archive


@pytest.fixture(scope="module")
def truth():
    return publish(synthetic_catalogue())


def test_every_patient_and_row_order_is_recovered(truth):
    for split, columns in enumerate(truth.patients):
        found = recover(truth.catalogue, truth.of_split(split))
        assert np.array_equal(found.patients, columns)
        assert found.exact.all()
        for order, expected in zip(found.orders, truth.orders.values(), strict=True):
            assert np.array_equal(order, expected)


def test_hypermutated_and_nearly_identical_patients_are_told_apart(truth):
    n = truth.catalogue.shape[1]
    for split, columns in enumerate(truth.patients):
        found = recover(truth.catalogue, truth.of_split(split))
        for patient in (6, 7, n - 3, n - 2, n - 1):
            assert (patient in found.patients) == (patient in columns)


def test_identical_patients_are_alternatives_of_each_other():
    catalogue = synthetic_catalogue()
    catalogue[:, 7] = catalogue[:, 6]
    truth = publish(catalogue, n_splits=6)
    split = next(s for s, columns in enumerate(truth.patients) if (6 in columns) != (7 in columns))
    found = recover(catalogue, truth.of_split(split))
    column = int(np.flatnonzero(np.isin(truth.patients[split], (6, 7)))[0])
    assert found.alternatives[column, [6, 7]].all()
    assert not found.certain[column]
    rest = np.delete(np.arange(len(found.patients)), column)
    assert np.array_equal(found.patients[rest], truth.patients[split][rest])


def test_unfinished_fits_are_assigned_jointly_and_the_truth_is_never_ruled_out():
    truth = publish(synthetic_catalogue(), exact=False, unfinished=0.1)
    for split, columns in enumerate(truth.patients):
        found = recover(truth.catalogue, truth.of_split(split))
        assert (found.patients == columns).mean() > 0.9
        assert found.alternatives[np.arange(len(columns)), columns].all()
        assert not found.certain.all()
        ordinary = columns < truth.catalogue.shape[1] - 3
        assert not found.alternatives[ordinary, -3:].any()  # a hypermutated patient is nobody's alternative


def test_recovery_does_not_depend_on_the_order_of_the_catalogue(truth):
    order = np.random.default_rng(0).permutation(truth.catalogue.shape[1])
    found = recover(truth.catalogue[:, order], truth.of_split(0))
    assert np.array_equal(order[found.patients], truth.patients[0])


def test_collinear_signatures_keep_the_order_of_the_file(truth):
    fit = truth.of_split(0)[1]
    double = np.column_stack([fit.signatures[:, 0], fit.signatures])
    halves = np.vstack([fit.exposures[0] / 3, fit.exposures[0] * 2 / 3, fit.exposures[1:]])
    twice = type(fit)(fit.method, 0, double, halves, "", "")
    order, margin = best_order(truth.catalogue, twice, truth.patients[0])
    assert np.array_equal(order, np.arange(4))
    assert abs(margin) < 1e-9


def test_held_out_methods_are_confirmed_by_the_others(truth):
    fits = truth.of_split(0)
    found = recover(truth.catalogue, fits)
    for method, known, alike, kept in held_out(truth.catalogue, fits, found):
        assert known == (len(found.patients) if method != "aenmf" else known)
        assert kept == known
        assert alike >= known - 2  # the two nearly identical patients may be exchanged


@pytest.fixture(scope="module")
def recovered(truth):
    samples = [f"P{i}" for i in range(truth.catalogue.shape[1])]
    return recover_cohort(PublishedCohort("test", truth.fits), truth.catalogue, samples)


def test_errors_are_those_of_the_true_split(truth, recovered):
    table = errors_table(recovered)
    assert list(table.columns) == ["cohort", "split", "method", "train_mse", "test_mse", "row_order"]
    row = table[(table["method"] == "nmf") & (table["split"] == 1)].iloc[0]
    fit, columns = truth.fits["nmf"][1], truth.patients[1]
    fitted = fit.signatures @ fit.exposures[truth.orders["nmf"]]
    assert row["train_mse"] == pytest.approx(mse(truth.catalogue[:, columns], fitted), rel=1e-12)
    rest = np.delete(truth.catalogue, columns, axis=1)
    expected = mse(rest, fit.signatures @ refit("frobenius", rest, fit.signatures))
    assert row["test_mse"] == pytest.approx(expected, rel=1e-12)
    assert row["row_order"] == " ".join(map(str, truth.orders["nmf"]))


def test_tables_of_a_recovered_cohort(truth, recovered):
    splits = splits_table(recovered)
    assert len(splits) == truth.patients.size
    assert splits.loc[splits["split"] == 0, "sample"].tolist() == [f"P{i}" for i in truth.patients[0]]
    bounds = bounds_table(recovered)
    assert (bounds["low"] <= bounds["value"] * (1 + 1e-12)).all()
    assert (bounds["value"] <= bounds["high"] * (1 + 1e-12)).all()
    values = errors_table(recovered).set_index(["method", "split"])
    for row in bounds.itertuples():
        assert row.value == pytest.approx(values.loc[(row.method, row.split), f"{row.set}_mse"], rel=1e-9)
    assert {b.file for b in order_blemishes(recovered)} == {"Test/nmf_0_exp.csv", "Test/nmf_1_exp.csv"}
    arrays = arrays_of(recovered)
    assert np.array_equal(arrays["patients"], truth.patients)
    assert np.allclose(arrays["exposures_nmf"][0], truth.fits["nmf"][0].exposures[truth.orders["nmf"]])


def test_bounds_hold_the_true_errors_of_unfinished_fits():
    truth = publish(synthetic_catalogue(), exact=False, unfinished=0.1, seed=8)
    found = recover_cohort(PublishedCohort("test", truth.fits), truth.catalogue, list(map(str, range(40))))
    bounds = bounds_table(found).set_index(["method", "split", "set"])
    for method, fits in truth.fits.items():
        for split, columns in enumerate(truth.patients):
            fit = fits[split]
            train = mse(truth.catalogue[:, columns], fit.signatures @ fit.exposures[truth.orders[method]])
            rest = np.delete(truth.catalogue, columns, axis=1)
            test = mse(rest, fit.signatures @ refit("frobenius", rest, fit.signatures))
            for which, value in (("train", train), ("test", test)):
                row = bounds.loc[method, split, which]
                assert row["low"] * (1 - 1e-9) <= value <= row["high"] * (1 + 1e-9)


def test_files_and_arrays_give_the_same_recovery(truth, tmp_path):
    channels = write_archive(tmp_path, truth)
    published = read_published(tmp_path, "test", 3, 2, channels)
    found = recover(truth.catalogue, [fits[0] for fits in published.fits.values()])
    assert np.array_equal(found.patients, truth.patients[0])


def test_real_prostate_split(data_dir):
    path = data_dir / "gel/catalogues_Prostate_SBS.tsv"
    if not (data_dir / "published").is_dir():
        pytest.skip("the published matrices are not there")
    catalogue = read_catalogue(path)
    published = read_published(data_dir / "published", "prostate", 5, 30, row_channels(path))
    found = recover(catalogue.matrix, [fits[0] for fits in published.fits.values()])
    assert found.certain.all()
    known = data_dir / "training_sets.json"
    if known.is_file():
        expected = json.loads(known.read_text())["prostate"]
        assert [catalogue.samples[p] for p in found.patients] == expected
