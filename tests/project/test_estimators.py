"""The scikit-learn estimators: scikit-learn's own checks, and agreement with the methods they stand for."""

from __future__ import annotations

import pickle
import re
import subprocess
import sys

import numpy as np
import pytest
import scipy.sparse
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.estimator_checks import parametrize_with_checks

from aenmf import AENMF, NMF, ConvexNMF
from aenmf.losses import LOSSES, NEGATIVE_BINOMIAL, PAPER_LOSSES, loss_value
from aenmf.solvers.refit import refit

KINDS = (NMF, ConvexNMF, AENMF)
EXCEPTIONS: dict[str, str] = {}
"""scikit-learn's checks that an estimator need not pass, each with the reason; there is none."""


@parametrize_with_checks(
    [NMF(), NMF(beta_loss="kullback-leibler"), NMF(beta_loss="negative-binomial"), ConvexNMF(), AENMF()],
    expected_failed_checks=lambda _: EXCEPTIONS,
)
def test_scikit_learns_checks(estimator, check):
    check(estimator)


def counts(n: int = 40, m: int = 12, k: int = 2) -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.poisson(rng.gamma(1.0, 300.0, (n, k)) @ rng.dirichlet(np.full(m, 0.3), k)).astype(float)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("kind", KINDS)
def test_fit_transform_and_back(kind, loss):
    x = counts()
    estimator = kind(2, beta_loss=loss, dispersion=20.0, random_state=1)
    exposures = estimator.fit_transform(x)
    alpha = np.full(len(x), 20.0) if loss == NEGATIVE_BINOMIAL else None
    assert estimator.dispersion_ == (20.0 if loss == NEGATIVE_BINOMIAL else None)
    assert estimator.converged_ and estimator.n_iter_ >= 1 and estimator.n_features_in_ == 12
    assert estimator.components_.shape == (2, 12) and exposures.shape == (40, 2)
    np.testing.assert_allclose(estimator.components_.sum(axis=1), 1)
    np.testing.assert_allclose(exposures, refit(loss, x.T, estimator.components_.T, alpha).T)
    np.testing.assert_array_equal(estimator.transform(x[5:9]), exposures[5:9])
    back = estimator.inverse_transform(exposures)
    total = loss_value(loss, x.T, back.T, alpha) * x.size
    expected = np.sqrt(total if loss == "frobenius" else 2 * total)
    assert estimator.reconstruction_err_ == pytest.approx(expected, rel=1e-3)
    assert (
        estimator.reconstruction_err_
        < 0.5 * kind(1, beta_loss=loss, dispersion=20.0, random_state=1).fit(x).reconstruction_err_
    )
    assert estimator.get_feature_names_out().tolist() == [f"{kind.__name__.lower()}{i}" for i in range(2)]
    again = clone(estimator).fit(x)
    np.testing.assert_array_equal(again.components_, estimator.components_)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(again)).transform(x), exposures)


@pytest.mark.parametrize("loss", PAPER_LOSSES)
def test_error_is_scikit_learns(loss):
    from sklearn.decomposition import NMF as Theirs

    x = counts() + 0.5
    solver = "cd" if loss == "frobenius" else "mu"
    theirs = Theirs(2, init="random", solver=solver, beta_loss=loss, tol=1e-8, max_iter=5000, random_state=0).fit(x)
    ours = NMF(2, beta_loss=loss, random_state=0).fit(x)
    assert ours.reconstruction_err_ == pytest.approx(theirs.reconstruction_err_, rel=1e-3)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [({"beta_loss": "frobenious"}, "Did you mean 'frobenius'"), ({"solver": "newton"}, "newton"),
     ({"n_components": 0}, "n_components"), ({"tol": "small"}, "tol"), ({"solver": "ccd"}, "no frobenius loss")],
)  # fmt: skip
def test_wrong_parameters_are_value_errors(parameters, message):
    with pytest.raises(ValueError, match=message):
        NMF(**parameters).fit(counts())


@pytest.mark.parametrize("kind", KINDS)
def test_the_dispersion_is_estimated_from_the_training_data(kind):
    rng = np.random.default_rng(3)
    mean = rng.gamma(1.0, 3000.0, (60, 2)) @ rng.dirichlet(np.full(24, 1.0), 2)
    spread = rng.poisson(mean * rng.gamma(8.0, 1 / 8.0, mean.shape)).astype(float)
    estimator = kind(2, beta_loss=NEGATIVE_BINOMIAL, restarts=1, random_state=0).fit(spread)
    assert estimator.dispersion_ == pytest.approx(8.0, rel=0.25)
    poisson = kind(2, beta_loss=NEGATIVE_BINOMIAL, restarts=1, random_state=0).fit(rng.poisson(mean).astype(float))
    assert poisson.dispersion_ > 1000


@pytest.mark.parametrize("given", [0, -1.0, float("nan"), True, "per-patient", None])
def test_a_dispersion_that_is_none_is_a_value_error(given):
    with pytest.raises(ValueError, match="dispersion must be a number above 0 or 'one'"):
        NMF(beta_loss=NEGATIVE_BINOMIAL, dispersion=given).fit(counts())


def test_the_documented_lines_run(root):
    text = (root / "docs/methods.md").read_text(encoding="utf-8")
    names = {"counts": counts(k=4)}
    exec(text.split("```python\n")[1].split("```")[0], names)
    assert names["exposures"].shape == (40, 4) and names["model"].components_.shape == (4, 12)


@pytest.mark.parametrize("loss", PAPER_LOSSES)
@pytest.mark.parametrize("kind", KINDS)
def test_sparse_data_give_what_dense_data_give(kind, loss):
    x, estimator = counts(), kind(2, beta_loss=loss, random_state=1)
    exposures = estimator.fit_transform(x)
    for sparse in (scipy.sparse.csr_array(x), scipy.sparse.coo_matrix(x)):
        np.testing.assert_array_equal(clone(estimator).fit_transform(sparse), exposures)


@pytest.mark.parametrize("loss", PAPER_LOSSES)
@pytest.mark.parametrize("kind", KINDS)
def test_data_that_are_no_counts_end_at_once(kind, loss):
    estimator = kind(2, beta_loss=loss).fit(np.zeros((40, 12)))
    assert estimator.converged_ and estimator.n_iter_ == 0 and estimator.reconstruction_err_ == 0
    for scale in (1e200, 1e-200):
        with pytest.raises(ValueError, match="largest count"):
            estimator.fit(counts() * scale)


def test_a_wrong_option_points_to_no_configuration_file():
    with pytest.raises(ValueError, match="^tol must be a number, not 'small'$"):
        NMF(tol="small").fit(counts())


def test_starts_are_those_of_the_documentation(root):
    documented = re.search(r"`restarts=\"(\w+)\"`", (root / "docs/methods.md").read_text("utf-8"))
    assert {kind().restarts for kind in KINDS} == {documented[1]}


def test_no_convergence_is_a_warning():
    with pytest.warns(ConvergenceWarning, match="max_iter=3"):
        NMF(max_iter=3).fit(counts())


def test_importing_the_package_is_light():
    code = "import sys, aenmf; sys.exit(any(m in sys.modules for m in ('numpy', 'sklearn', 'torch', 'numba')))"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
    with pytest.raises(ImportError):
        from aenmf import Nonsense  # noqa: F401
