"""The methods as scikit-learn estimators: ``from aenmf import NMF, ConvexNMF, AENMF``.

As scikit-learn expects, rows are samples (patients) and columns features (channels), the transpose of what the rest of the
package uses. ``components_`` are the signatures, each of sum 1, so that what :meth:`transform` returns is in mutations.
"""

from __future__ import annotations

import warnings
from typing import Any, ClassVar

import numpy as np
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import Tags, check_array, check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from aenmf.errors import UserError, did_you_mean
from aenmf.losses import FROBENIUS, KULLBACK_LEIBLER, LOSSES, NEGATIVE_BINOMIAL
from aenmf.methods.dispersion import ONE, dispersion
from aenmf.methods.iterative import IterativeMethod
from aenmf.methods.registry import model_class
from aenmf.methods.sensible import check_sensible
from aenmf.problem import Problem
from aenmf.seeds import Seed
from aenmf.solvers.refit import refit


class _Factorisation(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """X (samples × features) ≈ X_new · components_, everything non-negative.

    Args:
        n_components: number of signatures K.
        solver: one of the model's solvers (docs/methods.md), or ``auto`` for the fast one of the loss.
        beta_loss: ``frobenius``, ``kullback-leibler`` or ``negative-binomial``.
        dispersion: α of the loss ``negative-binomial``, a number above 0, or ``one`` to estimate it from the training data;
            the other losses do not use it.
        tol: the solver's tolerance on the relative change of the loss.
        max_iter: iterations after which to give up with a ``ConvergenceWarning``.
        restarts: ``search`` adds starts, and moves out of their local optima, until the lowest loss has been found again
            from an independent start; a number is so many random starts. The fit of the lowest loss is kept.
        random_state: int, ``numpy.random.RandomState`` or None, of the starting points.

    Attributes:
        components_: (K, n_features) signatures, each non-negative and of sum 1.
        n_components_: K.
        reconstruction_err_: as scikit-learn's NMF: the Frobenius norm of the residual, or the root of twice the summed
            divergence, of the training data with the exposures of the fit.
        dispersion_: α, infinite where the counts vary as Poisson's; None with another loss.
        n_iter_: iterations done.
        converged_: whether the stopping rule was met, with a small residual of the optimality conditions.
        kkt_: relative residual of the optimality conditions.
        n_starts_, n_hits_, found_again_: starts used, how many ended at the lowest loss, and whether two independent ones did.
        n_features_in_, feature_names_in_: as in scikit-learn.
    """

    _model: ClassVar[str]
    _fast: ClassVar[dict[str, str]]

    def __init__(
        self,
        n_components: int = 2,
        *,
        solver: str = "auto",
        beta_loss: str = FROBENIUS,
        dispersion: float | str = ONE,
        tol: float = 1e-10,
        max_iter: int = 100_000,
        restarts: int | str = "search",
        random_state: Any = None,
    ):
        self.n_components = n_components
        self.solver = solver
        self.beta_loss = beta_loss
        self.dispersion = dispersion
        self.tol = tol
        self.max_iter = max_iter
        self.restarts = restarts
        self.random_state = random_state

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = tags.input_tags.sparse = True
        return tags

    def fit(self, X: Any, y: Any = None) -> _Factorisation:
        """Fit the signatures to X (n_samples, n_features) ≥ 0, dense or sparse; y is ignored."""
        X = self._checked(X, reset=True)
        if self.beta_loss not in LOSSES:
            raise ValueError(f"beta_loss {self.beta_loss!r} is not allowed. {did_you_mean(self.beta_loss, LOSSES)}")
        if not isinstance(self.n_components, (int, np.integer)) or self.n_components < 1:
            raise ValueError(f"n_components must be a whole number of at least 1, not {self.n_components!r}")
        solver = self._fast[self.beta_loss] if self.solver == "auto" else self.solver
        options = {"tol": self.tol, "max_iter": self.max_iter, "restarts": self.restarts}
        kind = model_class(self._model)
        assert issubclass(kind, IterativeMethod)
        seed = Seed(int(check_random_state(self.random_state).randint(2**31 - 1)))
        try:
            check_sensible(options, type(self).__name__)
            method = kind({self.beta_loss: solver}, options, type(self).__name__)
            catalogue, k = np.ascontiguousarray(X.T), int(self.n_components)
            self.dispersion_ = self._dispersion_of(catalogue, seed)
            problem = Problem(catalogue, k, self.beta_loss, seed, self._alpha(len(X)))
        except UserError as error:
            raise ValueError(str(error.__cause__ or error)) from error  # the cause knows no configuration file
        reason = method.unsupported(self.beta_loss)
        if reason:
            raise ValueError(reason)
        fit = method.fit([problem])[0]
        self.components_ = np.ascontiguousarray(fit.signatures.T)
        self.n_components_ = self._n_features_out = len(self.components_)
        total = max(fit.objective, 0.0) * X.size  # rounding can leave the loss of an exact fit below zero
        self.reconstruction_err_ = float(np.sqrt(total if self.beta_loss == FROBENIUS else 2.0 * total))
        self.n_iter_, self.converged_, self.kkt_ = fit.n_iter, fit.converged, fit.kkt
        self.n_starts_, self.n_hits_, self.found_again_ = fit.starts, fit.hits, fit.found_again
        if not fit.converged:
            ended = f"{solver} ended after {fit.n_iter} iterations before converging, with a residual of {fit.kkt:.1e}"
            remedy = f"increase max_iter={self.max_iter}, lower tol={self.tol} or choose another solver"
            warnings.warn(f"{ended}; {remedy}", ConvergenceWarning, stacklevel=2)
        return self

    def fit_transform(self, X: Any, y: Any = None) -> np.ndarray:
        """Fit, then :meth:`transform` the same samples."""
        return self.fit(X, y).transform(X)

    def transform(self, X: Any) -> np.ndarray:
        """Exposures (n_samples, K) ≥ 0 of X (n_samples, n_features): the optimum on the fixed signatures, sample by sample."""
        check_is_fitted(self)
        X = self._checked(X, reset=False)
        return np.ascontiguousarray(refit(self.beta_loss, X.T, self.components_.T, self._alpha(len(X))).T)

    def inverse_transform(self, X: Any) -> np.ndarray:
        """Reconstruction (n_samples, n_features) from exposures X (n_samples, K)."""
        check_is_fitted(self)
        return check_array(X, dtype=np.float64) @ self.components_

    def _dispersion_of(self, catalogue: np.ndarray, seed: Seed) -> float | None:
        """The α to fit with: the one given, or the likeliest of the catalogue."""
        given = self.dispersion
        if self.beta_loss != NEGATIVE_BINOMIAL:
            return None
        number = given if isinstance(given, (int, float, np.number)) and not isinstance(given, bool) else None
        if given != ONE and not (number is not None and number > 0):  # nan is not above 0
            raise ValueError(f"dispersion must be a number above 0 or {ONE!r}, not {given!r}")
        return float(dispersion(catalogue, given, int(self.n_components), seed.child("dispersion"))[0])

    def _alpha(self, n: int) -> np.ndarray | None:
        """The dispersion of n samples, which all have the same."""
        return None if self.dispersion_ is None else np.full(n, self.dispersion_)

    def _checked(self, X: Any, reset: bool) -> np.ndarray:
        X = validate_data(self, X, reset=reset, dtype=np.float64, ensure_non_negative=True, accept_sparse="csr")
        return X.toarray() if issparse(X) else X


class NMF(_Factorisation):
    __doc__ = f"Non-negative matrix factorisation. {_Factorisation.__doc__}"

    _model = "nmf"
    _fast = {FROBENIUS: "hals", KULLBACK_LEIBLER: "ccd", NEGATIVE_BINOMIAL: "mm"}


class ConvexNMF(_Factorisation):
    __doc__ = f"Convex NMF: signatures are mixtures of the samples. {_Factorisation.__doc__}"

    _model = "cnmf"
    _fast = {FROBENIUS: "blocks", KULLBACK_LEIBLER: "newton", NEGATIVE_BINOMIAL: "mm"}


class AENMF(_Factorisation):
    __doc__ = f"The linear non-negative autoencoder, which minimises convex NMF's loss. {_Factorisation.__doc__}"

    _model = "aenmf"
    _fast = dict.fromkeys(LOSSES, "varpro")
