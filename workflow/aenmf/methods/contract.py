"""What the pipeline expects of every method, as checks whose messages say what to fix.

``pytest tests/contract --method module:Class`` runs them on one's own method; see docs/add-a-method.md.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from aenmf.channels import N_CHANNELS
from aenmf.files.fits import load_fits, save_fits
from aenmf.losses import LOSSES, NEGATIVE_BINOMIAL
from aenmf.methods.base import Method
from aenmf.methods.checked import mistake_in
from aenmf.methods.registry import mistake_in_class
from aenmf.problem import Fit, Problem
from aenmf.seeds import Seed
from aenmf.solvers.refit import refit

N_PATIENTS, N_SIGNATURES, DISPERSION = 30, 3, 10.0


class ContractError(AssertionError):
    """A method does not do what the pipeline relies on."""

    def __init__(self, problem: str, remedy: str):
        super().__init__(f"{problem}. {remedy}.")


def example(loss: str, split: int = 0, n_patients: int = N_PATIENTS) -> Problem:
    """A training matrix (96, N) of Poisson counts on three true signatures, one patient with very many mutations."""
    rng = Seed(11).child("contract", split).generator()
    truth = Seed(11).child("truth").generator().dirichlet(np.full(N_CHANNELS, 0.2), N_SIGNATURES).T
    exposures = rng.gamma(1.0, 800.0, (N_SIGNATURES, n_patients))
    exposures[:, 3] *= 30
    catalogue = rng.poisson(truth @ exposures).astype(float)
    catalogue[0, catalogue.sum(axis=0) == 0] = 1
    dispersion = np.full(n_patients, DISPERSION) if loss == NEGATIVE_BINOMIAL else None
    return Problem(np.ascontiguousarray(catalogue), N_SIGNATURES, loss, Seed(12).child(f"split {split}"), dispersion)


def check_description(method: Method, loss: str) -> None:
    """The class names and describes itself."""
    if mistake := mistake_in_class(type(method)):
        raise ContractError(*mistake)
    if not isinstance(method.solver_name(loss), str):
        raise ContractError("solver_name does not return a text", "Return the name of what minimises the loss")


def check_fit(method: Method, loss: str) -> None:
    """Shapes, numbers, signs, scale, unit and objective of a fit."""
    problem = example(loss)
    fit = _fits(method, [problem])[0]
    if mistake := mistake_in(fit, problem):
        raise ContractError(*mistake)
    fitted = fit.signatures @ fit.exposures
    ratio = fitted.sum() / problem.catalogue.sum()
    if not 0.5 < ratio < 2.0:
        remedy = "Exposures are in mutations: undo any scaling of the input"
        raise ContractError(f"all exposures together are {ratio:.2g} times the mutations of the catalogue", remedy)
    value = problem.value(fitted)
    if not np.isclose(fit.objective, value, rtol=1e-6):
        remedy = "Report problem.value(signatures @ exposures)"
        raise ContractError(f"objective is {fit.objective:.6g}, the loss of the fit is {value:.6g}", remedy)


def check_seed(method: Method, loss: str) -> None:
    """The problem's seed alone decides, and the global generators are left alone."""
    runs = []
    for number in (1, 2):
        random.seed(number)
        np.random.seed(number)
        before = _numpy_state()
        runs.append(_fits(method, [example(loss)])[0])
        if not np.array_equal(before, _numpy_state()):
            remedy = 'Draw from problem.seed.child("name").generator(), never from np.random itself'
            raise ContractError("numpy's global generator was used", remedy)
    _same(runs[0], runs[1], "the same problem gave two different results", "Draw every random number from problem.seed")


def check_batch(method: Method, loss: str) -> None:
    """A problem's result does not depend on what else is in the batch, nor on its place."""
    first, second = example(loss, 0), example(loss, 1)
    alone = _fits(method, [second])[0]
    for batch, place in (([first, second], 1), ([second, first], 0)):
        together = _fits(method, batch)[place]
        remedy = "Keep nothing from one problem to the next, and let no sum run over problems"
        _same(alone, together, "a problem's result depends on the other problems of its batch", remedy)


