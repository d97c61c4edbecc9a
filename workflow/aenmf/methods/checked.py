"""Fits of a configured method, checked before anything is computed from them: a user's own method may return anything."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, redirect_stderr, redirect_stdout
from dataclasses import fields, replace
from typing import Any

import numpy as np

from aenmf.errors import UserError
from aenmf.methods.base import Method
from aenmf.methods.plugins import is_plugin, raised, source_of
from aenmf.problem import Fit, Problem, Report, Trajectory
from aenmf.solvers.common import CRAWL

log = logging.getLogger(__name__)

LARGEST = 1e100
"""Above it, errors of a reconstruction leave the range of floating point."""
SHAPES = "Signatures are channels × signatures, exposures signatures × patients; transpose what you return"
TAKEN = {*(part.name for part in fields(Fit)), "file", "splits"}
TAKEN |= {f"trajectory_{part}" for part in ("offsets", "iterations", "losses", "seconds")}
"""Names in a file of fits, and of numpy's way to write one, that extras cannot have."""
_SCALARS: dict[str, tuple[type, ...]] = {
    "objective": (float, int, np.integer, np.floating),
    "n_iter": (int, np.integer),
    "converged": (bool, np.bool_),
    "kkt": (float, int, np.integer, np.floating),
    "seconds": (float, int, np.integer, np.floating),
    "device": (str,),
    "starts": (int, np.integer),
    "hits": (int, np.integer),
    "found_again": (bool, np.bool_),
}


def checked_fits(method: Method, problems: Sequence[Problem], report: Report | None = None) -> list[Fit]:
    """The fits of some problems.

    Raises:
        UserError: the method returned something else than a right fit of each, or a user's own method raised an error,
            whose traceback is in the log.
    """
    own = is_plugin(type(method))
    where = f"method {source_of(type(method))}"
    remedy = "pytest tests/contract checks the whole method (docs/add-a-method.md)"
    before = [problem.catalogue.copy() for problem in problems] if own else []
    try:
        with printed(log) if own else nullcontext():
            fits = method.fit(problems, report)
    except UserError as error:
        if not own:
            raise
        raise UserError(error.problem, where=where, remedy=f"{error.remedy}. {remedy}") from error
    except (Exception, SystemExit) as error:
        if not own:
            raise
        log.info("the method raised an error", exc_info=True)
        mistake = f"it raised {raised(error, type(method))}"
        raise UserError(mistake, where=where, remedy=f"Mend it. {remedy}") from error
    if not all(np.array_equal(old, problem.catalogue) for old, problem in zip(before, problems, strict=own)):
        raise UserError(
            "fit has changed problem.catalogue", where=where, remedy=f"Work on problem.catalogue.copy(). {remedy}"
        )
    if not isinstance(fits, list) or len(fits) != len(problems) or not all(isinstance(fit, Fit) for fit in fits):
        what = f"a list of {len(fits)}" if isinstance(fits, list) else type(fits).__name__
        mistake = f"fit of {len(problems)} problems returned {what}"
        raise UserError(mistake, where=where, remedy=f"Return a list with one Fit for each. {remedy}")
    for fit, problem in zip(fits, problems, strict=True):
        columns = method.n_columns(problem.n_signatures)
        if found := mistake_in(fit, problem, columns) or _other_extras(fit, fits[0]):
            raise UserError(found[0], where=where, remedy=f"{found[1]}. {remedy}")
    return [_as_it_ended(fit) for fit in fits] if own else fits


def _as_it_ended(fit: Fit) -> Fit:
    """A user's fit, which has not converged where the residual that it reports says otherwise."""
    if not fit.converged or not fit.kkt > CRAWL:
        return fit
    log.warning("the method says converged, with a residual of %.1e, above %g: taken as not converged", fit.kkt, CRAWL)
    return replace(fit, converged=False)


class _Lines(io.TextIOBase):
    """A text stream whose lines go to a log."""

    def __init__(self, log: logging.Logger):
        self.log, self.rest = log, ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        *lines, self.rest = (self.rest + text).split("\n")
        for line in lines:
            self.log.info("printed: %s", line.rpartition("\r")[2])
        return len(text)


