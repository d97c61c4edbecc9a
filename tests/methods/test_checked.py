"""What a user's own method returns is checked before it is used; the fuzzer tries many more."""

from __future__ import annotations

import logging
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aenmf.errors import UserError
from aenmf.losses import FROBENIUS
from aenmf.methods.checked import checked_fits
from aenmf.methods.contract import example
from aenmf.methods.nmf import NMF
from aenmf.methods.refitted import Extraction, RefittedMethod
from aenmf.problem import Trajectory

PROBLEMS = [example(FROBENIUS, split, 8) for split in (0, 1)]


class Mine(RefittedMethod):
    """A right method, whose fits a test may change."""

    model, architecture = "mine", NMF.architecture

    def __init__(self, change=lambda fits: fits):
        super().__init__()
        self.change = change

    def extract(self, matrix, n_signatures, seed):
        return Extraction(seed.generator().random((96, n_signatures)), extras={"kept": np.zeros(2)})

    def fit(self, problems, report=None):
        return self.change(super().fit(problems, report))


def second(**changes):
    """A method whose second fit differs."""
    return Mine(lambda fits: [fits[0], replace(fits[1], **{name: make(fits[1]) for name, make in changes.items()})])


def test_right_fits_are_given_as_they_are():
    given = []
    (first, other) = checked_fits(Mine(lambda fits: given.extend(fits) or fits), PROBLEMS)
    assert first is given[0] and other is given[1]