def check_input(method: Method, loss: str) -> None:
    """The catalogue is not written to."""
    problem = example(loss)
    before = problem.catalogue.copy()
    problem.catalogue.flags.writeable = False
    try:
        method.fit([problem])
    except ValueError as error:
        if "read-only" in str(error):
            raise ContractError("fit writes to problem.catalogue", "Work on problem.catalogue.copy()") from error
        raise
    if not np.array_equal(before, problem.catalogue):
        raise ContractError("fit has changed problem.catalogue", "Work on problem.catalogue.copy()")


def check_refit(method: Method, loss: str) -> None:
    """New patients can be refitted on the signatures with every loss."""
    signatures = _fits(method, [example(loss)])[0].signatures
    new = example(loss, split=5).catalogue
    for name in LOSSES:
        exposures = refit(name, new, signatures, np.full(new.shape[1], DISPERSION))
        if not np.isfinite(exposures).all():
            raise ContractError(f"the {name} refit on the signatures is not finite", "Look at the signatures' entries")


def check_report(method: Method, loss: str) -> None:
    """The progress callback is called after each problem."""
    calls: list[tuple[int, int, float]] = []
    method.fit([example(loss, 0), example(loss, 1)], lambda *arguments: calls.append(arguments))
    if [call[:2] for call in calls] != [(1, 2), (2, 2)] or not all(isinstance(call[2], float) for call in calls):
        remedy = "Call report(done, total, objective) after each problem of the batch, if report is not None"
        raise ContractError(f"report was called with {calls}", remedy)


def check_storage(method: Method, loss: str) -> None:
    """A chunk of fits can be written to one file without pickles and read again."""
    fits = _fits(method, [example(loss, 0), example(loss, 1)])
    with tempfile.TemporaryDirectory() as folder:
        paths = Path(folder) / "fits.npz", Path(folder) / "seconds.npz"
        try:
            save_fits(*paths, [0, 1], fits)
            again = load_fits(paths[:1], paths[1:])
        except (ValueError, KeyError, AttributeError) as error:
            remedy = "extras are numeric arrays, of the same names and shapes for every problem of one shape"
            raise ContractError(f"the fits cannot be stored ({error})", remedy) from error
    for number, fit in enumerate(fits):
        _same(fit, again[number], "a stored fit differs from the fit", "extras are plain numeric arrays")


CHECKS: dict[str, Callable[[Method, str], None]] = {
    "description": check_description,
    "fit": check_fit,
    "seed": check_seed,
    "batch": check_batch,
    "input": check_input,
    "refit": check_refit,
    "report": check_report,
    "storage": check_storage,
}
"""All checks by name, each called with a configured method and a loss that it supports."""


def _fits(method: Method, problems: list[Problem]) -> list[Fit]:
    fits = method.fit(problems)
    if not isinstance(fits, list) or len(fits) != len(problems) or not all(isinstance(fit, Fit) for fit in fits):
        raise ContractError(
            f"fit of {len(problems)} problems returned {type(fits).__name__}", "Return one Fit for each"
        )
    return fits


def _numpy_state() -> np.ndarray:
    """The state of numpy's global generator."""
    state = np.random.get_state(legacy=False)["state"]
    return np.append(state["key"], state["pos"])


def _same(one: Fit, other: Fit, problem: str, remedy: str) -> None:
    if set(one.extras) != set(other.extras):
        raise ContractError(f"{problem} (names of extras)", remedy)
    arrays = [("signatures", one.signatures, other.signatures), ("exposures", one.exposures, other.exposures)]
    arrays += [(f"extras[{name!r}]", array, other.extras[name]) for name, array in one.extras.items()]
    for name, first, second in arrays:
        if not np.array_equal(np.asarray(first), np.asarray(second), equal_nan=True):
            raise ContractError(f"{problem} ({name})", remedy)