@contextmanager
def printed(log: logging.Logger) -> Iterator[None]:
    """Within, what is printed goes to a log: a method that prints its epochs would drown the terminal of a run."""
    stream = _Lines(log)
    try:
        with redirect_stdout(stream), redirect_stderr(stream):
            yield
    finally:
        if stream.rest:
            stream.write("\n")


def mistake_in(fit: Fit, problem: Problem, columns: int | None = None) -> tuple[str, str] | None:
    """What of a fit cannot be worked with, and how to fix it; None if nothing.

    Args:
        fit: the fit.
        problem: what was fitted.
        columns: signatures that there have to be; None for those of the problem.
    """
    (m, n), k = problem.catalogue.shape, columns or problem.n_signatures
    for name, shape in (("signatures", (m, k)), ("exposures", (k, n))):
        array = getattr(fit, name)
        if type(array) is not np.ndarray:  # a matrix or a masked array computes in its own way
            return f"{name} are {type(array).__name__}", "Convert them with np.array(…)"
        if array.shape != shape:
            return f"{name} are {array.shape} instead of {shape}", SHAPES
        if array.dtype != np.float64:
            return f"{name} are {array.dtype}", "Convert them with .astype(np.float64)"
        if not np.isfinite(array).all():
            return f"{name} are not all finite", "Look for divisions by zero and logarithms of zero"
        if (array < 0).any():
            remedy = "Constrain them, or keep signed arrays in extras and return non-negative ones"
            return f"{name} are negative in {int((array < 0).sum())} places", remedy
    sums = fit.signatures.sum(axis=0)
    if not np.allclose(sums, 1.0, rtol=1e-6):
        remedy = (
            "Divide each column by its sum and multiply its exposure row by it (aenmf.solvers.common.scale_signatures)"
        )
        return f"the signatures' columns sum to {sums.round(6).tolist()} instead of 1", remedy
    if (largest := fit.exposures.max(initial=0.0)) > LARGEST:
        return f"exposures are up to {largest:.1e}", "Exposures are in mutations: undo any scaling of the input"
    return _scalars(fit) or _arrays(fit)


def _scalars(fit: Fit) -> tuple[str, str] | None:
    for name, types in _SCALARS.items():
        value = getattr(fit, name)
        if not isinstance(value, types) or np.asarray(value).dtype.kind not in "biufU":  # whole numbers have no bound
            return f"{name} is {value!r}", f"Give one {types[0].__name__}"
    if np.isnan(fit.objective):
        return (
            "objective is nan",
            "Report problem.value(signatures @ exposures)",
        )
    if not 0 <= fit.hits <= fit.starts:
        return f"hits are {fit.hits} of {fit.starts} starts", "Leave out starts and hits if there is no search"
    return None


def _arrays(fit: Fit) -> tuple[str, str] | None:
    path: Any = fit.trajectory
    parts = [path.iterations, path.losses, path.seconds] if isinstance(path, Trajectory) else []
    if not parts or not all(_is_plain(part) and part.shape == (len(parts[0]),) for part in parts):
        return (
            "the trajectory's arrays differ in length",
            "Give one loss and one time per iteration, as arrays of numbers",
        )
    if not isinstance(fit.extras, dict):
        return "extras are no mapping of names to arrays", "Give extras={} where there are none"
    for name, array in fit.extras.items():
        if not _is_plain(array):
            return f"extras[{name!r}] is no array of numbers", "Convert it with np.array(…), or leave it out"
        if not (isinstance(name, str) and name.isidentifier()) or name in TAKEN:
            return f"extras[{name!r}] has a name that is no word, or that of a part of the fit", "Rename it"
    return None


def _other_extras(fit: Fit, first: Fit) -> tuple[str, str] | None:
    """Extras that cannot be kept in one file with those of the first fit."""
    own, others = ({name: array.shape for name, array in one.extras.items()} for one in (fit, first))
    if own == others or fit.exposures.shape != first.exposures.shape:
        return None
    return "extras differ between fits", "Give the same names and shapes for problems of the same shape"


def _is_plain(array: Any) -> bool:
    return type(array) is np.ndarray and array.ndim > 0 and array.dtype.kind in "biuf"