@pytest.mark.parametrize(
    ("method", "says"),
    [
        (Mine(lambda fits: fits[:1]), "fit of 2 problems returned a list of 1"),
        (Mine(tuple), "returned tuple"),
        (Mine(lambda fits: [fits[0], None]), "returned a list of 2"),
        (second(signatures=lambda fit: fit.signatures.T), "signatures are (3, 96) instead of (96, 3)"),
        (second(exposures=lambda fit: fit.exposures[:, 1:]), "exposures are (3, 7) instead of (3, 8)"),
        (second(signatures=lambda fit: fit.signatures.tolist()), "signatures are list"),
        (second(exposures=lambda fit: np.asmatrix(fit.exposures)), "exposures are matrix"),
        (second(exposures=lambda fit: fit.exposures.astype("float32")), "exposures are float32"),
        (second(exposures=lambda fit: fit.exposures * np.nan), "exposures are not all finite"),
        (second(signatures=lambda fit: -fit.signatures), "signatures are negative in 288 places"),
        (second(signatures=lambda fit: 2 * fit.signatures), "columns sum to [2.0, 2.0, 2.0] instead of 1"),
        (
            second(signatures=lambda fit: 1.00001 * fit.signatures),
            "columns sum to [1.00001, 1.00001, 1.00001] instead of 1",
        ),
        (second(exposures=lambda fit: 1e110 * (fit.exposures + 1)), "Exposures are in mutations"),
        (second(objective=lambda fit: "low"), "objective is 'low'"),
        (second(objective=lambda fit: float("nan")), "objective is nan"),
        (second(n_iter=lambda fit: 1.5), "n_iter is 1.5"),
        (second(n_iter=lambda fit: 10**30), "n_iter is 1000"),
        (second(converged=lambda fit: 1), "converged is 1"),
        (second(device=lambda fit: None), "device is None"),
        (second(starts=lambda fit: 10**30), "starts is 1000"),
        (second(starts=lambda fit: "x"), "starts is 'x'"),
        (second(hits=lambda fit: [1]), "hits is [1]"),
        (second(hits=lambda fit: None), "hits is None"),
        (second(hits=lambda fit: 2), "hits are 2 of 1 starts"),
        (second(hits=lambda fit: -1), "hits are -1 of 1 starts"),
        (second(found_again=lambda fit: 1), "found_again is 1"),
        (second(found_again=lambda fit: np.zeros((2, 2))), "found_again is array"),
        (second(trajectory=lambda fit: Trajectory(np.ones(2), np.ones(2), np.ones(1))), "trajectory's arrays differ"),
        (second(trajectory=lambda fit: None), "trajectory's arrays differ"),
        (second(extras=lambda fit: None), "extras are no mapping"),
        (second(extras=lambda fit: {}), "extras differ between fits"),
        (second(extras=lambda fit: {"kept": np.zeros(3)}), "extras differ between fits"),
        (second(extras=lambda fit: {"kept": ["a"]}), "extras['kept'] is no array of numbers"),
        (second(extras=lambda fit: {"kept": np.zeros(())}), "extras['kept'] is no array of numbers"),
        (second(extras=lambda fit: {"file": np.zeros(2)}), "has a name that is no word, or that of a part"),
        (second(extras=lambda fit: {"a/b": np.zeros(2)}), "has a name that is no word, or that of a part"),
        (Mine(lambda fits: {}["key"]), "it raised KeyError: 'key'"),
        (Mine(lambda fits: exit()), "it raised SystemExit"),
        (Mine(lambda fits: PROBLEMS[1].catalogue.__imul__(1.5) is None or fits), "fit has changed problem.catalogue"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_remedy(method, says):
    before = PROBLEMS[1].catalogue.copy()
    with pytest.raises(UserError) as error:
        checked_fits(method, PROBLEMS)
    PROBLEMS[1].catalogue[:] = before
    assert says in str(error.value) and ":Mine" in error.value.where and "pytest tests/contract" in error.value.remedy


@pytest.mark.parametrize(("kkt", "converged"), [(0.2, False), (0.1, True), (float("nan"), True)])
def test_a_fit_whose_own_residual_is_large_has_not_converged(caplog, kkt, converged):
    """A residual that is not known says nothing; that of the other fit is not."""
    with caplog.at_level(logging.WARNING):
        first, other = checked_fits(second(kkt=lambda _: kkt), PROBLEMS)
    assert (first.converged, other.converged) == (True, converged)
    assert ("with a residual of 2.0e-01" in caplog.text) is not converged


def test_errors_of_a_built_in_method_keep_their_traceback(monkeypatch):
    monkeypatch.setattr(NMF, "fit", lambda *_: {}["key"])
    with pytest.raises(KeyError):
        checked_fits(NMF("mu"), PROBLEMS)


@pytest.mark.parametrize(
    "found", [np.ones((96, 3)) * 1j, np.full((96, 3), "a"), np.ma.masked_less(np.ones((96, 3)), 2)]
)
def test_signatures_that_are_no_plain_numbers_are_refused(found):
    method = Mine()
    method.extract = lambda *_: Extraction(found)
    with pytest.raises(UserError, match="or masked ones. Return an array of numbers"):
        method.fit(PROBLEMS)


FOUND = np.ones((96, 3))


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (FOUND, "extract returned ndarray instead of an Extraction. Return Extraction(signatures)"),
        (None, "extract returned nothing. Return Extraction(signatures)"),
        ((FOUND, 3), "extract returned tuple instead of an Extraction"),
        (
            Extraction(FOUND.T),
            "signatures of shape (3, 96) instead of (96, 3). Return channels × signatures: transpose it",
        ),
        (
            Extraction(FOUND[:, :2]),
            "signatures of shape (96, 2) instead of (96, 3). Return channels × signatures, one column for each",
        ),
        (Extraction(np.where(FOUND.cumsum() == 7, np.nan, 1).reshape(96, 3)), "not finite in 1 places"),
        (Extraction(FOUND - 2), "negative in 288 places"),
        (Extraction([[1.0], [1.0, 2.0]]), "rows of different lengths"),
        (Extraction(FOUND, extras=None), "extras are no mapping"),
    ],
)
def test_what_extract_returns_is_refused_by_class_and_file(found, says):
    method = Mine()
    method.extract = lambda *_: found
    with pytest.raises(UserError) as error:
        checked_fits(method, PROBLEMS)
    assert says in str(error.value)
    assert ":Mine" in error.value.where and Path(__file__).name in error.value.where


def test_what_a_method_prints_goes_to_the_log(capsys, caplog):
    def chatter(fits):
        print("epoch 1")
        print("epoch 2", file=sys.stderr, end="")
        return fits

    with caplog.at_level(logging.INFO):
        checked_fits(Mine(chatter), PROBLEMS)
    assert capsys.readouterr() == ("", "")
    assert [text for text in caplog.messages if "epoch" in text] == ["printed: epoch 1", "printed: epoch 2"]
